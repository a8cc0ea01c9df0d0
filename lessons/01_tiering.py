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
# # Customer tiering
#
# A manager asks: *we cannot give every customer the same attention, so who gets how much of it, and how sure are we?*

# %% [markdown] tags=["lang-zh"]
# # 客户分级
#
# 经理会问：*精力有限，不可能对每位客户一视同仁。该把多少精力给谁？这样分有多大把握？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - say what counts as a purchase and prove that no row got lost
# - cut customers into tiers A, B and C, and measure how unequal they are
# - score recency, frequency and monetary value honestly, ties included
# - weigh several criteria and see who changes tier
# - write a tier scheme down, check it, and follow customers between tiers
# - attach a policy to each tier and compare the hours it needs with the hours you have
#
# **Minutes**: read 45 · do 40 · teach 90
#
# **Data**: `orders`; `customers` where you have them
#
# **Terms**: customer tiering · ABC analysis · Lorenz curve · Gini coefficient · RFM analysis · tier scheme · tier migration · tier policy

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 说清什么算一次购买，并证明没有一行数据丢失
# - 把客户分成 A、B、C 三级，并量出客户之间有多不均
# - 给最近一次购买间隔、购买频次和购买金额如实打分，取值相同的客户得分也相同
# - 给多个指标加权，看看谁的等级会变
# - 把分级方案写成文件，检查它，并跟踪客户的升降
# - 给每一级配上政策，算清需要的工时和现有的工时差多少
#
# **用时（分钟）**：阅读 45 · 练习 40 · 讲授 90
#
# **数据**：`orders`；有 `customers` 更好
#
# **术语**：客户分级 · ABC 分析 · 洛伦兹曲线 · 基尼系数 · RFM 分析 · 分级方案 · 等级迁移 · 分级政策

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
cuts: list = [0.8, 0.95]  # shares of revenue at which tiers A and B end
bins: int = 5  # how many scores, from 2 to 10
method: str = "quantile"  # how scores are cut (choose: quantile, range, natural)
weights: dict = {}  # how much each criterion weighs; empty: not set, with the sample recency 2, frequency 3 and monetary 5
scheme: str = "value"  # the tier scheme, a built-in name such as value or the path of your YAML file
months: int = 12  # how many months the earlier date lies back
hours: float = 0.0  # service hours you have in a month; 0: not set, with the sample 600
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from crmbook import begin, checker, label, load, sample, save, schemes, setting, show, summarise, summary, use
from crmbook import tiering

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
begin(
    "tiering", data=data, as_of=book.as_of, cuts=cuts, bins=bins, method=method, weights=weights,
    scheme=scheme, months=months, hours=hours,
)

# %% [markdown] tags=["lang-en"]
# ## 1 · What counts as a purchase
#
# A ranking is only as good as the rule behind it. Ours: orders of staff and suppliers are left out; all lines with one order number are one order; an order that adds up to less than zero is a return, which takes money away but is no purchase; nothing after the as-of date counts.

# %% [markdown] tags=["lang-zh"]
# ## 1 · 什么算一次购买
#
# 排名靠不靠谱，先看口径。我们的购买口径是：员工和供应商的订单不算；订单号相同的各行合为一笔订单；合计小于零的订单是退货，只减金额，不算购买；截止日期之后的一概不计。

# %%
parts = book.reconciliation.query("rows > 0")
show(parts.set_index("part"), rows=20)

# %% [markdown] tags=["lang-en", "reading"]
# Every row that was read stands in exactly one line: what came in equals what was kept plus what was set aside. Faulty rows are listed one by one below; a table without lines means that nothing was wrong.

# %% [markdown] tags=["lang-zh", "reading"]
# 读入的每一行都只落在其中一项：读入的 = 保留的 + 剔除的。有问题的行在下表逐条列出；表里一行也没有，就说明没有发现问题。

# %%
show(book.findings[["file", "row", "column", "value", "advice", "rows", "money"]])

# %% [markdown] tags=["lang-en", "teaching"]
# Now the orders become one row for each customer, the table that all lessons work on.

# %% [markdown] tags=["lang-zh", "teaching"]
# 接下来把订单汇总成每位客户一行，后面各课用的都是这张表。

# %%
customers = summarise(book.orders, book.as_of)
show(customers[["last_order", "recency", "tenure", "frequency", "monetary", "mean_order", "margin"]], rows=5)

# %% [markdown] tags=["lang-en", "reading"]
# *Recency* is the number of days since the last purchase, *frequency* the number of orders, *monetary value* the money that the customer brought, returns taken off. The margin is there where your file holds costs.

# %% [markdown] tags=["lang-zh", "reading"]
# *最近一次购买间隔*是距上次购买的天数，*购买频次*是订单数，*购买金额*是扣除退货后的消费总额。文件里有成本，才算得出毛利。

# %% [markdown] tags=["lang-en", "teaching"]
# The value models of a later lesson use the same three words for slightly different things and say so there.

# %% [markdown] tags=["lang-zh", "teaching"]
# 后面的客户价值模型也用这三个词，含义略有不同，到时会说明。

# %% [markdown] tags=["lang-en"]
# ## 2 · ABC: who brings the money

# %% [markdown] tags=["lang-zh"]
# ## 2 · ABC 分析：钱从谁那里来

# %% [markdown] tags=["lang-en", "teaching"]
# Put the customers in order, the largest first, and add up. Customer $k$ stands at the cumulative share
#
# $$ s_k = \frac{v_1 + v_2 + \dots + v_k}{v_1 + v_2 + \dots + v_n} $$

# %% [markdown] tags=["lang-zh", "teaching"]
# 把客户从大到小排好，逐个累加。第 $k$ 位客户所在的累计占比是
#
# $$ s_k = \frac{v_1 + v_2 + \dots + v_k}{v_1 + v_2 + \dots + v_n} $$

# %% [markdown] tags=["lang-en"]
# A customer belongs to A as long as those before it have not yet reached the first cut, to B until the second.

# %% [markdown] tags=["lang-zh"]
# 排在前面的客户还没加到第一个切点，这位客户就归 A；还没加到第二个切点，归 B；其余归 C。

# %% [markdown] tags=["lang-en", "teaching"]
# First on six customers, by hand.

# %% [markdown] tags=["lang-zh", "teaching"]
# 先拿六位客户手算一遍。

# %% tags=["teaching"]
import pandas as pd

six = pd.Series({"Ann": 500, "Bo": 300, "Chen": 90, "Dai": 60, "Eva": 30, "Fu": 20})
reached = six.cumsum() / six.sum()
by_hand = pd.Series(["A", "A", "B", "B", "C", "C"], six.index)
show(pd.DataFrame({"monetary": six, "cumulative_share": reached, "tier": by_hand}).rename_axis("customer_id"))

# %% [markdown] tags=["lang-en", "teaching"]
# The library does the same in one line of code.

# %% [markdown] tags=["lang-zh", "teaching"]
# 换成库来算，一句代码就够了，结果相同。

# %% tags=["nbval-check-output", "teaching"]
print("".join(by_hand), "=", "".join(tiering.abc(six)))

# %% [markdown] tags=["lang-en", "teaching"]
# Now all your customers.

# %% [markdown] tags=["lang-zh", "teaching"]
# 现在轮到您的全部客户。

# %%
abc = tiering.abc(customers["monetary"], cuts)
classes = tiering.abc_report(customers["monetary"], cuts)
show(classes[["customers", "customer_share", "revenue", "revenue_share", "smallest"]])

# %% [markdown] tags=["lang-en", "reading"]
# Read a line as: so many customers bring so much of the revenue, and the smallest of them brought so much. Customers with equal money are in the same tier, and whoever brought nothing, or less after returns, is in C.

# %% [markdown] tags=["lang-zh", "reading"]
# 每一行这样读：这么多客户带来这么大比例的收入，其中最小的一位消费了多少。金额相同的客户一定在同一级；一分钱没带来的，或者退货后为负的，都在 C 级。

# %%
display(tiering.charts.value_distribution(customers["monetary"], classes, book.currency))
tiering.charts.lorenz(customers["monetary"], cuts)

# %% [markdown] tags=["lang-en", "reading"] fact="Pareto's rule of thumb"
# The further the curve sags below the diagonal, the fewer customers carry the business. The Gini coefficient puts a number on it: 0 when all are equal, close to 1 when one customer has everything. "20 % of the customers bring 80 % of the revenue" is a habit of speech, not a law, so measure it before you quote it.

# %% [markdown] tags=["lang-zh", "reading"]
# 曲线离对角线越远，生意就越集中在少数客户身上。基尼系数把这种集中程度变成一个数：人人相等为 0，几乎全归一人时接近 1。“20 % 的客户带来 80 % 的收入”是习惯说法，不是定律，引用之前先量一量。

# %% tags=["nbval-check-output"]
unequal = tiering.inequality(customers["monetary"])
print(f"{label('gini')}: {unequal.gini:.2f}")
print(f"{label('customers')}: {unequal.customers:,} · {label('left_out')}: {unequal.left_out:,}")

# %% [markdown] tags=["lang-en", "reading"]
# Customers whose money is below zero after returns have no place on the curve; they are counted as left out.

# %% [markdown] tags=["lang-zh", "reading"]
# 扣除退货后金额为负的客户没法画进曲线，算作未计入。

# %% [markdown] tags=["lang-en", "teaching"]
# **Try it. Before you move anything: where do you expect the cut that halves tier A?**

# %% [markdown] tags=["lang-zh", "teaching"]
# **动手试试。先别动，猜一猜：切点在哪里，A 级客户正好减半？**

# %% tags=["panel", "teaching"]
tiering.panels.abc(customers["monetary"], cuts=cuts)

# %% [markdown] tags=["lang-en"]
# ## 3 · Scores: where to cut, and what ties do

# %% [markdown] tags=["lang-zh"]
# ## 3 · 打分：在哪里切，并列怎么办

# %% [markdown] tags=["lang-en", "teaching"]
# A score puts customers into steps, 1 the worst. There are four usual ways to cut: *quantile* (equally many customers in each step), *range* (steps of equal width), *natural* (breaks where the gaps are) and *fixed* (cuts that you name). Here all four cut the number of orders.

# %% [markdown] tags=["lang-zh", "teaching"]
# 打分就是把客户放进几个台阶，1 分最低。常用的切法有四种：*分位数*（quantile，每一阶人数相等）、*等距*（range，每一阶宽度相等）、*自然断点*（natural，在空档处切）和*固定*（fixed，切点自己定）。下面用四种切法来切订单数。

# %% tags=["teaching"]
orders = customers["frequency"]
ways = pd.DataFrame({
    "quantile": tiering.score(orders, bins=5, method="quantile"),
    "range": tiering.score(orders, bins=5, method="range"),
    "natural": tiering.score(orders, bins=5, method="natural"),
    "fixed": tiering.score(orders, method="fixed", cuts=[1, 2, 5, 10]),
})
counts = ways.apply(pd.Series.value_counts).reindex(range(1, 6)).fillna(0).astype(int)
show(counts.rename_axis("score").rename_axis(columns="method"))

# %% [markdown] tags=["lang-en", "teaching"]
# Equal width easily crowds the customers into the lowest steps, because a few buy very often. Quantiles try to fill the steps equally, but customers with the same number of orders must get the same score, so a step may come out larger, or empty. A tool that shows five equal steps where half of the customers bought once has split equals by chance.

# %% [markdown] tags=["lang-zh", "teaching"]
# 等距切分容易把大家都挤进最低的几阶，因为总有少数人买得特别勤。分位数想让每一阶人数相同，可是订单数相同的客户得分也必须相同，所以有的阶会偏大，有的阶会是空的。如果一半客户都只买过一次，软件却给出五个人数相等的台阶，那就是把同样的客户随意拆开了。

# %%
report = tiering.score_report(orders, bins=bins, method=method)
tiering.charts.score_steps(orders, report, column="frequency")

# %% [markdown] tags=["lang-en"]
# How often and how much are different questions. On a grid of both, a customer who buys often but little stands apart from one who bought once but big. Rows are the frequency, columns the mean order.

# %% [markdown] tags=["lang-zh"]
# 买得多勤和买得多大是两回事。把两者放进一张方格表，常买小单的客户和只买过一次大单的客户就分得开了。行是购买频次，列是平均单笔金额。

# %%
levels = ["high", "mid", "low"]
grid = tiering.value_grid(customers)
both = tiering.agreement(grid["frequency_level"], grid["amount_level"], order=levels)
display(show(both.counts.rename_axis(index="frequency_level", columns="amount_level")))
show(tiering.charts.agreement_table(both).loc[["kappa"]])

# %% [markdown] tags=["lang-en", "reading"]
# Cohen's kappa says how far the two agree beyond chance: 1 is full agreement, 0 is no more than chance. Where it is low, one of the two alone misjudges many customers.

# %% [markdown] tags=["lang-zh", "reading"]
# Kappa 系数说明两者的一致程度，已扣除偶然一致的部分：1 是完全一致，0 是和碰运气差不多。这个数低，就说明只看其中一项会看错很多客户。

# %% [markdown] tags=["lang-en"]
# ## 4 · RFM: three scores and a map
#
# Recency says whether a customer is still there, frequency how strong the habit is, monetary value what it is worth. Five steps of recency and five of frequency make 25 cells, and a map gives each of them exactly one name.

# %% [markdown] tags=["lang-zh"]
# ## 4 · RFM：三项得分和一张地图
#
# 最近一次购买间隔看客户还在不在，购买频次看习惯有多牢，购买金额看值多少钱。前两项各分五阶，就有 25 格，地图给每一格一个名字，不重也不漏。

# %% tags=["teaching"]
scored = tiering.rfm(customers, bins=bins, method=method)
show(customers[["recency", "frequency", "monetary"]].join(scored), rows=5)

# %%
segments = tiering.segment_report(customers, scored["segment"])
display(tiering.charts.segment_map(scored, bins=bins))
show(segments, rows=25)

# %% [markdown] tags=["lang-en", "reading"]
# Look first at the groups that weigh much and are slipping away: they bought often, but not lately. With another number of steps than five the cells have no names of their own, and you see their scores, such as 3-2.

# %% [markdown] tags=["lang-zh", "reading"]
# 先看那些份量重、却正在走远的群体：以前常买，最近没来。台阶数不是五的时候，格子没有专门的名字，显示的是得分，例如 3-2。

# %% [markdown] tags=["lang-en", "teaching"]
# **Try it. Which way of cutting moves the most customers out of the best corner?**

# %% [markdown] tags=["lang-zh", "teaching"]
# **动手试试。哪种切法让最多的客户离开最好的那个角？**

# %% tags=["panel", "teaching"]
tiering.panels.rfm(customers, bins=bins, method=method)

# %% [markdown] tags=["lang-en"]
# ## 5 · Several criteria at once
#
# One number is easy to explain but blind to the rest. A weighted score brings each criterion $c$ to a scale from 0 to 1 and adds them up with weights $w_c$:
#
# $$ \text{score} = \frac{\sum_c w_c \, z_c}{\sum_c w_c} $$

# %% [markdown] tags=["lang-zh"]
# ## 5 · 同时看几个指标
#
# 只看一个数，好解释，但看不到其他方面。加权得分先把每个指标 $c$ 换算到 0 至 1 的尺度，再按权重 $w_c$ 加起来：
#
# $$ \text{得分} = \frac{\sum_c w_c \, z_c}{\sum_c w_c} $$

# %% [markdown] tags=["lang-en", "teaching"]
# Weights are a decision. Three ways to come to one: say them, let the data say them (entropy: what differs more weighs more), or compare the criteria in pairs (AHP).

# %% [markdown] tags=["lang-zh", "teaching"]
# 权重是人定的。定权重有三条路：自己定；让数据定（熵权法，差异越大权重越大）；或者把指标两两比较（AHP）。

# %% tags=["teaching"]
weights = setting("weights", weights, {"recency": 2, "frequency": 3, "monetary": 5}, data)
said = tiering.weight_shares(weights)
scaled = tiering.scaled(customers, list(weights), lower_is_better=["recency"])
entropy = tiering.entropy_weights(scaled)
two_ways = pd.DataFrame({"said": said, "entropy": entropy}).rename_axis("criterion")
show(two_ways, percent=["said", "entropy"])

# %% [markdown] tags=["lang-en", "teaching"]
# For AHP you answer questions such as "how many times more important is money than recency?" with 1 to 9. The answers may contradict each other; a consistency ratio above 0.10 says that they do, and to think again.

# %% [markdown] tags=["lang-zh", "teaching"]
# 用 AHP 时，要用 1 到 9 回答这样的问题：“金额比最近一次购买间隔重要几倍？”回答之间可能自相矛盾；一致性比率超过 0.10 就说明有矛盾，应当重新想一想。

# %% tags=["teaching"]
names = ["recency", "frequency", "monetary"]
pairs = pd.DataFrame([[1, 1 / 2, 1 / 3], [2, 1, 1 / 2], [3, 2, 1]], index=names, columns=names)
compared = tiering.ahp(pairs)
show(compared.weights.rename("weight").rename_axis("criterion"), percent=["weight"])

# %% tags=["nbval-check-output", "teaching"]
print(f"{label('consistency_ratio')}: {compared.consistency_ratio:.3f}")

# %% [markdown] tags=["lang-en"]
# Who would change tier if you went from revenue alone to the weighted score? Both tierings get the same number of A and B customers, as far as ties allow, so that only the order differs. A rank correlation says how alike two orders are: 1 is the same order, 0 no relation. The last table sets the weighted score beside the sum of the three RFM scores.

# %% [markdown] tags=["lang-zh"]
# 如果从只看金额改为看加权得分，谁的等级会变？让两种分法的 A、B 级人数相同（有并列时尽量接近），这样比的就只是先后次序。秩相关系数说明两种次序有多像：1 是次序相同，0 是毫无关系。最后一张表把加权得分和三项 RFM 得分之和放在一起比。

# %%
weighted = tiering.weighted_score(customers, weights, lower_is_better=["recency"], scaling="percentile")
sizes = classes["customers"].cumsum()
by_score = tiering.top_tiers(weighted, {"A": sizes["A"], "B": sizes["B"]}, rest="C")
compare = tiering.agreement(abc, by_score, order=["A", "B", "C"])
display(tiering.charts.agreement_map(compare, first="monetary", second="weighted_score"))
display(show(tiering.charts.agreement_table(compare)))
rfm_total = scored[["r", "f", "m"]].sum(axis=1)
alike = tiering.rank_correlation(weighted, rfm_total)
show(pd.Series(alike, name="with_rfm_total").rename_axis("measure"))

# %%
moves = customers[["recency", "frequency", "monetary"]].join(compare.moved, how="inner")
show(moves, rows=8)

# %% [markdown] tags=["lang-en", "reading"]
# The first tiering goes by revenue, the second by the weighted score; these customers are treated differently by the two. Before you choose, look at a few of them and ask which tier a person who knows them would give.

# %% [markdown] tags=["lang-zh", "reading"]
# 第一种分法只看金额，第二种看加权得分；这些客户在两种分法下待遇不同。做决定之前，挑几位看看，问问熟悉他们的人会给哪一级。

# %% [markdown] tags=["lang-en"]
# Revenue is not profit. The same comparison with the margin shows whom revenue flatters: customers who buy much, but at prices that leave little.

# %% [markdown] tags=["lang-zh"]
# 收入不等于利润。把毛利也这样比一比，就看得出收入高估了谁：买得不少，但价格压得低，剩不下多少。

# %%
book.need("orders", "cost")
by_margin = tiering.agreement(abc, tiering.abc(customers["margin"], cuts), order=["A", "B", "C"])
tiering.charts.agreement_map(by_margin, first="monetary", second="margin")

# %% [markdown] tags=["lang-en"]
# ## 6 · A tier scheme in a file
#
# What has been decided belongs in a file that others can read, check and change: criteria, direction, cuts, names in both languages, and what each tier is given. The check comes before use: every customer must get exactly one tier.

# %% [markdown] tags=["lang-zh"]
# ## 6 · 把分级方案写进文件
#
# 定下来的事要写进文件，让别人能读、能查、能改：用哪些指标、方向、切点、两种语言的名称，以及每一级的待遇。使用之前先检查：每位客户必须有且只有一个等级。

# %%
plan = schemes.read(scheme)
display(show(schemes.criteria(plan)))
display(show(schemes.overview(plan).set_index("tier_name")))
show(tiering.coverage(plan).counts)

# %% [markdown] tags=["lang-en", "reading"]
# Two zeros mean: nobody without a tier, nobody with two. A scheme with gaps or overlaps is refused, and the cells are named. Now it is put to use.

# %% [markdown] tags=["lang-zh", "reading"]
# 两个都是零，说明没有人落空，也没有人重复。有空缺或重叠的方案不能用，程序会指出是哪些格子。现在来用它。

# %%
tiers = tiering.assign(customers, plan)
show(tiering.segment_report(customers, tiers).reindex(plan.codes))

# %% [markdown] tags=["lang-en"]
# A tier without a reason convinces nobody. For each customer: what speaks for the tier, what against it, and the nearest way up while all others stay as they are. The scheme may hold a floor, such as *big and silent is never ordinary*: whoever it raised comes first in this list.

# %% [markdown] tags=["lang-zh"]
# 说不出理由的等级没人信服。下表写明每位客户的等级凭什么、差在哪里，以及其他客户都不变时，离上一级最近的路。方案里可以写保底规则，例如*金额大而沉默的客户绝不算普通客户*：被它提上来的客户排在表的最前面。

# %%
found = tiering.reasons(customers, plan)
raised_first = found["raised_by"].isna().sort_values(kind="stable").index
reasoned = tiering.tables.tier_list(customers, found.loc[raised_first], plan, currency=book.currency)
display(show(schemes.limits(plan)))
show(reasoned, rows=8)

# %% [markdown] tags=["lang-en"]
# Some firms want lists of a fixed size instead: the best one in a hundred as VIP, the next few as important. A cap is a cap, so customers who tie across it all stay below, and the table says how many.

# %% [markdown] tags=["lang-zh"]
# 有的企业想要固定人数的名单：百里挑一的是 VIP，接下来的若干位是重要客户。名额就是名额，在边界上并列的客户一律留在下一级，表里会写明有几位。

# %%
show(tiering.top_report(customers["monetary"], {"vip": 0.01, "important": 0.10}))

# %% [markdown] tags=["lang-en"]
# ## 7 · Who moved up, who moved down
#
# A tier is a snapshot. Give the same scheme the orders up to an earlier day, and follow each customer from there to here.

# %% [markdown] tags=["lang-zh"]
# ## 7 · 谁升了，谁降了
#
# 等级只是一张快照。用同一个方案给更早一天之前的订单分级，再看每位客户从那时到现在的去向。

# %%
earlier = tiering.months_before(book.orders, book.as_of, months)
before = tiering.tiers_at(book.orders, earlier, plan)
moved = tiering.migration(before, tiers, order=plan.codes)
print(f"{label('before')}: {earlier:%Y-%m-%d} · {label('after')}: {book.as_of:%Y-%m-%d}")
display(tiering.charts.migration_map(moved))
tiering.charts.sankey(moved)

# %% [markdown] tags=["lang-en", "reading"]
# Rows are the tier before, columns the tier now, and each row adds up to one; hover to see the interval. Only customers who were there at both dates count; newcomers and those who left stand apart, or a good month of new customers would look like a bad one for the old.
#
# Two traps. The very best of a year tend to fall back in the next one even if nobody did anything wrong, because part of being the best was luck. And where a scheme caps its tiers by rank, newcomers push old customers down who have done nothing: only with fixed cuts do moves tell of the customers alone.

# %% [markdown] tags=["lang-zh", "reading"]
# 行是原来的等级，列是现在的等级，每行加起来等于一；把鼠标移上去可以看到区间。这里只算两个日期都在册的客户，新客户和离开的客户另外列出；不然，新客户来得多的一个月，看上去倒像老客户变差了。
#
# 有两个陷阱。某一年最好的客户，第二年往往会回落，即使谁也没做错什么，因为成为最好的那一批，本来就有运气的成分。另外，方案若按名次限定名额，新客户一来，老客户什么也没做就被挤了下去：切点是固定值时，升降才只反映客户自己。

# %%
display(show(tiering.movement_rates(moved), percent=["value", "low", "high"]))
show(pd.DataFrame({"newcomers": moved.newcomers, "leavers": moved.leavers}))

# %% [markdown] tags=["lang-en"]
# ## 8 · A policy for each tier, and the hours it takes
#
# A tier that changes nothing in what people do is only a label. The scheme carries the policy: service level, visits, offer, owner and hours for each customer and month.

# %% [markdown] tags=["lang-zh"]
# ## 8 · 每一级的政策，以及要花的工时
#
# 分了级，做法却没有变化，那只是贴标签。方案里写着每一级的政策：服务标准、拜访频率、优惠、负责人，以及每位客户每月的工时。

# %%
policies = schemes.policies(plan)
is_own = not data or scheme not in schemes.built_in()
setting("scheme", is_own, "my-scheme.yaml", data)
show(policies.set_index("tier_name"), decimals={"hours_each": 2})

# %%
hours = setting("hours", hours, 600.0, data)
needed = tiering.capacity(tiers.value_counts(), policies["hours_each"], available=hours)
tiering.charts.hours(needed)

# %% [markdown] tags=["lang-en"]
# Where the hours do not suffice, change the policy or the cut, and do not spend the customers' patience. The list that a team works from joins tier and policy to each customer; a report writes it beside the page as Excel and CSV.

# %% [markdown] tags=["lang-zh"]
# 工时不够，就改政策或者改切点，不要去消耗客户的耐心。团队用的名单把等级和政策都配到了每位客户身上；生成报告时，这份名单会以 Excel 和 CSV 的形式放在网页旁边。

# %%
tier_list = tiering.with_policy(tiers, policies if is_own else policies[["tier_name"]])
tier_list = tier_list.join(customers[["recency", "frequency", "monetary"]].convert_dtypes())
tier_list["segment"] = scored["segment"]
tier_list = tier_list.join(reasoned[["why", "next_step"]])
tier_list = tier_list.sort_values("monetary", ascending=False)
save("tier-list", tier_list, out)
quiet, fell = tiering.manager.slipping(tier_list, scored), tiering.manager.fallen(tier_list, before, plan)
save("slipping-away", quiet, out, words=tiering.manager.with_reason(quiet, customers))
save("moved-down", fell, out, words=tiering.manager.with_reason(fell, customers))
save("tier-classes", classes, out, chart="revenue")
save("tier-movements", moved.counts, out)
show(tier_list.filter(["tier", "segment", "monetary", "recency", "owner", "visit_days"]), rows=8)

# %% [markdown] tags=["lang-en", "teaching"]
# ## 9 · What to tell the manager
#
# A manager reads one screen. So choose: three to five findings, the surest and the largest first, each with its figure, how sure it is and the money behind it; then what to do, who does it, with how many customers, by when, and from which list. What may be chance comes last or not at all. A report opens with this section.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 9 · 向经理汇报什么
#
# 经理只看一屏。所以要挑：三到五条发现，最确定、最大的在前，每条带上数字、有多大把握、背后是多少钱；然后是要做什么、谁来做、涉及多少客户、哪天之前、用哪份名单。可能只是偶然的，放在最后或者不说。报告就以这一节开头。

# %% tags=["summary"]
summary(book, tiering.manager.findings(**globals()))

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Put your answer in place of the three dots and run the cell below it. The right answers are computed from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 把三个点换成您的答案，再运行下面一格。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
check = checker(customers=customers, before=before, tiers=tiers, plan=plan)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 1 · Half of the revenue
#
# What share of your customers, between 0 and 1, brings the first half of the revenue? Use `tiering.abc` on `customers["monetary"]`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · 一半的收入
#
# 带来前一半收入的客户，占全部客户的比例是多少（0 到 1 之间）？请对 `customers["monetary"]` 使用 `tiering.abc`。

# %% tags=["exercise"]
share_of_customers = ...

# %% tags=["solution"]
half = tiering.abc(customers["monetary"], (0.5, 0.95))
share_of_customers = (half == "A").mean()

# %% tags=["check"]
check("tiering-1", share_of_customers)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · Recency turned the right way
#
# Give every customer a recency score of 1, 2 or 3 by quantiles, where 3 is for those who bought most recently. Customers who only ever returned goods have no recency: begin with `customers["recency"].dropna()`. Call the Series `recency_score`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 别把方向弄反
#
# 按分位数给每位客户打 1、2、3 分的最近购买得分，最近买过的得 3 分。只有退货、没有购买的客户没有最近一次购买间隔，所以从 `customers["recency"].dropna()` 开始。结果是一个 Series，名为 `recency_score`。

# %% tags=["exercise"]
recency_score = ...

# %% tags=["solution"]
recency_score = tiering.score(customers["recency"].dropna(), bins=3, higher_is_better=False)

# %% tags=["check"]
check("tiering-2", recency_score)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · Valuable and slipping away
#
# Which customers are in class A of `tiering.abc` (usual cuts) and have a recency score of 1 or 2 out of five in `tiering.rfm`? Give their ids as a set.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 价值高，却在走远
#
# 哪些客户在 `tiering.abc`（默认切点）中是 A 级，同时在 `tiering.rfm` 的五分制最近购买得分中只有 1 分或 2 分？请给出他们编号的集合（set）。

# %% tags=["exercise"]
slipping_away = ...

# %% tags=["solution"]
valuable = tiering.abc(customers["monetary"]) == "A"
silent = tiering.rfm(customers)["r"] <= 2
slipping_away = set(customers.index[valuable & silent])

# %% tags=["check"]
check("tiering-3", slipping_away)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 4 · The upgrade rate
#
# Of the customers who had a tier at both dates (`before` and `tiers`), what share moved to a better tier? Newcomers and lost customers do not count.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 4 · 升级率
#
# 在两个日期都有等级的客户中（`before` 和 `tiers`），升到更高一级的占多少？新来的和已经不在的不算。

# %% tags=["exercise"]
upgrade_rate = ...

# %% tags=["solution"]
upgrade_rate = tiering.migration(before, tiers, order=plan.codes).upgraded.value

# %% tags=["check"]
check("tiering-4", upgrade_rate)

# %% [markdown] tags=["lang-en", "quiz"]
# ## Quiz

# %% [markdown] tags=["lang-zh", "quiz"]
# ## 小测验

# %% tags=["quiz"]
from crmbook import quiz

quiz("tiering")

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - State the purchase rule first; rows in equal rows kept plus rows set aside.
# - ABC cuts the cumulative share; measure the concentration with the Gini coefficient before you quote 80/20.
# - Equal customers get equal scores: show the cut points, and say which step stays empty.
# - Weights are a decision; agreement shows whom that decision moves.
# - A scheme is a file that gives each customer exactly one tier, and movements between two dates are counted with intervals.
# - A tier is worth the hours behind it: compare what the policy needs with what you have.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 先说清购买口径；读入的行 = 保留的行 + 剔除的行。
# - ABC 切的是累计占比；引用 80/20 之前，先用基尼系数量一量集中程度。
# - 同样的客户得分相同：列出切点，并说明哪一阶是空的。
# - 权重是人定的；一致程度能看出这个决定影响了谁。
# - 方案是一份文件，让每位客户有且只有一个等级；两个日期之间的升降，要连同区间一起数清楚。
# - 等级值不值，看背后的工时：把政策需要的和手上有的比一比。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - With a handful of customers, or a few weeks of orders, talk to people instead: cuts and scores would only measure chance.
# - Tiers look back. A new customer is in the lowest tier because it is new, not because it is worth little.
# - Revenue is not profit. Where costs differ between customers, rank the margin.
# - Tiers must not decide on anything that people have a right to, such as warranty or safety.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 客户只有寥寥几位，或者只有几个星期的订单，不如直接找人谈：这时切点和得分量到的只是偶然。
# - 等级只看过去。新客户排在最低一级，是因为来得晚，不是因为价值低。
# - 收入不等于利润。各客户的成本相差大时，请改用毛利来排。
# - 质保、安全这类客户本来就享有的权利，不能由等级来决定。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# A tier says what a customer was worth. [Lesson 02, lifecycle](02_lifecycle.ipynb), says where the customer stands now: active, loyal, or on the way out.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# 等级说的是客户过去值多少。[第 02 课 生命周期](02_lifecycle.ipynb)说的是客户现在走到了哪里：活跃、忠诚，还是正在离开。
