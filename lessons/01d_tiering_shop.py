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
# # Case: an online shop
#
# A manager asks: *who is of high, mid and low value to our shop, and what does each group get?*

# %% [markdown] tags=["lang-zh"]
# # 案例：网店
#
# 经理会问：*哪些客户是高、中、低价值？各给什么待遇？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - cut customers into high, mid and low value by money and number of orders, with fixed values
# - say what a customer lacks to the next group
# - compare groups with gold, silver and ordinary members
# - attach a policy and count its hours
#
# **Minutes**: read 15 · do 30 · teach 45
#
# **Data**: `orders`
#
# **Terms**: customer tiering · tier scheme · tier policy

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 用固定切点，按金额和订单数把客户分成高、中、低价值
# - 说出客户离上一组还差什么
# - 把分组与黄金、白银、普通会员相比较
# - 配上政策并算出工时
#
# **用时（分钟）**：阅读 15 · 练习 30 · 讲授 45
#
# **数据**：`orders`
#
# **术语**：客户分级 · 分级方案 · 分级政策

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
scheme: str = "shop"  # the tier scheme, a built-in name such as value or the path of your YAML file
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from crmbook import begin, checker, load, sample, save, schemes, show, use
from crmbook import tiering

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
begin("tiering", data=data, as_of=book.as_of, scheme=scheme)

# %% [markdown] tags=["lang-en"]
# ## The case
#
# A shop on the internet has grown fast and treats all buyers alike. It wants to look after the best in person, to raise the middle, and to stay in touch with the rest at little cost.
#
# Work in groups: (1) choose two criteria and their cuts, and defend them; (2) say for each group what it gets and what that costs; (3) name three customers just below a cut and what you would tell them; (4) hand in one page: cuts, numbers, policy, three customers. A good answer has fixed cuts with a reason, counts hours, and gives low value a way up.

# %% [markdown] tags=["lang-zh"]
# ## 案例
#
# 某网店发展很快，对所有买家一个样。现在想亲自照顾最好的客户，把中间的提上来，对其余的以很低的成本保持联系。
#
# 分组讨论：（1）选两个指标、定切点，并说明理由；（2）各组给什么待遇，花多少成本；（3）举三位差一点就升组的客户，您会对他们说什么；（4）交一页纸：切点、人数、政策、三位客户。好的答案切点固定而有理由，算得出工时，并且给低价值客户留出上升的路。

# %% [markdown] tags=["lang-en"]
# ## 1 · Two criteria, fixed cuts
#
# High value needs much money and many orders; one of the two alone is mid. Cuts are amounts, so that a customer's group does not depend on the others.

# %% [markdown] tags=["lang-zh"]
# ## 1 · 两个指标，固定切点
#
# 金额大而且订单多，才是高价值；只占一样是中等。切点是固定数值，客户归哪一组与别人无关。

# %%
plan = schemes.read(scheme)
seen = tiering.seen_by(book.orders, book.as_of, plan)
tiers = tiering.assign(seen, plan)
report = tiering.segment_report(seen, tiers).reindex(plan.codes)
display(show(schemes.overview(plan).set_index("tier_name")))
tiering.charts.tier_bars(report, plan.names)

# %% [markdown] tags=["lang-en"]
# ## 2 · Whom to lift
#
# The list begins with those of mid value who lack the fewest orders.

# %% [markdown] tags=["lang-zh"]
# ## 2 · 把谁提上来
#
# 名单从中等价值里差订单最少的客户开始。

# %%
found = tiering.reasons(seen, plan)
middle = found[found["tier"] == plan.codes[1]].sort_values("orders_short", kind="stable")
listed = tiering.tables.tier_list(seen, middle, plan, currency=book.currency)
save("value-groups", tiering.with_policy(tiers, schemes.policies(plan)).join(seen[["monetary", "frequency"]]), out)
show(listed, rows=8)

# %% [markdown] tags=["lang-en"]
# Go through them. What would you offer the first one?

# %% [markdown] tags=["lang-zh"]
# 一位一位地看。您会给第一位什么优惠？

# %% tags=["panel"]
tiering.panels.customer(seen, middle, plan, currency=book.currency)

# %% [markdown] tags=["lang-en"]
# ## 3 · Beside gold and silver
#
# Another way to sort the same customers looks at the last twelve months only. Where the two disagree, somebody was great once, or is on the way up.

# %% [markdown] tags=["lang-zh"]
# ## 3 · 与黄金、白银相比
#
# 另一种分法只看最近十二个月。两种分法不一致的客户，要么曾经辉煌，要么正在上升。

# %%
ladder = schemes.read("members")
member = tiering.assign(tiering.seen_by(book.orders, book.as_of, ladder), ladder)
import pandas as pd

both = pd.crosstab(tiers.map(plan.names), member.map(ladder.names))
show(both.reindex(index=list(plan.names.values()), columns=list(ladder.names.values()), fill_value=0).rename_axis("tier"))

# %% [markdown] tags=["lang-en"]
# ## 4 · Policy and hours

# %% [markdown] tags=["lang-zh"]
# ## 4 · 政策与工时

# %%
policies = schemes.policies(plan)
counts = tiers.value_counts().reindex(plan.codes, fill_value=0)
display(show(policies.set_index("tier_name")))
tiering.charts.hours(tiering.capacity(counts, policies["hours_each"]), plan.names)

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Put your answer in place of the three dots and run the cell below it. The right answers are computed from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 把三个点换成您的答案，再运行下面一格。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
check = checker(seen=seen, tiers=tiers, plan=plan)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 1 · High value
#
# What share of the customers, between 0 and 1, is of high value? Use `tiers`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · 高价值
#
# 高价值客户占多少（0 到 1 之间）？请用 `tiers`。

# %% tags=["exercise"]
high_share = ...

# %% tags=["solution"]
high_share = (tiers == "high").mean()

# %% tags=["check"]
check("tiering_shop-1", high_share)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · Big but rare
#
# Which customers of mid value brought more than 1500? Give their ids as a set.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 金额大而次数少
#
# 中等价值的客户里，谁的金额超过 1500？请给出他们编号的集合（set）。

# %% tags=["exercise"]
big_but_rare = ...

# %% tags=["solution"]
big_but_rare = set(seen.index[(tiers == "mid") & (seen["monetary"] > 1500)])

# %% tags=["check"]
check("tiering_shop-2", big_but_rare)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · One order away
#
# How many customers of low value does 1 more usual order lift? Use `tiering.reasons`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 只差一单
#
# 有多少低价值客户再下 1 个平常的订单就能升组？请用 `tiering.reasons`。

# %% tags=["exercise"]
one_away = ...

# %% tags=["solution"]
short = tiering.reasons(seen, plan)["orders_short"]
one_away = int(((tiers == "low") & (short == 1)).sum())

# %% tags=["check"]
check("tiering_shop-3", one_away)

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - Two criteria with fixed cuts make groups that a customer moves by its own doing.
# - Tell those just below a cut what they lack.
# - Where two tierings disagree, look at the customer.
# - A policy is worth the hours behind it.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 两个指标、固定切点，客户升降只看自己。
# - 告诉差一点的客户还差什么。
# - 两种分法不一致的地方，就去看客户本人。
# - 政策值不值，看背后的工时。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - In a shop where most buy once, the number of orders hardly separates anybody.
# - Cuts in money grow old with prices: look at them once a year.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 大多数人只买一次的店，订单数区分不了谁。
# - 金额切点会随物价过时：每年看一次。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# [Lesson 01e, a ladder of members](01e_tiering_members.ipynb).

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# [第 01e 课 会员等级](01e_tiering_members.ipynb)。
