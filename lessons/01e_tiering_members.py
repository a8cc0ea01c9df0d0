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
# # A ladder of members
#
# A manager asks: *how do members climb, what keeps them where they are, and what do our points cost us?*

# %% [markdown] tags=["lang-zh"]
# # 会员等级
#
# 经理会问：*会员怎样升级？怎样保级？发出去的积分要花我们多少钱？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - give each member a level by what was spent in the last twelve months, and say how much more the next one takes
# - follow levels month by month among those who were there at both dates, and say what hysteresis saves
# - say where fixed cuts would settle, and why a list capped by rank never does
# - keep a ledger of points, and say what is owed
#
# **Minutes**: read 20 · do 30 · teach 45
#
# **Data**: `orders`
#
# **Terms**: customer tiering · tier scheme · tier migration

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 按最近十二个月的消费给会员定级，并说出离下一级还差多少
# - 在两期都在册的会员中逐月跟踪等级，说清缓冲规则省下了多少变动
# - 说出切点固定时各级会稳定在多少，以及限定名额的名单为什么不会稳定
# - 记一本积分账，说出还欠会员多少
#
# **用时（分钟）**：阅读 20 · 练习 30 · 讲授 45
#
# **数据**：`orders`
#
# **术语**：客户分级 · 分级方案 · 等级迁移

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
scheme: str = "members"  # the tier scheme, a built-in name such as value or the path of your YAML file
months: int = 12  # how many months the earlier date lies back
voucher: int = 500  # points for which a member gets a voucher
point_months: int = 12  # how many months a point lives
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from crmbook import begin, checker, load, sample, save, schemes, show, use
from crmbook import tiering

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
begin(
    "tiering", data=data, as_of=book.as_of, scheme=scheme, months=months, voucher=voucher, point_months=point_months
)

# %% [markdown] tags=["lang-en"]
# ## The case
#
# A retailer sorts its members into ordinary, bronze, silver, gold and VIP. Members see their level in the app and write in when it falls. The board asks what the points cost.
#
# Work in groups: (1) which limits would you set, and why fixed ones; (2) when does a member lose a level, and how is it told beforehand; (3) how many points for what, and how long do they live; (4) hand in the ladder on one page with numbers of members, hours and what is owed. A good answer counts who is just below a limit, says what it does against flipping, and knows its liability.

# %% [markdown] tags=["lang-zh"]
# ## 案例
#
# 某零售商把会员分成普通、铜牌、银牌、金牌和 VIP。会员在小程序里看得到自己的等级，一降级就来投诉。董事会则问：积分到底花多少钱。
#
# 分组讨论：（1）界限定在哪里，为什么用固定值；（2）会员什么时候降级，怎样事先告知；（3）消费多少给多少分，有效期多长；（4）交一页纸的会员方案，写明各级人数、工时和积分负债。好的答案要数出离界限只差一点的会员，说明怎样防止来回变动，并且清楚自己的负债。

# %% [markdown] tags=["lang-en"]
# ## 1 · The ladder
#
# Only the last twelve months count, so a level has to be earned anew. Limits are amounts of money, the same for everybody.

# %% [markdown] tags=["lang-zh"]
# ## 1 · 等级阶梯
#
# 只看最近十二个月，所以等级要靠自己不断挣来。界限是金额，对谁都一样。

# %%
plan = schemes.read(scheme)
seen = tiering.seen_by(book.orders, book.as_of, plan)
found = tiering.reasons(seen, plan)
report = tiering.segment_report(seen, found["tier"]).reindex(plan.codes)
display(show(schemes.overview(plan).set_index("tier_name")))
display(show(schemes.limits(plan)))
tiering.charts.tier_bars(report, plan.names)

# %% [markdown] tags=["lang-en"]
# The most useful sentence of a ladder is the one to the member: *spend so much more and you are there*. These are the nearest to their next level.

# %% [markdown] tags=["lang-zh"]
# 等级阶梯里最有用的一句话，是对会员说的：*再消费这么多就升级了*。下面是离下一级最近的会员。

# %%
nearest = found.sort_values("money_short", kind="stable").dropna(subset=["money_short"])
listed = tiering.tables.tier_list(seen, nearest, plan, currency=book.currency)
save("member-levels", listed.join(seen[["monetary", "frequency"]]), out)
show(listed, rows=8)

# %% [markdown] tags=["lang-en"]
# Move the limit of the best level. How many members can the team look after in person?

# %% [markdown] tags=["lang-zh"]
# 移动最高一级的界限。团队能亲自照顾多少位会员？

# %% tags=["panel"]
tiering.panels.limit(seen, plan, plan.codes[0])

# %% [markdown] tags=["lang-en"]
# ## 2 · Month by month
#
# Levels are graded anew each month. A member near a limit flips up and down and learns to distrust us; *hysteresis* lets a level go only when the spend lies clearly on the other side.

# %% [markdown] tags=["lang-zh"]
# ## 2 · 逐月跟踪
#
# 等级每月重新评定。离界限近的会员忽上忽下，慢慢就不信我们了；*缓冲规则*规定，消费明显越过界限才变动等级。

# %%
past = tiering.history(book.orders, book.as_of, plan, months)
moves = tiering.moves(past, anew=True)
display(tiering.charts.monthly_moves(moves))
show(moves.drop(columns="newcomers"), rows=12)

# %% [markdown] tags=["lang-en"]
# Only members there at both dates count; newcomers stand apart. *Drift* says how far the shares of the levels have moved. Now the same months with the scheme's hysteresis.

# %% [markdown] tags=["lang-zh"]
# 这里只算两期都在册的会员，新会员另算。*漂移指数*说明各级占比变了多少。再看同样几个月，用上方案里的缓冲规则。

# %%
display(show(tiering.slowness(past)))
show(tiering.since(past).replace(plan.names), rows=6)

# %% [markdown] tags=["lang-en"]
# ## 3 · Where it would settle
#
# With fixed limits a member moves by its own doing alone, so the moves of a year can be carried on in thought until nothing changes any more. It is no forecast. A list capped by rank has no such end: its best tier is always as large as its cap.

# %% [markdown] tags=["lang-zh"]
# ## 3 · 会稳定在哪里
#
# 界限固定时，会员升降只看自己，所以可以设想一年的变动一直延续下去，直到不再变化。这不是预测。按名次限定名额的名单没有这样的终点：最高一级永远和名额一样大。

# %%
table = past.tiers()
moved = tiering.migration(table.iloc[:, 0].dropna(), table.iloc[:, -1].dropna(), order=plan.codes)
display(tiering.charts.migration_map(moved, plan.names))
show(tiering.steady_state(moved, plan).rename(index=plan.names).rename_axis("tier"))

# %% [markdown] tags=["lang-en"]
# ## 4 · Points
#
# Each whole unit of money earns a point; a return takes points back; enough points become a voucher at the next purchase; the rest expires. The ledger holds every entry.

# %% [markdown] tags=["lang-zh"]
# ## 4 · 积分
#
# 每消费一元得一分；退货扣回；攒够了，下次购买时自动兑换成优惠券；剩下的到期作废。每一笔都记在账上。

# %%
rules = tiering.PointRules(voucher=voucher, months=point_months)
entries = tiering.ledger(book.orders, book.as_of, rules)
save("member-points", entries, out)
show(tiering.point_account(entries, book.as_of, rules))

# %% [markdown] tags=["lang-en"]
# *Breakage* is the share of points that expired among those whose life is over. The *liability* is what the shop owes for the balance, less the part that will lapse as in the past. Earned points less what left is the balance, on every single day.

# %% [markdown] tags=["lang-zh"]
# *过期率*是有效期已满的积分中作废的比例。*待兑付负债*是余额折成的钱，减去按以往比例会作废的部分。任何一天，获得的减去离开的，都等于余额。

# %% tags=["nbval-check-output"]
at_day = tiering.point_balances(entries, book.as_of)
print(int(entries["points"].sum()) == int(at_day.sum()))

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Put your answer in place of the three dots and run the cell below it. The right answers are computed from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 把三个点换成您的答案，再运行下面一格。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
check = checker(seen=seen, plan=plan, past=past, entries=entries)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 1 · Almost there
#
# Which members of the third level from the top (silver, in the sample's scheme) reach the next one with an order of 200 or less? Use `found`; give their ids as a set.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · 只差一点
#
# 从上往下第三级（样例方案中的银牌）的会员里，哪些再消费 200 或更少就能升级？请用 `found`，给出他们编号的集合（set）。

# %% tags=["exercise"]
almost = ...

# %% tags=["solution"]
almost = set(found.index[(found["tier"] == plan.codes[2]) & (found["money_short"] <= 200)])

# %% tags=["check"]
check("tiering_members-1", almost)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · What hysteresis saves
#
# How many moves did the hysteresis save? Use `tiering.slowness`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 缓冲省下的变动
#
# 缓冲规则省下了多少次变动？请用 `tiering.slowness`。

# %% tags=["exercise"]
saved = ...

# %% tags=["solution"]
made = tiering.slowness(past)["moves"]
saved = made["graded_anew"] - made["held"]

# %% tags=["check"]
check("tiering_members-2", saved)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · Redeemed
#
# What share of the points earned, between 0 and 1, was redeemed? Use `entries`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 兑换率
#
# 获得的积分中，已兑换的占多少（0 到 1 之间）？请用 `entries`。

# %% tags=["exercise"]
redeemed = ...

# %% tags=["solution"]
by_kind = entries.groupby("kind")["points"].sum()
redeemed = -by_kind.get("redeemed", 0) / by_kind["earned"]

# %% tags=["check"]
check("tiering_members-3", redeemed)

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - A trailing window makes a level something to be earned anew; tell members what they lack.
# - Count moves among those there at both dates; hysteresis saves flips and costs little accuracy.
# - A steady state exists for fixed cuts only.
# - Points are a debt: keep the ledger, and know the liability.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 滚动统计期让等级要不断挣来；要告诉会员还差多少。
# - 变动只在两期都在册的会员里数；缓冲减少来回变动，准确性损失不大。
# - 只有切点固定，才谈得上稳态。
# - 积分是负债：账要记清，负债心里要有数。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - Where customers buy once in several years, twelve months say nothing.
# - A level that costs more to serve than it brings is a present, not a programme: count the hours.
# - Whether points bring anybody back is a question for an experiment, not for this ledger.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 客户几年才买一次的生意，十二个月什么也说明不了。
# - 服务成本高过收益的等级是白送，不是会员计划：把工时算清楚。
# - 积分到底有没有把人带回来，要靠试验回答，这本账答不了。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# Why a tier, how sure, and is it fair? [Lesson 01b, upkeep](01b_tiering_upkeep.ipynb).

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# 等级凭什么、有多大把握、公不公平？见[第 01b 课 等级维护](01b_tiering_upkeep.ipynb)。
