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
# # Evaluation
#
# A manager asks: *did all this work, what did it cost, and what should we do next?*

# %% [markdown] tags=["lang-zh"]
# # 效果评估
#
# 经理会问：*做了这么多，有用吗？花了多少？下一步该做什么？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - read a scorecard of the twelve indicators, and tell change from chance
# - say whether a programme worked, with a comparison group
# - work out the return on it, and what that hangs on
# - compare owners fairly, and choose among suppliers and systems by weights
# - turn figures into a plan, actions and a page for the management
#
# **Minutes**: read 50 · do 45 · teach 120
#
# **Data**: `orders`; `programme`, `spend`, `customers`, `survey`, `tickets` and `interactions` where you have them
#
# **Terms**: scorecard · difference in differences · regression to the mean · statistical power · return on investment (ROI) · net present value (NPV) · funnel plot · weighted decision matrix

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 看懂十二项指标的评分卡，分清变化和偶然
# - 借助对照组，说清一项计划有没有用
# - 算出投资回报，并知道结论取决于什么
# - 公平地比较负责人，并用权重选供应商和系统
# - 把数字变成计划、行动和一页给管理层的总结
#
# **用时（分钟）**：阅读 50 · 练习 45 · 讲授 120
#
# **数据**：`orders`；有 `programme`、`spend`、`customers`、`survey`、`tickets`、`interactions` 更好
#
# **术语**：评分卡 · 双重差分 · 向均值回归 · 检验功效 · 投资回报率（ROI） · 净现值（NPV） · 漏斗图 · 加权决策矩阵

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
period: str = "H"  # how long a period of the scorecard is (choose: M, Q, H, Y)
periods: int = 4  # how many periods, at least two
months: int = 12  # months before and after the programme's start, at most
uplift: float = 0.1  # share by which revenue rises, where no programme was measured
cost_per_customer: float = 0.0  # what the programme costs for a customer and year; 0: not set, with the sample 60
fixed_cost: float = 0.0  # what the programme costs once, at the start; with the sample 30000
rate: float = 0.1  # discount rate of a year
by: str = "owner"  # whom to compare (choose: owner, store)
weights: dict = {"customer_data": 5, "service_process": 4, "ease_of_use": 3, "cost": 3}  # what each criterion weighs
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from crmbook import begin, checker, load, sample, save, setting, show, summary, use
from crmbook import comments, evaluation, tiering

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
begin(
    "evaluation", data=data, as_of=book.as_of, period=period, periods=periods, months=months, uplift=uplift,
    cost_per_customer=cost_per_customer, fixed_cost=fixed_cost, rate=rate, by=by, weights=weights,
)

# %% [markdown] tags=["lang-en"]
# ## 1 · What to measure
#
# Agree on what each figure means before anybody sees one. Here are the course's twelve indicators, some of them in two or three figures. Each has its formula, its data and its trap.

# %% [markdown] tags=["lang-zh"]
# ## 1 · 量什么
#
# 看数字之前，先约定每个数是什么意思。下面是课程的十二项指标，有的分成两三个数。每一项都有公式、所需数据和陷阱。

# %% [markdown] tags=["lang-en", "teaching"]
# One of your own is one function more, with `@evaluation.indicator` above it.

# %% [markdown] tags=["lang-zh", "teaching"]
# 要加自己的指标，只需再写一个函数，上面加一行 `@evaluation.indicator`。

# %%
show(evaluation.tables.definitions(), rows=20)

# %% [markdown] tags=["lang-en"]
# ## 2 · The scorecard
#
# One call counts every figure for every period and tier. A tier is the one that a customer had *before* the period; a tier of today would flatter, because who bought much is in A for that very reason.

# %% [markdown] tags=["lang-zh"]
# ## 2 · 评分卡
#
# 一次调用，就把每一期、每一级的各项指标都算出来。等级取的是该期*之前*的等级；用今天的等级会美化结果，因为这一期买得多的客户正因如此才是 A 级。

# %% [markdown] tags=["lang-en", "teaching"]
# The twelfth indicator needs the tone of comments. The small model of the satisfaction lesson judges it; it has read the sample's labelled comments, so it flatters itself on the sample.

# %% [markdown] tags=["lang-zh", "teaching"]
# 第十二项需要评论的语气，由满意度那一课的小模型判断。它读过样例的标注评论，用在样例上会高估自己。

# %%
labelled = sample.labelled_comments()
model = comments.train(labelled["comment"], labelled["sentiment"])
judged = book if data else evaluation.add_tone(book, model)
card = evaluation.scorecard(judged, periods=(period, periods))
last = evaluation.last_period(card)
show(evaluation.tables.card_in_words(card, last, currency=book.currency), rows=20)

# %% [markdown] tags=["lang-en", "reading"]
# A change counts only if its interval leaves out zero; otherwise it may be chance. A figure whose table is missing says so. A survey wave comes seldom, so choose periods that hold one. A period that is not over is counted, but not judged: the table shows the last one that is.

# %% [markdown] tags=["lang-zh", "reading"]
# 变化的区间不含零才算数，否则可能只是偶然。缺表的指标会说明缺什么。调查隔一段时间才做一次，所以要选能包含一次调查的期间。还没结束的一期会计算，但不下判断：表中是最近一个已结束的期间。

# %% [markdown] tags=["lang-en"]
# The total can stand still while one tier gets worse. So here is the same period by tier: ▲ marks what got better by more than chance, ▼ what got worse. Below it stand all periods that are over: read the lines for their direction, and the coloured dots for what is more than chance; each line has a scale of its own.

# %% [markdown] tags=["lang-zh"]
# 总体不变，也可能有一级在变差。所以下面按等级列出同一期：▲ 表示变好且不只是偶然，▼ 表示变差且不只是偶然。再往下是已结束各期的走势：折线看方向，彩色圆点表示变化不只是偶然；每条折线各有自己的刻度。

# %%
show(evaluation.tables.card_by_tier(card, last, book.currency), rows=20)

# %%
evaluation.charts.sparklines(card, "all", book.currency)

# %% [markdown] tags=["lang-en", "reading"]
# With many figures and groups some cross the line by chance alone, so look for several that point the same way.

# %% [markdown] tags=["lang-zh", "reading"]
# 指标和分组一多，总有几个会偶然越线，要看有没有几个指标指向同一边。

# %% [markdown] tags=["lang-en", "teaching"]
# **Try it. Which group got worse while the total stood still?**

# %% [markdown] tags=["lang-zh", "teaching"]
# **动手试试。总体没变的时候，哪一组变差了？**

# %% tags=["panel", "teaching"]
evaluation.panels.scorecard(card, book.currency)

# %% [markdown] tags=["lang-en"]
# ## 3 · Did the programme work?
#
# Before and after is not enough: the season, prices and luck change customers, too. Take the change of a comparison group off:
#
# $$ \text{effect} = (T_1 - T_0) - (C_1 - C_0) $$

# %% [markdown] tags=["lang-zh"]
# ## 3 · 计划有用吗
#
# 只比前后不够：季节、价格和运气也会改变客户。要减去对照组的变化：
#
# $$ \text{效果} = (T_1 - T_0) - (C_1 - C_0) $$

# %% [markdown] tags=["lang-en", "teaching"]
# First by hand, on two customers in the programme and two outside; then your programme, month by month from its start.

# %% [markdown] tags=["lang-zh", "teaching"]
# 先拿计划内外各两位客户手算一遍；再看您的计划，从开始那天起逐月计算。

# %% tags=["teaching"]
import pandas as pd

four = pd.DataFrame({
    "customer_id": ["A1", "A1", "A2", "A2", "B1", "B1", "B2", "B2"],
    "group": ["treated"] * 4 + ["control"] * 4,
    "period": ["before", "after"] * 4,
    "net": [10, 20, 12, 24, 10, 11, 12, 15],
})
mean = four.pivot_table(index="group", columns="period", values="net")
show(mean[["before", "after"]].set_axis(["mean_before", "mean_after"], axis=1))

# %% tags=["nbval-check-output", "teaching"]
by_hand = (22 - 11) - (13 - 11)
found = evaluation.did(four["net"], four["group"], four["period"], four["customer_id"])
print(by_hand, round(found.value, 2))

# %%
sales = evaluation.programme_months(book, months)
longer = evaluation.programme_months(book, 2 * months)
evaluation.charts.trends(evaluation.parallel_trends(longer), book.currency)

# %% [markdown] tags=["lang-en", "reading"]
# The method takes it that without the programme both groups would have moved alike. Left of the start is where you can check that; the picture goes back further than the comparison, to show what the choice followed. If the lines already drift apart there, do not trust the effect.

# %% [markdown] tags=["lang-zh", "reading"]
# 这个方法假定：没有计划时，两组的走势相同。开始之前的那一段可以检验这一点；图比下面的比较看得更早，好看出客户是凭什么选出来的。如果那里已经分开，效果就不可信。

# %% [markdown] tags=["lang-en"]
# Now the effect for a customer and month: once by before and after alone, which mixes the programme with everything else, and once with the comparison group.

# %% [markdown] tags=["lang-zh"]
# 再来算每位客户每月的效果：一种只比前后，计划和其他因素混在一起；一种用上对照组。

# %%
inside = sales[sales["group"] == "treated"]
alone = evaluation.before_after(inside["net"], inside["period"], inside["customer_id"])
effect = evaluation.did(sales["net"], sales["group"], sales["period"], sales["customer_id"])
evaluation.charts.effects({"before_after": alone, "did": effect}, currency=book.currency)

# %% [markdown] tags=["lang-en", "default-only", "teaching"]
# In the sample the truth is known, because we planted it. The interval should hold it.

# %% [markdown] tags=["lang-zh", "default-only", "teaching"]
# 样例中的真实效果是我们预设的，所以知道答案。区间应当包含它。

# %% tags=["default-only", "teaching"]
truth = pd.read_csv(sample.folder("retail") / "truth.csv", index_col="id")["value"]
planted = float(truth["programme_spend"])
evaluation.charts.effects({"did": effect}, planted, book.currency)

# %% [markdown] tags=["lang-en", "reading"]
# An interval that does not reach zero is an effect that chance hardly makes.

# %% [markdown] tags=["lang-zh", "reading"]
# 区间不含零，说明这样的效果很难出于偶然。

# %% [markdown] tags=["lang-en"]
# **Were the groups alike before?** If not, compare each customer with one outside who bought alike: a matched pair. The table shows how far the groups stood apart before the start, all customers first, then the pairs. The distance is in standard deviations; more than a tenth of one counts as apart.

# %% [markdown] tags=["lang-zh"]
# **两组之前像不像**？不像的话，就给每位客户在计划外找一位之前买得差不多的，配成一对。下表列出两组在开始之前相差多少：先是全部客户，再是配对后的客户。差距以标准差为单位，超过十分之一个标准差就算差异明显。

# %%
each = evaluation.customer_gains(sales)
paired = evaluation.matched_comparison(each["gain"], each["group"], each[["spend_before", "orders_before"]])
display(show(evaluation.tables.match_balance(paired)))
evaluation.charts.effects({"did": effect, "matched": paired.effect}, currency=book.currency)

# %% [markdown] tags=["lang-en", "reading"]
# Where both ways say about the same, the effect does not hang on who was chosen. Where they disagree, ask how the customers were chosen: better customers, who buy more at all times, call for difference in differences; those who had just bought much call for the pairs.

# %% [markdown] tags=["lang-zh", "reading"]
# 两种方法说的差不多，效果就不取决于选了谁。说法不一，就要问客户是怎么选出来的：选的是一直买得多的好客户，就看双重差分；选的是最近几个月碰巧买得多的客户，就看配对。

# %% [markdown] tags=["lang-en", "teaching"]
# Three made programmes show why. Each adds 20 a month; they differ only in who is in them: drawn by lot, better customers, or those with good last months.

# %% [markdown] tags=["lang-zh", "teaching"]
# 为什么？看三个模拟的计划。每个计划都让每月多买 20，区别只在选了谁：随机抽取、本来就好的客户、最近几个月买得多的客户。

# %% tags=["teaching"]
show(evaluation.designs(effect=20))

# %% [markdown] tags=["lang-en", "teaching"]
# *Better customers* keep their distance from the others, before and after: difference in differences is right. Pairs are not, for they set a good customer's bad months beside an average customer's usual ones. *Good last months* do not go on: whoever was chosen for them falls back, programme or not, and difference in differences blames the programme. Here the pairs are right, because both had the same good months.
#
# So look at your picture of the months before the start. The lines run side by side: believe difference in differences. They part in the last months before it: believe the pairs. You cannot tell: name both figures, and draw the next programme by lot.

# %% [markdown] tags=["lang-zh", "teaching"]
# *本来就好的客户*和别人的差距前后一样，双重差分是对的；配对却不对，因为它把好客户的低谷期和普通客户的平常期放在一起比。*最近几个月买得多*的势头不会一直保持：做不做计划，他们都会回落，双重差分却把回落算在计划头上。这时配对是对的，因为配对双方都刚经历同样的好光景。
#
# 所以要看自己那张图里开始之前的走势。两条线一直平行，就信双重差分；临近开始才分开，就信配对；看不出来，就把两个数都报出来，下一次计划改用随机抽取。

# %% [markdown] tags=["lang-en"]
# Could luck have dealt the groups so? Deal the customers out again and again, and see how often chance makes so large an effect.

# %% [markdown] tags=["lang-zh"]
# 会不会只是分组时运气好？把客户一遍遍随机重新分组，看看偶然能有多少次造出这么大的效果。

# %%
dealt = evaluation.permutation_test(sales["net"], sales["group"], sales["period"], sales["customer_id"])
evaluation.charts.chance(dealt, book.currency)

# %% [markdown] tags=["lang-en"]
# **Regression to the mean.** Here is the trap of every programme for the best customers. These groups are nothing but the classes of one year, watched in the next; they move whether or not anybody does anything.

# %% [markdown] tags=["lang-zh"]
# **向均值回归**。这是针对优质客户的计划最常见的陷阱。下面这些组只是按前一年的消费分的级，再看后一年：有没有人做什么，它们都会变。

# %%
years = evaluation.two_years(book.orders, book.as_of)
classes = tiering.abc(years["first"])
back = evaluation.regression_to_mean(years["first"], years["second"], classes)
show(back)

# %% [markdown] tags=["lang-en", "reading"]
# Whoever was picked for a good year tends to fall back, and *expected by chance* says how far. Without a comparison group a programme for the best looks useless, and one for the worst looks like a wonder.

# %% [markdown] tags=["lang-zh", "reading"]
# 因为一年表现好而入选的客户，往往会回落，*偶然预期*说的就是会回落到哪里。没有对照组，针对最好客户的计划看起来没用，针对最差客户的计划看起来像奇迹。

# %% [markdown] tags=["lang-en"]
# **Before the next programme**, ask how many customers it takes. The table looks for the effect found here, for half of it, for a quarter, and last for the smallest one that groups of this size find with a chance of `0.8`: how likely groups as large as these are to find it, and how large groups would have to be for a chance of `0.8`.

# %% [markdown] tags=["lang-zh"]
# **做下一个计划之前**，先问需要多少客户。下表分别要找这次的效果、它的一半、四分之一，最后一行是这么大的两组有 `0.8` 的把握找到的最小效果：像这次这么大的两组，有多大把握找到；要有 `0.8` 的把握，每组要多少客户。

# %%
sizes = each["group"].value_counts()
spread = each.loc[each["group"] == "control", "gain"].std()
least = evaluation.smallest_effect(spread, sizes["treated"], sizes["control"])
sought = [effect.value, effect.value / 2, effect.value / 4, least]
show(evaluation.power_table(sought, spread, sizes["treated"], sizes["control"]), percent=["chance_found"])

# %% [markdown] tags=["lang-en"]
# ## 4 · Is it worth it?
#
# $$ \text{ROI} = \frac{\text{gains} - \text{costs}}{\text{costs}} \qquad \text{NPV} = \sum_t \frac{\text{gain}_t - \text{cost}_t}{(1 + r)^t} $$
#
# The gain is margin, not revenue.

# %% [markdown] tags=["lang-zh"]
# ## 4 · 划算吗
#
# $$ \text{ROI} = \frac{\text{收益} - \text{成本}}{\text{成本}} \qquad \text{NPV} = \sum_t \frac{\text{收益}_t - \text{成本}_t}{(1 + r)^t} $$
#
# 收益指毛利，不是收入。

# %% [markdown] tags=["lang-en", "teaching"]
# By hand: 100 today brings 60 at the end of year 1 and 60 at the end of year 2, at a discount rate of 0.10.

# %% [markdown] tags=["lang-zh", "teaching"]
# 手算：今天投入 100，第 1 年年末收回 60，第 2 年年末再收回 60，贴现率 0.10。

# %% tags=["nbval-check-output", "teaching"]
value_now = -100 + 60 / 1.1 + 60 / 1.1**2
simple = evaluation.roi(gain=60, cost=100, rate=0.10, years=2)
print(round((120 - 100) / 100, 2), round(simple.roi, 2), round(value_now, 2), round(simple.npv, 2))

# %% [markdown] tags=["lang-en"]
# Now the programme. Where one was measured, its effect gives the uplift; otherwise the parameter `uplift` does. Costs are parameters, because no table knows them. It runs three years; where orders carry no cost, the margin is taken as `0.3` of revenue.

# %% [markdown] tags=["lang-zh"]
# 现在算计划。有实测的计划，提升比例取自测得的效果；没有，就用参数 `uplift`。费用是参数，因为没有哪张表里有。计划运行三年；订单没有成本时，毛利按收入的 `0.3` 算。

# %%
start = evaluation.starting_point(book, months, uplift)
cost_per_customer = setting("cost_per_customer", cost_per_customer, 60.0, data)
fixed_cost = fixed_cost or (0.0 if data else 30000.0)
assumed = evaluation.Assumptions(
    start.customers, start.revenue, start.uplift.value, start.margin, cost_per_customer, fixed_cost, rate,
)
show(evaluation.tables.assumptions(assumed, book.currency))

# %%
worth = evaluation.programme_return(assumed)
display(show(worth.table))
evaluation.tables.summary(evaluation.management_summary(card, investment=worth)[-1:], book.currency)

# %% [markdown] tags=["lang-en", "reading"]
# The break-even says how far an assumption may slip, the others as they are, before nothing is left. A dash means that no value does it.

# %% [markdown] tags=["lang-zh", "reading"]
# 盈亏平衡值说的是：其他假设不变，这一项差到多少就一分不剩。短横表示没有这样的值。

# %% [markdown] tags=["lang-en"]
# Assumptions are not facts, so look at three sets of them: careful, as assumed, hopeful. Then move one at a time between a low and a high value: which matters most?

# %% [markdown] tags=["lang-zh"]
# 假设不是事实，所以拿三套假设来比：保守、基准、乐观。然后每次只动一项，从低值到高值：哪一项最要紧？

# %%
careful = {"uplift": 0.5 * assumed.uplift, "cost_per_customer": 1.2 * assumed.cost_per_customer}
hopeful = {"uplift": 1.2 * assumed.uplift, "cost_per_customer": 0.9 * assumed.cost_per_customer}
found = evaluation.scenarios(assumed, {"careful": careful, "hopeful": hopeful})
show(evaluation.tables.scenarios(found, book.currency))

# %%
ranges = {
    "uplift": (start.uplift.low, start.uplift.high),
    "margin": (0.8 * assumed.margin, min(1.2 * assumed.margin, 1.0)),
    "cost_per_customer": (0.7 * assumed.cost_per_customer, 1.5 * assumed.cost_per_customer),
    "fixed_cost": (0.7 * assumed.fixed_cost, 1.5 * assumed.fixed_cost),
    "rate": (rate / 2, rate * 2),
}
evaluation.charts.tornado(evaluation.tornado(assumed, ranges), worth.npv, book.currency)

# %% [markdown] tags=["lang-en", "teaching"]
# In truth all of them move at once. Draw them together many times: the spread of the results is the interval of the return.
#
# **Try it. How small may the uplift be before the programme no longer pays?**

# %% [markdown] tags=["lang-zh", "teaching"]
# 其实各项假设会同时变动。把它们一起随机抽很多次，结果的分布就是回报的区间。
#
# **动手试试。提升比例小到多少，计划就不再划算？**

# %% tags=["panel", "teaching"]
evaluation.panels.programme_return(assumed, {**ranges, "uplift": start.uplift}, book.currency)

# %% [markdown] tags=["lang-en"]
# **Keep or acquire?** "Five times as dear" is folklore. Here is the ratio of your own figures, and what a customer brings in the first year and later.

# %% [markdown] tags=["lang-zh"]
# **留住还是获取？**“获客贵五倍”只是流传的说法。下面是您自己的数字之比，以及客户第一年和之后各带来多少。

# %%
display(show(evaluation.first_and_later_year(book.orders, book.as_of)))
costs = evaluation.keep_or_acquire(book)
show(evaluation.tables.keep_or_acquire(costs, book.currency))

# %% [markdown] tags=["lang-en", "teaching"]
# **Next year's money.** The first yuan does more than the last. Give each tier money until one more would bring equally much everywhere. What a tier's money brings today is the assumption `brings`; the most it could bring is taken as twice that. Test the assumption before you move money: give more to a few customers drawn by lot, and measure as in section 3.

# %% [markdown] tags=["lang-zh", "teaching"]
# **明年的钱怎么分**。第一元的作用大于最后一元。给各级加钱，直到再加一元在哪里都一样多为止。各级的钱目前带来多少，是假设 `brings`；最多能带来多少，按它的两倍算。挪钱之前先检验假设：抽签选一部分客户多投一些，再像第 3 节那样测量。

# %% tags=["teaching"]
brings = {"A": 3.0, "B": 2.0, "C": 1.2}
curves = evaluation.tier_curves(book, brings)
money = evaluation.budget(curves, curves["spend"].sum())
display(evaluation.charts.budgets(money, book.currency))
show(evaluation.tables.budget(money))

# %% [markdown] tags=["lang-en"]
# ## 5 · Who does it well, and what to choose
#
# Owners have different customers, and with few customers luck rules. So compare each with what average work would have brought with *the same* customers, and pull small groups towards the mean.

# %% [markdown] tags=["lang-zh"]
# ## 5 · 谁做得好，该选什么
#
# 每位负责人的客户不同，客户少的时候运气说了算。所以要和“平均水平带*同样的*客户会怎样”来比，并把小组的结果往平均值拉一拉。

# %%
mix = evaluation.assignments(book, by)
compared = evaluation.compare_groups(mix["bought_again"], mix["group"], mix[["tier", "silent"]])
save("owners", compared.table, out)
display(show(evaluation.tables.groups(compared, by), rows=20))
evaluation.charts.funnel_plot(compared)

# %% [markdown] tags=["lang-en", "reading"]
# Inside the funnel, differences are what chance makes: no praise, no blame. Outside, ask why, before you judge; customers were not dealt out by lot. Where the fair estimates lie close together, a ranking says little.

# %% [markdown] tags=["lang-zh", "reading"]
# 漏斗以内的差别，偶然就能造成，不必表扬，也不必批评。漏斗以外的，先问原因再下结论，客户毕竟不是抽签分的。公平估计都挨得很近时，名次说明不了什么。

# %% [markdown] tags=["lang-en", "teaching"]
# **Suppliers and partners** are scored by weights. The three here are made up; put your own in.

# %% [markdown] tags=["lang-zh", "teaching"]
# **供应商和合作伙伴**按权重打分。这里的三家是虚构的，请换成您自己的。

# %% tags=["teaching"]
offered = pd.DataFrame({
    "quality": [0.99, 0.97, 0.94],
    "delivery": [0.90, 0.96, 0.93],
    "price": [105, 100, 92],
    "service": [4.2, 3.8, 4.0],
}, index=["F1", "F2", "F3"])
rated = evaluation.supplier_score(offered, {"quality": 4, "delivery": 3, "price": 2, "service": 1}, ["price"])
show(evaluation.tables.suppliers(rated))

# %% [markdown] tags=["lang-en", "teaching"]
# **A CRM system** is chosen the same way. People give scores from 1 to 5 for the course's criteria; for cost, 5 is the dearest. The three systems are made up. Criteria without a weight in the parameter `weights` count nothing.

# %% [markdown] tags=["lang-zh", "teaching"]
# **选 CRM 系统**也一样。由人按课程的标准打 1 到 5 分；成本一项，5 分最贵。三个系统都是虚构的。参数 `weights` 里没有给权重的标准不计分。

# %% tags=["teaching"]
systems = pd.DataFrame({
    "S1": [5, 3, 3, 4, 5, 4, 5, 2, 4, 4],
    "S2": [3, 5, 4, 4, 3, 3, 3, 4, 3, 3],
    "S3": [3, 2, 3, 2, 2, 2, 1, 5, 4, 1],
}, index=list(evaluation.SYSTEM_CRITERIA)).T

decision = evaluation.decide(systems, weights, ["cost"], scale=(1, 5))
evaluation.charts.choice(decision)

# %% [markdown] tags=["lang-en", "teaching"]
# How firm is the winner? The first table says between which weights it stays the winner, the others keeping their proportions; the choice hangs on the criterion at the top. The second draws all weights at random: whoever wins most of the time wins whatever one thinks important.

# %% [markdown] tags=["lang-zh", "teaching"]
# 胜出者有多稳？第一张表给出每项权重在什么范围内它仍然胜出，其余权重保持比例；最上面那一项最能左右结果。第二张表随机抽取全部权重：多数时候都胜出的，怎么看都是它。

# %% tags=["teaching"]
display(show(evaluation.tables.firmness(decision)))
show(evaluation.tables.often(decision))

# %% [markdown] tags=["lang-en", "teaching"]
# **Try it. Which weight must you move, and how far, until another system wins?**

# %% [markdown] tags=["lang-zh", "teaching"]
# **动手试试。哪个权重要改到多少，胜出的系统才会换？**

# %% tags=["panel", "teaching"]
evaluation.panels.decide(systems, weights, ["cost"], (1, 5))

# %% [markdown] tags=["lang-en", "teaching"]
# Weights can also come from comparing criteria in pairs (AHP). Here customer data count 2 times as much as ease of use and 3 times as much as cost. A consistency ratio above 0.10 says that the answers contradict each other.

# %% [markdown] tags=["lang-zh", "teaching"]
# 权重也可以由标准两两比较得出（AHP）。这里，客户数据的重要性是易用性的 2 倍、成本的 3 倍。一致性比率超过 0.10，说明回答自相矛盾。

# %% tags=["nbval-check-output", "teaching"]
three = ["customer_data", "ease_of_use", "cost"]
pairs = pd.DataFrame([[1, 2, 3], [1 / 2, 1, 2], [1 / 3, 1 / 2, 1]], index=three, columns=three)
by_pairs = evaluation.decide(systems[three], evaluation.ahp(pairs), ["cost"], scale=(1, 5))
print(by_pairs.winner, f"{by_pairs.consistency:.3f}", by_pairs.weights.round(2).tolist())

# %% [markdown] tags=["lang-en"]
# ## 6 · The loop

# %% [markdown] tags=["lang-zh"]
# ## 6 · 改进循环

# %% [markdown] tags=["lang-en", "teaching"]
# Plan, do, check, act. The course's six steps as a dated checklist; tasks of one step run side by side, weekends are free.

# %% [markdown] tags=["lang-zh", "teaching"]
# 计划、执行、检查、处理。课程的六个步骤排成带日期的清单；同一步的任务同时进行，周末不计。

# %% tags=["teaching"]
tomorrow = book.as_of + pd.Timedelta(days=1)
tasks = evaluation.implementation_plan(tomorrow)
plan = evaluation.tables.plan_in_words(tasks)
save("programme-plan", tasks, out, words=plan)
show(plan, rows=20)

# %% [markdown] tags=["lang-en"]
# What next? Rules read the last period that is over and give each action an owner, a date and its evidence. The limits in the rules are conventions; set your own.

# %% [markdown] tags=["lang-zh"]
# 下一步做什么？规则读取最近一个已结束的期间，给每项行动配上负责部门、期限和依据。规则里的界限是约定，请改成自己的。

# %%
actions = evaluation.next_actions(card, book.as_of)
todo = evaluation.tables.actions_in_words(actions, book.currency)
save("next-actions", actions, out, words=todo)
save("scorecard", card, out, words=evaluation.tables.card_in_words(card, last, currency=book.currency))
show(todo, rows=20)

# %% [markdown] tags=["lang-en", "teaching"]
# An action is finished when its effect was looked at, not when somebody ticks it off. Three entries, as an example:

# %% [markdown] tags=["lang-zh", "teaching"]
# 行动不是打个勾就算完成，核实过效果才算。举三条为例：

# %% tags=["teaching"]
day = book.as_of
log = pd.DataFrame({
    "action": ["call_silent_customers", "speed_up_tickets", "call_detractors"],
    "owner": ["sales", "service", "service"],
    "opened": day - pd.Timedelta(days=60),
    "due": day + pd.to_timedelta([-30, -10, 7], unit="D"),
    "done": [day - pd.Timedelta(days=35), None, None],
    "before": [0.31, 48, 18],
    "after": [0.28, None, None],
    "better": ["lower", "lower", "higher"],
})
show(evaluation.tables.log_in_words(evaluation.action_log(log, day)))

# %% [markdown] tags=["lang-en", "teaching"]
# ## 7 · What to tell the manager
#
# A manager reads one screen: three to five findings, the surest and largest first, then what to do, by whom, with how many customers, by when, and from which list. Which of these would you have chosen?

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 7 · 向经理汇报什么
#
# 经理只看一屏：三到五条发现，最确定、最大的在前；然后是要做什么、谁来做、涉及多少客户、哪天之前、用哪份名单。换了您，会挑哪几条？

# %% tags=["summary"]
summary(book, evaluation.manager.findings(**globals()))

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Put your answer in place of the three dots and run the cell below it. The right answers are computed from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 把三个点换成您的答案，再运行下面一格。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
check = checker(book=book, programme=book.programme, months=months, assumed=assumed, systems=systems)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 1 · The effect by hand
#
# From the four means of `net` in `sales`, by group and period, work out the effect of the programme for a customer and month.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · 手算效果
#
# 用 `sales` 中按组别和时期求出的四个 `net` 均值，算出计划对每位客户每月的效果。

# %% tags=["exercise"]
effect_by_hand = ...

# %% tags=["solution"]
mean = sales.groupby(["group", "period"])["net"].mean()
change = {group: mean[group, "after"] - mean[group, "before"] for group in ("treated", "control")}
effect_by_hand = change["treated"] - change["control"]

# %% tags=["check"]
check("evaluation-1", effect_by_hand)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · The best of last year
#
# `years` holds what the customers of the `first` year spent in it, and in the `second`. By how much did those in class A of the first year (`tiering.abc`) change on average?

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 去年的优质客户
#
# `years` 里是第一年的客户在这一年（`first`）和后一年（`second`）各花了多少钱。第一年的 A 级客户（用 `tiering.abc` 划分）平均变化了多少？

# %% tags=["exercise"]
fall = ...

# %% tags=["solution"]
best = tiering.abc(years["first"]) == "A"
fall = (years["second"] - years["first"])[best].mean()

# %% tags=["check"]
check("evaluation-2", fall)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · One year only
#
# What is the return on investment, as a share, if the programme runs for one year? Use `assumed`, with its fixed cost and one year of its cost per customer.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 只做一年
#
# 如果计划只做一年，投资回报率（用小数表示）是多少？请用 `assumed`，费用包括一次性费用和一年的每位客户费用。

# %% tags=["exercise"]
one_year = ...

# %% tags=["solution"]
one = assumed
gain = one.customers * one.revenue * one.uplift * one.margin
cost = one.customers * one.cost_per_customer + one.fixed_cost
one_year = (gain - cost) / cost

# %% tags=["check"]
check("evaluation-3", one_year)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 4 · A small firm chooses
#
# A small firm weighs `customer_data` 3, `ease_of_use` 3 and `cost` 4, and nothing else. Which of the `systems` wins? Answer with its name, as a text.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 4 · 小企业的选择
#
# 一家小企业只看三项：`customer_data` 权重 3，`ease_of_use` 权重 3，`cost` 权重 4。`systems` 中哪一个胜出？请用文本回答它的名称。

# %% tags=["exercise"]
best_system = ...

# %% tags=["solution"]
criteria = {"customer_data": 3, "ease_of_use": 3, "cost": 4}
best_system = evaluation.decide(systems, criteria, ["cost"], scale=(1, 5)).winner

# %% tags=["check"]
check("evaluation-4", best_system)

# %% [markdown] tags=["lang-en", "quiz"]
# ## Quiz

# %% [markdown] tags=["lang-zh", "quiz"]
# ## 小测验

# %% tags=["quiz"]
from crmbook import quiz

quiz("evaluation")

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - Define each figure with its trap; a change whose interval holds zero is no news.
# - Take off the change of a comparison group, check the months before, and expect the best to fall back.
# - The return is margin less cost, with an interval; name the assumption on which it turns.
# - Compare people with the customers they have, and show how far a choice depends on its weights.
# - A figure is worth the action that follows: owner, date, evidence, and a look at the effect.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 每个指标都要连同陷阱一起定义；变化的区间包含零，就不算新闻。
# - 减去对照组的变化，检查之前的月份，并料到最好的客户会回落。
# - 回报是毛利减成本，要带区间，并说明结论取决于哪项假设。
# - 比较人要看他带的客户；做选择要说明它有多依赖权重。
# - 数字的价值在于随后的行动：负责人、期限、依据，再回头看效果。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - A programme that everybody joined at once has no comparison group: keep a part of the customers out next time, by lot.
# - If the treated were picked because they were likely to grow, no method here repairs it.
# - Do not pay people by a ranking that chance could turn round.
# - A return with guessed costs is a guess, however many draws it had.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 所有客户同时加入的计划没有对照组：下次请抽签留出一部分客户。
# - 如果实施组是因为看着会增长才入选的，这里的方法都补救不了。
# - 偶然就能颠倒的名次，不要用来发奖金。
# - 费用是猜的，回报就也是猜的，抽多少次样都一样。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# This is where the course closes its circle. Go back to [the tiers](01_tiering.ipynb), grade your customers anew, and keep a comparison group this time.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# 课程到这里合成一圈。回到[客户分级](01_tiering.ipynb)，给客户重新定级，这一次留出一个对照组。
