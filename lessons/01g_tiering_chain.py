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
# # Case: a chain of shops
#
# A manager asks: *who is of high value to us, once their complaints are counted?*

# %% [markdown] tags=["lang-zh"]
# # 案例：连锁企业
#
# 经理会问：*把投诉算进去以后，谁才是高价值客户？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - take a penalty for complaints off the spend
# - show the list before and after, and who moved
# - say what a gate does that a penalty does not
# - decide who is called first
#
# **Minutes**: read 15 · do 30 · teach 45
#
# **Data**: `orders`; `tickets` where you have them
#
# **Terms**: customer tiering · tier scheme · tier policy

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 从消费额里扣掉投诉的分量
# - 列出前后两份名单，看谁变了
# - 说清门槛和扣减有什么不同
# - 决定先给谁打电话
#
# **用时（分钟）**：阅读 15 · 练习 30 · 讲授 45
#
# **数据**：`orders`；有 `tickets` 更好
#
# **术语**：客户分级 · 分级方案 · 分级政策

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
scheme: str = "chain"  # the tier scheme, a built-in name such as value or the path of your YAML file
seed: int = 0  # which made company; another number gives another one
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from crmbook import begin, checker, load, sample, save, schemes, show, use
from crmbook import tiering

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
begin("tiering", data=data, as_of=book.as_of, scheme=scheme, seed=seed)

# %% [markdown] tags=["lang-en"]
# ## The case
#
# A chain has opened many shops and its service cannot keep up. It rebuilds its service and sorts customers by what they spend and by how often they complain.
#
# Work in groups: (1) what is a complaint worth in money, and who says so; (2) make the list with and without it; (3) which customers move, and is that what you meant; (4) hand in both lists and three customers to call. A good answer notices that a complaint is often our fault, and calls the large customers who complain instead of dropping them.

# %% [markdown] tags=["lang-zh"]
# ## 案例
#
# 某连锁企业门店越开越多，服务跟不上了。企业重建服务体系，按消费和投诉记录给客户分级。
#
# 分组讨论：（1）一次投诉折合多少钱，谁说了算；（2）分别列出算投诉和不算投诉的名单；（3）谁变了，这是您想要的吗；（4）交出两份名单和三位要致电的客户。好的答案会看到，投诉往往错在我们，投诉的大客户要去沟通，而不是降级了事。

# %% [markdown] tags=["lang-en"]
# ## 1 · Before: money alone

# %% [markdown] tags=["lang-zh"]
# ## 1 · 之前：只看金额

# %%
plan = schemes.read(scheme)
record = tiering.service_record(book.orders, book.tickets, book.as_of, plan.window)
seen = tiering.seen_by(book.orders, book.as_of, plan).join(record)
before = tiering.assign(seen.assign(complaints=0), plan)
after = tiering.assign(seen, plan)
show(schemes.limits(plan))

# %% [markdown] tags=["lang-en"]
# ## 2 · After: the complaint record
#
# Each complaint takes a fixed amount off the spend, up to a limit; the worst record is a gate. The map shows who moved.

# %% [markdown] tags=["lang-zh"]
# ## 2 · 之后：算上投诉记录
#
# 每次投诉从消费额里扣掉固定金额，有上限；记录最差的过不了门槛。下图显示谁变了。

# %%
compare = tiering.agreement(before, after, order=plan.codes)
report = tiering.segment_report(seen, after).reindex(plan.codes)
display(tiering.charts.tier_bars(report, plan.names))
tiering.charts.migration_map(tiering.migration(before, after, order=plan.codes), plan.names)

# %%
found = tiering.reasons(seen, plan)
moved = compare.moved.replace(plan.names).join(seen[["monetary", "complaints"]])
listed = tiering.tables.tier_list(seen, found, plan, currency=book.currency).join(moved[["first"]])
save("chain-tiers", listed.join(seen[["monetary", "complaints"]]), out)
show(moved.sort_values("monetary", ascending=False), rows=8)

# %% [markdown] tags=["lang-en"]
# These are large customers who have a reason to be angry. Call them first.

# %% [markdown] tags=["lang-zh"]
# 他们是有理由生气的大客户，请先给他们打电话。

# %% [markdown] tags=["lang-en"]
# ## 3 · A chain whose truth is known
#
# On the made chain, the best customers who complain without end were planted as ordinary.

# %% [markdown] tags=["lang-zh"]
# ## 3 · 知道真相的连锁企业
#
# 在虚构的连锁企业里，投诉不断的大客户事先设定为普通客户。

# %%
made = tiering.made_case("chain", seed=seed)
trial = tiering.seen_by(made.orders, made.as_of, plan)
trial = trial.join(tiering.service_record(made.orders, made.tickets, made.as_of, plan.window))
judged = tiering.agreement(made.truth, tiering.assign(trial, plan), order=plan.codes)
show(tiering.charts.agreement_table(judged).loc[["same_tier", "kappa"]])

# %% [markdown] tags=["lang-en"]
# Where does high value have to begin on this chain so that its service can keep the promise?

# %% [markdown] tags=["lang-zh"]
# 在这家企业，高价值从多少起，服务才兑现得了？

# %% tags=["panel"]
tiering.panels.limit(trial, plan, plan.codes[0])

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Put your answer in place of the three dots and run the cell below it. The right answers are computed from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 把三个点换成您的答案，再运行下面一格。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
check = checker(seen=seen, before=before, after=after)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 1 · Who moved
#
# How many customers get another tier once complaints are counted?

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · 变了多少
#
# 算上投诉以后，有多少客户等级变了？

# %% tags=["exercise"]
number_moved = ...

# %% tags=["solution"]
number_moved = int((before != after).sum())

# %% tags=["check"]
check("tiering_chain-1", number_moved)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · High no longer
#
# Which customers are of high value by money alone, and not once complaints are counted? Give their ids as a set.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 不再是高价值
#
# 哪些客户只看金额是高价值，算上投诉就不是了？请给出他们编号的集合（set）。

# %% tags=["exercise"]
no_longer = ...

# %% tags=["solution"]
no_longer = set(seen.index[(before == "high") & (after != "high")])

# %% tags=["check"]
check("tiering_chain-2", no_longer)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · High, and complained
#
# Of the customers of high value, complaints counted, what share has complained at all?

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 高价值也投诉
#
# 算上投诉后的高价值客户里，投诉过的占多少？

# %% tags=["exercise"]
complained = ...

# %% tags=["solution"]
complained = (seen["complaints"][after == "high"] > 0).mean()

# %% tags=["check"]
check("tiering_chain-3", complained)

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - A penalty says in money what a complaint costs; say who decided it.
# - Show both lists, and look at everybody who moved.
# - A penalty can be outspent, a gate cannot.
# - Large customers who complain are called, not dropped.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 扣减是用钱表示一次投诉的代价；要说明是谁定的。
# - 两份名单都列出来，变动的每一位都看一看。
# - 扣减可以用消费补回来，门槛不能。
# - 投诉的大客户要沟通，不是降级了事。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - If customers hear that complaining costs them their level, they stop telling you what is wrong.
# - Where one shop causes most complaints, mend the shop.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 如果客户知道投诉会丢等级，就不再告诉您哪里出了问题。
# - 如果投诉多半出自一家门店，就去整顿那家门店。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# [Lesson 01h, a technology company](01h_tiering_technology.ipynb).

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# [第 01h 课 科技公司](01h_tiering_technology.ipynb)。
