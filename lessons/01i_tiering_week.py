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
# # The owner's week
#
# A manager asks: *whom does each of us see next week, whom does nobody look after, and how shall we know that it helped?*

# %% [markdown] tags=["lang-zh"]
# # 负责人的一周
#
# 经理会问：*下周每个人要去见谁？哪些客户没人管？怎么知道管了有没有用？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - turn the cadence of a tier into dated visits, on working days and within capacity
# - list birthdays to come
# - find the customers of the pool, and the load of each owner
# - draw a hold-out before the list is worked
#
# **Minutes**: read 15 · do 30 · teach 45
#
# **Data**: `orders`; `customers` with owner, birth date and last follow-up
#
# **Terms**: customer tiering · tier policy · hold-out group

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 把等级的拜访频率排成有日期的计划，只排工作日，不超负荷
# - 列出即将到来的生日
# - 找出公海客户，看清每位负责人的工作量
# - 在动手之前先抽出对照组
#
# **用时（分钟）**：阅读 15 · 练习 30 · 讲授 45
#
# **数据**：`orders`；`customers`，含负责人、生日和最近跟进日期
#
# **术语**：客户分级 · 分级政策 · 对照组

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
scheme: str = "value"  # the tier scheme, a built-in name such as value or the path of your YAML file
capacity: int = 5  # visits that an owner can make on a day
days_off: list = ["2025-01-01"]  # public holidays, YYYY-MM-DD; none is known of itself
days_made_up: list = []  # weekend days that are worked, YYYY-MM-DD
idle_days: int = 365  # days without a follow-up after which a customer goes back to the pool
holdout: float = 0.2  # share of the list that is left alone
lot: int = 0  # seed of the draw; the same number draws the same hold-out
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from crmbook import begin, checker, load, sample, save, schemes, show, use
from crmbook import tiering

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
begin(
    "tiering", data=data, as_of=book.as_of, scheme=scheme, capacity=capacity, days_off=days_off,
    days_made_up=days_made_up, idle_days=idle_days, holdout=holdout, lot=lot,
)

# %% [markdown] tags=["lang-en"]
# ## 1 · Tiers and what they ask for

# %% [markdown] tags=["lang-zh"]
# ## 1 · 等级与要求

# %%
plan = schemes.read(scheme)
seen = tiering.seen_by(book.orders, book.as_of, plan)
found = tiering.reasons(seen, plan)
policies = schemes.policies(plan)
listed = tiering.with_policy(found["tier"], policies).drop(columns="owner")
report = tiering.segment_report(seen, found["tier"]).reindex(plan.codes)
display(tiering.charts.tier_bars(report, plan.names))
show(policies.set_index("tier_name")[["visit_days", "hours_each", "service_level"]])

# %% [markdown] tags=["lang-en"]
# ## 2 · Hold-out first
#
# Who is left alone is drawn before anybody is called, by lot, in each tier its part. Only so can the effect be proven later. Keep this list: it has the form of the table `campaigns`.

# %% [markdown] tags=["lang-zh"]
# ## 2 · 先抽对照组
#
# 打第一个电话之前，先抽签决定谁不接触，每一级各抽一份。只有这样，以后才证明得了效果。名单要留好：它的格式就是 `campaigns` 表。

# %%
visited = listed.index[listed["visit_days"].notna()]
drawn = tiering.draw_holdout(visited, holdout, found["tier"], lot, "visits", book.as_of)
save("visits-campaign", drawn, out)
show(drawn.groupby("tier")["arm"].value_counts().unstack().reindex(plan.codes).dropna().rename(index=plan.names))

# %% [markdown] tags=["lang-en"]
# ## 3 · Dated visits
#
# Each customer is due so many days after the last contact. The most valuable are booked first; nothing is booked on a day off, and no owner gets more than a day holds. Public holidays have to be named: none is known of itself.

# %% [markdown] tags=["lang-zh"]
# ## 3 · 有日期的拜访
#
# 每位客户从上次联系算起，隔规定的天数该再联系。最有价值的先排；休息日不排，每天不超过能做的数量。节假日要自己写上，程序不自带。

# %%
people = book.need("customers", "owner").set_index("customer_id")
treated = drawn.loc[drawn["arm"] == "treated", "customer_id"]
due = listed.loc[treated].join(people["owner"]).join(people["last_followed"].rename("last_contact"))
order = seen["monetary"].reindex(due.index).sort_values(ascending=False, kind="stable").index
visits = tiering.visit_plan(due.loc[order], book.as_of, 14, capacity, days_off, days_made_up)
words = tiering.tables.tier_list(seen, found.loc[visits["customer_id"]], plan, currency=book.currency)
save("visits", visits.join(words, on="customer_id"), out)
show(visits.join(words[["tier", "why"]], on="customer_id"), rows=10)

# %% [markdown] tags=["lang-en"]
# A visit without a date found no place: the owner is full. Take the list to the person, not the person to the list. Who is next, and what would you say?

# %% [markdown] tags=["lang-zh"]
# 没有日期的，说明负责人排满了。名单为人服务，不是人为名单服务。下一位是谁，您会说什么？

# %% tags=["panel"]
tiering.panels.customer(seen, found.loc[seen["monetary"].nlargest(50).index], plan, currency=book.currency)

# %% [markdown] tags=["lang-en"]
# ## 4 · Birthdays

# %% [markdown] tags=["lang-zh"]
# ## 4 · 生日

# %%
days = tiering.birthdays(book.need("customers", "birth_date"), book.as_of, 30)
coming = days.join(found["tier"].replace(plan.names), how="inner")
save("birthdays", coming, out)
show(coming, rows=6)

# %% [markdown] tags=["lang-en"]
# ## 5 · The pool, and who carries what
#
# Customers without an owner, and those whom nobody has followed for long, go back to the pool, where a colleague may take them. First look at who has time.

# %% [markdown] tags=["lang-zh"]
# ## 5 · 公海与工作量
#
# 没有负责人的客户，和很久没人跟进的客户，退回公海，由别的同事认领。认领之前，先看看谁有时间。

# %%
pool = tiering.customer_pool(book.need("customers", "owner", "last_followed"), book.as_of, idle_days)
save("customer-pool", pool.join(seen["monetary"]), out)
display(show(pool["pool"].value_counts().rename("customers")))
load_of = tiering.owner_load(book.customers, listed["hours_each"])
tiering.charts.load(load_of)

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Put your answer in place of the three dots and run the cell below it. The right answers are computed from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 把三个点换成您的答案，再运行下面一格。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
check = checker(plan=visits, pool=pool, drawn=drawn)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 1 · No place left
#
# How many visits found no place? Use `visits`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · 排不下的
#
# 有多少次拜访排不下？请用 `visits`。

# %% tags=["exercise"]
no_place = ...

# %% tags=["solution"]
no_place = int(visits["date"].isna().sum())

# %% tags=["check"]
check("tiering_week-1", no_place)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · Without an owner
#
# What share of the pool, between 0 and 1, has no owner?

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 无人负责
#
# 公海客户中，没有负责人的占多少（0 到 1 之间）？

# %% tags=["exercise"]
unowned = ...

# %% tags=["solution"]
unowned = (pool["pool"] == "unowned").mean()

# %% tags=["check"]
check("tiering_week-2", unowned)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · Left alone
#
# Who is left alone? Use `drawn`; give the ids as a set.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 对照组
#
# 谁不接触？请用 `drawn`，给出编号的集合（set）。

# %% tags=["exercise"]
alone = ...

# %% tags=["solution"]
alone = set(drawn.loc[drawn["arm"] == "holdout", "customer_id"])

# %% tags=["check"]
check("tiering_week-3", alone)

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - A cadence becomes a plan only with dates, working days and capacity.
# - A birthday is a reason to write that needs no offer.
# - The pool shows whom nobody looks after; the load shows who could.
# - Draw the hold-out first, and keep the list.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 拜访频率要有日期、工作日和负荷，才成为计划。
# - 生日是不用优惠也能联系的理由。
# - 公海看得出谁没人管，工作量看得出谁管得过来。
# - 先抽对照组，名单要留好。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - Warranty, complaints and payments know no hold-out: there everybody is served.
# - With few customers in a tier the effect cannot be proven, however it was drawn.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 质保、投诉和付款没有对照组：人人都要服务。
# - 一级里客户太少，怎样抽都证明不了效果。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# [Lesson 05, evaluation](05_evaluation.ipynb), measures the effect.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# [第 05 课 效果评估](05_evaluation.ipynb)来量效果。
