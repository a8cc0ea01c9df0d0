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
# # Defective customers
#
# A manager asks: *which customers cost us more trouble than they are worth, why, and what do we do about each of them?*

# %% [markdown] tags=["lang-zh"]
# # 缺陷客户
#
# 经理会问：*哪些客户带来的麻烦比价值还多？原因是什么？对每一位该怎么办？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - count a customer's complaints, late payments and returns beside what was bought
# - turn them into a scorecard of good, ordinary and defective customers, with the reasons for each
# - say how many defective customers the scorecard finds, and how many it accuses wrongly
# - decide what to do: settle the cause first, then see
#
# **Minutes**: read 20 · do 30 · teach 45
#
# **Data**: `orders`; `tickets` and days of payment where you have them
#
# **Terms**: customer tiering · tier scheme · tier policy

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 把一位客户的投诉、逾期付款和退货，与购买情况放在一起数清楚
# - 据此做成评分卡，分出优质、普通和缺陷客户，并为每位客户写明理由
# - 说清评分卡找出了多少缺陷客户，又冤枉了多少
# - 决定怎么办：先解决原因，再看效果
#
# **用时（分钟）**：阅读 20 · 练习 30 · 讲授 45
#
# **数据**：`orders`；有 `tickets` 和付款日期更好
#
# **术语**：客户分级 · 分级方案 · 分级政策

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
scheme: str = "defects"  # the tier scheme, a built-in name such as value or the path of your YAML file
seed: int = 0  # which made company; another number gives another one
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from crmbook import begin, checker, label, load, sample, save, schemes, show, use
from crmbook import tiering

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
begin("tiering", data=data, as_of=book.as_of, scheme=scheme, seed=seed)

# %% [markdown] tags=["lang-en"]
# ## The case
#
# A wholesaler pays for its growth: some customers complain, pay late, send half of it back. The sales team calls them difficult, the accountants call them unprofitable, and nobody has the same list. A *defective* customer is one whose dealings with us have a defect, and the defect may well be ours. So the list is made for repair, never for punishment.
#
# Work in groups: (1) say by which four figures you would know a defective customer; (2) set points for each, before you see the data; (3) make the list; (4) hand in three customers with reason, owner and first step. A good answer names the figures, explains the points, checks how many are accused wrongly, and begins with the cause.

# %% [markdown] tags=["lang-zh"]
# ## 案例
#
# 某批发商一路扩张，问题也来了：有的客户老是投诉，有的拖欠货款，有的买一半退一半。销售说他们难缠，财务说他们不赚钱，谁手里的名单都不一样。*缺陷客户*是指双方往来中出了缺陷的客户，而缺陷很可能在我们这边。所以这份名单是用来修补的，绝不是用来惩罚的。
#
# 分组讨论：（1）凭哪四项数字认出缺陷客户；（2）看数据之前，先给每一项定分值；（3）列出名单；（4）交三位客户的方案，写明原因、负责人和第一步。好的答案要写清用了哪些数字、分值怎么定的，检查冤枉了多少人，并且从原因着手。

# %% [markdown] tags=["lang-en"]
# ## 1 · Four figures for each customer
#
# How often somebody buys speaks for a customer; complaints, payments after the due day and money given back speak against. All four look at the same months, which the scheme says.

# %% [markdown] tags=["lang-zh"]
# ## 1 · 每位客户四项数字
#
# 买得勤是加分项；投诉、逾期付款和退货是减分项。四项都看同样几个月，由方案规定。

# %%
plan = schemes.read(scheme)
record = tiering.service_record(book.orders, book.tickets, book.as_of, plan.window)
seen = tiering.seen_by(book.orders, book.as_of, plan).join(record)
show(seen[["frequency", "monetary", "complaints", "late_share", "return_share"]], rows=6)

# %% [markdown] tags=["lang-en"]
# A blank is no zero: a customer who has nothing to pay later cannot pay late. This is how often each figure is not known.

# %% [markdown] tags=["lang-zh"]
# 空白不等于零：不赊账的客户谈不上逾期。下表是各项数字缺了多少。

# %%
show(tiering.not_known(seen, plan))

# %% [markdown] tags=["lang-en"]
# ## 2 · The scorecard
#
# Each figure gives points or takes them off, by bands that stand in a file which everybody can read. The sum decides.

# %% [markdown] tags=["lang-zh"]
# ## 2 · 评分卡
#
# 每项数字按区间加分或扣分，区间写在人人都能看到的文件里。总分决定等级。

# %%
tiers = tiering.assign(seen, plan)
report = tiering.segment_report(seen, tiers).reindex(plan.codes)
display(show(schemes.overview(plan).set_index("tier_name")))
tiering.charts.tier_bars(report, plan.names)

# %% [markdown] tags=["lang-en"]
# Nobody is in the list without a reason. Each line says which figure gave or took how many points, and what settling the costliest trouble would do.

# %% [markdown] tags=["lang-zh"]
# 没有理由就不进名单。每一行写明哪项数字加减了多少分，以及解决最费分的那个问题之后会怎样。

# %%
found = tiering.reasons(seen, plan)
points = tiering.scorecard_points(seen, plan).sum(axis=1)
worst_first = found.loc[points.sort_values(kind="stable").index]
listed = tiering.tables.tier_list(seen, worst_first, plan, currency=book.currency)
save("customer-quality", listed.join(seen[["monetary", "frequency"]]), out)
show(listed, rows=8)

# %% [markdown] tags=["lang-en"]
# Take the first of them one by one. Would you have said the same, and who has to talk to whom?

# %% [markdown] tags=["lang-zh"]
# 从最前面的几位看起，一位一位地看。换作是您，也会这样判断吗？该由谁去和客户谈？

# %% tags=["panel"]
tiering.panels.customer(seen, worst_first, plan, currency=book.currency)

# %% [markdown] tags=["lang-en"]
# ## 3 · Does it find the right ones?
#
# On your own data nobody knows the truth. So the scorecard is tried on a made company whose defective customers were planted. Two shares matter: of those planted, how many are found; and of those accused, how many rightly.

# %% [markdown] tags=["lang-zh"]
# ## 3 · 找得准吗？
#
# 在自己的数据里，没人知道真相。所以先拿一家虚构企业试一试，它的缺陷客户是事先设定好的。要看两个比例：设定的缺陷客户找出了多少；被认定的人里有多少没冤枉。

# %%
made = tiering.made_case("defects", seed=seed)
trial = tiering.seen_by(made.orders, made.as_of, plan)
trial = trial.join(tiering.service_record(made.orders, made.tickets, made.as_of, plan.window))
judged = tiering.agreement(made.truth, tiering.assign(trial, plan), order=plan.codes)
counts = judged.counts.rename(index=plan.names, columns=plan.names)
show(counts.rename_axis(index="planted", columns="tier"))

# %% tags=["nbval-check-output"]
right = judged.counts.to_numpy()[-1, -1]
print(f"{label('planted_found')}: {right / judged.counts.to_numpy()[-1].sum():.2f}")
print(f"{label('rightly_accused')}: {right / judged.counts.to_numpy()[:, -1].sum():.2f}")

# %% [markdown] tags=["lang-en"]
# Move the limit on this company: a severe one finds more and accuses more. Which of the two mistakes costs you more?

# %% [markdown] tags=["lang-zh"]
# 在这家企业上移动界限：定得严，找出的多，冤枉的也多。这两种错，哪一种对您代价更大？

# %% tags=["panel"]
tiering.panels.limit(trial, plan, plan.codes[-2])

# %% [markdown] tags=["lang-en"]
# ## 4 · What to do
#
# The scheme carries the policy. For the lowest tier it begins with one person who settles the cause, and there is no offer before that. The list is read again after a quarter: whoever is still in it gets other terms, such as payment in advance, and these are told beforehand.

# %% [markdown] tags=["lang-zh"]
# ## 4 · 怎么办
#
# 方案里写着政策。最低一级先由专人解决原因，在此之前不谈优惠。过一个季度再看名单：还在里面的，改用别的条件，例如预付货款，并且事先讲明。

# %%
show(schemes.policies(plan).set_index("tier_name")[["service_level", "visit_days", "offer", "owner"]])

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
# ### Exercise 1 · How many are defective
#
# What share of your customers, between 0 and 1, is defective? Use `tiers`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · 有多少缺陷客户
#
# 缺陷客户占全部客户的多少（0 到 1 之间）？请用 `tiers`。

# %% tags=["exercise"]
defective_share = ...

# %% tags=["solution"]
defective_share = (tiers == "defective").mean()

# %% tags=["check"]
check("tiering_defects-1", defective_share)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · Worth the effort
#
# Which defective customers bought 6 times or more in the months that count? Give their ids as a set.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 值得花力气的
#
# 哪些缺陷客户在统计期内买了 6 次或更多？请给出他们编号的集合（set）。

# %% tags=["exercise"]
worth_it = ...

# %% tags=["solution"]
worth_it = set(seen.index[(tiers == "defective") & (seen["frequency"] >= 6)])

# %% tags=["check"]
check("tiering_defects-2", worth_it)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · If every complaint were settled
#
# How many customers would no longer be defective if nobody had a complaint? Set the column `complaints` to 0 and grade anew with `tiering.assign`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 假如投诉都解决了
#
# 如果谁都没有投诉，有多少客户不再是缺陷客户？把 `complaints` 一列设为 0，再用 `tiering.assign` 重新分级。

# %% tags=["exercise"]
no_more = ...

# %% tags=["solution"]
settled = tiering.assign(seen.assign(complaints=0), plan)
no_more = int(((tiers == "defective") & (settled != "defective")).sum())

# %% tags=["check"]
check("tiering_defects-3", no_more)

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - Complaints, late payments and returns stand beside what was bought; a blank is no zero.
# - A scorecard gives reasons: points for and points against, in a file that can be read.
# - Before it is used, count what it finds and whom it accuses wrongly.
# - Settle the cause first; other terms come after that, and are told beforehand.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 投诉、逾期和退货要与购买情况一起看；空白不等于零。
# - 评分卡能给出理由：加多少分、扣多少分，都写在看得到的文件里。
# - 使用之前，先数一数它找出了多少、冤枉了多少。
# - 先解决原因；换条件在后，并且事先讲明。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - A complaint is a gift from a customer who still talks to you. Whoever never complains and leaves is in no list.
# - Where the fault is yours (a bad batch, a late parcel), repair it before you grade anybody.
# - Warranty, returns by law and safety are rights. No tier takes them away.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 投诉的客户还愿意跟您说话，是好事。从不投诉、默默离开的人，哪份名单里都没有。
# - 如果错在自己（一批次品、一个晚到的包裹），先补救，再谈给谁分级。
# - 质保、法定退货和安全是客户的权利，任何等级都不能剥夺。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# A tier says what a customer was worth. [Lesson 02, lifecycle](02_lifecycle.ipynb), says where the customer stands now.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# 等级说的是客户过去值多少。[第 02 课 生命周期](02_lifecycle.ipynb)说的是客户现在走到了哪里。
