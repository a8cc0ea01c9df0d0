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
# # Case: a bank
#
# A manager asks: *whom do we call premier, and what if a rich customer does not pay?*

# %% [markdown] tags=["lang-zh"]
# # 案例：银行
#
# 经理会问：*谁是高端客户？有钱却不还款的客户怎么算？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - make points from assets, products and years
# - set a gate that no amount of assets opens
# - say for each customer which points and which gate decided
# - measure how well the planted tiers are found
#
# **Minutes**: read 15 · do 30 · teach 45
#
# **Data**: a made bank, or your own file of customers
#
# **Terms**: customer tiering · tier scheme · tier policy

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 用资产、产品数和开户年限打分
# - 设一道有多少资产也打不开的门槛
# - 说清每位客户是哪些分值、哪道门槛决定的
# - 量出设定的等级找得有多准
#
# **用时（分钟）**：阅读 15 · 练习 30 · 讲授 45
#
# **数据**：一家虚构银行，或您自己的客户文件
#
# **术语**：客户分级 · 分级方案 · 分级政策

# %% tags=["parameters"]
scheme: str = "bank"  # the tier scheme, a built-in name such as value or the path of your YAML file
seed: int = 0  # which made company; another number gives another one
bank: str = ""  # your own customers: a CSV file with customer_id and the scheme's columns; empty: a made bank
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from crmbook import begin, checker, save, schemes, show, use
from crmbook import tiering

use("en")
plan = schemes.read(scheme)
made = tiering.made_case("bank", seed=seed)
seen = schemes.customer_table(bank, plan) if bank else made.customers
begin("tiering", scheme=scheme, seed=seed, bank=bank)

# %% [markdown] tags=["lang-en"]
# ## The case
#
# A bank knows of each customer the assets, the number of products, the years and the months overdue. It wants four tiers: premier, important, general and potential. Potential customers are taught what credit is; premier ones get a banker of their own.
#
# Work in groups: (1) points for each figure; (2) where does the credit record come in, as points or as a gate, and why; (3) which three customers would the branch manager argue about; (4) hand in the card of points and the gate, on one page. A good answer sees that points can be bought off and a gate cannot.

# %% [markdown] tags=["lang-zh"]
# ## 案例
#
# 某银行掌握每位客户的资产、产品数、开户年限和逾期月数，想分成四级：高端、重要、一般和潜力客户。对潜力客户普及信用知识，给高端客户配专属客户经理。
#
# 分组讨论：（1）每项数字怎么给分；（2）信用记录是作为分值还是作为门槛，为什么；（3）哪三位客户支行行长会有意见；（4）交一页纸：评分表和门槛。好的答案看得出：分值可以用钱补回来，门槛不能。

# %% [markdown] tags=["lang-en"]
# ## 1 · Points
#
# Bands turn figures of different kinds into points that can be added.

# %% [markdown] tags=["lang-zh"]
# ## 1 · 分值
#
# 用区间把性质不同的数字变成可以相加的分值。

# %%
points = tiering.scorecard_points(seen, plan)
display(show(seen, rows=5))
show(points.assign(total_points=points.sum(axis=1)), rows=5)

# %% [markdown] tags=["lang-en"]
# ## 2 · Tiers and the gate
#
# The sum decides, and then the gate: whoever is overdue for months is held back, however rich.

# %% [markdown] tags=["lang-zh"]
# ## 2 · 等级与门槛
#
# 先看总分，再过门槛：逾期几个月的，再有钱也上不去。

# %%
found = tiering.reasons(seen, plan)
tiers = found["tier"]
counts = tiers.value_counts().reindex(plan.codes, fill_value=0).rename("customers")
display(show(schemes.overview(plan).set_index("tier_name")))
display(show(schemes.limits(plan)))
show(counts.rename(index=plan.names).rename_axis("tier"))

# %%
held_first = found.loc[found["raised_by"].isna().sort_values(kind="stable").index]
listed = tiering.tables.tier_list(seen, held_first, plan)
save("bank-tiers", listed.join(seen), out)
show(listed, rows=8)

# %% [markdown] tags=["lang-en"]
# Where does the best tier have to begin so that the bankers can serve it?

# %% [markdown] tags=["lang-zh"]
# 最高一级从多少分起，客户经理才服务得过来？

# %% tags=["panel"]
tiering.panels.limit(seen, plan, plan.codes[0])

# %% [markdown] tags=["lang-en"]
# ## 3 · How well it does
#
# In the made bank the tiers were planted. Kappa is the agreement beyond chance: 1 is full, 0 is chance.

# %% [markdown] tags=["lang-zh"]
# ## 3 · 分得准不准
#
# 虚构银行的等级是事先设定的。Kappa 是扣除偶然之后的一致程度：1 是完全一致，0 是和碰运气差不多。

# %%
judged = tiering.agreement(made.truth, tiering.assign(made.customers, plan), order=plan.codes)
display(tiering.charts.agreement_map(judged, "planted", "total_points"))
show(tiering.charts.agreement_table(judged).loc[["kappa"]])

# %% [markdown] tags=["lang-en", "teaching"]
# Most mistakes lie between neighbours, where a band ends. A few thousand of assets more or less should not decide how a person is treated: look at those near a limit by hand.

# %% [markdown] tags=["lang-zh", "teaching"]
# 差错大多出在相邻等级之间、区间的边上。资产多几千少几千，不该决定怎样待人：界限附近的客户请人工看一看。

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Put your answer in place of the three dots and run the cell below it. The right answers are computed from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 把三个点换成您的答案，再运行下面一格。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
check = checker(found=found, seen=seen, tiers=tiers, plan=plan)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 1 · Held back
#
# How many customers did the gate hold back? A gate stands below zero in `raised_by` of `found`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · 被门槛拦住的
#
# 有多少客户被门槛拦住？`found` 的 `raised_by` 中，门槛记为负数。

# %% tags=["exercise"]
held_back = ...

# %% tags=["solution"]
held_back = int((found["raised_by"].fillna(0) < 0).sum())

# %% tags=["check"]
check("tiering_bank-1", held_back)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · Rich, and not premier
#
# Which customers have assets of 1000000 or more and are not premier? Give their ids as a set.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 有钱却不是高端
#
# 哪些客户资产达到 1000000，却不是高端客户？请给出他们编号的集合（set）。

# %% tags=["exercise"]
rich = ...

# %% tags=["solution"]
rich = set(seen.index[(seen["assets"] >= 1_000_000) & (tiers != "premier")])

# %% tags=["check"]
check("tiering_bank-2", rich)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · One product more
#
# How many customers would get a better tier with 1 product more? Grade anew with `tiering.assign`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 多一项产品
#
# 如果每位客户多 1 项产品，有多少人等级会变好？请用 `tiering.assign` 重新分级。

# %% tags=["exercise"]
lifted = ...

# %% tags=["solution"]
more = tiering.assign(seen.assign(products_held=seen["products_held"] + 1), plan)
lifted = int((more.map(plan.codes.index) < tiers.map(plan.codes.index)).sum())

# %% tags=["check"]
check("tiering_bank-3", lifted)

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - Bands make figures of different kinds add up.
# - A gate is for what must not be bought off.
# - Each customer gets the points and the gate in words.
# - Planted tiers show where a card errs: at the edges.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 区间让性质不同的数字能够相加。
# - 不能拿钱补回来的事，要设门槛。
# - 每位客户的分值和门槛都用文字写明。
# - 拿设定好的等级一试，就知道评分表错在哪里：错在边上。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - A credit decision has laws of its own. This card sorts service, it grants no loans.
# - Sex, age and home have no place among the criteria.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 授信有专门的法规。这张表分的是服务，不是放贷依据。
# - 性别、年龄和籍贯不能作指标。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# [Lesson 01g, a chain of shops](01g_tiering_chain.ipynb).

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# [第 01g 课 连锁门店](01g_tiering_chain.ipynb)。
