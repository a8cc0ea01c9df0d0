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
# # Start here
#
# A manager asks: *who are our customers, how are we doing with them, and where do I begin?*

# %% [markdown] tags=["lang-zh"]
# # 从这里开始
#
# 经理会问：*我们的客户是谁？和他们相处得怎么样？该从哪里着手？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - say what customer management is: a loop of four steps
# - read the twelve indicators that this workbook follows
# - use the little Python that every exercise needs
#
# **Minutes**: read 10 · do 15 · teach 30
#
# **Data**: `orders`; every other table adds an indicator
#
# **Terms**: scorecard · lifecycle stage · tier · churn rate

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 说清什么是客户管理：四个步骤的循环
# - 看懂本书一直跟踪的十二项指标
# - 掌握每道练习都用得到的一点 Python
#
# **用时（分钟）**：阅读 10 · 练习 15 · 讲授 30
#
# **数据**：`orders`；其他各表每多一张，就多一些指标
#
# **术语**：评分卡 · 生命周期阶段 · 等级 · 流失率

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
period: str = "Q"  # how long a period of the scorecard is (choose: M, Q, H, Y)
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from crmbook import begin, checker, load, sample, save, show, summarise, use
from crmbook import evaluation, lifecycle, tiering

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
begin("start", data=data, as_of=book.as_of, period=period)

# %% [markdown] tags=["lang-en"]
# ## 1 · One loop, four steps

# %% [markdown] tags=["lang-zh"]
# ## 1 · 一个循环，四个步骤

# %% [markdown] tags=["lang-en", "teaching"]
# Customer management means: spend your attention where it does most good, and check whether it did. It is a loop of four steps. **Identify** the customers you have. **Classify** them by what they bring. **Keep** those who are worth keeping. **Raise** the others, step by step. Then look again, because customers change.
#
# To run a cell, click into it and press Shift and Enter.

# %% [markdown] tags=["lang-zh", "teaching"]
# 客户管理就是：把精力花在最有用的地方，再回头看看有没有用。它是四个步骤的循环。**识别**：弄清有哪些客户。**分类**：按他们带来的价值分级。**维护**：留住值得留住的人。**升级**：让其余的人一步步往上走。然后从头再看，因为客户会变。
#
# 运行一个单元格：点进去，按 Shift 加 Enter。

# %% tags=["nbval-check-output", "teaching"]
customers = summarise(book.need("orders"), book.as_of)
tiers, stage = tiering.abc(customers["monetary"]), lifecycle.stages(book)
print(len(customers), (tiers == "A").sum(), stage.isin(["active", "loyal"]).sum())

# %%
import pandas as pd

year_ago = book.as_of - pd.DateOffset(years=1)
earlier = tiering.abc(summarise(book.orders[book.orders["order_date"] <= year_ago], year_ago)["monetary"])
both = pd.DataFrame({"before": earlier, "after": tiers}).dropna()
loop = {"step_identify": len(customers), "step_classify": (tiers == "A").sum()}
loop |= {"step_keep": stage.isin(["active", "loyal"]).sum(), "step_raise": (both["after"] < both["before"]).sum()}
show(pd.Series(loop, name="customers").rename_axis("step"))

# %% [markdown] tags=["lang-en", "reading"]
# Read it from top to bottom: how many there are, how many of them bring most of the money, how many still buy, and how many climbed from one class to a better one within the last year. The lessons follow the same loop.

# %% [markdown] tags=["lang-zh", "reading"]
# 从上往下看：一共有多少客户，其中多少人带来大部分的钱，多少人仍在购买，又有多少人在最近一年里升到了更高一级。后面各课走的就是这个循环。

# %% [markdown] tags=["lang-en", "teaching"]
# - Identify and classify: [customer tiering](01_tiering.ipynb), [clustering](03_clustering.ipynb)
# - Keep: [lifecycle](02_lifecycle.ipynb), [satisfaction](04_satisfaction.ipynb), [complaints](04b_complaints.ipynb)
# - Raise: [value](02b_value.ipynb), [offers](03b_offers.ipynb)
# - Look again: [evaluation](05_evaluation.ipynb)

# %% [markdown] tags=["lang-zh", "teaching"]
# - 识别与分类：[客户分级](01_tiering.ipynb)、[聚类](03_clustering.ipynb)
# - 维护：[生命周期](02_lifecycle.ipynb)、[满意度](04_satisfaction.ipynb)、[投诉](04b_complaints.ipynb)
# - 升级：[客户价值](02b_value.ipynb)、[推荐](03b_offers.ipynb)
# - 回头再看：[效果评估](05_evaluation.ipynb)

# %% [markdown] tags=["lang-en"]
# ## 2 · Twelve indicators at a glance
#
# Whether the loop works is read from a few figures, always the same ones. Each compares the last period that is over with the one before.

# %% [markdown] tags=["lang-zh"]
# ## 2 · 十二项指标一览
#
# 循环转得好不好，看几个固定的数就知道。每个数都把最近一个已结束的期间和前一期相比。

# %%
card = evaluation.scorecard(book, periods=(period, 4))
last = evaluation.last_period(card)
save("scorecard", card, out)
show(evaluation.tables.card_in_words(card, last, currency=book.currency), rows=20)

# %%
evaluation.charts.sparklines(card, "all", book.currency)

# %% [markdown] tags=["lang-en", "reading"]
# A figure whose table is missing says so. A change counts only where its interval leaves out zero: the coloured dots mark what is more than chance.

# %% [markdown] tags=["lang-zh", "reading"]
# 缺表的指标会说明缺什么。变化的区间不含零才算数：彩色圆点标出的，才不只是偶然。

# %% [markdown] tags=["lang-en", "teaching"]
# **Try it. Choose another indicator: which one got worse by more than chance?**

# %% [markdown] tags=["lang-zh", "teaching"]
# **动手试试：换一个指标看看，哪一项变差了，而且不只是偶然？**

# %% tags=["panel", "teaching"]
evaluation.panels.scorecard(card, book.currency)

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Six small steps. Each shows an idiom and asks for one like it: put your answer in place of the three dots, run that cell, then the one below it. A wrong answer is told why; the next one brings a hint. They are answered from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 六小步。每一步先示范一种写法，再请您照样写一个：把三个点换成您的答案，运行那个单元格，再运行下面一格。答错了会告诉您为什么，再错就给提示。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
check = checker(orders=book.orders, customers=customers, tiers=tiers)

# %% [markdown] tags=["lang-en", "teaching"]
# A table has rows and columns. `len` counts the rows, `head` shows the first few. A name on the left of `=` keeps what stands on the right.

# %% [markdown] tags=["lang-zh", "teaching"]
# 一张表有行有列。`len` 数有多少行，`head` 显示最前面几行。`=` 左边的名字，记住右边的结果。

# %% tags=["teaching"]
how_many = len(customers)
show(customers.head(3))

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 1 · A table and its rows
#
# `customers` has one row for each customer. How many rows has the table of orders, `book.orders`?

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · 一张表，多少行
#
# `customers` 每位客户一行。订单表 `book.orders` 有多少行？

# %% tags=["exercise"]
rows = ...

# %% tags=["solution"]
rows = len(book.orders)

# %% tags=["check"]
check("start-1", rows)

# %% [markdown] tags=["lang-en", "teaching"]
# A column of a table is called a Series. Its name stands in square brackets and quotes. A Series knows its `.sum()`, its `.max()` and its `.mean()`.

# %% [markdown] tags=["lang-zh", "teaching"]
# 表中的一列叫 Series。列名写在方括号和引号里。Series 会算 `.sum()`（总和）、`.max()`（最大值）和 `.mean()`（平均值）。

# %% tags=["teaching"]
most_orders = customers["frequency"].max()
mean_orders = customers["frequency"].mean()
print(most_orders, round(mean_orders, 1))

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · A column and its mean
#
# The column `monetary` says what each customer spent in all. What did a customer spend on average?

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 一列，和它的平均
#
# `monetary` 一列是每位客户总共花了多少。平均每位客户花了多少？

# %% tags=["exercise"]
mean_spent = ...

# %% tags=["solution"]
mean_spent = customers["monetary"].mean()

# %% tags=["check"]
check("start-2", mean_spent)

# %% [markdown] tags=["lang-en", "teaching"]
# A comparison gives true or false for each row. True counts as 1 and false as 0, so the mean of a comparison is a share. Below: the share of the customers who were there within the last 90 days.

# %% [markdown] tags=["lang-zh", "teaching"]
# 比较的结果是每行一个真或假。真算 1，假算 0，所以比较的均值就是占比。下面是最近 90 天内来过的客户所占的比例。

# %% tags=["teaching"]
recent = customers["recency"] <= 90
recent.mean()

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · A comparison and its mean
#
# What share of the customers has more than one order (`frequency`)?

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 比较，和它的均值
#
# 订单（`frequency`）多于一笔的客户占多少？

# %% tags=["exercise"]
share_again = ...

# %% tags=["solution"]
share_again = (customers["frequency"] > 1).mean()

# %% tags=["check"]
check("start-3", share_again)

# %% [markdown] tags=["lang-en", "teaching"]
# `value_counts` counts how often each value occurs. Square brackets pick one of the counts.

# %% [markdown] tags=["lang-zh", "teaching"]
# `value_counts` 数每个值出现多少次。方括号选出其中一个。

# %% tags=["teaching"]
counts = stage.value_counts()
print(counts.get("loyal", 0))

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 4 · Counting values
#
# `tiers` holds each customer's class: A, B or C. How many customers are in class A?

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 4 · 给每个值计数
#
# `tiers` 是每位客户的级别：A、B 或 C。A 级客户有多少位？

# %% tags=["exercise"]
in_class_a = ...

# %% tags=["solution"]
in_class_a = tiers.value_counts()["A"]

# %% tags=["check"]
check("start-4", in_class_a)

# %% [markdown] tags=["lang-en", "teaching"]
# `&` joins two conditions: both must hold. Each stands in brackets of its own. The rows where they hold are picked by square brackets, and `set` makes a set of their ids.

# %% [markdown] tags=["lang-zh", "teaching"]
# `&` 把两个条件连起来：两个都要成立，每个条件各放进一对括号。用方括号选出成立的行，再用 `set` 把它们的编号变成集合。

# %% tags=["teaching"]
often_and_recent = set(customers.index[(customers["frequency"] > 20) & (customers["recency"] <= 30)])
len(often_and_recent)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 5 · Two conditions, and a set
#
# Which customers are in class A of `tiers` with at most two orders (`frequency`)? They spend much at a time. Give their ids as a set.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 5 · 两个条件，和一个集合
#
# 哪些客户在 `tiers` 中是 A 级，而订单（`frequency`）最多两笔？他们一次就花很多。请给出他们编号的集合（set）。

# %% tags=["exercise"]
large_orders = ...

# %% tags=["solution"]
large_orders = set(customers.index[(tiers == "A") & (customers["frequency"] <= 2)])

# %% tags=["check"]
check("start-5", large_orders)

# %% [markdown] tags=["lang-en", "teaching"]
# `sort_values` puts the smallest first, `ascending=False` the largest. `.index` holds the rows' names, and `.index[0]` is the first of them. Below: who spent least.

# %% [markdown] tags=["lang-zh", "teaching"]
# `sort_values` 从小到大排，加 `ascending=False` 就从大到小。`.index` 是各行的名字，`.index[0]` 是第一个。下面是花钱最少的人。

# %% tags=["teaching"]
customers["monetary"].sort_values().index[0]

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 6 · The first of an index
#
# Which customer has the most orders (`frequency`)? Give the id.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 6 · 行索引的第一个
#
# 哪位客户的订单（`frequency`）最多？请给出编号。

# %% tags=["exercise"]
most_faithful = ...

# %% tags=["solution"]
most_faithful = customers["frequency"].sort_values(ascending=False).index[0]

# %% tags=["check"]
check("start-6", most_faithful)

# %% [markdown] tags=["lang-en", "quiz"]
# ## Quiz

# %% [markdown] tags=["lang-zh", "quiz"]
# ## 小测验

# %% tags=["quiz"]
from crmbook import quiz

quiz("start")

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - Identify, classify, keep, raise, and look again: every lesson is a part of this loop.
# - Twelve indicators tell how it goes; a change counts when it is more than chance.
# - A column, a comparison and its mean, a count, a set, the first of an index: more Python is not needed.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 识别、分类、维护、升级，再回头看：每一课都是这个循环的一部分。
# - 十二项指标说明进展；变化不只是偶然，才算数。
# - 一列、比较和它的均值、计数、集合、行索引的第一个：Python 用到这些就够了。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# A scorecard shows that something changed, not why, and not whether it was your doing. A company with few customers should talk to each of them before it counts them.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# 评分卡只说明有变化，不说明为什么，也不说明是不是您的功劳。客户很少的企业，与其计数，不如先和每一位谈谈。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# [Customer tiering](01_tiering.ipynb): who brings the money, and who gets how much attention.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# [客户分级](01_tiering.ipynb)：钱从谁那里来，精力该花在谁身上。
