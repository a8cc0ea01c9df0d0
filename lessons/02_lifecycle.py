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
# # Customer lifecycle
#
# A manager asks: *who is still with us, who has quietly gone, who will be next, and what can we do about it for how much money?*

# %% [markdown] tags=["lang-zh"]
# # 客户生命周期
#
# 经理会问：*谁还在，谁已经悄悄走了，下一个会是谁？我们能做什么，要花多少钱？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - put each customer into one of five stages by a rule that is written down
# - balance the book: opening, new, returned, lost and closing add up to the customer
# - follow leads to their first order and test a coupon
# - measure retention, repurchase and churn without the usual mistakes
# - warn of customers about to leave, and prove what the warning is worth
# - plan a win-back within a budget from a test with a hold-out group
#
# **Minutes**: read 50 · do 40 · teach 90
#
# **Data**: `orders`; `customers`, `leads`, `interactions`, `campaigns`, `tickets`, `survey` where you have them
#
# **Terms**: lifecycle stage · churn window · churn rate · retention rate · repurchase rate · cohort · hold-out group · health score

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 用写明的规则，把每位客户放进五个阶段之一
# - 把账轧平：期初、新增、回流、流失、期末，一位客户也不差
# - 跟踪线索到首单，并检验优惠券是否有用
# - 正确计算留存、复购和流失，避开常见的错误
# - 对快要离开的客户提前预警，并证明预警值多少
# - 根据设有对照组的测试，在预算内安排挽回
#
# **用时（分钟）**：阅读 50 · 练习 40 · 讲授 90
#
# **数据**：`orders`；有 `customers`、`leads`、`interactions`、`campaigns`、`tickets`、`survey` 更好
#
# **术语**：生命周期阶段 · 流失窗口 · 流失率 · 留存率 · 复购率 · 同期群 · 对照组 · 健康度得分

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
churn_days: int = 0  # the churn window: silent for more days than this is gone; 0: taken from the data
window_quantile: float = 0.9  # taken from the data, the churn window is this quantile of the gaps between purchases
loyal_purchases: int = 4  # purchase days within a year that make a customer loyal
lead_days: int = 90  # days that a lead is given to order
coupon_campaign: str = "coupon"  # the campaign that offered leads a coupon
winback_campaign: str = "win_back"  # the campaign that tried to win customers back
uplift: float = 0.1  # by how much a call raises the chance of a return, where no campaign tells
call_cost: float = 0.0  # cost of a call or offer to one customer; 0: not set, with the sample 4
budget: float = 0.0  # money for the next win-back; 0: not set, with the sample 1000
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from crmbook import begin, checker, load, sample, save, setting, show, summarise, summary, use
from crmbook import lifecycle, tiering

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
begin(
    "lifecycle", data=data, as_of=book.as_of, churn_days=churn_days, window_quantile=window_quantile,
    loyal_purchases=loyal_purchases, lead_days=lead_days, coupon_campaign=coupon_campaign, uplift=uplift,
    winback_campaign=winback_campaign, call_cost=call_cost, budget=budget)

# %% [markdown] tags=["lang-en"]
# ## 1 · Five stages, one rule
#
# A shop's customers do not hand in their notice; they just stay away. How long is too long? Ask the customers who came back: take all gaps between two purchases and choose the window that most of them fit into.

# %% [markdown] tags=["lang-zh"]
# ## 1 · 五个阶段，一条规则
#
# 买东西的客户不会提交辞呈，只是不再来了。多久没来才算走了？问问那些回来过的人：把两次购买之间的间隔全部列出来，取一个能容下其中大多数的窗口。

# %% [markdown] tags=["lang-en", "teaching"]
# By hand, on three customers:

# %% [markdown] tags=["lang-zh", "teaching"]
# 先拿三位客户手算：

# %% tags=["nbval-check-output", "teaching"]
import pandas as pd

days = pd.to_datetime(["2024-01-01", "2024-01-31", "2024-03-31", "2024-02-01", "2024-05-11", "2024-01-15"])
few = pd.DataFrame({"order_id": range(6), "customer_id": list("aaabbc"), "order_date": days, "amount": 10.0})
between = few.groupby("customer_id")["order_date"].diff().dt.days.dropna().astype(int).sort_values().tolist()
by_hand = between[1] + 0.8 * (between[2] - between[1])
by_library = lifecycle.derive_rules(few, quantile=0.9).churn_days
print(f"{between} → {by_hand:.0f} = {by_library:.0f}")

# %% [markdown] tags=["lang-en", "teaching"]
# The 90th percentile of three values lies 0.8 of the way from the second to the third; by hand and by the library it comes out the same. Now for all your customers. If your trade has a window of its own, set the parameter `churn_days`; the picture then shows how many gaps it holds.

# %% [markdown] tags=["lang-zh", "teaching"]
# 三个数的第 90 百分位数，落在第二个数到第三个数之间 0.8 的位置；手算与函数库的结果一致。下面算您的全部客户。如果您的行业另有惯用的窗口，就设参数 `churn_days`；图上会显示它能容下多少间隔。

# %%
orders = book.need("orders")
bought = lifecycle.purchase_days(orders, book.as_of)
rules = lifecycle.Rules(churn_days, loyal_purchases)
if not churn_days:
    rules = lifecycle.derive_rules(orders, book.as_of, window_quantile, loyal_purchases=loyal_purchases)

# %%
lifecycle.charts.gap_window(lifecycle.gaps(bought), rules)

# %% [markdown] tags=["lang-en"]
# With this window, the rule runs from the top, and the first line that fits decides:
#
# 1. **churned**: bought before, but silent for longer than the churn window
# 2. **loyal**: not churned, and enough purchase days within a year
# 3. **active**: any other who bought
# 4. **contacted**: no purchase, but a lead or an interaction
# 5. **prospect**: known, and nothing more

# %% [markdown] tags=["lang-zh"]
# 有了窗口，规则从上往下读，先符合哪条就算哪条：
#
# 1. **流失**：买过，但沉默的时间超过了流失窗口
# 2. **忠诚**：没有流失，一年内的购买天数也够
# 3. **活跃**：买过的其他客户
# 4. **初步接触**：没有买过，但有线索或互动记录
# 5. **潜在**：只是登记在册

# %%
stage = lifecycle.stages(book, rules=rules)
display(lifecycle.charts.stage_shares(lifecycle.by_stage(orders, stage, book.as_of)))
show(lifecycle.funnel(stage), percent=["from_before", "low", "high"])

# %% [markdown] tags=["lang-en", "reading"]
# Read the two bars of a stage against each other: a stage with much revenue and few customers deserves names, not statistics. The revenue is that of the last 365 days, so churned customers still show what they brought before they left.

# %% [markdown] tags=["lang-zh", "reading"]
# 把一个阶段的两根柱子对照着看：客户少、收入多的阶段，要逐个叫得出名字，而不是只看统计。收入取最近 365 天，所以已流失的客户仍会显示他们走之前带来的钱。

# %% [markdown] tags=["lang-en", "teaching"]
# **Try it. If you halve the churn window, what happens to the churned, and to the churn rate?**

# %% [markdown] tags=["lang-zh", "teaching"]
# **动手试试。把流失窗口缩短一半，流失客户数和流失率会怎样？**

# %% tags=["panel", "teaching"]
windows = lifecycle.windows(book, range(30, 366, 5), rules=rules)
lifecycle.panels.window(windows, rules.churn_days, book.currency)

# %% [markdown] tags=["lang-en"]
# ## 2 · Who came, who returned, who was lost
#
# The same rule at each month's end gives a history. Two snapshots of the base can look alike while half of it was exchanged, so count the movements: opening + new + returned − lost = closing. Customers here are the active and the loyal. The line under the pictures says in how many months, of all, the sum is right.

# %% [markdown] tags=["lang-zh"]
# ## 2 · 谁来了，谁回来了，谁走了
#
# 在每个月末用同一条规则，就得到一部历史。两张快照看起来差不多，里面可能已经换了一半人，所以要数流动：期初 + 新增 + 回流 − 流失 = 期末。这里的客户指活跃和忠诚两个阶段。图下面那一行说明：全部月份里，有几个月对得上账。

# %%
history = lifecycle.stage_history(book, rules=rules)
bridge = lifecycle.bridge(history)
display(lifecycle.charts.stage_history(history), lifecycle.charts.roll_forward(bridge))

# %% tags=["nbval-check-output"]
counted = bridge["opening"] + bridge["new"] + bridge["returned"] - bridge["lost"]
print(f"{(counted == bridge['closing']).sum()} / {len(bridge)}")

# %%
lifecycle.charts.transition_map(lifecycle.transitions(history))

# %% [markdown] tags=["lang-en", "reading"]
# Each row says where the customers of a stage are a month later; newcomers stand in the first row, *absent*. The last column shows from which stage customers are lost, the last row how many come back.

# %% [markdown] tags=["lang-zh", "reading"]
# 每一行说明某一阶段的客户一个月后在哪里；第一行“不在册”是新来的客户。最后一列看客户从哪个阶段流失，最后一行看有多少人回来。

# %% [markdown] tags=["lang-en"]
# One more count of customers is common: the active ones. Before you compare yours with anybody else's, ask for the number of days.

# %% [markdown] tags=["lang-zh"]
# 还有一种常见的数法：活跃客户数。要拿自己的和别人比，先问一句：按多少天算？

# %%
active = lifecycle.active_customers(orders, book.as_of, windows=(30, 60, 90, 180))
lifecycle.charts.active_lines(active)

# %% [markdown] tags=["lang-en"]
# ## 3 · From lead to first order
#
# Conversion compares sources fairly only if each lead had the same time: leads younger than the time given are left out, whether they ordered or not.

# %% [markdown] tags=["lang-zh"]
# ## 3 · 从线索到首单
#
# 给每条线索同样长的时间，各来源的转化率才可比：还没满这段时间的线索，下没下单都先不算。

# %%
followed = lifecycle.follow(book.need("leads"), book.as_of, book.orders)
display(lifecycle.charts.conversion(lifecycle.conversion(followed, within=lead_days), lead_days))
lifecycle.charts.waiting(lifecycle.time_to_order(followed))

# %% [markdown] tags=["lang-en", "reading"]
# The curve (Kaplan-Meier) uses young leads too, for as long as they were seen. Where it goes flat, waiting longer brings nothing more.

# %% [markdown] tags=["lang-zh", "reading"]
# 这条曲线（Kaplan-Meier）也用上了新线索，看到哪天就用到哪天。曲线走平之后，再等也等不来更多。

# %% [markdown] tags=["lang-en"]
# The score below says which open leads to look after first, and why. It is learnt from the earlier leads and tested on the latest ones.

# %% [markdown] tags=["lang-zh"]
# 下面的得分说明先跟进哪些线索，以及为什么。得分从较早的线索学来，再用最近的线索检验。

# %%
scored = lifecycle.score_leads(followed, book.interactions, lead_days)
lead_list = scored.scores.assign(reasons=lifecycle.charts.worded(scored.scores["reasons"]))
save("lead-scores", scored.scores, out, words=lead_list)
display(show(lead_list, rows=6), lifecycle.charts.lead_weights(scored))

# %% [markdown] tags=["lang-en", "reading"]
# Bars to the right of 0 speak for a first order, bars to the left against it. The AUC in the title is the chance that of two leads, one that ordered and one that did not, the score puts the right one first; 0.5 is guessing.

# %% [markdown] tags=["lang-zh", "reading"]
# 0 右边的条有利于首单，左边的不利。标题里的 AUC 值是：任取一条下了单的和一条没下单的线索，得分把下了单的那条排在前面的可能性；0.5 等于瞎猜。

# %% [markdown] tags=["lang-en"]
# Did the coupon bring orders, or would they have come anyway? Only leads who were held out at random can tell.

# %% [markdown] tags=["lang-zh"]
# 优惠券真的带来了订单，还是不发也会买？只有随机留出来不发的那一组能回答。

# %%
sent = book.need("campaigns")
offered = lifecycle.campaign_effect(sent, orders, coupon_campaign, days=lead_days, as_of=book.as_of)
show(lifecycle.charts.effect_table(offered.returned), percent=["value", "low", "high"])

# %% [markdown] tags=["lang-en"]
# ## 4 · What to do in each stage, and with whom
#
# A stage is worth what is done about it. The course names an aim and actions for each; the list joins them to every customer, with the owner who has to act.

# %% [markdown] tags=["lang-zh"]
# ## 4 · 每个阶段做什么，对谁做
#
# 分了阶段，就要有相应的动作。课程为每个阶段写明了目标和动作；名单把它们配到每位客户身上，并写上由谁负责。

# %%
owner = lifecycle.owners(book)

to_do = lifecycle.actions(stage).join(owner)
stage_list = to_do.assign(actions=lifecycle.charts.worded(to_do["actions"]))
save("stage-list", to_do, out, words=stage_list)
show(stage_list.drop_duplicates("stage").sort_values("stage"))

# %% [markdown] tags=["lang-en"]
# How often are customers contacted at all? The rate counts contacts per customer and month; someone who joined in the year was there for a shorter time.

# %% [markdown] tags=["lang-zh"]
# 客户究竟多久被联系一次？这里的频率是每位客户每月的联系次数；年内才来的客户，在册时间短，分母也小。

# %%
known_since = bought.groupby("customer_id")["day"].min()
a_year_ago = book.as_of - pd.Timedelta(days=364)
contacts = lifecycle.contact_rate(book.need("interactions"), known_since, a_year_ago, book.as_of)
lifecycle.charts.contact_rates(contacts)

# %%
customers = summarise(orders, book.as_of)
tier = tiering.abc(customers["monetary"])

# %%
coverage, overdue = lifecycle.call_coverage(book.need("interactions"), tier, book.as_of)
save("calls-overdue", overdue, out)
show(coverage, percent=["coverage", "low", "high"])

# %% [markdown] tags=["lang-en", "reading"]
# Coverage says which share of a tier was called within the days that the plan allows.

# %% [markdown] tags=["lang-zh", "reading"]
# 覆盖率是某一等级中，在计划天数内回访过的比例。

# %% [markdown] tags=["lang-en"]
# Whether calls bring purchases is another question: set the change of those who were called beside the change of others who were not called in that month. Look at the right of the picture: the gap between the called and the line of how they would have gone on is what a call brought. It holds only if staff did not pick those who were about to buy anyway.

# %% [markdown] tags=["lang-zh"]
# 回访能不能带来购买是另一个问题：把已回访客户的变化，和当月没有回访的客户的变化放在一起。请看图的右端：已回访客户那条线，与“假如和别人一样变化”那条线之间的差距，就是回访带来的。前提是，员工没有专挑本来就要买的人。

# %%
effect = lifecycle.call_effect(book.need("interactions"), orders, book.as_of)
lifecycle.charts.call_effect(effect)

# %% [markdown] tags=["lang-en"]
# Purchases, contacts and survey answers together make an engagement score: each event earns points, and the score is the customer's place among all, from 0 to 100. The trend compares the last 90 days with the 90 before. The list starts with those who were most engaged and are no longer: they are worth a call today.

# %% [markdown] tags=["lang-zh"]
# 把购买、联系和问卷答复合在一起，就是互动得分：每件事记若干分，得分是客户在全体中的位置，从 0 到 100。趋势把最近 90 天和再之前的 90 天相比。名单从原来最积极、如今冷下来的客户排起：今天就值得打个电话。

# %%
engaged = lifecycle.engagement(book).join(owner).sort_values("points_before", ascending=False)
save("engagement", engaged, out)
display(show(engaged.groupby("trend")["score"].agg(customers="size", mean_score="mean")))
show(engaged[engaged["trend"] == "down"], rows=6)

# %% [markdown] tags=["lang-en"]
# ## 5 · Who stays
#
# A cohort is everybody who bought first in the same month. Row by row the triangle shows which share of a cohort bought in each later month. What has not happened yet is blank, not zero. The curve after it takes all cohorts old enough together, with an interval: a single cell rests on few customers and jumps by chance.

# %% [markdown] tags=["lang-zh"]
# ## 5 · 谁留了下来
#
# 同一个月首次购买的客户是一个同期群。三角表逐行列出这群人在之后每个月又来购买的比例。还没发生的是空白，不是零。后面的曲线把时间够长的同期群合在一起，并给出置信区间：单独一格人数少，难免随机波动。

# %%
triangle = lifecycle.cohorts(orders, book.as_of)
curve = lifecycle.retention_curve(triangle)
display(lifecycle.charts.cohort_map(lifecycle.cohort_retention(triangle)), lifecycle.charts.retention_curve(curve))

# %%
exact = lifecycle.n_day_retention(orders, book.as_of)
rolling = lifecycle.rolling_retention(orders, book.as_of)
bracket = lifecycle.bracket_retention(orders, book.as_of)
lifecycle.charts.retention_lines(exact, rolling, bracket)

# %% [markdown] tags=["lang-en", "reading"]
# Three figures, one word. *Day N* suits an app opened every day, *in the bracket* suits a shop, *on day N or later* flatters. Ask which one before you compare.

# %% [markdown] tags=["lang-zh", "reading"]
# 三个数，都叫“留存率”。*第 N 天*适合每天打开的应用，*区间内*适合零售，*第 N 天及以后*会显得特别好看。比较之前先问是哪一种。

# %% [markdown] tags=["lang-en"]
# The repurchase ladder asks more simply: who took the next step, and how soon? The repurchase rate below it has no clock at all: it counts everybody with a second purchase day, so it drops when many newcomers join.

# %% [markdown] tags=["lang-zh"]
# 复购阶梯问得更简单：谁迈出了下一步，用了多久？下面的复购率完全不看时间：只要在另一天又买过就算，所以新客户一多，它就会被拉低。

# %%
display(lifecycle.charts.ladder(lifecycle.repurchase_ladder(orders, book.as_of, windows=(30, 90, 365))))
rate = lifecycle.repurchase_rate(orders, book.as_of)
show(lifecycle.charts.measures({"repurchase_rate": rate}), percent=["value", "low", "high"])

# %% [markdown] tags=["lang-en"]
# The churn rate is the share of the customers at the start of a month who are lost in it. To bring monthly rates $c_1, \dots, c_{12}$ to a year, multiply what is kept; do not add:
#
# $$ c_{\text{year}} = 1 - (1 - c_1)(1 - c_2) \cdots (1 - c_{12}) $$
#
# In the picture, months before anybody could have been silent for long enough are left out. Where the line of the revenue runs below that of the customers, it is the smaller customers who leave.

# %% [markdown] tags=["lang-zh"]
# 流失率是月初的客户中当月流失的比例。要把各月的流失率 $c_1, \dots, c_{12}$ 折成全年，应当把留下的比例连乘，而不是相加：
#
# $$ c_{\text{全年}} = 1 - (1 - c_1)(1 - c_2) \cdots (1 - c_{12}) $$
#
# 图中略去了最初几个月：那时还没有人沉默得够久。收入那条线低于客户数那条线，说明走的是较小的客户。

# %% tags=["nbval-check-output", "teaching"]
kept = 1.0
for _ in range(12):
    kept = kept * (1 - 0.02)
print(f"{1 - kept:.4f} = {lifecycle.annualise([0.02] * 12):.4f} ≠ {12 * 0.02:.4f}")

# %%
rates = lifecycle.churn_rates(lifecycle.settled(history, rules.churn_days), orders)
lifecycle.charts.churn_lines(rates)

# %% [markdown] tags=["lang-en", "reading"]
# Many may be lost in a year although most customers have bought again: both are true. *Lost* is said of a month, of whoever has been silent for longer than the window; many of them come back later and are counted as returned then. *Bought again* counts everybody once, whenever that was.

# %% [markdown] tags=["lang-zh", "reading"]
# 一年里流失的人很多，而大多数客户又都复购过，这两件事可以同时成立。*流失*是按月说的：沉默超过流失窗口就算，其中不少人后来又回来，那时记为回流。*复购过*则是每人只算一次，不管什么时候买的。

# %% [markdown] tags=["lang-en"]
# ## 6 · Three definitions of gone
#
# A round figure that somebody set (the parameter `churn_days`, or 180 where it is not set), the quantile of the gaps, or a model (BG/NBD) that gives each customer the probability of being alive. The model looks at each one's own rhythm, but someone who bought only once has none: their probability is 1 by construction, so they never count as gone.

# %% [markdown] tags=["lang-zh"]
# ## 6 · “走了”的三种定义
#
# 可以是有人拍板的整数天数（参数 `churn_days`，没设就用 180 天），可以是购买间隔的分位数，也可以用模型（BG/NBD）给出每位客户仍然存活的概率。模型看的是每个人自己的节奏；只买过一次的人没有节奏可言，按模型算法存活概率就是 1，永远不会被判为流失。

# %%
gone = lifecycle.churn_definitions(orders, book.as_of, churn_days or 180, window_quantile)
show(lifecycle.agreement(gone), percent=["agree"])

# %% [markdown] tags=["lang-en", "default-only", "teaching"]
# The sample knows what really happened to each customer, which no firm does. So here we can count how often each definition is right. Silence of 180 days is right for 84 % of the customers, the window from the gaps for 83 %, P(alive) for 79 %. They err differently: P(alive) is nearly always right when it calls someone gone (93 %), but finds only 58 % of those who are.

# %% [markdown] tags=["lang-zh", "default-only", "teaching"]
# 样例数据知道每位客户的真实情况，现实中的企业不会知道。所以在这里，可以数一数每种定义对了多少。180 天未购判对了 84 % 的客户，按间隔分位数得出的窗口判对 83 %，存活概率判对 79 %。错法也不同：存活概率一旦说某人走了，几乎都说对（93 %），但真正走了的人，它只找出 58 %。

# %% tags=["default-only", "teaching"]
truth = sample.answer_key("retail", "customer")
right = lifecycle.against_truth(gone, truth["state"] == "lapsed")
show(right, percent=["accuracy", "low", "high", "precision", "recall"])

# %% [markdown] tags=["lang-en"]
# Why did they leave? Those who said so are few, and not the typical ones; most just stay away. The table after the picture counts the reasons in each tier; the test under it asks whether the reasons differ between tiers A, B and C: a small p-value says yes; with a smallest expected count below 5 take it with care.

# %% [markdown] tags=["lang-zh"]
# 他们为什么走？肯说原因的人不多，也未必有代表性；多数人只是不再来了。图后面的表按等级列出各原因的人数；表下的检验看 A、B、C 三级的流失原因是否不同：p 值小，说明不同；若最小期望频数低于 5，结论要谨慎。

# %%
reasons = lifecycle.churn_reasons(book.need("customers", "exit_reason"), book.as_of)
lifecycle.charts.reasons(reasons)

# %%
by_tier, test = lifecycle.reasons_by_group(book.need("customers", "exit_reason"), tier, book.as_of)
display(show(by_tier), show(test))

# %% [markdown] tags=["lang-en"]
# ## 7 · Early warning
#
# Calling a customer lost when nothing can be done is no use. So learn from past days: describe each customer by what was known on that day, and see who bought nothing in the time after. Then judge on a later time than was learnt from, beside two simple baselines that learn from no features: silence alone, and P(alive).

# %% [markdown] tags=["lang-zh"]
# ## 7 · 流失预警
#
# 等到无法挽回才说客户走了，没有用。所以要向过去学习：用当天已知的情况描述每位客户，再看之后一段时间谁什么也没买。然后用比学习更晚的一段时间来检验，并和两个不学任何特征的简单基准相比：只看沉默天数，以及存活概率。

# %%
warning = lifecycle.early_warning(book)
display(show(warning.performance, percent=["precision"], decimals={"calibration_error": 3, "brier": 3}))
display(show(lifecycle.charts.lead_time(warning.lead_time)))
lifecycle.charts.ahead(warning)

# %% [markdown] tags=["lang-en", "reading"]
# The sentence below the tables compares the better model with the best simple ranking on the same customers; only an interval above zero says that the model earns its keep. AUC is the chance that of two customers, one who left and one who stayed, the one who left was ranked higher; 0.5 is guessing. The calibration error is the usual distance between the probability said and the share that came. Precision and lift look at the tenth warned of first.
#
# The lead time is for those among them who really left: how many days the warning came before silence alone would have told. It is the median, with the quartiles beside it. Is it long enough for you to act?

# %% [markdown] tags=["lang-zh", "reading"]
# 表下面那句话，是用同一批客户把较好的模型和最好的简单排序相比；区间全在零以上，才说明模型值得用。AUC 的意思是：任取一位走了的和一位留下的，把走了的那位排在前面的可能性；0.5 等于瞎猜。校准误差是说出的概率与实际比例的平均差距。精确率和提升度看的是最先预警的那十分之一。
#
# 提前天数只看其中真正走了的客户：预警比单凭沉默天数判断早了多少天。表中是中位数，旁边是四分位数。这点时间够您采取行动吗？

# %% [markdown] tags=["lang-en", "default-only", "teaching"]
# On the sample, the model reaches an AUC of 0.68 with a calibration error of 0.035, silence alone 0.65 with 0.044, P(alive) 0.57 with 0.168, and the probability of not buying 0.67. The model is ahead of the last by 0.010 (−0.011 to 0.032): that may be chance. Among the tenth warned of first silence alone does even better. Here leaving is mostly chance, and that is worth knowing before money is spent on a cleverer model.

# %% [markdown] tags=["lang-zh", "default-only", "teaching"]
# 在样例上，模型的 AUC 是 0.68，校准误差 0.035；只看沉默天数是 0.65 和 0.044；存活概率是 0.57 和 0.168；不购买概率的 AUC 是 0.67。模型只比最后这个高 0.010（−0.011 至 0.032），可能只是碰巧。在最先预警的十分之一里，只看沉默天数甚至略胜一筹。这里的流失大多带有偶然性。花钱做更聪明的模型之前，最好先知道这一点。

# %%
display(lifecycle.charts.warning_lift(warning), lifecycle.charts.warning_calibration(warning))

# %% [markdown] tags=["lang-en", "reading"]
# Points near the line mean that a probability said is a share that comes true.

# %% [markdown] tags=["lang-zh", "reading"]
# 点靠近直线，说明模型说的概率，就是实际发生的比例。

# %% [markdown] tags=["lang-en"]
# Now the list to work from: the probability, what is at risk (probability × revenue of the last year), and the reasons that speak for it. Contact those with the most at risk first.

# %% [markdown] tags=["lang-zh"]
# 下面是工作名单：概率、风险金额（概率 × 最近一年收入），以及判断的理由。先联系风险金额最大的。

# %%
warned = warning.ranked.sort_values("at_risk", ascending=False).join(owner)
in_words = warned.assign(reasons=lifecycle.charts.worded(warned["reasons"]))
save("early-warning", warned, out, words=in_words)
show(in_words, rows=8, percent=["probability"])

# %% [markdown] tags=["lang-en"]
# ## 8 · Win-back: what does a return cost?
#
# Some lost customers come back by themselves. A hold-out group, drawn at random and left alone, shows how many; only what goes beyond it was brought by the campaign. The last table answers what comes before the next one: how many customers each group needs, so that a rise by `uplift` would be found in 80 of 100 tries.

# %% [markdown] tags=["lang-zh"]
# ## 8 · 挽回：找回一位客户要花多少钱
#
# 有些流失的客户自己就会回来。随机留出一组不去打扰，就能看到有多少人会自己回来；超出的部分才是活动带来的。最后一张表回答下一次活动之前该问的：每组要多少位客户，回来的比例升高 `uplift` 时，100 次里才有 80 次看得出来。

# %%
tried = lifecycle.campaign_effect(book.need("campaigns"), orders, winback_campaign, as_of=book.as_of)
display(show(lifecycle.charts.effect_table(tried.returned), percent=["value", "low", "high"]))
display(show(lifecycle.charts.campaign_money(tried)))
by_themselves = tried.returned.second.value
needed = lifecycle.required_customers(by_themselves, uplift)
show(pd.DataFrame({"share": by_themselves, "needed_each": needed}, index=pd.Index(["holdout"], name="arm")))

# %% [markdown] tags=["lang-en", "default-only", "teaching"]
# The sample knows what its coupon, its win-back and its calls really did. The coupon was given 20 points more orders, the hold-out test finds 28 (17 to 37). The win-back: 13 planted, 14 found (8 to 19). A call that reaches the customer: 40 % more purchases planted, 33 % found (20 % to 46 %). Each interval holds the truth, and none of them is narrow.

# %% [markdown] tags=["lang-zh", "default-only", "teaching"]
# 样例知道优惠券、挽回活动和回访真正起了多大作用。优惠券的设定是多带来 20 个百分点的订单，对照组测试求得 28（17 至 37）。挽回活动设定 13，求得 14（8 至 19）。打通的回访设定多带来 40 % 的购买，求得 33 %（20 % 至 46 %）。每个区间都包含真实值，但没有一个是窄的。

# %% tags=["default-only", "teaching"]
facts = sample.answer_key("retail", "effect")["value"]
planted = facts[["coupon_uplift", "winback_uplift", "callback_lift"]]
reached = lifecycle.call_effect(book.interactions, orders, book.as_of, outcome="reached")
found = {"coupon": offered.returned.difference, "win_back": tried.returned.difference}
found["call_back"] = lifecycle.call_lift(reached)
show(lifecycle.charts.beside_truth(found, planted), percent=["planted", "found", "low", "high"])

# %% [markdown] tags=["lang-en", "reading"]
# The cost of an extra return divides the money spent by the returns that would not have come. A dash for a bound means that the data do not rule out that the campaign brought nobody back.

# %% [markdown] tags=["lang-zh", "reading"]
# 多找回一位的成本，是花的钱除以本来不会回来的那些人数。界限处若是短横，说明数据还不能排除活动一个人也没找回来。

# %% [markdown] tags=["lang-en"]
# Whom to call next? Those whose expected gain is positive: uplift × what the customer brought in a year while buying − cost of a call. This assumes that whoever returns buys for another year as before, so treat the sum as an upper end.

# %% [markdown] tags=["lang-zh"]
# 接下来联系谁？预期收益为正的人：提升幅度 × 客户在购买期间每年带来的金额 − 联系一次的成本。这等于假定回来的人再照旧买上一年，所以请把总数看作上限。

# %% [markdown] tags=["lang-en", "teaching"]
# **Try it. Up to which budget does another call still bring more than it costs?**

# %% [markdown] tags=["lang-zh", "teaching"]
# **动手试试。预算加到多少，再多联系一位就不划算了？**

# %% tags=["panel"]
call_cost, budget = setting("call_cost", call_cost, 4.0, data), setting("budget", budget, 1000.0, data)
worth = lifecycle.yearly_worth(customers).reindex(stage.index[stage == "churned"])
extra = lifecycle.measured_uplift(book.campaigns, orders, winback_campaign, otherwise=uplift, as_of=book.as_of)
plan = lifecycle.plan_calls(worth, extra, call_cost, budget)
save("win-back-calls", plan[plan["call"]].join(owner), out)
lifecycle.panels.calls(worth, extra, call_cost, budget, currency=book.currency)

# %% [markdown] tags=["lang-en"]
# ## 9 · The health of a relationship as one number
#
# A score from 0 to 100 gathers rhythm, spend, contacts, complaints and more, each as a percentile. What is missing is left out and the other weights are scaled up. Whether the colours mean anything is a question for the past: score the customers of an earlier day, then count who left.

# %% [markdown] tags=["lang-zh"]
# ## 9 · 用一个数表示关系的健康
#
# 0 到 100 的健康度得分，汇总了购买节奏、金额、联系、投诉等因素，每项取百分位。缺的因素略去，其余权重按比例放大。红黄绿有没有意义，要问过去：给更早一天的客户打分，再数数后来谁走了。

# %%
scores = lifecycle.health_score(book, window=rules.churn_days).join(owner).sort_values("score")
save("health", scores, out)
show(scores[["score", "colour", "known", "rhythm", "owner"]], rows=6, percent=["known"])

# %%
past = lifecycle.backtest(book, int(rules.churn_days))
lifecycle.charts.health_test(past)

# %% [markdown] tags=["lang-en", "teaching"]
# ## 10 · What to tell the manager
#
# A manager reads one screen: three to five findings, the surest and largest first, then what to do, by whom, with how many customers, by when, and from which list. Which of these would you have chosen?

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 10 · 向经理汇报什么
#
# 经理只看一屏：三到五条发现，最确定、最大的在前；然后是要做什么、谁来做、涉及多少客户、哪天之前、用哪份名单。换了您，会挑哪几条？

# %% tags=["summary"]
summary(book, lifecycle.manager.findings(**globals()))

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Put your answer in place of the three dots and run the cell below it. The right answers are computed from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 把三个点换成您的答案，再运行下面一格。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
check = checker(**globals())

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 1 · Churn of a year
#
# `rates["churn"]` holds the churn rate of each month. What churn rate of a year do the last 12 months compound to, between 0 and 1?

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · 全年的流失率
#
# `rates["churn"]` 是各月的流失率。最近 12 个月折成全年，流失率是多少（0 到 1 之间）？

# %% tags=["exercise"]
yearly_churn = ...

# %% tags=["solution"]
yearly_churn = lifecycle.annualise(rates["churn"].tail(12))

# %% tags=["check"]
check("lifecycle-1", yearly_churn)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · The second purchase
#
# Of the customers who were first seen at least 365 days ago (`customers["T"]`), what share has bought on a second day (`customers["x"]` above 0)? Give a share between 0 and 1.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 第二次购买
#
# 首次购买距今至少 365 天的客户（看 `customers["T"]`）中，在另一天又买过的（`customers["x"]` 大于 0）占多少？请给出 0 到 1 之间的比例。

# %% tags=["exercise"]
second_purchase = ...

# %% tags=["solution"]
old = customers[customers["T"] >= 365]
second_purchase = (old["x"] > 0).mean()

# %% tags=["check"]
check("lifecycle-2", second_purchase)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · Loyal and going quiet
#
# Which customers are in the stage `loyal` and have a recency of more than half of `rules.churn_days`? Give their ids as a set.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 忠诚，却安静了下来
#
# 哪些客户处于 `loyal` 阶段，而最近一次购买间隔已经超过 `rules.churn_days` 的一半？请给出他们编号的集合（set）。

# %% tags=["exercise"]
going_quiet = ...

# %% tags=["solution"]
recency = customers["recency"].reindex(stage.index)
going_quiet = set(stage.index[(stage == "loyal") & (recency > rules.churn_days / 2)])

# %% tags=["check"]
check("lifecycle-3", going_quiet)

# %% [markdown] tags=["lang-en", "quiz"]
# ## Quiz

# %% [markdown] tags=["lang-zh", "quiz"]
# ## 小测验

# %% tags=["quiz"]
from crmbook import quiz

quiz("lifecycle")

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - Five stages, one written rule; the churn window comes from the gaps, and moving it moves every figure after it.
# - Opening + new + returned − lost = closing, to the customer; if it does not balance, a definition changed on the way.
# - Give every lead the same time, and believe a coupon only against those who were held out.
# - Blank is not zero; say which retention you mean; compound the churn rate, do not add it.
# - Judge a warning on a later time and beside silence alone; give reasons with each name.
# - A win-back is worth its extra returns; call until the expected gain is gone.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 五个阶段，一条写明的规则；流失窗口来自购买间隔，窗口一动，后面的数字全跟着动。
# - 期初 + 新增 + 回流 − 流失 = 期末，一位也不差；轧不平，就是中途换了定义。
# - 给每条线索同样长的时间；优惠券有没有用，要和没发的那一组比。
# - 空白不是零；说清是哪一种留存；流失率要连乘，不能相加。
# - 预警要用更晚的一段时间来检验，并和只看沉默天数相比；名单上每个人都要写明理由。
# - 挽回值多少，看多找回来的人；联系到预期收益用完为止。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - With contracts, the end date says who left; a silence rule would only guess.
# - Where people buy once in years (cars, kitchens), no window fits: ask them instead.
# - A short history makes every window too short, because long gaps have not had time to end.
# - Do not use a warning to treat people worse; and do not call those who asked you not to.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 有合同的业务，到期日就说明谁走了，不必靠沉默去猜。
# - 几年才买一次的东西（汽车、厨房），什么窗口都不合适，不如直接问。
# - 历史太短，窗口必然偏短，因为长间隔还来不及结束。
# - 不要因为预警而亏待客户；说过不要联系的人，就不要联系。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# You know who stays and who leaves. Next: [what a customer is worth](02b_value.ipynb) over the whole relationship, and how much you may spend to win or keep one.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# 谁留下、谁离开，您已经清楚了。接下来要问：[一位客户值多少](02b_value.ipynb)？在整个关系期内，赢得或留住一位又可以花多少钱？
