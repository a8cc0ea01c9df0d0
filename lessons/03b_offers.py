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
# # Offers: what customers do next, and what to offer them
#
# A manager asks: *we know our segments, so how does each of them buy, use and answer, who will buy next, and what do we offer to whom?*

# %% [markdown] tags=["lang-zh"]
# # 推荐：客户下一步会做什么，给他们推荐什么
#
# 经理会问：*群体已经分好了，每一群怎么买、怎么用、怎么反馈？谁会再买？该给谁推荐什么？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - sort relationships into transactional, cooperative and strategic by rules that anybody can read
# - describe how each segment buys, uses and answers, with intervals
# - predict the next period by regression, judge it honestly, and say what it must not be used for
# - find what goes together, offer the next product with a reason, and measure how often it hits
# - code interviews so that a second person would code them alike
# - keep a small, dated record of competitors' prices
#
# **Minutes**: read 45 · do 40 · teach 90
#
# **Data**: `orders`; `customers`, `interactions`, `usage`, `survey`, `tickets`, `campaigns` where you have them
#
# **Terms**: segment · relationship type · stickiness · AUC · calibration · lift · collaborative filtering · hit rate · Cohen's kappa

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 用人人看得懂的规则，把客户关系分成交易型、合作型、战略型
# - 说清每个群体怎么买、怎么用、怎么反馈，并带上区间
# - 用回归预测下一时段，如实检验，并说清它不能用来做什么
# - 找出哪些商品常常一起买，给出有理由的推荐，并量出命中率
# - 给访谈编码，而且换一个人也会编得差不多
# - 记一份小小的、带日期的竞争对手价格表
#
# **用时（分钟）**：阅读 45 · 练习 40 · 讲授 90
#
# **数据**：`orders`；有 `customers`、`interactions`、`usage`、`survey`、`tickets`、`campaigns` 更好
#
# **术语**：细分群体 · 关系类型 · 黏性 · AUC 值 · 校准 · 提升度 · 协同过滤 · 命中率 · Kappa 一致性系数

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
features: list = ["share_online", "share_evening", "discount_share", "main_category_share", "pieces"]  # features that the segments are made of; those that your data lack are left out
least_orders: int = 3  # orders a customer needs before shares of orders say anything
k: int = 0  # how many segments; 0: the number that the indices together favour
most: int = 8  # largest number of segments that is tried
high_from: float = 0.6  # a customer is high in frequency, contacts or amount above the value that this share of the customers does not exceed
days: int = 90  # length of a period for regression, hold-out and own prices, in days
offers_each: int = 3  # how many offers a customer gets
watched: list = []  # prices seen at competitors, each as [date, competitor, product_id, price, offer, source]
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from IPython.display import display

from crmbook import begin, checker, load, sample, save, show, summary, use
from crmbook import clustering, offers

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
settings = {"data": data, "as_of": book.as_of, "k": k, "high_from": high_from, "days": days}
begin("offers", **settings, features=features, offers_each=offers_each)

# %% [markdown] tags=["lang-en"]
# ## 1 · The segments once more

# %% [markdown] tags=["lang-zh"]
# ## 1 · 再看一眼群体

# %% [markdown] tags=["lang-en", "teaching"]
# The segments are those of [the lesson on clustering](03_clustering.ipynb): the same features, the same settings, the same rules for names. Here they are made anew, so that this notebook stands on its own.

# %% [markdown] tags=["lang-zh", "teaching"]
# 群体沿用[聚类一课](03_clustering.ipynb)：特征相同，设置相同，起名规则也相同。这里重新算一遍，这样本课可以单独运行。

# %%
seen = clustering.behaviour(book)
base = clustering.chosen(seen, features, least_orders).features
found = clustering.cluster(clustering.prepare(base).features, k=k or None, most=most)
profiled = clustering.profile(base, found.labels)
called = clustering.charts.segment_names(clustering.names(profiled, clustering.BUYING_RULES))
segment = found.labels.map(called).rename("segment")
display(clustering.charts.verdict(found), show(segment.value_counts().rename("customers")))

# %% [markdown] tags=["lang-en", "reading"]
# The sentence says how far the segments can be trusted. Where it says that there are none, read every table below as a comparison of cuts that you chose, not of kinds of customers that exist.

# %% [markdown] tags=["lang-zh", "reading"]
# 上面那句话说明这些群体有多可信。如果它说没有群体，下面每张表比较的就只是您自己切出来的几块，并不是真实存在的几类客户。

# %% [markdown] tags=["lang-en"]
# ## 2 · Transactional, cooperative, strategic
#
# How close is the relationship? That is a matter of rules, not of clusters: frequency, contacts and amount, each low or high. Here is the whole rule. Somebody who disagrees can change a line and see what happens.

# %% [markdown] tags=["lang-zh"]
# ## 2 · 交易型、合作型、战略型
#
# 和客户的关系有多近？这靠规则，不靠聚类：购买频次、互动次数、金额，各分高低。规则全在下表里，谁不同意，改一行就能看到结果。

# %%
import pandas as pd

show(offers.rule_grid().reset_index(), index=False)

# %% [markdown] tags=["lang-en"]
# What is high? A value above that of most customers; the parameter `high_from` says above how many. All three measures cover the same time, the one in which both orders and contacts were recorded.

# %% [markdown] tags=["lang-zh"]
# 多少算高？高于多数客户就算高，参数 `high_from` 规定要高于多大比例的客户。三项指标看的是同一段时间，也就是订单和互动都有记录的那一段。

# %%
calls = book.need("interactions", "date")
measures = offers.shared_measures(book.orders, calls, book.as_of)
ties = offers.relationship_types(measures, quantile=high_from)
display(offers.charts.relationships(ties.table))
cells = ties.cells.rename(columns={"amount": "monetary"}).reset_index()
display(show(ties.cuts.rename_axis("measure")), show(cells, index=False))
save("relationship-types", ties.table, out)

# %% [markdown] tags=["lang-en", "reading"]
# The first table holds the values from which a measure is high, the second how many customers each rule meets. Colour and place do not agree everywhere in the picture, because it cannot show the third measure, contacts.
#
# What follows from a type: transactional customers want a smooth order, cooperative ones a person to talk to, strategic ones a plan for the year. A type is no prize for loyalty; it says how much time each side puts in.

# %% [markdown] tags=["lang-zh", "reading"]
# 第一张表是各项指标从多少起算高，第二张表是每条规则下有多少客户。图上颜色和位置并不处处一致，因为第三项指标（互动次数）在图上画不出来。
#
# 类型决定怎么相处：交易型要的是下单顺畅，合作型要有人对接，战略型要一份年度计划。类型不是给忠诚的奖状，它说的是双方各投入多少时间。

# %% [markdown] tags=["lang-en"]
# ## 3 · How each segment buys
#
# Three figures describe an order: how often it comes, how large it is, how many items it holds. Large orders differ a lot, so the mean has an interval.

# %% [markdown] tags=["lang-zh"]
# ## 3 · 各群体怎么买
#
# 描述购买的三个数：多久一单、一单多少钱、一单几件。订单金额参差不齐，所以平均值要带区间。

# %%
sizes = offers.order_size(book.orders, segment)
show(sizes.rename_axis("segment"))

# %% [markdown] tags=["lang-en", "reading"]
# Where two intervals overlap widely, do not speak of a difference.

# %% [markdown] tags=["lang-zh", "reading"]
# 两个区间大片重叠时，就别说有差别。

# %% [markdown] tags=["lang-en"]
# Next: through which channels do the orders come?

# %% [markdown] tags=["lang-zh"]
# 再看订单来自哪些渠道。

# %%
orders = book.need("orders", "channel")
offers.charts.channel_mix(offers.channel_mix(orders, segment))

# %% [markdown] tags=["lang-en", "reading"]
# If the segments were made with a feature of channels, bars that differ are no discovery: they were put in.

# %% [markdown] tags=["lang-zh", "reading"]
# 如果分群时已经用了渠道特征，条形不同就不算发现，因为是自己放进去的。

# %% [markdown] tags=["lang-en"]
# The next picture is one. Given the channel of this order, through which one does the next come? Each row adds up to the whole.

# %% [markdown] tags=["lang-zh"]
# 下一张图才是：知道这一笔走哪个渠道，下一笔会走哪个？每一行加起来就是全部。

# %%
steps = offers.channel_switching(book.need("orders", "channel"))
offers.charts.channel_switching(steps)

# %% [markdown] tags=["lang-en", "reading"]
# The diagonal says how faithful customers are to a channel. A weak diagonal with one strong column shows where they end up: that channel deserves the better shelf, and the others a reason to exist.

# %% [markdown] tags=["lang-zh", "reading"]
# 对角线表示客户对渠道有多专一。如果对角线弱，而某一列特别强，就知道客户最后都去了哪里：那个渠道值得多投入，别的渠道要说清自己存在的理由。

# %% [markdown] tags=["lang-en"]
# ## 4 · How they use
#
# Buying is not using. Stickiness is the share of the month's users who are there on an average day:
#
# $$ \text{stickiness} = \frac{\text{users on an average day}}{\text{users of the month}} $$

# %% [markdown] tags=["lang-zh"]
# ## 4 · 怎么用
#
# 买了不等于用了。黏性是当月用户中平均每天来的比例：
#
# $$ \text{黏性} = \frac{\text{日均用户}}{\text{月用户}} $$

# %% [markdown] tags=["lang-en", "teaching"]
# By hand: in a month of 30 days Ann is there on 30 days and Bo on 15. On an average day that makes 1.5 users of 2.

# %% [markdown] tags=["lang-zh", "teaching"]
# 手算：一个 30 天的月里，Ann 来了 30 天，Bo 来了 15 天，平均每天 1.5 人，全月 2 人。

# %% tags=["nbval-check-output", "teaching"]
june = pd.DataFrame({"customer_id": ["Ann", "Bo"], "active_days": [30, 15]})
june["month"] = pd.Timestamp("2024-06-01")
by_hand = (30 / 30 + 15 / 30) / 2
print(f"{by_hand:.2f} {offers.stickiness(june)['stickiness'].iloc[0]:.2f}")

# %%
usage = book.need("usage", "active_days")
sticky = offers.stickiness(usage).droplevel("group").to_period("M")
display(show(sticky, percent=["stickiness", "low", "high"]))
tiers = offers.usage_tiers(usage, book.as_of)
display(offers.charts.usage(tiers))
mix = pd.crosstab(segment, tiers["usage_tier"], normalize="index")
show(mix, percent=list(mix))

# %% [markdown] tags=["lang-en", "reading"]
# A mean hides the two kinds that matter: those who live in the service, and those who pay and do not come. The tiers keep them apart, and the last table says in which segments they are.

# %% [markdown] tags=["lang-zh", "reading"]
# 平均数会盖住最要紧的两种人：天天用的，和付了钱却不来的。使用程度把他们分开，最后一张表说明他们各在哪个群体。

# %% [markdown] tags=["lang-en"]
# ## 5 · How they answer back
#
# Who answers a survey, gives top marks, complains, responds to a campaign? Each dot is a share, each line its interval: where the true share may well lie.

# %% [markdown] tags=["lang-zh"]
# ## 5 · 怎么反馈
#
# 谁答问卷，谁给好评，谁投诉，谁响应营销？每个点是一个比例，横线是区间，也就是真实比例可能落在哪里。

# %%
rates = offers.feedback(book, segment)
display(offers.charts.feedback(rates))
save("feedback", rates.reset_index(), out)

# %% [markdown] tags=["lang-en", "reading"]
# With several segments and several kinds of feedback, one pair will lie apart by chance. Believe a gap when it comes again in the next survey. And mind who is missing: praise is counted among those who answered.

# %% [markdown] tags=["lang-zh", "reading"]
# 群体多、反馈种类也多，总会有一对碰巧差得远。下一轮调查还是这样，再相信它。也要想想谁没有出现：好评只在答了问卷的人里统计。

# %% [markdown] tags=["lang-en"]
# ## 6 · Regression: the next period
#
# Segments describe, regression predicts. Time runs one way: the models learn from one period and are judged on the next, which they have not seen. Three questions, three models: who buys (logistic), how many orders (Poisson), how much (linear).

# %% [markdown] tags=["lang-zh"]
# ## 6 · 回归：预测下一时段
#
# 群体是描述，回归是预测。时间只朝一个方向走：模型从一个时段学，在下一个没见过的时段上考。三个问题用三个模型：谁会买（逻辑回归），买几笔（泊松回归），买多少钱（线性回归）。

# %%
ahead = offers.forecast(book.orders, book.as_of, days)
display(show(offers.split(ahead)))
show(ahead.learnt.features.rename_axis("customer_id"), rows=4)

# %% [markdown] tags=["lang-en", "reading"]
# The second table is all that the models see: figures known before the period begins.

# %% [markdown] tags=["lang-zh", "reading"]
# 第二张表就是模型看到的全部：时段开始之前就已经知道的数字。

# %% [markdown] tags=["lang-en"]
# How good is a ranking? The AUC takes every pair of a buyer and somebody who did not buy, and counts how often the buyer has the higher chance: 0.5 is a coin, 1 is perfect.

# %% [markdown] tags=["lang-zh"]
# 排得好不好，看 AUC：把每一位买了的和每一位没买的配成一对，数一数有多少对是买了的概率更高。0.5 等于抛硬币，1 是完美。

# %% [markdown] tags=["lang-en", "teaching"]
# By hand, Ann and Chen bought, Bo and Dai did not: in 3 of 4 pairs the buyer is ahead.

# %% [markdown] tags=["lang-zh", "teaching"]
# 手算：Ann 和 Chen 买了，Bo 和 Dai 没买，4 对中有 3 对买了的排在前面。

# %% tags=["nbval-check-output", "teaching"]
chance = pd.Series({"Ann": 0.9, "Bo": 0.7, "Chen": 0.4, "Dai": 0.2})
happened = pd.Series({"Ann": True, "Bo": False, "Chen": True, "Dai": False})
pairs = [(0.9, 0.7), (0.9, 0.2), (0.4, 0.7), (0.4, 0.2)]
by_hand = sum(buyer > other for buyer, other in pairs) / len(pairs)
print(f"{by_hand:.2f} {offers.auc(happened, chance).value:.2f}")

# %%
display(offers.charts.ranking(ahead.purchase))
show(offers.compared(ahead), percent=["explained"])

# %% [markdown] tags=["lang-en", "reading"]
# An error is worth knowing only beside that of a lazy guess: everybody as the mean, or nobody buys at all. Look for a model that a lazy guess beats. For amounts that happens easily: where most customers buy nothing, "nothing" is off by little for most of them, and yet useless for planning. The explained share compares squared errors with those of the mean.

# %% [markdown] tags=["lang-zh", "reading"]
# 误差要和偷懒的猜法比才有意义：人人按均值，或者干脆没有人买。看看有没有模型输给了偷懒的猜法。金额最容易这样：多数客户什么也不买时，猜“零”对多数人都差得不多，可是拿来做计划毫无用处。“解释了的占比”比的是平方误差，对手是均值。

# %% [markdown] tags=["lang-en"]
# Does a predicted chance mean what it says? Dots on the diagonal do.

# %% [markdown] tags=["lang-zh"]
# 预测的概率说到做到吗？点落在对角线上，就是说到做到。

# %%
display(offers.charts.calibration(ahead.purchase))
offers.charts.calibration(ahead.amount)

# %% [markdown] tags=["lang-en", "reading"]
# If the second picture begins below zero, you see the price of a straight line: it does not know that nobody buys less than nothing.

# %% [markdown] tags=["lang-zh", "reading"]
# 如果第二张图从零以下开始，这就是直线的代价：它不知道谁也不会买“负的”。

# %% [markdown] tags=["lang-en"]
# What do the models go by? Each coefficient as a sentence, in steps that one can imagine.

# %% [markdown] tags=["lang-zh"]
# 模型依据的是什么？每个系数写成一句话，步长取得让人能想象。

# %%
for judged in (ahead.purchase, ahead.orders, ahead.amount):
    display(show(offers.charts.in_words(judged.model)))

# %% [markdown] tags=["lang-en", "reading"]
# **What this must not be used for.** "Goes with" is not "causes". The model does not say what a visit or a coupon would bring; for that, hold out a group by lot. It must not decide on credit, service or anything that people have a right to. And it is no forecast of the total: next period's season is not in it.

# %% [markdown] tags=["lang-zh", "reading"]
# **它不能用来做什么。**“伴随”不等于“导致”。模型说不出一次拜访、一张优惠券能带来什么，那要抽签留出对照组来试。不能靠它决定授信、服务等客户应得的东西。它也不是总额预测：下一时段的季节因素不在里面。

# %% [markdown] tags=["lang-en"]
# What it is good for: putting a list in order. Here are the customers with the best chance in the period to come.

# %% [markdown] tags=["lang-zh"]
# 它的用处是给名单排序。下面是接下来一个时段最可能购买的客户。

# %%
today = offers.period(book.orders, book.as_of, days).features
likely = ahead.purchase.model.predict(today).rename("chance_next").sort_values(ascending=False)
display(show(likely.rename_axis("customer_id"), rows=5, decimals={"chance_next": 1}, percent=["chance_next"]))
coded = found.labels.rename("segment")
save("chance-of-buying", likely.to_frame().join(coded), out, words=likely.to_frame().join(segment))

# %% [markdown] tags=["lang-en"]
# ## 7 · What goes together
#
# Support is how often two products are bought together, confidence how often the second joins the first, and lift how many times as often as by chance:
#
# $$ \text{lift} = \frac{P(a \text{ and } b)}{P(a) \, P(b)} $$

# %% [markdown] tags=["lang-zh"]
# ## 7 · 哪些商品常常一起买
#
# 支持度是两件商品一起买的频率，置信度是买了第一件又买第二件的频率，提升度是一起买的频率相当于偶然情况的几倍：
#
# $$ \text{提升度} = \frac{P(a \text{ 且 } b)}{P(a) \, P(b)} $$

# %% [markdown] tags=["lang-en", "teaching"]
# Four baskets by hand: tea in 3, cup in 2, both in 2.

# %% [markdown] tags=["lang-zh", "teaching"]
# 拿四个购物篮手算：3 个有茶，2 个有杯子，2 个两样都有。

# %% tags=["nbval-check-output", "teaching"]
tiny = pd.DataFrame({"order_id": list("112234"), "customer_id": list("112234"), "amount": 1.0})
tiny["order_date"] = pd.Timestamp("2024-01-01")
tiny["product_id"] = ["tea", "cup", "tea", "cup", "tea", "ink"]
four = offers.baskets(tiny)
by_hand = (2 / 4) / (3 / 4 * 2 / 4)
print(f"{by_hand:.2f} {offers.pairs(four, least=2)['lift'].iloc[0]:.2f}")

# %%
together = offers.pairs(offers.baskets(book.need("orders", "product_id")))
offers.charts.rules(together)

# %% [markdown] tags=["lang-en", "reading"]
# Many pairs are tried, so some look strong by luck. The test (Fisher, corrected for all pairs) makes a bar blue where luck can be ruled out.

# %% [markdown] tags=["lang-zh", "reading"]
# 试的商品对很多，总有些碰巧显得强。检验（Fisher 精确检验，按全部商品对校正）能排除碰巧的，条形才是蓝色。

# %% [markdown] tags=["lang-en"]
# The same with three: who takes both products also takes the third. First in single orders, then over all that a customer has ever bought.

# %% [markdown] tags=["lang-zh"]
# 三件商品也一样：两件都买的人，还买第三件。先看单笔订单，再看客户买过的全部商品。

# %%
of_orders = offers.triples(offers.baskets(book.need("orders", "product_id")), least=3)
display(show(offers.charts.rules_of_three(of_orders)))
of_customers = offers.triples(offers.owned(book.need("orders", "product_id")), least=30)
show(offers.charts.rules_of_three(of_customers))

# %% [markdown] tags=["lang-en", "reading"]
# Read the corrected p value first: near 1 the rule may be luck, however large its lift. Then what the second product adds: at 1 or below, one product would have told as much. And over years, whoever buys much has much of everything: there, a lift somewhat above 1 says little.

# %% [markdown] tags=["lang-zh", "reading"]
# 先看校正后的 p 值：接近 1，提升度再大也可能只是碰巧。再看第二件商品的增益：不超过 1，说明只看一件也一样。另外，时间一长，买得多的人什么都有，那时提升度略高于 1 说明不了什么。

# %% [markdown] tags=["lang-en"]
# ## 8 · The next offer, and does it hit?
#
# Item-item collaborative filtering: two products are alike when the same customers have both.

# %% [markdown] tags=["lang-zh"]
# ## 8 · 下一件推荐什么，准不准？
#
# 基于商品的协同过滤：同一批客户都买过的两件商品就相似。

# %% [markdown] tags=["lang-en", "teaching"]
# By hand, the cosine: tea has 3 buyers, cup 2, and 2 have both.
#
# $$ \text{cosine} = \frac{\text{both}}{\sqrt{a \cdot b}} $$

# %% [markdown] tags=["lang-zh", "teaching"]
# 手算余弦：茶有 3 位买家，杯子有 2 位，2 位两样都有。
#
# $$ \text{余弦} = \frac{\text{两样都有}}{\sqrt{a \cdot b}} $$

# %% tags=["nbval-check-output", "teaching"]
similarity = offers.learn(offers.owned(tiny)).similarity
by_hand = 2 / (3 * 2) ** 0.5
print(f"{by_hand:.2f} {similarity[0, 1]:.2f}")

# %% [markdown] tags=["lang-en"]
# Does it help? Learn up to a day, offer, and look at what customers bought afterwards. The yardstick is not nothing but the simplest thing: offer everybody what is popular.

# %% [markdown] tags=["lang-zh"]
# 有用吗？只用某一天之前的数据来学，给出推荐，再看客户之后买了什么。比的对象不是“什么都不做”，而是最简单的做法：给所有人推热销商品。

# %%
lines = book.need("orders", "product_id")
held = offers.hold_out(lines, book.as_of - pd.Timedelta(days=days), book.as_of, offers_each)
display(offers.charts.hits(held))
columns = ["customers", "hit_rate", "low", "high", "coverage"]
show(held[columns], percent=["low", "high", "coverage"])

# %% [markdown] tags=["lang-en", "reading"]
# If the intervals overlap, popular products may do as well. But look at coverage, the share of the range that was offered to anybody: who only pushes what is popular never sells the rest.

# %% [markdown] tags=["lang-zh", "reading"]
# 区间重叠时，只推热销商品也许一样好。但还要看覆盖率，也就是有多大比例的商品被推荐给过谁：只推热销的，其余商品永远卖不出去。

# %% [markdown] tags=["lang-en"]
# Now for today: what a customer owns is left out, and every offer has its reason. First for each customer, then for each segment: what is among the next offers of most members.

# %% [markdown] tags=["lang-zh"]
# 现在来看今天：已经买过的不再推荐，每条推荐都有理由。先看每位客户，再看每个群体：最多成员的推荐里都有的那一件。

# %%
recommender = offers.learn(offers.owned(book.need("orders", "product_id"), as_of=book.as_of))
offered = offers.recommend(recommender, n=offers_each)
offered = offered.assign(reason=offers.charts.reasons(offered))
display(show(offered[["customer_id", "rank", "product", "reason"]], rows=6, index=False))
named = offered.assign(segment=offered["customer_id"].map(segment))
save("next-offers", named.drop(columns="reason").assign(segment=named["customer_id"].map(coded)), out, words=named)
shared = offers.segment_offers(recommender, segment, n=1)
shared = shared.assign(reason=offers.charts.reasons(shared)).droplevel("rank").rename_axis("segment")
show(shared[["product", "share", "low", "high", "reason"]], percent=["low", "high"])

# %% [markdown] tags=["lang-en", "teaching"]
# **Turn from segment to segment. Which segment could you do without, because another one gets the same offers?**

# %% [markdown] tags=["lang-zh", "teaching"]
# **逐个群体翻看。哪个群体可以不单独分出来，因为另一个群体得到的推荐和它一样？**

# %% tags=["panel", "teaching"]
people = clustering.known_demographics(book.customers, book.as_of)
offers.panels.portrait(base, found.labels, called, recommender, people)

# %% [markdown] tags=["lang-en"]
# ## 9 · Interviews: why they do not buy more

# %% [markdown] tags=["lang-zh"]
# ## 9 · 访谈：为什么不多买一些

# %% [markdown] tags=["lang-en", "teaching"]
# Numbers say what, interviews say why. Ten customers were asked what keeps them from buying more. Two people read each answer and gave it one main theme, without looking at each other's sheet.

# %% [markdown] tags=["lang-zh", "teaching"]
# 数字说的是什么，访谈说的是为什么。问了十位客户：是什么让您没有多买？两个人分别读每条回答，各给一个主要主题，互相不看。

# %% tags=["teaching"]
answers = offers.charts.interview_answers()
coder_a = pd.Series(["price"] * 5 + ["speed"] * 5, index=answers.index)
coder_b = pd.Series(["price"] * 4 + ["speed"] * 5 + ["price"], index=answers.index)
show(answers.to_frame().assign(coder_a=coder_a, coder_b=coder_b))

# %% [markdown] tags=["lang-en", "teaching"]
# They agree on 8 of 10. But each says "price" to 5, so chance alone would agree on half. Cohen's kappa takes that off:
#
# $$ \kappa = \frac{\text{agreement} - \text{chance}}{1 - \text{chance}} $$

# %% [markdown] tags=["lang-zh", "teaching"]
# 10 条中有 8 条一致。不过两人各有 5 条说“价格”，光靠碰巧也会有一半一致。Kappa 系数把碰巧的部分扣掉：
#
# $$ \kappa = \frac{\text{一致率} - \text{碰巧}}{1 - \text{碰巧}} $$

# %% tags=["nbval-check-output", "teaching"]
by_hand = (8 / 10 - 1 / 2) / (1 - 1 / 2)
print(f"{by_hand:.2f} {offers.kappa(coder_a, coder_b).value:.2f}")

# %% tags=["teaching"]
first = offers.coding_table(coder_a.rename("theme").reset_index())
show(offers.themes(first), percent=["low", "high"])

# %% [markdown] tags=["lang-en", "teaching"]
# The table counts the themes of the first coder. Ten answers do not say much, and the intervals show it.
#
# Where the two differ, they talk; usually the rule for a theme was not clear. Now a third coder: a code book of words. Where does it read words without their sense?

# %% [markdown] tags=["lang-zh", "teaching"]
# 上表是第一位编码员的主题计数。十条回答说明不了太多，看区间就知道。
#
# 两人不一致的地方要讨论，往往是主题的界定不够清楚。再请第三位“编码员”：按词编码。它在哪里只看字面，没看意思？

# %% tags=["teaching"]
words = {
    "price": ["price", "cheap", "expensive", "cost", "pay", "价", "便宜", "贵", "钱", "费"],
    "speed": ["late", "long", "wait", "week", "slow", "晚", "久", "等", "星期", "慢"],
}
second = offers.code_by_words(answers, words)
agreed = offers.agreement(first, second)[["agreement", "kappa", "low", "high"]]
display(show(agreed, decimals={"kappa": 2, "low": 2, "high": 2}, percent=["agreement"]))
differ = offers.disagreements(first, second)
show(differ.join(answers, on="answer_id")[["words_of_customer", "theme", "given_by"]], index=False)

# %% [markdown] tags=["lang-en", "teaching"]
# In the last table the first coder is the person, the second the words. A code book never tires and is always the same; that is why it is good for a first pass over many answers, and not for the last word.

# %% [markdown] tags=["lang-zh", "teaching"]
# 最后一张表里，编码员甲是人，编码员乙是词表。词表不会累，标准始终如一，适合先把大量回答过一遍，但不能由它说了算。

# %% [markdown] tags=["lang-en"]
# Here are your own comments, as far as there are any.

# %% [markdown] tags=["lang-zh"]
# 下面是您自己的留言（如果有的话）。

# %%
book_of_words = {
    "delivery": ["deliver", "shipping", "courier", "parcel", "快递", "物流", "配送", "送货"],
    "quality": ["quality", "product", "material", "made", "质量", "品质", "做工", "用料"],
    "service": ["staff", "service", "assistant", "team", "客服", "店员", "服务", "态度"],
    "price": ["price", "pricing", "value for money", "cost", "价格", "价钱", "定价", "性价比"],
    "after_sales": ["refund", "return", "exchange", "after-sales", "售后", "退", "换货"],
    "assortment": ["choice", "range", "selection", "assortment", "品种", "款式", "货品", "选择"],
}
comments = book.need("survey", "comment").set_index("response_id")["comment"].dropna()
coded = offers.code_by_words(comments, book_of_words)
offers.charts.themes(offers.themes(coded))

# %% [markdown] tags=["lang-en", "default-only", "teaching"]
# The sample knows the theme that each comment was written for. Its comments nearly always name their subject, so a list of words does almost as well as a reader. Real customers are less orderly: expect less, and check a hundred of your own by eye.

# %% [markdown] tags=["lang-zh", "default-only", "teaching"]
# 样例数据知道每条留言本来是为哪个主题写的。这些留言几乎都点明了在说什么，所以词表差不多和人读得一样准。真实客户没有这么规矩：效果会差一些，请亲自看一百条自己的留言来核对。

# %% tags=["default-only", "teaching"]
truth = pd.read_csv(sample.folder("retail") / "truth.csv", dtype=str)
truth = truth[truth["entity"] == "comment"].rename(columns={"id": "answer_id"})
planted = offers.coding_table(truth[["answer_id", "theme"]])
alike = offers.agreement(planted, coded.rename_axis("answer_id"))[list(agreed)]
show(alike, decimals={"kappa": 2, "low": 2, "high": 2}, percent=["agreement"])

# %% [markdown] tags=["lang-en"]
# ## 10 · Watching competitors
#
# A price seen in a shop window is worth little without its date and place. Six things make an observation: the day, the competitor, the own product it is compared with, the price of one piece, the offer if there was one, and where it was seen.

# %% [markdown] tags=["lang-zh"]
# ## 10 · 观察竞争对手
#
# 在橱窗里看到一个价格，没有日期和地点就没什么用。一条观察要有六样：日期、对手、与自家哪件商品比较、单件价格、有无优惠、在哪里看到。

# %% [markdown] tags=["lang-en", "teaching"]
# Type yours in at the top, as the parameter `watched`, in the form of the rows below. The shops below are made up, like all of the sample, and are used with the sample only.

# %% [markdown] tags=["lang-zh", "teaching"]
# 请在开头的参数 `watched` 里填写您自己的观察，格式和下面各行一样。下面的店和其他样例数据一样是虚构的，只用于样例数据。

# %% tags=["teaching"]
of_sample = [
    ["2024-12-05", "shop_north", "P01", 25.9, "", "website"],
    ["2024-12-05", "shop_north", "P06", 17.5, "", "website"],
    ["2024-12-05", "shop_north", "P11", 22.0, "", "website"],
    ["2024-11-23", "shop_river", "P01", 29.0, "two_for_three", "shelf"],
    ["2024-11-23", "shop_river", "P16", 27.5, "", "shelf"],
    ["2024-09-14", "shop_river", "P11", 27.9, "", "leaflet"],
    ["2024-06-15", "shop_river", "P06", 14.9, "", "leaflet"],
]
watched = watched or ([] if data else of_sample)

# %%
noted = offers.observations(watched)
prices = offers.competitor_prices(noted, book.orders, book.as_of, days)
display(offers.charts.competitors(prices))
columns = ["date", "price", "own_price", "own_lines", "offer", "source"]
display(show(prices[columns], decimals={"price": 2, "own_price": 2}))
display(show(offers.competitor_summary(prices)))
save("competitor-prices", prices.reset_index(), out)

# %% [markdown] tags=["lang-en", "reading"]
# The own price is what customers really paid for one piece (the median), discounts included; the other one is a price tag. A handful of prices is an impression, not an index: it tells you where to look next. Prices that competitors publish may be noted; agreeing on prices with them is against the law.

# %% [markdown] tags=["lang-zh", "reading"]
# 自家价格是客户实际付的单件价格（中位数），折扣已经算在内；对方的只是标价。几个价格只是印象，算不上指数，它告诉您下一步该看哪里。对手公开的价格可以记；和对手商量价格，是违法的。

# %% [markdown] tags=["lang-en", "teaching"]
# ## 11 · What to tell the manager
#
# A manager reads one screen: three to five findings, the surest and largest first, then what to do, by whom, with how many customers, by when, and from which list. Which of these would you have chosen?

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 11 · 向经理汇报什么
#
# 经理只看一屏：三到五条发现，最确定、最大的在前；然后是要做什么、谁来做、涉及多少客户、哪天之前、用哪份名单。换了您，会挑哪几条？

# %% tags=["summary"]
summary(book, offers.manager.findings(**globals()))

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Put your answer in place of the three dots and run the cell below it. The right answers are computed from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 把三个点换成您的答案，再运行下面一格。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
products = book.orders.get("product_id")
check = checker(orders=book.orders, products=products, as_of=book.as_of, days=days)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 1 · The lazy guess
#
# Whoever gives everybody the same chance should at least give the right one. What share of the customers bought in the period on which the models are judged (`ahead.judged`)?

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · 偷懒的猜法
#
# 如果给每个人同样的概率，至少该给对。在用来检验模型的时段（`ahead.judged`）里，有多大比例的客户买了？

# %% tags=["exercise"]
bought_share = ...

# %% tags=["solution"]
bought_share = ahead.judged.purchased.mean()

# %% tags=["check"]
check("offers-1", bought_share)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · The surprises
#
# Which customers did the model give a chance below 0.2, and who bought all the same? Use `ahead.purchase.predicted` and `ahead.purchase.observed`, and give their ids as a set.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 意外之喜
#
# 哪些客户模型给的概率低于 0.2，结果却买了？请用 `ahead.purchase.predicted` 和 `ahead.purchase.observed`，给出他们编号的集合（set）。

# %% tags=["exercise"]
surprises = ...

# %% tags=["solution"]
doubted = ahead.purchase.predicted < 0.2
surprises = set(doubted.index[doubted & ahead.purchase.observed])

# %% tags=["check"]
check("offers-2", surprises)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · Out of the lift
#
# Take the first row of `together`. Its lift and its confidence together say in what share of all orders the consequent stands. Compute that share from these two.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 从提升度倒推
#
# 看 `together` 的第一行。有了它的提升度和置信度，就能算出第二件商品（consequent）出现在多大比例的订单里。请用这两个数算出这个占比。

# %% tags=["exercise"]
consequent_share = ...

# %% tags=["solution"]
best = together.iloc[0]
consequent_share = best["confidence"] / best["lift"]

# %% tags=["check"]
check("offers-3", consequent_share)

# %% [markdown] tags=["lang-en", "quiz"]
# ## Quiz

# %% [markdown] tags=["lang-zh", "quiz"]
# ## 小测验

# %% tags=["quiz"]
from crmbook import quiz

quiz("offers")

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - A relationship type follows from a rule that both sides could read.
# - Segments differ in what they do only where the intervals say so.
# - Regression is judged on a later period, beside a lazy guess, and never proves a cause.
# - An offer needs a reason, and a hit rate beside that of the popular products.
# - Two coders who agree beyond chance make a finding out of an opinion.
# - A competitor's price counts with its date, its place and the own price beside it.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 关系类型由规则得出，这规则双方都读得懂。
# - 区间说有差别，群体的行为才算有差别。
# - 回归要在之后的时段上检验，要和偷懒的猜法比，而且不能证明因果。
# - 推荐要有理由，命中率要和只推热销商品比。
# - 两位编码员的一致超出碰巧，看法才变成发现。
# - 对手的价格要连同日期、地点和自家价格一起看。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - Where a customer is one of a few dozen, ask what is needed instead of computing it.
# - A chance of buying is no reason to offer somebody a worse price or a worse service.
# - Where the hold-out says that popular products hit as often, offer those, and save the trouble.
# - Ten interviews find themes; they do not count them for the whole market.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 客户一共几十位，直接问他们需要什么，不必去算。
# - 购买概率低，不能成为给人更差价格、更差服务的理由。
# - 留出检验说只推热销商品一样准，那就推热销商品，省下这番功夫。
# - 十次访谈能找出主题，不能替整个市场数出比例。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# We know who customers are, what they do and what to offer them. Whether they are content is another matter: [satisfaction](04_satisfaction.ipynb).

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# 现在知道了客户是谁、做了什么、该推荐什么。他们满不满意，是另一回事：[满意度](04_satisfaction.ipynb)。
