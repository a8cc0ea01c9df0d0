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
# # Tiers that hold: why, how sure, how fair
#
# A manager asks: *why is this customer in that tier, would it be there again next month, and do we treat everybody alike?*

# %% [markdown] tags=["lang-zh"]
# # 等级维护：为什么、多大把握、公不公平
#
# 经理会问：*这位客户为什么是这一级？下个月还会是吗？我们对谁都一视同仁吗？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - say of each customer why, how near the next tier, and how sure
# - see to it that the largest customers are not dropped because they are silent
# - count flips, and choose a hysteresis that saves them
# - check that same inputs give the same tier, and compare groups
#
# **Minutes**: read 20 · do 30 · teach 45
#
# **Data**: `orders`; `customers` where you have them
#
# **Terms**: customer tiering · tier scheme · tier migration

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 为每位客户说清理由、离下一级多近、有多大把握
# - 确保最大的客户不会因为沉默而被降级
# - 数清来回变动，选一种能减少变动的缓冲
# - 检查情况相同的客户等级相同，并比较不同群体
#
# **用时（分钟）**：阅读 20 · 练习 30 · 讲授 45
#
# **数据**：`orders`；有 `customers` 更好
#
# **术语**：客户分级 · 分级方案 · 等级迁移

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
scheme: str = "value"  # the tier scheme, a built-in name such as value or the path of your YAML file
months: int = 12  # how many months the earlier date lies back
periods: int = 2  # at how many dates in a row a move has to be due before it is made
draws: int = 50  # how often chance deals the orders anew
group: str = "province"  # the column of customers by which tiers are compared
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from crmbook import begin, checker, load, sample, save, schemes, show, use
from crmbook import tiering

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
begin(
    "tiering", data=data, as_of=book.as_of, scheme=scheme, months=months, periods=periods, draws=draws, group=group
)

# %% [markdown] tags=["lang-en"]
# ## 1 · Why, and how near
#
# The scheme gives a tier; the list says what speaks for it, what against, and the nearest way up while all others stay as they are. A floor in the scheme raises the largest customers who have gone silent: they are the first to be visited, and the list says who they are.

# %% [markdown] tags=["lang-zh"]
# ## 1 · 为什么，还差多少
#
# 方案给出等级；名单写明凭什么、差在哪里，以及其他客户都不变时最近的升级办法。方案里的保底规则会把沉默的大客户提上来：最先要拜访的就是他们，名单里写得清清楚楚。

# %%
plan = schemes.read(scheme)
customers = tiering.seen_by(book.orders, book.as_of, plan)
found = tiering.reasons(customers, plan)
raised_first = found.loc[found["raised_by"].isna().sort_values(kind="stable").index]
report = tiering.segment_report(customers, found["tier"]).reindex(plan.codes)
display(show(schemes.limits(plan)))
tiering.charts.tier_bars(report, plan.names)

# %% [markdown] tags=["lang-en"]
# Go through the list, a customer at a time. Would you have said the same, and whom would you ask?

# %% [markdown] tags=["lang-zh"]
# 一位一位地看名单。换作是您也会这样判断吗？您会去问谁？

# %% tags=["panel"]
tiering.panels.customer(customers, raised_first, plan, currency=book.currency)

# %% [markdown] tags=["lang-en"]
# ## 2 · How sure
#
# The orders that came are one deal of the cards. Deal them again with the same habits: each order comes not at all, once or several times. The share of deals that give the same tier says how sure it is.

# %% [markdown] tags=["lang-zh"]
# ## 2 · 多大把握
#
# 已有的订单只是一次发牌的结果。按同样的习惯重新发牌：每个订单可能不来、来一次或来几次。等级不变的次数占多少，就是把握有多大。

# %%
sure = tiering.sureness(book.orders, book.as_of, plan, draws=draws)
listed = tiering.tables.tier_list(customers, raised_first, plan, sure, book.currency)
past = tiering.history(book.orders, book.as_of, schemes.slower(plan, periods=periods), months)
listed = listed.join(tiering.since(past)[["since", "tier_before"]].replace(plan.names))
save("tier-reasons", listed, out)
show(listed, rows=6, percent=["same_share"])

# %% [markdown] tags=["lang-en"]
# Customers near a limit are unsure, and that is no fault of theirs: treat a tier that holds in half of the deals as a suggestion.

# %% [markdown] tags=["lang-zh"]
# 离界限近的客户等级没把握，这不怪他们：一半的发牌才保得住的等级，只能当作建议。

# %%
by_tier = sure.groupby("tier")["same_share"].describe()[["mean", "min"]].reindex(plan.codes)
show(by_tier.rename(index=plan.names), percent=["mean", "min"])

# %% [markdown] tags=["lang-en"]
# ## 3 · Month by month
#
# Graded anew each month, some customers move only to move back. A rule that waits until a move has been due several dates in a row saves most of it.

# %% [markdown] tags=["lang-zh"]
# ## 3 · 逐月变动
#
# 每月重新评定，有的客户变过去又变回来。连续几期都该变动才变动，大部分折腾就省下了。

# %%
moves = tiering.moves(past, anew=True)
display(tiering.charts.monthly_moves(moves))
show(tiering.slowness(past), percent=["same_share"])

# %% [markdown] tags=["lang-en"]
# ## 4 · Fair and clear
#
# Two checks. Customers who are the same in everything that the scheme looks at must have the same tier; a table without rows says that they do. And groups are compared: how often are they in the best tier, beside the group that is there most often? Small groups are not shown.

# %% [markdown] tags=["lang-zh"]
# ## 4 · 公平、透明
#
# 做两项检查。方案所看的各项都相同的客户，等级必须相同；表里一行也没有，就说明做到了。再比较不同群体：进入最高等级的比例，和占比最高的一组相比怎样？人数太少的组不显示。

# %%
show(tiering.unequal(customers, found["tier"], plan))

# %%
known = book.need("customers", group).set_index("customer_id")[group]
fair = tiering.fairness(found["tier"], known, plan.codes[:1])
display(tiering.charts.disparity(fair))
show(fair, rows=12, percent=["low", "high"])

# %% [markdown] tags=["lang-en"]
# A low ratio is a question, no verdict: the scheme looks at money, and money may differ between groups for reasons of their own. Ask whether the criterion is needed, and whether another would serve as well.

# %% [markdown] tags=["lang-zh"]
# 比值低只是一个疑问，不是结论：方案看的是钱，而各群体的消费本来就可能不同。要问的是：这个指标非用不可吗？换一个行不行？

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Put your answer in place of the three dots and run the cell below it. The right answers are computed from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 把三个点换成您的答案，再运行下面一格。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
check = checker(found=found, sure=sure, past=past)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 1 · Whom the floor raised
#
# Which customers did a floor raise? Use `raised_by` in `found`; give their ids as a set.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · 保底提上来的
#
# 哪些客户是由保底规则提上来的？请用 `found` 里的 `raised_by`，给出他们编号的集合（set）。

# %% tags=["exercise"]
raised = ...

# %% tags=["solution"]
raised = set(found.index[(found["raised_by"] >= 0).fillna(False)])

# %% tags=["check"]
check("tiering_upkeep-1", raised)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · Unsure
#
# What share of the customers, between 0 and 1, keeps its tier in less than 2 of 3 draws? Use `sure`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 没把握的
#
# 在不到 2/3 的抽样里保持等级的客户占多少（0 到 1 之间）？请用 `sure`。

# %% tags=["exercise"]
unsure = ...

# %% tags=["solution"]
unsure = (sure["same_share"] < 2 / 3).mean()

# %% tags=["check"]
check("tiering_upkeep-2", unsure)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · All moves
#
# How many moves, up and down together, were there in all these months when tiers are graded anew?

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 全部变动
#
# 每月重新评定时，这几个月里升级和降级一共有多少次？

# %% tags=["exercise"]
all_moves = ...

# %% tags=["solution"]
all_moves = int(tiering.moves(past, anew=True)[["upgraded", "downgraded"]].sum().sum())

# %% tags=["check"]
check("tiering_upkeep-3", all_moves)

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - A tier comes with its reason, its distance and its certainty.
# - Big and silent is never ordinary: write it down as a floor.
# - Flips are chance: wait, or ask for a margin.
# - Same inputs, same tier; and compare groups before somebody else does.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 等级要连同理由、距离和把握一起给出。
# - 金额大而沉默的客户绝不算普通：把它写成保底规则。
# - 来回变动多是偶然：等一等，或者留出余地。
# - 情况相同，等级就相同；各群体自己先比一比，别等别人来比。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - How sure a tier is says nothing of how useful it is: that is for an experiment.
# - With few customers in a group, its share is mostly chance.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 等级有把握，不等于等级有用：有没有用要靠试验。
# - 一组里客户太少，占比多半是偶然。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# [Lesson 01c, defective customers](01c_tiering_defects.ipynb), gives points for and against.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# [第 01c 课 缺陷客户](01c_tiering_defects.ipynb)用加分和扣分来评。
