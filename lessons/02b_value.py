# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["lang-en"]
# # What a customer is worth
#
# A manager asks: *how much may we spend to win a customer, and how much to keep one?*

# %% [markdown] tags=["lang-zh"]
# # 客户值多少钱
#
# 经理会问：*赢得一位新客户最多能花多少钱？留住一位老客户又值得花多少？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - say what customers brought so far, and say which of two formulas a lifetime value comes from
# - estimate who is still there, how often they will buy and how much they will pay
# - test such a forecast on months that the model has not seen, beside simple guesses
# - value customers under contract, whose leaving you can see
# - set the value beside the cost of winning and keeping, and find the month of payback
# - measure cross-selling, referrals and discounts by what they leave
#
# **Minutes**: read 50 · do 35 · teach 90
#
# **Data**: `orders`; `customers`, `spend`, `campaigns`, `contracts` where you have them
#
# **Terms**: customer lifetime value (CLV) · BG/NBD model · P(alive) · Gamma-Gamma model · discount rate · hold-out check · sBG model · customer acquisition cost (CAC) · payback period · attach rate

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 说清客户至今带来多少，并说清一个生命周期价值出自两个公式中的哪一个
# - 估计谁还在、以后多久买一次、每次付多少
# - 拿模型没见过的几个月来检验预测，并与简单猜法比较
# - 给合同客户估值，他们何时离开是看得见的
# - 把价值和获客、留客的成本放在一起，找出第几个月回本
# - 用最后剩下多少毛利，来衡量交叉销售、转介绍和折扣
#
# **用时（分钟）**：阅读 50 · 练习 35 · 讲授 90
#
# **数据**：`orders`；有 `customers`、`spend`、`campaigns`、`contracts` 更好
#
# **术语**：客户生命周期价值 · BG/NBD 模型 · 存活概率 · Gamma-Gamma 模型 · 贴现率 · 留出检验 · sBG 模型 · 获客成本 · 回本期 · 连带率

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
contract_data: str = ""  # a folder with contracts; empty: those in your data, with the retail sample the sample saas
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
yearly_rate: float = 0.1  # discount rate for a year, 0.1 is 10 %
horizon: int = 12  # how many months ahead customers are valued
stay: float = 0.8  # share of customers who stay another year, for the simple formula
margin: float = 0.0  # margin as a share of revenue, used where your orders carry no cost; 0: not set, with the sample 0.35
test_days: int = 182  # days that are kept from the model, to test it
campaign: str = "autumn"  # name of the discount campaign to look at
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from crmbook import begin, checker, load, sample, save, setting, show, summarise, summary, use
from crmbook import lifecycle, tiering, value

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
begin(
    "value", data=data, contract_data=contract_data, as_of=book.as_of, yearly_rate=yearly_rate, horizon=horizon,
    stay=stay, margin=margin, test_days=test_days, campaign=campaign)

# %% [markdown] tags=["lang-en"]
# ## 1 · What customers brought so far
#
# The oldest answer needs no model: add up what each customer paid, take the returns off, and take off what the goods cost. Here it is by tier.

# %% [markdown] tags=["lang-zh"]
# ## 1 · 客户至今带来了多少
#
# 最老的办法不需要模型：把每位客户付的钱加起来，减去退货，再减去货品成本。下面按等级来看。

# %%
orders = book.need("orders")
customers = summarise(orders, book.as_of)
tiers = tiering.abc(customers["monetary"])
costs_known = customers["margin"].notna().any()
margin = setting("margin", margin, 0.35, "" if costs_known else data)
margin_share = value.margin_share(customers, margin)
share = None if costs_known else margin
earned = value.earned(customers, margin)
value.charts.groups(value.by_group(earned, tiers), book.currency)

# %% [markdown] tags=["lang-en", "reading"]
# This figure is certain, but it looks back: a customer who has left counts as much as one who comes every week. For decisions about the future we need an expectation, and it should be one of margin, not of revenue.

# %% [markdown] tags=["lang-zh", "reading"]
# 这个数是确定的，但它只往回看：已经走了的客户，和每周都来的客户一样算数。要为将来做决定，就需要一个预期，而且看的应该是毛利，不是收入。

# %% [markdown] tags=["lang-en", "teaching"]
# ## 2 · The simple formula
#
# A customer leaves a margin $m$ each year, stays another year with probability $r$, and money in a year is worth less by the discount rate $i$. If the first payment comes after one year, the value is
#
# $$ \frac{r \, m}{1+i} + \frac{r^2 m}{(1+i)^2} + \dots = m \, \frac{r}{1+i-r} $$
#
# If the first payment is made today, it is exactly one $m$ more. By hand, for a margin of 500:

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 2 · 简单公式
#
# 一位客户每年留下毛利 $m$，以概率 $r$ 再留一年，一年后的钱按贴现率 $i$ 打折。如果第一笔钱一年后才付，价值是
#
# $$ \frac{r \, m}{1+i} + \frac{r^2 m}{(1+i)^2} + \dots = m \, \frac{r}{1+i-r} $$
#
# 如果第一笔今天就付，正好再多一个 $m$。以毛利 500 为例，先手算：

# %% tags=["teaching"]
import pandas as pd

paid = pd.DataFrame(index=pd.RangeIndex(1, 301, name="year"))
paid["still_there"] = stay**paid.index
paid["discount_factor"] = 1 / (1 + yearly_rate) ** paid.index
paid["worth"] = 500 * paid["still_there"] * paid["discount_factor"]
show(paid, rows=5)

# %% tags=["nbval-check-output", "teaching"]
simple = value.formula(margin=500, retention=stay, discount=yearly_rate)
print(f"{paid['worth'].sum():.2f} = {simple.first_later:.2f}")
print(f"{simple.first_later:.2f} + 500 = {simple.first_now:.2f}")

# %% [markdown] tags=["lang-en", "teaching"]
# Both versions are in use, so ask of every lifetime value: with or without the first payment? The formula has two more weak points. It assumes that everybody stays with the same probability, and it needs to know who has left, which a shop does not.

# %% [markdown] tags=["lang-zh", "teaching"]
# 两种版本都有人用，所以见到一个生命周期价值，先问一句：含不含第一笔？这个公式还有两个弱点：它假定人人留下的概率相同；它还要求知道谁已经走了，而商店并不知道。

# %% [markdown] tags=["lang-en"]
# ## 3 · Who is still there?
#
# In a shop nobody says goodbye. BG/NBD looks at when a customer bought: each buys at a rate of their own until, after some purchase, they leave for good. Rates and chances of leaving differ between customers; four numbers describe how.

# %% [markdown] tags=["lang-zh"]
# ## 3 · 谁还在？
#
# 在商店里，没有人会来告别。BG/NBD 模型看客户何时买过：每人按自己的节奏购买，直到某次购买之后一去不回。各人的节奏和离开的可能都不同，用四个数来描述。

# %% [markdown] tags=["lang-en", "teaching"]
# **Three words with two meanings**
#
# | Word | RFM analysis | value models |
# |---|---|---|
# | recency | days *since* the last purchase: few is good | `t_x`, days *from the first to the last* purchase: many is good |
# | frequency | `frequency`, all orders | `x`, days of *repeat* purchases: the first does not count |
# | monetary value | `monetary`, all money | `mean_repeat`, mean of a *repeat* purchase day |
#
# `T` counts the days from the first purchase to the as-of date. What was brought back whole leaves no trace in these four figures, and other returns are taken off: a huge order that is cancelled the same day makes nobody valuable.

# %% [markdown] tags=["lang-zh", "teaching"]
# **三个词，两种含义**
#
# | 词 | RFM 分析 | 价值模型 |
# |---|---|---|
# | 最近一次购买间隔 | *距*上次购买的天数，越少越好 | `t_x`，*从首次到末次*购买的天数，越多越好 |
# | 购买频次 | `frequency`，全部订单 | `x`，*重复*购买的天数，首次不算 |
# | 购买金额 | `monetary`，全部金额 | `mean_repeat`，一个*重复*购买日的平均金额 |
#
# `T` 是从首次购买到截止日期的天数。整单退回的订单在这四个数里不留痕迹，其余退货从中扣除：当天就取消的大单，不会让谁变成高价值客户。

# %% tags=["teaching"]
show(customers[["recency", "frequency", "monetary", "t_x", "x", "mean_repeat", "T"]], rows=5)

# %% [markdown] tags=["lang-en"]
# A model fits anything, so look at the data before and at the fit after. A check that fails does not forbid the model; it says what not to trust.

# %% [markdown] tags=["lang-zh"]
# 什么数据都能套上模型，所以套之前先看数据，套之后再看结果。某项没通过，不等于不能用，而是提醒您哪里不能全信。

# %%
model = value.fit(customers)
display(show(value.charts.checks(customers, model, horizon * value.MONTH)))
show(value.charts.parameters(model))

# %% [markdown] tags=["lang-en", "reading"]
# The fitted numbers are called $r$, $\alpha$, $a$ and $b$; the second table shows them with their intervals: a wide one means that the data hardly tell. Time is counted in weeks, so $\alpha$ is in weeks too.

# %% [markdown] tags=["lang-zh", "reading"]
# 拟合出的四个数叫 $r$、$\alpha$、$a$ 和 $b$，第二张表列出了它们和各自的区间：区间很宽，说明数据几乎说明不了什么。时间以周计，所以 $\alpha$ 的单位也是周。

# %% [markdown] tags=["lang-en"]
# The probability that a customer is still there, P(alive), follows from the history alone:
#
# $$ P = \frac{1}{1 + \frac{a}{b+x-1} \left( \frac{\alpha+T}{\alpha+t_x} \right)^{r+x}} $$

# %% [markdown] tags=["lang-zh"]
# 客户还在的概率（存活概率）只取决于购买历史：
#
# $$ P = \frac{1}{1 + \frac{a}{b+x-1} \left( \frac{\alpha+T}{\alpha+t_x} \right)^{r+x}} $$

# %% [markdown] tags=["lang-en", "teaching"]
# Worked by hand with the figures of the paper, for a customer with 2 repeat purchases:

# %% [markdown] tags=["lang-zh", "teaching"]
# 用论文里的数手算一位重复购买 2 次的客户：

# %% tags=["nbval-check-output", "teaching"]
import numpy as np

paper = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
x, t_x, T = 2, 30.43, 38.86
silence = ((paper["alpha"] + T) / (paper["alpha"] + t_x)) ** (paper["r"] + x)
by_hand = 1 / (1 + paper["a"] / (paper["b"] + x - 1) * silence)
published = value.BgNbd(paper, log_likelihood=-9582.4, customers=2357, repeaters=946, covariance=np.eye(4))
print(f"{by_hand:.3f} = {float(published.p_alive(x, t_x, T)):.3f}")

# %%
value.charts.alive_map(model, age=customers["T"].median())

# %% [markdown] tags=["lang-en", "reading"]
# Read a row from left to right: the longer the silence, the smaller the chance that the customer is still there. It falls faster for those who used to buy often.
#
# **The bottom row is 1 everywhere, and that is no good news.** The model lets a customer leave only after a *repeat* purchase. Who bought once cannot have left, so P(alive) is 1 whatever the silence. Do not read it as loyalty: look at the expected purchases instead, which fall with the silence.

# %% [markdown] tags=["lang-zh", "reading"]
# 一行从左往右读：沉默越久，客户还在的可能越小；以前买得越勤，掉得越快。
#
# **最下面一行处处是 1，这可不是好消息。** 模型只允许客户在某次*重复*购买之后离开。只买过一次的人不可能已经离开，所以无论沉默多久，存活概率都是 1。别把它当成忠诚：请看预期购买次数，沉默越久它越小。

# %% [markdown] tags=["lang-en", "default-only", "teaching"]
# The sample was drawn by a generator that knows who had really left. Beside the mean P(alive) of repeat buyers stands the share who were truly still there. One-time buyers stand apart: the model says 1, the truth is far lower.

# %% [markdown] tags=["lang-zh", "default-only", "teaching"]
# 样例是生成的，生成时就知道谁真的走了。下表把重复购买者的平均存活概率和真正还在的比例并排列出。只买过一次的另列一行：模型说 1，真相低得多。

# %% tags=["default-only", "teaching"]
truth = sample.answer_key("retail", "customer")
alive = truth["state"].reindex(customers.index) == "alive"
show(value.charts.alive_bands(customers, model, alive))

# %% [markdown] tags=["lang-en"]
# ## 4 · How much at a time
#
# Gamma-Gamma says what a purchase will bring. One large purchase may be chance; ten of them are a habit. So the expectation lies between the customer's own mean and the mean of all: the more purchases, the nearer to the own.

# %% [markdown] tags=["lang-zh"]
# ## 4 · 每次多少
#
# Gamma-Gamma 模型估计一次购买会带来多少。买过一次大单，可能只是碰巧；十次都是大单，那就是他的习惯。所以预期落在客户自己的平均和全体平均之间，买得越多，越靠近自己的平均。

# %%
worth = value.lifetime_value(customers, model, horizon, yearly_rate, margin_share)
p_alive = worth["p_alive"]
value.charts.shrinkage(customers, worth["expected_spend"], book.currency)

# %% [markdown] tags=["lang-en"]
# ## 5 · Lifetime value
#
# Expected purchases in each coming month, times expected spend, times margin, discounted to today: that is the value of what a customer will *still* bring. The purchase already made is not in it.
#
# The interval in the first picture is that of a whole tier, from the uncertainty of the parameters. A single customer scatters far more: use the figure for groups and rankings, not as a promise about one person. The pictures by stage and by channel show where the value sits and where it came from.

# %% [markdown] tags=["lang-zh"]
# ## 5 · 客户生命周期价值
#
# 未来每个月的预期购买次数，乘以预期金额，乘以毛利率，再贴现到今天，就是客户*还会*带来的价值。已经发生的购买不在其中。
#
# 第一张图的区间说的是整个等级，来自参数的不确定。单个客户的波动大得多：请把它用于分组和排序，不要当成对某个人的承诺。按阶段和按渠道的图，可以看出价值在哪里、从哪里来。

# %%
display(show(worth.sort_values("clv", ascending=False), rows=6))
by_tier = value.lifetime_value_by_group(customers, model, tiers, horizon, yearly_rate, margin_share)
display(value.charts.intervals(by_tier, book.currency))
stages = lifecycle.stages(book)
value.charts.groups(value.by_group(worth["clv"], stages), book.currency)

# %%
channels = value.channels(book.need("customers", "channel"))
value.charts.groups(value.by_group(worth["clv"], channels), book.currency)

# %% [markdown] tags=["lang-en", "teaching"]
# **A trap: a month has 4.345 weeks, not 4.** 12 months of 4 weeks are only 48 weeks. Several tools count like that, and every value comes out too low.

# %% [markdown] tags=["lang-zh", "teaching"]
# **有个陷阱：一个月是 4.345 周，不是 4 周。** 12 个月按 4 周算只有 48 周。有些软件就是这样算的，算出的价值全都偏低。

# %% tags=["teaching"]
bought = customers[customers["T"].notna()]
x, t_x, T = bought["x"], bought["t_x"] / 7, bought["T"] / 7
for weeks in (4, 365 / 12 / 7):
    expected = model.purchases.predict(weeks * horizon, x, t_x, T).sum()
    print(f"{weeks:.3f} × {horizon} → {expected:,.0f}")

# %% [markdown] tags=["lang-en", "teaching"]
# **Try it. Which moves the value of tier A more: doubling the discount rate or doubling the horizon?**

# %% [markdown] tags=["lang-zh", "teaching"]
# **动手试试。贴现率翻倍和期限翻倍，哪个对 A 级价值的影响更大？**

# %% tags=["panel", "teaching"]
panel = value.panels.horizon(customers, model, tiers, yearly_rate, horizon, margin_share, book.currency)
panel

# %% [markdown] tags=["lang-en"]
# ## 6 · Does the forecast hold?
#
# Hide the last months, fit to what was before, and compare. A forecast deserves trust only when it beats simple guesses: each customer goes on at their own rate, or everybody buys at the mean rate.
#
# Look at two things: is the total right, and is the order right? A wrong total with the right order still tells you whom to look after first.

# %% [markdown] tags=["lang-zh"]
# ## 6 · 预测靠得住吗？
#
# 把最后几个月藏起来，用之前的数据拟合，再来比较。预测要赢过简单的猜法才值得信：每位客户照自己的节奏买下去，或者人人都按平均节奏买。
#
# 看两件事：总数对不对，次序对不对。总数不准而次序对，仍然能告诉您先照顾谁。

# %%
before = book.as_of - pd.Timedelta(days=test_days)

tested = value.holdout(orders, before, book.as_of)
display(show(tested.summary, percent=["error"]), value.charts.deciles(tested, book.currency))

# %% [markdown] tags=["lang-en", "default-only", "teaching"]
# In the sample BG/NBD misses the purchases of the half year by about 4 %, the own rate by about 28 %, the mean rate by about 17 %. The next table does the same for money: how far the mean value of a tenth is off, on average over the ten tenths.

# %% [markdown] tags=["lang-zh", "default-only", "teaching"]
# 在样例里，BG/NBD 对这半年购买次数的误差约 4 %，照自己的节奏约 28 %，按平均节奏约 17 %。下表对金额做同样的比较：每个十分位的人均价值平均差多少。

# %% tags=["default-only", "teaching"]
mean_order = summarise(orders, before)["mean_order"]
show(value.charts.decile_errors(tested, mean_order))

# %% [markdown] tags=["lang-en"]
# ## 7 · Customers under contract
#
# Where there is a contract, you see who leaves: the one who does not renew. So the churn rate needs no rule of silence. Below it, contracts that still run are counted as *running at least so long* (Kaplan-Meier), not as losses and not as gains.

# %% [markdown] tags=["lang-zh"]
# ## 7 · 合同客户
#
# 有合同，就看得见谁离开：不续约的那位。所以流失率用不着靠沉默来推断。再往下，还在执行的合同按*至少已有这么久*来算（Kaplan-Meier），既不算流失，也不算留住。

# %%
deals = book if data and not contract_data else load(contract_data or sample.folder("saas"), as_of=as_of or None)
monthly = value.contract_churn(deals.need("contracts", "monthly_fee"), deals.as_of)
display(lifecycle.charts.churn_lines(monthly.dropna()))
curves, test = value.compare_plans(deals.need("contracts", "plan"), deals.as_of)
value.charts.plan_survival(curves, test)

# %% [markdown] tags=["lang-en"]
# Renewal rates rise with age almost everywhere. That need not mean that customers grow fonder: those who were likely to leave have left. sBG knows this, one constant rate does not. BdW goes one step further and lets each customer's own chance of leaving change with time. Fit them on the first half of the renewals and foresee the rest.

# %% [markdown] tags=["lang-zh"]
# 几乎到处都是合作越久，续约率越高。这未必是客户越来越喜欢您：容易走的早就走了。sBG 模型知道这一点，固定的续约率不知道。BdW 模型更进一步，允许每位客户自己离开的可能随时间变化。用前一半续约来拟合它们，再预测后一半。

# %%
contracts = deals.need("contracts")
renewals = value.renewal_table(contracts, deals.as_of)
left = value.survival_of(renewals)
value.charts.forecast(value.forecast(left, fitted_on=max(len(left) // 2, 2)))

# %% [markdown] tags=["lang-en", "reading"]
# A model of three numbers bends to any curve, so trust BdW only where it wins on the renewals that it has not seen.

# %% [markdown] tags=["lang-zh", "reading"]
# 三个参数的模型什么曲线都能凑上，所以只有当 BdW 在没见过的那几次续约上也更准，才值得相信。

# %% [markdown] tags=["lang-en"]
# The table below has a line for each length of the cooperation: the chance of the next renewal, and how many yearly payments are still to be expected, discounted, seen just before that renewal. Multiply by the yearly fee to get a value. After it comes the list to work from: contracts due within 90 days, those with the most money at risk first; there each plan has a model of its own.

# %% [markdown] tags=["lang-zh"]
# 下面的表，每一行是一种合作时长：下一次续约的可能，以及在续约前夕看，预计还有几笔年费（已贴现）。乘以每年的费用就是价值。再下面是工作名单：90 天内到期的合同，风险金额最大的排在前面；名单里每个套餐各用自己的模型。

# %%
sbg = value.fit_sbg_renewals(renewals)
outlook = value.outlook(sbg, yearly_rate)
save("value-renewals", outlook, out)
show(outlook)

# %%
due = value.renewals_due(contracts, deals.as_of).join(lifecycle.owners(deals))
save("renewals-due", due, out)
show(due, rows=6)

# %% [markdown] tags=["lang-en", "default-only", "teaching"]
# In the sample each plan's customers differ by a planted beta distribution. The share left after 3 renewals, planted and found:

# %% [markdown] tags=["lang-zh", "default-only", "teaching"]
# 样例里每个套餐的客户差异按设定的 beta 分布生成。3 次续约后剩下的比例，设定值与估计值：

# %% tags=["default-only", "teaching"]
alpha, beta = (sample.answer_key("saas", f"plan_{letter}")["value"] for letter in ("alpha", "beta"))
found = value.charts.planted_renewals(contracts, deals.as_of, alpha, beta, renewals=3)
show(found, percent=["low", "high"])

# %% [markdown] tags=["lang-en"]
# ## 8 · What customers cost
#
# Customer acquisition cost is the money spent to win customers, divided by the customers won in the same months. Put everything in, salaries and tools too. *Blended* counts all new customers; customers of channels without any spending make it look better than it is.

# %% [markdown] tags=["lang-zh"]
# ## 8 · 客户的成本
#
# 获客成本 = 为赢得客户花的钱 ÷ 同期赢得的客户数。所有花费都要算进去，工资和工具也不例外。*总平均*把全部新客户都算上；不花钱的渠道来的客户，会让它显得比实际好看。

# %%
new = value.acquired(orders, book.customers, book.as_of)
blended = value.acquisition_cost(book.need("spend"), new)
display(show(blended), show(value.acquisition_cost(book.need("spend"), new, "month").tail(6)))

# %%
by_channel = value.acquisition_cost(book.need("spend"), new, "channel")
value.charts.cac(by_channel, blended["cac"].loc["all"], book.currency)

# %% [markdown] tags=["lang-en"]
# Keeping costs money too: service and care, divided by the customers retained. "Winning a customer costs five times as much as keeping one" is folklore; the ratio below is yours.

# %% [markdown] tags=["lang-zh"]
# 留客也要花钱：服务和维护的费用，除以留下来的客户数。“赢得新客户的成本是留住老客户的五倍”只是传说；下面的倍数才是您自己的。

# %%
bridge = lifecycle.bridge(lifecycle.stage_history(book))
kept = value.retention_cost(book.need("spend"), bridge)
compared = value.keep_or_acquire(blended["cac"].loc["all"], kept)
show(value.charts.costs(compared))

# %% [markdown] tags=["lang-en"]
# Now both sides: what a new customer of each channel left in the first months (margin, from the first order on, as far as all channels can be followed), and what winning one cost. The ratio (LTV:CAC) below 1 loses money, 3 is a common target. The last column is the month in which the money was back.

# %% [markdown] tags=["lang-zh"]
# 现在把两边放在一起：各渠道的新客户在最初几个月留下的毛利（从首单算起，算到各渠道都有数据的那个月），以及赢得一位客户的成本。比值（LTV:CAC）低于 1 是亏本，3 是常见的目标。最后一列是第几个月回本。

# %%
returns = value.channel_returns(orders, new, by_channel["cac"], book.as_of, share)
save("value-channels", returns, out, chart="ratio")
show(returns.rename(index={"none": "unknown"}))

# %% [markdown] tags=["lang-en", "teaching"]
# Without a table of spending, the slider starts at the margin of one order.
#
# **Try it. How much may a new customer cost before the money is no longer back within half a year?**

# %% [markdown] tags=["lang-zh", "teaching"]
# 没有花费数据时，滑块从一笔订单的毛利起步。
#
# **动手试试。获客成本涨到多少，半年内就回不了本？**

# %% tags=["panel", "teaching"]
one_order = margin_share * customers["mean_order"].mean()
cost = value.cost_of_one(book.spend, new, otherwise=one_order)
revenue, _ = value.payback(orders, new, cost, book.as_of, margin=1.0)
value.panels.payback(revenue.loc["all"], cost, margin_share, book.currency)

# %% [markdown] tags=["lang-en"]
# Three phases share the budget: *acquire* (first orders), *keep* (the same again) and *develop* (a category that is new to the customer). Read the lines together: what is spent on a first order also opens the way to the orders in the two lines below it.

# %% [markdown] tags=["lang-zh"]
# 预算分在三个阶段：*获取*（首单）、*保持*（继续买同类）和*发展*（买了没买过的品类）。几行要放在一起看：花在首单上的钱，也为下面两行的订单开了路。

# %%
spend = book.need("spend")
phases = value.phases(orders, spend, book.campaigns, as_of=book.as_of, margin=share)
show(phases, percent=["roi"])

# %% [markdown] tags=["lang-en"]
# ## 9 · Growing with the customers you have
#
# The attach rate says which share of the orders with one product also hold another. *Lift* compares it with how common the other one is anyway: 1 is chance.

# %% [markdown] tags=["lang-zh"]
# ## 9 · 和现有客户一起成长
#
# 连带率说的是：买了甲的订单里，有多大比例也买了乙。*提升度*拿它和乙本来的常见程度相比，等于 1 就是碰巧。

# %%
pairs = value.attach_rates(book.need("orders", "product_id"), "product_id")
show(pairs, rows=6, percent=["support", "low", "high"])

# %%
display(show(value.breadth(book.need("orders", "category"), book.as_of)))
following = value.next_purchase(book.need("orders", "category")).stack().rename("rate")
following = following.rename_axis(["anchor", "bought_next"]).sort_values(ascending=False)
display(show(following.to_frame(), rows=12, percent=["rate"]))
value.charts.upsell(value.upsell_rate(book.need("orders", "category", "product_id"), book.as_of))

# %% [markdown] tags=["lang-en", "reading"]
# Who buys more buys from more categories by chance alone, so breadth is no proof that cross-selling works. The second table is about the next purchase: of those who bought the first category and came again, the share who bought the second one that day. The picture is about up-selling: how often the next product of a category was a dearer one.

# %% [markdown] tags=["lang-zh", "reading"]
# 买得多的人，光凭碰巧也会涉及更多品类，所以品类数并不能证明交叉销售有效。第二张表看下一次购买：买过前一个品类、后来又来的客户，下一次来时买后一个品类的占多少。图看的是向上销售：同一品类里，下一次买得更贵的有多少。

# %% [markdown] tags=["lang-en"]
# How did revenue, and revenue per customer, come from one year to the next?

# %% [markdown] tags=["lang-zh"]
# 总收入和人均收入，是怎样从上一年变到这一年的？

# %%
steps = value.revenue_bridge(orders, book.as_of)
display(value.charts.revenue_bridge(steps, "revenue", book.currency))
value.charts.revenue_bridge(steps, "arpu", book.currency)

# %% [markdown] tags=["lang-en", "reading"]
# Each bar is what one group changes: the lost are dropped, those who stayed bought less or more, newcomers join. A newcomer has had only part of the year, so new customers lift the sum and often pull the mean down: look at both.

# %% [markdown] tags=["lang-zh", "reading"]
# 每根柱是一群客户造成的变化：流失的去掉，留下的买少了或买多了，新客户加进来。新客户只待了一年中的一段时间，所以总收入因他们而增加，平均却往往被拉低：两张图要一起看。

# %% [markdown] tags=["lang-en"]
# Referrals: how many new customers came by recommendation, how many each new customer brings in turn (K-factor: above 1 the base would grow by itself), and whether they spend more.

# %% [markdown] tags=["lang-zh"]
# 再看转介绍：多少新客户是介绍来的，每位新客户又带来几位（K 因子：大于 1，客户群会自己变大），介绍来的是否花得更多。

# %%
told = value.referrals(book.need("customers", "referrer_id"), orders, book.as_of)
show(value.charts.referrals(told))

# %% [markdown] tags=["lang-en"]
# A discount $d$ at a margin $m$ pays only if sales rise by more than $\frac{d}{m-d}$.

# %% [markdown] tags=["lang-zh"]
# 毛利率为 $m$ 时打折 $d$，销量要多出 $\frac{d}{m-d}$ 以上才划算。

# %% [markdown] tags=["lang-en", "teaching"]
# By hand, for a margin of $0.40$ and a discount of $0.15$: $0.15 \div (0.40 - 0.15) = 0.6$, so sales must be more than half as large again.

# %% [markdown] tags=["lang-zh", "teaching"]
# 手算一例，毛利率 $0.40$、让利 $0.15$：$0.15 \div (0.40 - 0.15) = 0.6$，也就是销量要再多出一半以上。

# %% [markdown] tags=["lang-en"]
# The table compares with customers who did not get the offer; they should have been chosen by lot. Look at the margin, not at the orders: where its interval holds zero, the discount has not been shown to pay. The last table counts those who have at least 3 orders and buy almost only at a discount: their orders say little about what they would do at the full price.

# %% [markdown] tags=["lang-zh"]
# 下表的比较对象是没有得到优惠的客户，他们应当是随机抽出的。看毛利，不要看订单数：毛利的区间里包含零，就还不能说这次打折划算。最后一张表数的是：至少有 3 笔订单、几乎只买打折的客户。他们的订单，说明不了原价时会怎样。

# %%
lift = value.discount_effect(book.need("campaigns"), orders, campaign, as_of=book.as_of)
show(value.charts.discount(lift))

# %%
judged = value.price_only_buyers(book.need("orders", "discount"), book.as_of)
save("price-only-buyers", judged[judged["price_only"]], out)
show(value.charts.price_buyers(judged))

# %% [markdown] tags=["lang-en"]
# ## 10 · A customer's sales trend, and a list
#
# A customer who buys less than last quarter may just follow the season. So the last quarter is set beside the quarter before *and* beside the same one a year ago; *season* means that the two disagree. *Contradictory* is a customer whose line through all quarters points the other way than the year does; *steady* also holds those who bought nothing in either quarter. The second table lists those who are going down, the steepest first: the slope is money a quarter.
#
# The list for the team joins value, chance of being there, trend, a reason and an action. A report writes it as Excel and CSV.

# %% [markdown] tags=["lang-zh"]
# ## 10 · 客户的销售趋势，和一份名单
#
# 比上一季度买得少，可能只是季节。所以最近一个季度既和上一季度比，*也*和去年同期比；*季节性*表示两者方向相反，*互相矛盾*表示和去年同期比的方向，与各季度连起来的走势相反；*平稳*也包括两个季度都没有购买的客户。第二张表列出走势下降的客户，降得最快的在前：斜率是每季度变化的金额。
#
# 给团队的名单，把价值、还在的可能、趋势、理由和行动放在一起。生成报告时会写成 Excel 和 CSV。

# %%
silent = lifecycle.is_gone(customers["recency"], lifecycle.derive_rules(orders, book.as_of).churn_days)
listed = value.action_list(customers, worth, tiers, owner=lifecycle.owners(book), silent=silent)

# %%
trend = lifecycle.sales_trend(orders, book.as_of)
totals = trend.groupby("trend")[["last", "year_ago"]].sum(min_count=1)
totals.insert(0, "customers", trend["trend"].value_counts())
falling = trend[trend["trend"] == "down"].sort_values("slope").rename(columns={"slope": "quarter_slope"})
falling = falling[["last", "year_ago", "quarter_slope"]].join(lifecycle.owners(book))
save("sales-falling", falling, out)
display(show(totals), show(falling, rows=6))
listed["trend"] = trend["trend"]

# %%
save("value-list", listed, out)
show(listed, rows=8)

# %% [markdown] tags=["lang-en", "teaching"]
# ## 11 · What to tell the manager
#
# A manager reads one screen: three to five findings, the surest and largest first, then what to do, by whom, with how many customers, by when, and from which list. Which of these would you have chosen?

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 11 · 向经理汇报什么
#
# 经理只看一屏：三到五条发现，最确定、最大的在前；然后是要做什么、谁来做、涉及多少客户、哪天之前、用哪份名单。换了您，会挑哪几条？

# %% tags=["summary"]
summary(book, value.manager.findings(**globals()))

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Put your answer in place of the three dots and run the cell below it. The right answers are computed from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 把三个点换成您的答案，再运行下面一格。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
check = checker(**globals() | {"spend": book.spend})

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 1 · With the first payment
#
# A customer leaves a margin of 500 a year, stays with probability `stay`, and pays for the first time today. What is this customer worth at the discount rate `yearly_rate`?

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · 含第一笔
#
# 一位客户每年留下毛利 500，以概率 `stay` 再留一年，第一笔今天就付。贴现率为 `yearly_rate` 时，他值多少？

# %% tags=["exercise"]
worth_today = ...

# %% tags=["solution"]
worth_today = value.formula(500, stay, yearly_rate).first_now

# %% tags=["check"]
check("value-1", worth_today)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · Probably gone
#
# Which customers bought again (`x` in `customers`) and are by now more likely gone than there (`p_alive` below 0.5)? Give their ids as a set.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 多半已经走了
#
# 哪些客户重复购买过（`customers` 里的 `x`），而现在走了的可能大于还在的可能（`p_alive` 低于 0.5）？请给出他们编号的集合（set）。

# %% tags=["exercise"]
probably_gone = ...

# %% tags=["solution"]
probably_gone = set(customers.index[(customers["x"] > 0) & (p_alive < 0.5)])

# %% tags=["check"]
check("value-2", probably_gone)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · Without the free ones
#
# What does a new customer cost if those who came from channels without any spending are left out of the count? Use the table `blended`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 不算白来的
#
# 如果不花钱的渠道来的客户不计入人数，每位新客户的成本是多少？请用 `blended` 这张表。

# %% tags=["exercise"]
paid_cost = ...

# %% tags=["solution"]
paid_cost = blended["spend"].iloc[0] / (blended["customers"] - blended["free"]).iloc[0]

# %% tags=["check"]
check("value-3", paid_cost)

# %% [markdown] tags=["lang-en", "quiz"]
# ## Quiz

# %% [markdown] tags=["lang-zh", "quiz"]
# ## 小测验

# %% tags=["quiz"]
from crmbook import quiz

quiz("value")

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - What customers brought is certain but looks back; of every lifetime value ask whether the first payment is in it.
# - BG/NBD and Gamma-Gamma turn the dates and amounts of purchases into expected margin; P(alive) of one-time buyers is 1 by construction.
# - Hold months back and compare with simple guesses before you trust a forecast.
# - Under contract, renewal rates rise because those likely to leave leave first; sBG knows it.
# - Set margin beside acquisition cost by channel, and know the month of payback.
# - Judge cross-selling, referrals and discounts by the margin left, against customers who did not get the offer.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 客户带来过多少是确定的，但只往回看；见到一个生命周期价值，先问含不含第一笔。
# - BG/NBD 和 Gamma-Gamma 把购买的日期和金额变成预期毛利；只买过一次的客户存活概率恒为 1，那是模型的设定。
# - 先留出几个月，和简单猜法比一比，再决定信不信预测。
# - 合同客户的续约率越来越高，是因为容易走的先走了；sBG 知道这一点。
# - 按渠道把毛利和获客成本放在一起，并说得出第几个月回本。
# - 交叉销售、转介绍和折扣，要看剩下多少毛利，并和没有得到优惠的客户比。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - With few repeat buyers or a short history: the parameters would be chance. The checks say so.
# - BG/NBD knows no season and no growth. With strong season, look ahead by whole years.
# - A value says nothing about what you could change: who is worth much need not respond to attention.
# - Never set prices, warranty or complaint handling by expected value: people have a right to those.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 重复购买的客户太少、历史太短：参数就只是碰运气。前面的检查会提醒您。
# - BG/NBD 不懂季节，也不懂增长。季节性强的生意，请按整年往后看。
# - 价值并不说明您能改变什么：值钱的客户，不一定会因为受到关注而多买。
# - 价格、质保和投诉处理不能按预期价值区别对待：那是每个人应有的权利。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# Value ranks customers, but two customers of equal value may want quite different things. Next: [clustering](03_clustering.ipynb), which finds groups of customers who behave alike.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# 价值能给客户排队，可是价值相同的两位客户，想要的可能完全不同。下一课是[聚类](03_clustering.ipynb)，它能找出行为相似的客户群。
