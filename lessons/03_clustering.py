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
# # Clustering: segments and the next offer
#
# A manager asks: *our customers are not all alike, so which kinds are there, how sure are we, and what do we offer each of them next?*

# %% [markdown] tags=["lang-zh"]
# # 聚类：细分群体与个性化推荐
#
# 经理会问：*客户各不相同，到底有哪几类？这样分有多大把握？下一步该给每一类推荐什么？*

# %% [markdown] tags=["lang-en"]
# ## At a glance
#
# **You will be able to**
#
# - prepare features so that one large number does not rule all distances
# - choose the number of clusters with several indices that need not agree
# - tell clusters from cuts through a cloud, by stability and a control set
# - name segments, draw their portraits, and see who and where they are
# - predict the next period by regression, and say what it must not be used for
# - recommend the next product with a reason, and measure how often it hits
#
# **Minutes**: read 50 · do 40 · teach 90
#
# **Data**: `orders`; `customers`, `stores`, `lifestyle`, `interactions`, `usage`, `survey`, `tickets`, `campaigns` where you have them
#
# **Terms**: segment · cluster stability · lift

# %% [markdown] tags=["lang-zh"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 处理好特征，不让一个大数左右所有距离
# - 用几项不一定一致的指标来选群数
# - 用稳定性和对照数据，分清是真有群体，还是硬切开一团点
# - 给群体起名、画像，看他们是谁、住在哪里
# - 用回归预测下一时段，并说清它不能用来做什么
# - 给出有理由的商品推荐，并量出命中率
#
# **用时（分钟）**：阅读 50 · 练习 40 · 讲授 90
#
# **数据**：`orders`；有 `customers`、`stores`、`lifestyle`、`interactions`、`usage`、`survey`、`tickets`、`campaigns` 更好
#
# **术语**：细分群体 · 聚类稳定性 · 提升度

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
features: list = ["share_online", "share_evening", "discount_share", "main_category_share", "pieces"]  # features that the clusters are made of; those that your data lack are left out
least_orders: int = 3  # orders a customer needs before shares of orders say anything
k: int = 0  # how many clusters; 0: the number that the indices together favour
most: int = 8  # largest number of clusters that is tried
months: int = 6  # how many months the earlier date lies back when segments are compared
days: int = 90  # length of the next period for regression and offers, in days
offers_each: int = 3  # how many offers a customer gets
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from crmbook import load
from crmbook.charts import clustering as draw
from crmbook.charts.clustering import attempt
from crmbook.charts.table import missing, show, show_parameters
from crmbook.data import sample
from crmbook.locale import label, use
from IPython.display import display

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
show_parameters("clustering", data=data, as_of=book.as_of, features=features, least_orders=least_orders, k=k, most=most, months=months, days=days, offers_each=offers_each)

# %% [markdown] tags=["lang-en"]
# ## 1 · One row for each customer
#
# Segments are made from four views: who customers are, where they live, what they think, and what they do. Before all of them comes the business attribute: staff and suppliers are no customers, and their orders are out.
#
# What customers do comes from the orders. Shares say *how* somebody buys, whatever the amount; but a share of one or two orders says nearly nothing, so customers with too few orders are left out, and counted.

# %% [markdown] tags=["lang-zh"]
# ## 1 · 每位客户一行
#
# 细分客户有四个角度：他们是谁、住在哪里、怎么想、怎么做。在这之前先看业务属性：员工和供应商不是客户，他们的订单要剔除。
#
# 客户怎么做，看订单。占比说的是*怎么买*，与买多买少无关；但一两笔订单的占比几乎说明不了什么，所以订单太少的客户不参加，人数要写明。

# %%
from crmbook.methods import behaviour

seen = behaviour.behaviour(book)
enough = seen.features[seen.features["frequency"] >= least_orders]
there = [feature for feature in features if feature in enough and enough[feature].nunique() > 1]
used = there if len(there) > 1 else ["recency", "frequency", "mean_order"]
base = enough[used].dropna()
display(attempt(lambda: show(behaviour.business_attributes(book.customers)), missing(book, "customers")), draw.left_out(seen.features, enough, base, least_orders), show(base, rows=5, percent=[feature for feature in used if feature.startswith("share_")]))

# %% [markdown] tags=["lang-en"]
# ## 2 · Look before you cluster
#
# A largest value far above the median, a large skewness, many outliers: a few customers stretch the scale for everybody.
#
# Two remedies: a logarithm, which pulls in the long tail, or winsorising, which moves the most extreme values to a quantile. The picture shows the logarithm of the number of orders.

# %% [markdown] tags=["lang-zh"]
# ## 2 · 聚类之前先看数据
#
# 最大值远高于中位数、偏度大、离群值多，都说明少数客户把尺子拉长了。
#
# 办法有两个：取对数，把长尾收回来；或者缩尾，把最极端的值移到某个分位数上。下图是订单数取对数前后的样子。

# %%
import numpy as np
import pandas as pd
from crmbook.methods import clustering

money = seen.features[["recency", "frequency", "monetary", "mean_order"]]
display(show(clustering.explore(money)[["n", "missing", "median", "max", "skew", "outliers"]].rename_axis("trait")), draw.logarithm(money["frequency"], np.log1p(money["frequency"])))

# %% [markdown] tags=["lang-en"]
# ## 3 · k-means by hand
#
# Take two centres. Each customer goes to the nearest one; each centre moves to the mean of its customers; repeat until nobody moves. What k-means makes small is
#
# $$ W = \sum_{c} \sum_{i \in c} (x_i - m_c)^2 $$

# %% [markdown] tags=["lang-zh"]
# ## 3 · 手算 k 均值
#
# 先取两个中心。每位客户归最近的中心；中心移到自己客户的均值处；反复进行，直到没有人再换。k 均值要让下面这个数尽量小：
#
# $$ W = \sum_{c} \sum_{i \in c} (x_i - m_c)^2 $$

# %%
six = pd.Series({"Ann": 1, "Bo": 2, "Chen": 3, "Dai": 9, "Eva": 10, "Fu": 14})
centres = [1.0, 2.0]
for _ in range(3):
    cluster = ((six - centres[0]).abs() > (six - centres[1]).abs()).astype(int)
    centres = [six[cluster == 0].mean(), six[cluster == 1].mean()]
show(pd.DataFrame({"frequency": six, "cluster": cluster}))

# %% tags=["nbval-check-output"]
found_six = clustering.cluster(six.to_frame("frequency"), k=2, scale=False)
print(sorted(round(float(centre), 2) for centre in centres))
print(sorted(round(float(centre), 2) for centre in found_six.centres["frequency"]))

# %% [markdown] tags=["lang-en"]
# ## 4 · A disappointing run, its reason, and the repair
#
# Everything in, nothing prepared: recency, frequency, monetary value and the mean order, in days, orders and money.

# %% [markdown] tags=["lang-zh"]
# ## 4 · 一次失望的聚类：原因与补救
#
# 先不做任何处理，把最近一次购买间隔、购买频次、购买金额和平均每单金额全放进去，单位分别是天、笔和钱。

# %%
raw = clustering.cluster(money, k=4, scale=False)
display(draw.sizes(raw.labels), show(clustering.carried(money, raw.labels).rename("share").rename_axis("trait")))

# %% [markdown] tags=["lang-en"]
# The table is the reason: the share of each feature that the clusters carry. Distance adds up squares, so whatever has the largest numbers decides alone. The repair has three parts: a logarithm where a column is skewed, every column on the same scale, and features that answer one question.

# %% [markdown] tags=["lang-zh"]
# 原因就在表里：每个特征有多大比例由分群体现。距离是平方相加，谁的数值大，谁就一个人说了算。补救分三步：偏斜的列取对数，各列换成同一尺度，只放回答同一个问题的特征。

# %%
repaired = clustering.cluster(clustering.prepare(money).features, k=4)
display(show(clustering.carried(clustering.prepare(money).features, repaired.labels).rename("share").rename_axis("trait")), draw.verdict(repaired))

# %% [markdown] tags=["lang-en"]
# Several features have a say now. Whether there are groups is another question, and the sentence answers it. *How much* people buy often runs from little to much without a gap; there, tiers are the honest cut. So we ask *how* they buy.

# %% [markdown] tags=["lang-zh"]
# 现在不再由一个特征说了算。至于有没有群体，是另一个问题，上面那句话给出了回答。*买多少*往往从少到多连成一片，没有断开的地方，这时老老实实分级更合适。所以我们改问*怎么买*。

# %%
prepared = clustering.prepare(base)
show(prepared.report.rename_axis("trait"))

# %% [markdown] tags=["lang-en"]
# ## 5 · How many clusters, and are there any?
#
# Each index asks something else: how close are customers to their own cluster compared with the next one (silhouette), how much lies between the clusters (Calinski-Harabasz), how near is the worst rival (Davies-Bouldin), how much better than a cloud without groups (gap). They need not agree, and we do not pretend that they do.

# %% [markdown] tags=["lang-zh"]
# ## 5 · 分成几群？真的有群体吗？
#
# 每项指标问的不一样：客户离自己那群比离旁边那群近多少（轮廓系数），群间差异有多大（Calinski-Harabasz），最像的两群有多近（Davies-Bouldin），比一团没有群体的点好多少（间隔统计量）。它们不一定一致，我们也不假装一致。

# %%
tried = clustering.cluster(prepared.features, most=most)
display(draw.indices(tried.scores), show(clustering.opinions(tried.scores).rename("wants").rename_axis("opinion").rename(index=draw.index_name)))

# %% [markdown] tags=["lang-en"]
# The strongest test is stability: draw the customers anew, cluster again, compare. The adjusted Rand index is 1 when both runs agree and 0 when they agree only as chance would. Clusters that do not come again are not worth a name.

# %% [markdown] tags=["lang-zh"]
# 最有力的检验是稳定性：重新抽取客户，再聚一次，两次相比。调整兰德指数为 1 表示两次相同，为 0 表示只有偶然的一致。不能重现的群体，不值得起名。

# %%
found = clustering.cluster(prepared.features, k=k) if k else tried
display(draw.stability(tried.scores), draw.verdict(found))

# %% [markdown] tags=["lang-en"]
# Would the method find groups anywhere? Here is a control set: as many customers, the same means and correlations, and no groups at all.

# %% [markdown] tags=["lang-zh"]
# 这种方法会不会到处都“找到”群体？来看一份对照数据：客户一样多，均值和相关也一样，但完全没有群体。

# %%
nothing = clustering.cluster(clustering.control(prepared.features), most=4)
draw.verdict(nothing)

# %% [markdown] tags=["lang-en", "default-only"]
# In the sample, five ways of buying were planted, overlapping and of unequal size. Most indices ask for five, the gap statistic and stability would allow six. The agreement with the planted groups is the number below; nobody could reach 1, because the planted groups overlap.

# %% [markdown] tags=["lang-zh", "default-only"]
# 样例数据里埋了五种购买方式，彼此重叠，大小不一。多数指标主张五群，间隔统计量和稳定性容许六群。下面的数是与埋入分组的一致度；埋入的分组本来就有重叠，谁也达不到 1。

# %% tags=["default-only"]
truth = pd.read_csv(sample.folder("retail") / "truth.csv", dtype=str).query("entity == 'customer'").set_index("id")
show(pd.Series({"k": found.k, "rand": clustering.compare(found.labels, truth["segment"]).rand}, name="value").rename(index=label))

# %% [markdown] tags=["lang-en"]
# **Try it. Switch one feature off: which clusters fall together, and does stability go up or down?**

# %% [markdown] tags=["lang-zh"]
# **动手试试。关掉一个特征：哪几群会并在一起？稳定性是升还是降？**

# %% tags=["panel"]
from crmbook.panels import clustering as panels

panels.k_panel(prepared.features, k=found.k)

# %% [markdown] tags=["lang-en"]
# ## 6 · Other methods, other divisions
#
# Ward's tree joins customers from below; a mixture lets clouds be stretched. And do we need clusters at all, if tiers or RFM say the same? Compare.
#
# Near 1 the methods tell the same story; near 0 the division says something that the other does not. Tiers and RFM say how much and how lately, clusters how: use them together.

# %% [markdown] tags=["lang-zh"]
# ## 6 · 别的方法，别的分法
#
# Ward 层次聚类自下而上合并客户；高斯混合模型允许群体是拉长的。如果分级或 RFM 已经说了同样的事，还要不要聚类？比一比。
#
# 接近 1，说明两种方法讲的是同一回事；接近 0，说明这种分法讲出了另一种没讲的东西。分级和 RFM 说的是买多少、多近，聚类说的是怎么买，可以配合使用。

# %%
from crmbook.methods import tiering

others = {
    "ward": clustering.ward(prepared.features, found.k).labels,
    "mixture": clustering.mixture(prepared.features, found.k).labels,
    "tier_abc": tiering.abc(money["monetary"]),
    "rfm_segment": tiering.rfm(money)["segment"],
}
alike = {way: clustering.compare(found.labels, labels).rand for way, labels in others.items()}
show(pd.Series(alike, name="rand").rename_axis("method"))

# %% [markdown] tags=["lang-en"]
# ## 7 · Names and portraits
#
# A cluster without a name is used by nobody. A name comes from rules that you can read and change: which feature must lie above (1) or below (-1) the average.
#
# Each number is the distance from the average of all, in standard deviations. The same as lines and as a radar; lines show differences, the radar shows shapes and suits few segments only.

# %% [markdown] tags=["lang-zh"]
# ## 7 · 起名与画像
#
# 没有名字的群体没人会用。名字由规则得出，您可以读，也可以改：哪个特征要高于平均（1），哪个要低于平均（-1）。
#
# 每个数是与全体平均的差距，以标准差为单位。下面是同样的内容画成折线和雷达图：折线便于看差别，雷达图便于看形状，只适合群体不多的时候。

# %%
from crmbook.methods import portraits

buying = {"stockpilers": "pieces", "specialists": "main_category_share", "bargain_hunters": "discount_share", "evening_shoppers": "share_evening"}
rules = [*((code, {feature: 1}) for code, feature in buying.items()), ("store_regulars", {"share_online": -1}), *portraits.RULES]
profiled = portraits.profile(base, found.labels)
called = draw.segment_names(portraits.names(profiled, rules))
apart = portraits.signature(profiled).rename(index=called, level="segment")
display(show(apart.assign(trait=apart["feature"].map(label))[["trait", "z"]], rows=24), draw.profile_map(profiled, called))

# %%
display(draw.parallel(profiled, called), draw.radar(profiled, called))

# %% [markdown] tags=["lang-en"]
# A map of all customers: the plane that keeps most of their differences. What its two directions stand for is said in words.

# %% [markdown] tags=["lang-zh"]
# 再给全部客户画一张平面图，它保留了最多的差异。两个方向代表什么，用文字写出来。

# %%
plane = portraits.customer_map(prepared.features)
display(draw.cluster_map(plane, found.labels, called), show(pd.DataFrame({"sentence": draw.axes_in_words(plane)})))

# %% [markdown] tags=["lang-en"]
# And one customer on a page: own figures beside those of the segment and of all.

# %% [markdown] tags=["lang-zh"]
# 再看一位客户的画像：本人的数字，旁边是所在群体和全体的数字。

# %%
show(portraits.customer_portrait(base, found.labels, base.index[0]).rename_axis("trait"))

# %% [markdown] tags=["lang-en"]
# ## 8 · Who they are and where they live
#
# Do segments differ in gender, age, education or city? Cramér's V says how strongly (0 not at all, 1 fully), the corrected p whether chance alone could do it.
#
# The second table takes the attribute with the strongest link. An index of 100 is as the average; look at the interval before you believe a small group.
#
# Distance to the nearest store, as the crow flies (haversine), in bands.

# %% [markdown] tags=["lang-zh"]
# ## 8 · 他们是谁，住在哪里
#
# 各群体在性别、年龄、学历、城市上有差别吗？Cramér's V 说明关联有多强（0 为毫无关联，1 为完全关联），校正后的 p 值说明会不会只是偶然。
#
# 第二张表是关联最强的那个属性。指数 100 表示与平均相同；群体小的时候，先看区间再下结论。
#
# 到最近门店的直线距离（haversine 公式），按距离段汇总。

# %%
from crmbook.methods import profiles

segment = found.labels.map(called).rename("segment")
wanted = ["gender", "birth_date", "education", "occupation", "income_band", "city_tier", "province", "latitude", "longitude"]
people = attempt(lambda: book.customers.set_index("customer_id").reindex(columns=wanted), missing(book, "customers"))
attempt(lambda: people.insert(0, "age_band", profiles.bands(profiles.ages(people["birth_date"], book.as_of), [25, 35, 45, 55])), people)
linked = attempt(lambda: profiles.associations(people[["gender", "age_band", "education", "income_band", "city_tier"]], segment), people)
display(attempt(lambda: show(linked[["n", "cramers_v", "p", "q"]]), linked), attempt(lambda: show(profiles.profile(people[linked.index[0]], segment)[["customers", "share", "low", "high", "index"]], rows=30, percent=["low", "high"]), linked))

# %%
near = attempt(lambda: profiles.nearest_store(people, book.stores), missing(book, "stores"), people)
far = attempt(lambda: profiles.bands(near["km"], [5, 10, 20, 50]), near)
spent = attempt(lambda: profiles.areas(far, money["monetary"].reindex(near.index).fillna(0)), far)
ordered = ["customers", "share", "amount_share"]
display(attempt(lambda: draw.tile_map(profiles.tiles(people["province"])), people, draw.no_column(book.customers, "province")), attempt(lambda: show(spent.reindex([*far.cat.categories, "unknown"]).dropna().rename_axis("distance_band")[ordered]), spent))

# %% [markdown] tags=["lang-en"]
# ## 9 · What they think: lifestyle
#
# A questionnaire asks many small things; factors gather those that go together. Cronbach's alpha says whether the items of a factor measure one thing.

# %% [markdown] tags=["lang-zh"]
# ## 9 · 他们怎么想：生活方式
#
# 问卷里问了许多小问题，因子把一起变化的题目归在一起。克朗巴哈 α 说明一个因子下的题目是不是在量同一件事。

# %%
from crmbook.methods import psychographics, reliability

items = attempt(lambda: psychographics.items_of(book.lifestyle), missing(book, "lifestyle"))
traits = attempt(lambda: reliability.factors(items), items)
display(attempt(lambda: show(traits.loadings.rename_axis("item"), rows=30), traits), attempt(lambda: show(pd.DataFrame({factor: vars(alpha) for factor, alpha in psychographics.scales(items, traits).items()}).T.rename_axis("factor").rename(index=label)), traits))

# %%
scores = attempt(lambda: psychographics.factor_scores(items, traits), traits)
minds = attempt(lambda: clustering.cluster(scores, most=6), scores)
opinions = attempt(lambda: portraits.profile(scores, minds.labels), minds)
display(attempt(lambda: draw.verdict(minds), minds), attempt(lambda: draw.profile_map(opinions, draw.segment_names(portraits.names(opinions))), opinions))

# %% [markdown] tags=["lang-en"]
# ## 10 · Segments in use: new customers and drift
#
# Segments are kept, and customers are put into them. First those of an earlier day, with the centres of today: who fits none well, and how did the shares move? A PSI below 0.1 is usually read as stable, above 0.25 as shifted.

# %% [markdown] tags=["lang-zh"]
# ## 10 · 群体投入使用：新客户与漂移
#
# 群体定下来之后，客户往里放。先拿较早一天的客户，用今天的中心来归类：谁哪群都不像？各群占比怎么变？PSI 低于 0.1 通常看作稳定，高于 0.25 看作已经偏移。

# %%
earlier = book.as_of - pd.DateOffset(months=months)
past = attempt(lambda: behaviour.behaviour(book, as_of=earlier).features.query("frequency >= @least_orders")[used].dropna())
placed = attempt(lambda: clustering.assign(found, prepared.apply(past)), past)
moved = attempt(lambda: clustering.drift(placed["cluster"], found.labels), placed)
display(attempt(lambda: show(moved.table.rename(index=called).rename_axis("segment")[["share_before", "share_after", "psi"]], percent=["share_before", "share_after"]), moved), attempt(lambda: show(pd.Series({"psi": moved.psi, "moved": moved.moved.value, "novel": placed["novel"].mean()}, name="value").rename(index=label).rename_axis("measure")), moved))

# %% [markdown] tags=["lang-en"]
# ## 11 · Transactional, cooperative, strategic
#
# The type of a relationship is a rule, not a cluster: frequency, contacts and amount, each low or high. All three high is strategic, high contact with one more is cooperative, the rest is transactional.

# %% [markdown] tags=["lang-zh"]
# ## 11 · 交易型、合作型、战略型
#
# 关系类型靠规则，不靠聚类：购买频次、互动次数和金额，各分高低。三项都高是战略型，互动多再加一项高是合作型，其余是交易型。

# %%
from crmbook.methods import relationships

contacts = attempt(lambda: relationships.interaction_counts(book.interactions, money.index, until=book.as_of), missing(book, "interactions"))
ties = attempt(lambda: relationships.relationship_types(pd.DataFrame({"frequency": money["frequency"], "interaction": contacts, "amount": money["monetary"]})), contacts)
display(attempt(lambda: draw.relationships(ties.table), ties), attempt(lambda: show(ties.cells.rename(columns={"amount": "monetary"}).reset_index(), index=False), ties))

# %% [markdown] tags=["lang-en"]
# ## 12 · Buying, using, answering
#
# Through which channel does the next order come, given the channel of this one? A row adds up to one; the diagonal says how loyal customers are to a channel.
#
# Stickiness is the share of the month's users who are there on an average day. Feedback, by segment: who answers, praises, complains, responds, with intervals.

# %% [markdown] tags=["lang-zh"]
# ## 12 · 购买、使用、反馈
#
# 这一笔走这个渠道，下一笔走哪个？每行加起来等于一，对角线表示客户对渠道有多专一。
#
# 黏性是当月用户中平均每天来的比例。再看各群体的反馈：谁答问卷、谁好评、谁投诉、谁响应营销，都带区间。

# %%
from crmbook.methods import contact

display(attempt(lambda: show(contact.channel_switching(book.orders)["share"].unstack(), percent=list(contact.channel_switching(book.orders).index.levels[1])), draw.no_column(book.orders, "channel")), attempt(lambda: show(contact.stickiness(book.usage).droplevel(0)), missing(book, "usage")))

# %%
attempt(lambda: show(contact.feedback(book, segment)[["count", "n", "rate", "low", "high"]], rows=30, percent=["low", "high"]))

# %% [markdown] tags=["lang-en"]
# ## 13 · Regression: the next period
#
# Clusters describe; regression predicts. The models learn on one period and are judged on the next, never the other way round. An AUC of 0.5 is a coin, 1 is perfect; an error is worth knowing only beside that of a lazy guess.

# %% [markdown] tags=["lang-zh"]
# ## 13 · 回归：预测下一时段
#
# 聚类是描述，回归是预测。模型在一个时段上学，在下一个时段上考，绝不能倒过来。AUC 为 0.5 等于抛硬币，为 1 是完美；误差要和偷懒的猜法比才有意义。

# %%
from crmbook.methods import regression

ahead = attempt(lambda: regression.forecast(book.orders, book.as_of, days))
display(attempt(lambda: draw.calibration(ahead.purchase), ahead), attempt(lambda: show(pd.Series({label(key): getattr(value, "value", value) for key, value in {**ahead.purchase.measures, **ahead.amount.measures}.items()}, name="value").rename_axis("measure")), ahead), attempt(lambda: show(pd.DataFrame({"sentence": draw.coefficients_in_words(ahead.purchase.model)})), ahead))

# %% [markdown] tags=["lang-en"]
# "Goes with" is not "causes". Do not use such a model to say what a visit or a coupon would bring; for that you need a test with a group held out. And never decide by it on credit, service or anything people have a right to.

# %% [markdown] tags=["lang-zh"]
# “伴随”不等于“导致”。不要用这种模型去说一次拜访、一张优惠券能带来什么，那需要留出对照组的试验。也不能靠它决定授信、服务等客户应得的东西。

# %% [markdown] tags=["lang-en"]
# ## 14 · The next offer
#
# Support is how often two products are bought together, confidence how often the second joins the first, and lift how much more often than by chance:
#
# $$ \text{lift} = \frac{P(a \text{ and } b)}{P(a) \, P(b)} $$
#
# Four baskets by hand: tea in three, cup in two, both in two.

# %% [markdown] tags=["lang-zh"]
# ## 14 · 个性化推荐
#
# 支持度是两件商品一起买的频率，置信度是买了第一件又买第二件的频率，提升度是比偶然多出几倍：
#
# $$ \text{提升度} = \frac{P(a \text{ 且 } b)}{P(a) \, P(b)} $$
#
# 拿四个购物篮手算：三个有茶，两个有杯子，两个两样都有。

# %% tags=["nbval-check-output"]
from crmbook.methods import offers

tiny = pd.DataFrame({"order_id": list("112234"), "customer_id": list("112234"), "product_id": ["tea", "cup", "tea", "cup", "tea", "ink"]})
four = offers.baskets(tiny.assign(order_date=pd.Timestamp("2024-01-01"), amount=1.0))
print(f"{(2 / 4) / (3 / 4 * 2 / 4):.2f} {offers.pairs(four, least=2)['lift'].iloc[0]:.2f}")

# %%
from crmbook.charts import offers as draw_offers

together = attempt(lambda: offers.pairs(offers.baskets(book.orders)), draw.no_column(book.orders, "product_id"))
attempt(lambda: draw_offers.rules(together) if len(together) else show(together), together)

# %% [markdown] tags=["lang-en"]
# Does it help? Learn up to a day, offer, and look at what customers bought afterwards. The yardstick is not nothing but the simplest thing: offer everybody what is popular.

# %% [markdown] tags=["lang-zh"]
# 有用吗？只用某一天之前的数据来学，给出推荐，再看客户之后买了什么。比的对象不是“什么都不做”，而是最简单的做法：给所有人推热销商品。

# %%
held = attempt(lambda: offers.hold_out(book.orders, book.as_of - pd.Timedelta(days=days), book.as_of, offers_each), together)
recommender = attempt(lambda: offers.learn(offers.owned(book.orders, as_of=book.as_of)), together)
offered = attempt(lambda: offers.recommend(recommender, base.index, offers_each), recommender)
display(attempt(lambda: draw_offers.hits(held), held), attempt(lambda: show(offered.assign(reason=draw_offers.reasons(offered))[["customer_id", "rank", "product", "reason"]], rows=9), offered))

# %% [markdown] tags=["lang-en"]
# What somebody owns is left out, and every offer has its reason.
#
# **Turn from segment to segment. Which segment could you do without, because another one gets the same offers?**

# %% [markdown] tags=["lang-zh"]
# 已经买过的不再推荐，每条推荐都有理由。
#
# **逐个群体翻看。哪个群体可以不单独分出来，因为另一个群体得到的推荐和它一样？**

# %% tags=["panel"]
from crmbook.panels import offers as offer_panels

offer_panels.portrait_panel(base, found.labels, called, recommender if isinstance(recommender, offers.Recommender) else None)

# %% [markdown] tags=["lang-en"]
# ## 15 · Interviews: coding, themes, agreement
#
# Numbers say what, interviews say why. Two people code the same answers; Cohen's kappa takes off what they would agree on by chance. 10 answers, is it about price? They agree on 8; each says yes to 5, so chance alone would agree on half.
#
# How often each theme comes up, with an interval; 10 answers do not say much, and the interval shows it. The answers on which the two differ are talked over.

# %% [markdown] tags=["lang-zh"]
# ## 15 · 访谈：编码、主题与一致性
#
# 数字说的是什么，访谈说的是为什么。两个人给同样的回答编码，Kappa 系数扣掉碰巧一致的部分。10 条回答，是不是在说价格？两人有 8 条一致；各有 5 条说“是”，光靠碰巧也会有一半一致。
#
# 各主题出现得多频繁，带区间；10 条回答说明不了太多，区间就能看出来。两人不一致的回答，要拿出来讨论。

# %%
coder_a = pd.Series(["price"] * 5 + ["speed"] * 5, index=range(1, 11))
coder_b = pd.Series(["price"] * 4 + ["speed"] * 5 + ["price"], index=range(1, 11))
show(pd.DataFrame({"coder_a": coder_a, "coder_b": coder_b}).rename_axis("answer_id"))

# %% tags=["nbval-check-output"]
from crmbook.methods import interviews

print(f"{(8 / 10 - 1 / 2) / (1 - 1 / 2):.2f} {interviews.kappa(coder_a, coder_b).value:.2f}")

# %%
first = interviews.coding_table(coder_a.rename("theme").rename_axis("answer_id").reset_index())
second = interviews.coding_table(coder_b.rename("theme").rename_axis("answer_id").reset_index())
display(show(interviews.themes(first), percent=["low", "high"]), show(interviews.disagreements(first, second)[["answer_id", "theme", "given_by"]], index=False))

# %% [markdown] tags=["lang-en"]
# Last, the lists to work with: each customer with segment, and the offers with their reasons.

# %% [markdown] tags=["lang-zh"]
# 最后把要用的名单存下来：每位客户所在的群体，以及带理由的推荐。

# %%
from crmbook.reports.tables import save

listed = segment.to_frame().join(seen.features[["recency", "frequency", "monetary"]])
save("segments", listed.sort_values("monetary", ascending=False), out)
save("segment-profile", profiled.rename(index=called, level="segment"), out)
attempt(lambda: save("next-offers", offered.assign(reason=draw_offers.reasons(offered)), out), offered)
show(listed, rows=5)

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Put your answer in place of the three dots and run the cell below it. The right answers are computed from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 把三个点换成您的答案，再运行下面一格。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
from crmbook.course.checks import checker

check = checker(scores=tried.scores, labels=found.labels, prepared=prepared.features)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 1 · What Davies-Bouldin wants
#
# Which number of clusters does the Davies-Bouldin index in `tried.scores` ask for? Mind its direction.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · Davies-Bouldin 的主张
#
# 在 `tried.scores` 中，Davies-Bouldin 指数主张分成几群？注意它的方向。

# %% tags=["exercise"]
wanted_k = ...

# %% tags=["solution"]
wanted_k = int(tried.scores["davies_bouldin"].idxmin())

# %% tags=["check"]
check("clustering-1", wanted_k)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · The largest cluster
#
# What share of the clustered customers, between 0 and 1, is in the largest cluster of `found.labels`?

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 最大的一群
#
# `found.labels` 中最大的一群，占参加聚类客户的多少（0 到 1 之间）？

# %% tags=["exercise"]
largest_share = ...

# %% tags=["solution"]
largest_share = found.labels.value_counts(normalize=True).max()

# %% tags=["check"]
check("clustering-2", largest_share)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · In the wrong company
#
# Which customers have a silhouette below zero, so that another cluster is nearer? Use `clustering.silhouettes` on `prepared.features` and `found.labels`, and give their ids as a set.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 站错了队
#
# 哪些客户的轮廓系数小于零，也就是离别的群更近？请对 `prepared.features` 和 `found.labels` 使用 `clustering.silhouettes`，给出他们编号的集合（set）。

# %% tags=["exercise"]
misplaced = ...

# %% tags=["solution"]
each = clustering.silhouettes(prepared.features, found.labels)
misplaced = set(each.index[each["silhouette"] < 0])

# %% tags=["check"]
check("clustering-3", misplaced)

# %% [markdown] tags=["lang-en"]
# ## Take-aways
#
# - Look at skew and scale first: distance adds squares, and large numbers win.
# - Several indices give several numbers; choose, and say why.
# - Clusters must come again, and must beat a cloud without groups; if not, say "there are no clusters here".
# - A name follows from rules; a portrait shows figures with intervals and an index against the average.
# - Regression is judged on a later period and never proves a cause.
# - An offer needs a reason and a hit rate that beats the popular products.

# %% [markdown] tags=["lang-zh"]
# ## 要点回顾
#
# - 先看偏度和尺度：距离是平方相加，大数说了算。
# - 几项指标给出几个群数；自己选，并说明理由。
# - 群体要能重现，还要胜过一团没有群体的点；做不到，就说“这里没有群体”。
# - 名字由规则得出；画像要写数字、区间和相对平均的指数。
# - 回归要在之后的时段上检验，而且不能证明因果。
# - 推荐要有理由，命中率要胜过热销商品。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - With a few dozen customers, talk to them instead.
# - Where the verdict says that there are no clusters, use tiers or rules: a cut that you decide is more honest than a group that is not there.
# - Segments must not stand in for gender, age or origin where that would be unfair or unlawful.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 客户只有几十位，不如直接和他们谈。
# - 结论说没有群体时，就用分级或规则：自己定的切点，比不存在的群体更诚实。
# - 群体不能变相代替性别、年龄、籍贯，以免不公平或违法。

# %% [markdown] tags=["lang-en"]
# ## Next lesson
#
# We know who customers are and what they buy. Whether they are content is another matter: [satisfaction](04_satisfaction.ipynb).

# %% [markdown] tags=["lang-zh"]
# ## 下一课
#
# 现在知道了客户是谁、买什么。他们满不满意，是另一回事：[满意度](04_satisfaction.ipynb)。
