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
# # Case: a technology company
#
# A manager asks: *how many of our potential customers became customers, and how many VIP?*

# %% [markdown] tags=["lang-zh"]
# # 案例：科技公司
#
# 经理会问：*潜在客户里，有多少成了客户，又有多少成了 VIP？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - sort customers by rules that are asked in turn
# - say which rule came first, and why the order matters
# - count conversion from potential to ordinary and VIP between two dates
# - keep newcomers apart from conversions
#
# **Minutes**: read 15 · do 30 · teach 45
#
# **Data**: a made company with `leads` and `orders`; your own in their place
#
# **Terms**: customer tiering · tier scheme · tier migration

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 用依次判断的规则给客户分级
# - 说清哪条规则在先，次序为什么要紧
# - 数清两个日期之间潜在客户转为普通和 VIP 的比例
# - 把新来的和转化的分开
#
# **用时（分钟）**：阅读 15 · 练习 30 · 讲授 45
#
# **数据**：一家虚构公司的 `leads` 和 `orders`；也可换成您自己的
#
# **术语**：客户分级 · 分级方案 · 等级迁移

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
scheme: str = "technology"  # the tier scheme, a built-in name such as value or the path of your YAML file
seed: int = 0  # which made company; another number gives another one
months: int = 12  # how many months the earlier date lies back
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from crmbook import begin, checker, load, save, schemes, show, use
from crmbook import tiering

use("en")
made = tiering.made_case("technology", seed=seed)
book = load(data, as_of=as_of or None) if data else made
begin("tiering", data=data, as_of=book.as_of, scheme=scheme, seed=seed, months=months)

# %% [markdown] tags=["lang-en"]
# ## The case
#
# A technology company has several departments, each with contacts of its own. It sorts them into VIP, ordinary and potential, looks after each in its way, and asks after a year how many potential customers bought.
#
# Work in groups: (1) write the rules in words, the first to be asked first; (2) count who moved from potential; (3) say who counts as a newcomer and why; (4) hand in the rules, the table of moves and one sentence for the board. A good answer gives shares with intervals and does not call a newcomer a conversion.

# %% [markdown] tags=["lang-zh"]
# ## 案例
#
# 某科技公司有好几个部门，各有各的客户资源。公司把客户分成 VIP、普通和潜力客户，分别对待，一年后要看有多少潜力客户成交。
#
# 分组讨论：（1）用文字写出规则，先判断的写在前面；（2）数一数从潜力转出的客户；（3）说明谁算新来的，为什么；（4）交出规则、变动表和给董事会的一句话。好的答案给出比例和区间，不把新来的当作转化的。

# %% [markdown] tags=["lang-en"]
# ## 1 · Rules in turn
#
# The first rule that fits is taken; the last takes all others. Turned round, everybody would be ordinary.

# %% [markdown] tags=["lang-zh"]
# ## 1 · 依次判断的规则
#
# 取第一条符合的规则，最后一条容纳其余客户。次序颠倒，人人都成了普通客户。

# %%
plan = schemes.read(scheme)
display(show(schemes.overview(plan).set_index("tier_name")))
" → ".join(plan.names[code] for code in plan.precedence)

# %% [markdown] tags=["lang-en"]
# ## 2 · Two dates
#
# At each date those are there who are known by then: by a lead, or by an order.

# %% [markdown] tags=["lang-zh"]
# ## 2 · 两个日期
#
# 每个日期的在册客户，是到那天为止已知的人：有线索，或者有订单。

# %%
earlier = tiering.months_before(book.orders, book.as_of, months)
first = tiering.known_by(book.orders, book.leads, earlier, plan)
seen = tiering.known_by(book.orders, book.leads, book.as_of, plan)
before, tiers = tiering.assign(first, plan), tiering.assign(seen, plan)
save("technology-tiers", tiering.with_policy(tiers, schemes.policies(plan)), out)
show(tiers.value_counts().reindex(plan.codes, fill_value=0).rename("customers").rename(index=plan.names))

# %% [markdown] tags=["lang-en"]
# ## 3 · Who moved
#
# Rows are the tier before. The row of potential customers is the conversion, with its interval in the hover text; newcomers stand apart.

# %% [markdown] tags=["lang-zh"]
# ## 3 · 谁变了
#
# 行是原来的等级。潜力客户那一行就是转化情况，把鼠标移上去可以看到区间；新来的另外列出。

# %%
moved = tiering.migration(before, tiers, order=plan.codes)
import pandas as pd

display(tiering.charts.migration_map(moved, plan.names))
show(pd.DataFrame({"newcomers": moved.newcomers, "leavers": moved.leavers}).rename(index=plan.names))

# %%
tiering.charts.sankey(moved, plan.names)

# %% [markdown] tags=["lang-en"]
# Go through the customers of today. Who of the potential ones would you call next?

# %% [markdown] tags=["lang-zh"]
# 看看今天的客户。潜力客户里，下一个该联系谁？

# %% tags=["panel"]
found = tiering.reasons(seen, plan)
tiering.panels.customer(seen, found, plan, currency=getattr(book, "currency", ""))

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Put your answer in place of the three dots and run the cell below it. The right answers are computed from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 把三个点换成您的答案，再运行下面一格。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
check = checker(moved=moved, tiers=tiers)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 1 · Converted
#
# Of those who were potential at the earlier date and still are there, what share bought (ordinary or VIP) by the later one? Use `moved.counts`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · 转化率
#
# 较早日期是潜力客户、后来仍在册的人里，到后一个日期成交的（普通或 VIP）占多少？请用 `moved.counts`。

# %% tags=["exercise"]
converted = ...

# %% tags=["solution"]
row = moved.counts.loc["potential"].drop("absent", errors="ignore")
converted = (row["vip"] + row["ordinary"]) / row.sum()

# %% tags=["check"]
check("tiering_technology-1", converted)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · Straight to VIP
#
# And what share became VIP?

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 直接成为 VIP
#
# 其中成为 VIP 的占多少？

# %% tags=["exercise"]
to_vip = ...

# %% tags=["solution"]
row = moved.counts.loc["potential"].drop("absent", errors="ignore")
to_vip = row["vip"] / row.sum()

# %% tags=["check"]
check("tiering_technology-2", to_vip)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · Newcomers
#
# How many customers are there at the later date only?

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 新来的
#
# 只在后一个日期在册的有多少位？

# %% tags=["exercise"]
new = ...

# %% tags=["solution"]
new = int(moved.newcomers.sum())

# %% tags=["check"]
check("tiering_technology-3", new)

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - Rules are asked in turn; the order is part of the rule.
# - The last rule takes all others, so nobody is without a tier.
# - Conversion is a row of the table of moves, with an interval.
# - Newcomers are no conversions.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 规则依次判断；次序也是规则的一部分。
# - 最后一条容纳其余客户，所以没有人落空。
# - 转化率是变动表里的一行，连同区间。
# - 新来的不是转化的。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - Where leads are only written down once they buy, everybody counts as converted.
# - A year is too short where a sale takes two.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 如果成交了才补录线索，人人都算转化了。
# - 成交要两年的生意，一年太短。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# [Lesson 02, lifecycle](02_lifecycle.ipynb).

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# [第 02 课 生命周期](02_lifecycle.ipynb)。
