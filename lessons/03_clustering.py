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
# # Clustering: which kinds of customers are there?
#
# A manager asks: *our customers are not all alike, so which kinds are there, how sure are we, and who are they?*

# %% [markdown] tags=["lang-zh"]
# # 聚类：客户有哪几类？
#
# 经理会问：*客户各不相同，到底有哪几类？这样分有多大把握？每一类又是些什么人？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - prepare features so that one large number does not rule all distances
# - choose the number of clusters with several indices that need not agree
# - tell clusters from cuts through a cloud, by stability and a control set
# - compare k-means with other methods, and with tiers and RFM
# - name segments by rules, and draw portraits of a segment and of a customer
# - say who they are, where they live and what they think, with a test and an interval
# - put new customers into segments, watch the drift, and ask what segments are good for
#
# **Minutes**: read 45 · do 40 · teach 90
#
# **Data**: `orders`; `customers`, `stores`, `lifestyle` where you have them
#
# **Terms**: segment · cluster stability · location quotient

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 处理好特征，不让一个大数左右所有距离
# - 用几项不一定一致的指标来选群数
# - 用稳定性和对照数据，分清是真有群体，还是硬切开一团点
# - 把 k 均值和别的方法比，也和分级、RFM 比
# - 按规则给群体起名，为群体和客户画像
# - 说清他们是谁、住在哪里、怎么想，有检验，也有区间
# - 把新客户归入群体，盯住漂移，并追问分群到底有没有用
#
# **用时（分钟）**：阅读 45 · 练习 40 · 讲授 90
#
# **数据**：`orders`；有 `customers`、`stores`、`lifestyle` 更好
#
# **术语**：细分群体 · 聚类稳定性 · 区位商

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
features: list = ["share_online", "share_evening", "discount_share", "main_category_share", "pieces"]  # features that the clusters are made of; those that your data lack are left out
least_orders: int = 3  # orders a customer needs before shares of orders say anything
k: int = 0  # how many clusters; 0: the number that the indices together favour
most: int = 8  # largest number of clusters that is tried
months: int = 6  # how many months the earlier date lies back when segments are compared
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from IPython.display import display

from crmbook import begin, checker, label, load, sample, save, show, summary, use
from crmbook import clustering, satisfaction, tiering

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
chosen = {"features": features, "least_orders": least_orders, "k": k, "most": most, "months": months}
begin("clustering", data=data, as_of=book.as_of, **chosen)

# %% [markdown] tags=["lang-en"]
# ## 1 · One row for each customer
#
# Before anything else comes the business attribute: staff and suppliers are no customers. `load` has set their orders aside; the second table says how many.

# %% [markdown] tags=["lang-zh"]
# ## 1 · 每位客户一行
#
# 先看业务属性：员工和供应商不是客户。`load` 已经把他们的订单放在一边，第二张表写明有多少。

# %%
accounts = clustering.business_attributes(book.need("customers", "account_type"))
aside = book.reconciliation.set_index("part").loc[["staff_account", "supplier_account"]]
display(show(accounts), show(aside))

# %% [markdown] tags=["lang-en"]
# What customers do comes from the orders. A share of their orders says *how* they buy, whatever the amount. But a share of one or two orders says nearly nothing, so customers with too few orders are left out, and counted.

# %% [markdown] tags=["lang-zh"]
# 客户怎么做，看订单。订单的占比说的是*怎么买*，与买多买少无关。但一两笔订单的占比几乎说明不了什么，所以订单太少的客户不参加，人数要写明。

# %%
seen = clustering.behaviour(book)
money = seen.features[["recency", "frequency", "monetary", "mean_order"]]
usable = clustering.chosen(seen, features, least_orders)
base = usable.features
display(clustering.charts.left_out(usable, least_orders))
show(base, rows=5, percent=["share_online", "share_evening"])

# %% [markdown] tags=["lang-en", "teaching"]
# ## 2 · Look before you cluster
#
# A largest value far above the median, a large skewness, many outliers: a few customers stretch the scale for everybody.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 2 · 聚类之前先看数据
#
# 最大值远高于中位数、偏度大、离群值多，都说明少数客户把尺子拉长了。

# %% tags=["teaching"]
explored = clustering.explore(money)
show(explored[["n", "missing", "median", "max", "skew", "outliers"]])

# %% [markdown] tags=["lang-en", "teaching"]
# There are two remedies. A logarithm pulls in the long tail: from 1 to 10 becomes nearly as far as from 10 to 100. Winsorising moves the most extreme values, here one in a hundred at each end, to the edge of the others. Compare the shapes and the skewness.

# %% [markdown] tags=["lang-zh", "teaching"]
# 办法有两个。取对数把长尾收回来：从 1 到 10 和从 10 到 100 差不多一样远。缩尾把最极端的值（这里是每一百个里，两头各取一个）移到其余值的边上。看看形状和偏度怎么变。

# %% tags=["teaching"]
import numpy as np
import pandas as pd

orders = money["frequency"]
drawn_in = clustering.winsorise(money)["frequency"]
treated = pd.DataFrame({"as_is": orders, "log1p": np.log1p(orders), "winsorised": drawn_in})
clustering.charts.treatments(treated, "frequency")

# %% [markdown] tags=["lang-en", "teaching"]
# ## 3 · k-means by hand
#
# Take two centres. Each customer goes to the nearest one; each centre moves to the mean of its customers; repeat until nobody moves. What k-means makes small is
#
# $$ W = \sum_{c} \sum_{i \in c} (x_i - m_c)^2 $$

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 3 · 手算 k 均值
#
# 先取两个中心。每位客户归最近的中心；中心移到自己客户的均值处；反复进行，直到没有人再换。k 均值要让下面这个数尽量小：
#
# $$ W = \sum_{c} \sum_{i \in c} (x_i - m_c)^2 $$

# %% tags=["teaching"]
six = pd.Series({"Ann": 1, "Bo": 2, "Chen": 3, "Dai": 9, "Eva": 10, "Fu": 14})
low, high = 1.0, 2.0
for _ in range(3):
    near_high = (six - high).abs() < (six - low).abs()
    low, high = six[~near_high].mean(), six[near_high].mean()
show(pd.DataFrame({"frequency": six, "cluster": near_high.astype(int)}))

# %% tags=["nbval-check-output", "teaching"]
found_six = clustering.cluster(six.to_frame("frequency"), k=2, scale=False)
print([round(float(low), 2), round(float(high), 2)])
print(sorted(round(float(centre), 2) for centre in found_six.centres["frequency"]))

# %% [markdown] tags=["lang-en", "teaching"]
# ## 4 · A disappointing run, its reason, and the repair
#
# Everything in, nothing prepared: days, orders and money side by side.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 4 · 一次失望的聚类：原因与补救
#
# 先不做任何处理，把天数、笔数和金额一起放进去。

# %% tags=["teaching"]
raw = clustering.cluster(money, k=4, scale=False)
display(clustering.charts.sizes(raw.labels))
show(clustering.carried(money, raw.labels), percent=["carried"])

# %% [markdown] tags=["lang-en", "teaching"]
# The table is the reason: how much of each feature the clusters carry. Distance adds up squares, so whatever has the largest numbers decides alone. The repair: a logarithm where a column is skewed, and every column on the same scale.

# %% [markdown] tags=["lang-zh", "teaching"]
# 原因就在表里：每个特征有多大比例由分群体现。距离是平方相加，谁的数值大，谁就一个人说了算。补救办法：偏斜的列取对数，各列换成同一尺度。

# %% tags=["teaching"]
scaled = clustering.prepare(money).features
repaired = clustering.cluster(scaled, k=4)
display(show(clustering.carried(scaled, repaired.labels), percent=["carried"]))
clustering.charts.verdict(repaired)

# %% [markdown] tags=["lang-en", "teaching"]
# Compare the two tables: no feature should decide alone any more. Whether there are groups is another question, and the sentence answers it. *How much* people buy often runs from little to much without a gap; there, tiers are the honest cut. So we ask *how* they buy, with the features of section 1.

# %% [markdown] tags=["lang-zh", "teaching"]
# 对比两张表：不该再由一个特征说了算。至于有没有群体，是另一个问题，上面那句话给出了回答。*买多少*往往从少到多连成一片，没有断开的地方，这时老老实实分级更合适。所以我们改问*怎么买*，用第 1 节的特征。

# %% tags=["teaching"]
prepared = clustering.prepare(base)
show(prepared.report)

# %% [markdown] tags=["lang-en"]
# ## 5 · How many clusters, and are there any?
#
# Each index asks something else: how close are customers to their own cluster compared with the next one (silhouette), how much lies between the clusters (Calinski-Harabasz), how near is the worst rival (Davies-Bouldin), how much better than a cloud without groups (gap). They need not agree, and we do not pretend that they do. Merit, by which we choose, puts gap, separation and stability together.

# %% [markdown] tags=["lang-zh"]
# ## 5 · 分成几群？真的有群体吗？
#
# 每项指标问的不一样：客户离自己那群比离旁边那群近多少（轮廓系数），群间差异有多大（Calinski-Harabasz），最像的两群有多近（Davies-Bouldin），比一团没有群体的点好多少（间隔统计量）。它们不一定一致，我们也不假装一致。最后按综合分来选，它合并了间隔、分离度和稳定性。

# %%
tried = clustering.cluster(prepared.features, most=most)
clustering.charts.indices(tried.scores)

# %% [markdown] tags=["lang-en"]
# The strongest test is stability: draw the customers anew, cluster again, compare. The adjusted Rand index is 1 when both runs agree and 0 when they agree only as chance would. Clusters that do not come again are not worth a name.

# %% [markdown] tags=["lang-zh"]
# 最有力的检验是稳定性：重新抽取客户，再聚一次，两次相比。调整兰德指数为 1 表示两次相同，为 0 表示只有偶然的一致。不能重现的群体，不值得起名。

# %%
found = clustering.cluster(prepared.features, k=k) if k else tried
display(clustering.charts.stability(tried.scores), clustering.charts.verdict(found))

# %% [markdown] tags=["lang-en", "teaching"]
# Would the method find groups anywhere? Here is a control set: as many customers, the same means and correlations, and no groups at all.

# %% [markdown] tags=["lang-zh", "teaching"]
# 这种方法会不会到处都“找到”群体？来看一份对照数据：客户一样多，均值和相关也一样，但完全没有群体。

# %% tags=["teaching"]
nothing = clustering.cluster(clustering.control(prepared.features), most=4)
clustering.charts.verdict(nothing)

# %% [markdown] tags=["lang-en", "default-only", "teaching"]
# In the sample, five ways of buying were planted. They overlap, so nobody could find all of them. How far could one get? We tell somebody the planted groups of nine customers in ten, let them guess those of the tenth from the same features, and do so for each tenth: that is the ceiling (an estimate: another way of guessing might do slightly better). Our clusters were told nothing.

# %% [markdown] tags=["lang-zh", "default-only", "teaching"]
# 样例数据里埋了五种购买方式。它们彼此重叠，谁也不可能全部找对。那最多能做到多好？把十分之九客户的真实分组告诉一个人，让他用同样的特征去猜剩下的十分之一，轮流做十遍，这就是上限（只是估计，换一种猜法也许略好）。而我们的聚类事先什么都不知道。

# %% tags=["default-only", "teaching"]
truth = pd.read_csv(sample.folder("retail") / "truth.csv", dtype=str).set_index("id")
planted = truth.loc[truth["entity"] == "customer", "segment"].dropna()
ours = clustering.compare(found.labels, planted).rand
ceiling = clustering.ceiling(prepared.features, planted)
show(pd.Series({"ours": ours, "ceiling": ceiling}, name="adjusted_rand").rename_axis("measure"))

# %% [markdown] tags=["lang-en", "teaching"]
# **Try it. Switch one feature off: which clusters fall together, and does stability go up or down?**

# %% [markdown] tags=["lang-zh", "teaching"]
# **动手试试。关掉一个特征：哪几群会并在一起？稳定性是升还是降？**

# %% tags=["panel", "teaching"]
panel = clustering.panels.k(prepared.features, k=found.k)
panel

# %% [markdown] tags=["lang-en"]
# ## 6 · Other methods, other divisions
#
# Ward's method starts with single customers and always joins the two groups that differ least. Read the tree from below: the higher two branches join, the less they have in common. A high step just above the dashed cut speaks for this number of clusters.

# %% [markdown] tags=["lang-zh"]
# ## 6 · 别的方法，别的分法
#
# Ward 层次聚类从单个客户开始，每次合并差别最小的两组。树要从下往上看：两枝合并得越高，共同点越少。虚线切口上方那一步如果很高，就支持这个群数。

# %%
tree = clustering.ward(prepared.features, found.k)
clustering.charts.dendrogram(tree)

# %% [markdown] tags=["lang-en"]
# A Gaussian mixture lets groups be stretched and gives chances instead of borders. Now compare: do the methods agree with k-means? And do we need clusters at all, if tiers or RFM say the same? Near 1 both tell the same story; near 0 the clusters say something that the other does not.

# %% [markdown] tags=["lang-zh"]
# 高斯混合模型允许群体是拉长的，给出的不是边界，而是概率。现在来比：这些方法和 k 均值一致吗？如果分级或 RFM 已经说了同样的事，还要不要聚类？接近 1，说明讲的是同一回事；接近 0，说明聚类讲出了对方没讲的东西。

# %%
clouds = clustering.mixture(prepared.features, found.k)
others = {"ward": tree.labels, "mixture": clouds.labels}
others["tier_abc"] = tiering.abc(money["monetary"])
others["rfm_segment"] = tiering.rfm(money)["segment"]
alike = {method: clustering.compare(found.labels, labels).rand for method, labels in others.items()}
display(clustering.charts.certainty(clouds))
show(pd.Series(alike, name="rand").rename_axis("method"))

# %% [markdown] tags=["lang-en"]
# ## 7 · Names and portraits
#
# A cluster without a name is used by nobody. A name comes from rules that you can read and change: which feature must lie above (1) or below (-1) the average. The first rule that fits gives the name; your own rules stand in front of those of the library. Where two segments fit one rule and no other is left, the name says in what they differ.

# %% [markdown] tags=["lang-zh"]
# ## 7 · 起名与画像
#
# 没有名字的群体没人会用。名字由规则得出，您可以读，也可以改：哪个特征要高于平均（1），哪个要低于平均（-1）。从上往下，最先对得上的规则给出名字；您自己的规则排在库里的规则前面。两个群体都只合同一条规则时，名字里会写明差在哪里。

# %%
own_rules = [("stockpilers", {"pieces": 1}), ("specialists", {"main_category_share": 1})]
rules = own_rules + list(clustering.BUYING_RULES)
profiled = clustering.profile(base, found.labels)
called = clustering.charts.segment_names(clustering.names(profiled, rules))
segment = found.labels.map(called).rename("segment")
display(show(segment.value_counts().rename("customers")))
clustering.charts.profile_map(profiled, called)

# %% [markdown] tags=["lang-en"]
# Each number is the distance from the average of all, in standard deviations. The same as lines and as a radar: lines show differences, the radar shows shapes and suits few segments only.

# %% [markdown] tags=["lang-zh"]
# 每个数是与全体平均的差距，以标准差为单位。下面是同样的内容画成折线和雷达图：折线便于看差别，雷达图便于看形状，只适合群体不多的时候。

# %%
display(clustering.charts.parallel(profiled, called), clustering.charts.radar(profiled, called))

# %% [markdown] tags=["lang-en"]
# A map of all customers: the plane that keeps most of their differences (principal components). What its two directions stand for is said in words.

# %% [markdown] tags=["lang-zh"]
# 再给全部客户画一张平面图（主成分），它保留了最多的差异，两个方向代表什么，用文字写出来。

# %% [markdown] tags=["lang-en", "teaching"]
# And one customer on a page: own figures beside those of the segment and of all.

# %% [markdown] tags=["lang-zh", "teaching"]
# 再看一位客户的画像：本人的数字，旁边是所在群体和全体的数字。

# %%
plane = clustering.customer_map(prepared.features)
display(clustering.charts.cluster_map(plane, found.labels, called))
show(pd.DataFrame({"sentence": clustering.charts.axes_in_words(plane)}))

# %% tags=["teaching"]
somebody = base.index[0]
print(somebody, segment[somebody])
show(clustering.customer_portrait(base, found.labels, somebody))

# %% [markdown] tags=["lang-en"]
# ## 8 · Who they are
#
# Do segments differ in gender, age, education, occupation, income or city? Chi-square tests whether chance alone could do it (p, corrected because several attributes are tested). Cramér's V says how strong the link is: 0 not at all, 1 fully.

# %% [markdown] tags=["lang-zh"]
# ## 8 · 他们是谁
#
# 各群体在性别、年龄、学历、职业、收入、城市上有差别吗？卡方检验看会不会只是偶然（同时检验几个属性，所以 p 值要校正）。Cramér's V 说明关联有多强：0 为毫无关联，1 为完全关联。

# %%
people = clustering.demographics(book.need("customers"), book.as_of)
linked = clustering.associations(people, segment)
show(linked[["n", "chi_square", "freedom", "q", "cramers_v"]], decimals={"q": 3})

# %% [markdown] tags=["lang-en"]
# Now the attribute with the strongest link. The index is 100 times the share in the segment over the share in all: 100 is as the average. Bold means that the interval of the share excludes the average; look at the interval before you believe a small group.

# %% [markdown] tags=["lang-zh"]
# 再看关联最强的那个属性。指数是群内占比除以全体占比再乘 100，100 表示与平均相同。粗体表示占比的区间不含平均；群体小的时候，先看区间再下结论。

# %%
strongest = linked.index[0]
made_up = clustering.composition(people[strongest], segment)
display(clustering.charts.composition(made_up, strongest))
highest = made_up.nlargest(6, "index")[["customers", "share", "low", "high", "average", "index"]]
show(highest, percent=["low", "high", "average"], decimals={"index": 0})

# %% [markdown] tags=["lang-en"]
# Who they are and how they buy, in one clustering? Distances need numbers, and a city or a job is none. Gower's distance counts a category as 0 or 1, a number by its share of the range, and takes the mean.

# %% [markdown] tags=["lang-zh"]
# 他们是谁、怎么买，能放在一起聚类吗？算距离要有数字，城市和职业却不是数字。Gower 距离把类别算作 0 或 1，数值按占全距的比例算，再取平均。

# %% [markdown] tags=["lang-en", "teaching"]
# Two customers of one city, 10 years apart where the range is 20, are (0.5 + 0) / 2 = 0.25 apart.

# %% [markdown] tags=["lang-zh", "teaching"]
# 同城的两位客户相差 10 岁，全距是 20，距离就是 (0.5 + 0) / 2 = 0.25。

# %% [markdown] tags=["lang-en"]
# A tree grown on a sample then groups the customers; each group is shown by its most typical member.

# %% [markdown] tags=["lang-zh"]
# 再用样本长出一棵树来分群，每群用最有代表性的一位客户来表示。

# %% tags=["teaching"]
three = pd.DataFrame({"age": [20, 30, 40], "city": ["A", "A", "B"]})
show(pd.DataFrame(clustering.gower(three)).rename_axis("customer_id"))

# %%
both = people.join(base, how="inner").dropna()
mixed = clustering.mixed(both, most=most)
display(clustering.charts.mixed_words(mixed))
show(mixed.medoids.set_index("customer_id").T.rename_axis("trait"), rows=20)

# %% [markdown] tags=["lang-en"]
# ## 9 · Where they live
#
# Each tile is a province, roughly where it lies. The location quotient asks where a segment is at home: its share there over the share of all customers there. With 30 of 100 members in a place where 20 of 100 customers live, it is $0.3 / 0.2 = 1.5$; 1 is as the average. Many cells are tested here, and of twenty about one turns bold by chance alone: ask the table of section 8 first whether there is a link at all.

# %% [markdown] tags=["lang-zh"]
# ## 9 · 他们住在哪里
#
# 每个方块是一个省份，大致放在它的位置上。区位商问一个群体偏向哪里：群内在那里的占比，除以全体客户在那里的占比。某地有全体客户的 100 分之 20，却有该群的 100 分之 30，区位商就是 $0.3 / 0.2 = 1.5$；等于 1 表示与平均相同。这里同时检验许多格子，二十格里大约有一格只是碰巧变粗：先到第 8 节的表里看到底有没有关联。

# %%
located = book.need("customers", "province").set_index("customer_id")
clustering.charts.tile_map(clustering.tiles(located["province"]))

# %%
located = book.need("customers", "city_tier").set_index("customer_id")
quotients = clustering.location_quotients(located["city_tier"], segment)
clustering.charts.quotients(quotients, "city_tier")

# %% [markdown] tags=["lang-en"]
# How far is the nearest store, as the crow flies? The haversine formula takes the bend of the earth into account. Compare the share of customers in a band with their share of the money.

# %% [markdown] tags=["lang-zh"]
# 最近的门店有多远？这里算的是直线距离，haversine 公式考虑了地球的弧度。比一比每一段的客户占比和金额占比。

# %%
homes = book.need("customers", "latitude", "longitude").set_index("customer_id")
nearest = clustering.nearest_store(homes, book.need("stores", "latitude", "longitude"))
distance = clustering.bands(nearest["km"], [5, 10, 20, 50]).rename("distance_band")
by_distance = clustering.areas(distance, money["monetary"]).rename_axis("distance_band")
by_distance = by_distance.rename(columns={"mean": "mean_amount"})
show(by_distance[["customers", "share", "amount_share", "mean_amount", "low", "high"]])

# %% [markdown] tags=["lang-en"]
# ## 10 · What they think: lifestyle
#
# A questionnaire asks many small things; factors gather those that go together. A loading says how much an item belongs to a factor, and Cronbach's alpha whether the items of a factor measure one thing (0.7 is the usual bar).

# %% [markdown] tags=["lang-zh"]
# ## 10 · 他们怎么想：生活方式
#
# 问卷里问了许多小问题，因子把一起变化的题目归在一起。载荷说明一道题在多大程度上属于某个因子；克朗巴哈 α 说明一个因子下的题目是不是在量同一件事（通常要求达到 0.7）。

# %%
items = clustering.items_of(book.need("lifestyle"))
traits = satisfaction.factors(items)
marked = clustering.marker_items(traits)
worded = marked.assign(sentence=marked["item"].map(clustering.charts.item_words))
display(show(worded.set_index(["factor", "item"]), rows=20))
show(clustering.scales(items, traits))

# %% [markdown] tags=["lang-en"]
# Each factor takes the words of its strongest item as its name. A respondent's score is the mean of the factor's items, those worded the other way round turned. Respondents are grouped by these scores, and the same verdict is asked for as above.

# %% [markdown] tags=["lang-zh"]
# 每个因子用载荷最高的那道题来命名。受访者在每个因子上的得分，就是该因子各题的平均分，反向题先转过来。再按这些得分给受访者分群，是不是真有群体，同样要看结论。

# %%
scores = clustering.scale_scores(items, traits).rename(columns=clustering.charts.factor_names(marked))
minds = clustering.cluster(scores, most=6)
thinking = clustering.profile(scores, minds.labels)
thinkers = clustering.charts.segment_names(clustering.names(thinking))
display(clustering.charts.verdict(minds), clustering.charts.profile_map(thinking, thinkers))

# %% [markdown] tags=["lang-en"]
# ## 11 · Segments in use
#
# Segments are kept, and customers are put into them. Suppose that we had clustered some months ago: the centres of that day stay, today's customers go to the nearest. Who is new since then, and do the new ones fit?

# %% [markdown] tags=["lang-zh"]
# ## 11 · 群体投入使用
#
# 群体定下来之后，客户往里放。假如几个月前就分好了群：当时的中心不动，今天的客户归到最近的一群。哪些人是新来的？他们合得上吗？

# %%
earlier = book.as_of - pd.DateOffset(months=months)

past = clustering.chosen(clustering.behaviour(book, as_of=earlier), base.columns, least_orders).features
ready = clustering.prepare(past)
then = clustering.cluster(ready.features, k=found.k)
then_called = clustering.charts.segment_names(clustering.names(clustering.profile(past, then.labels), rules))
clustering.charts.verdict(then)

# %%
placed = clustering.assign(then, ready.apply(base))
placed.insert(0, "segment", placed["cluster"].map(then_called))
new = placed[~placed.index.isin(then.labels.index)]
display(clustering.charts.newcomers(new))
show(new[["segment", "distance", "novel"]], rows=5)

# %% [markdown] tags=["lang-en"]
# Did the shares of the segments move? The PSI adds up, over the segments, $(q - p) \ln(q / p)$ of the share before $p$ and now $q$. Below 0.1 is usually read as stable, above 0.25 as shifted. Features can move while shares stand still, so the second table looks at each of them.

# %% [markdown] tags=["lang-zh"]
# 各群的占比变了吗？PSI 把每一群的 $(q - p) \ln(q / p)$ 加起来，$p$ 是之前的占比，$q$ 是现在的占比。低于 0.1 通常看作稳定，高于 0.25 看作已经偏移。占比没动，特征也可能在动，所以第二张表逐个特征来看。

# %%
moved = clustering.drift(then.labels.map(then_called), placed["segment"])
shifted = clustering.feature_drift(past, base)
display(clustering.charts.drifted(moved))
shares = moved.table[["share_before", "share_after", "psi"]]
display(show(shares, percent=["share_before", "share_after"], decimals={"psi": 4}))
show(shifted[["median_before", "median_after", "psi"]], decimals={"psi": 4})

# %% [markdown] tags=["lang-en"]
# Last, the hardest question: what are the segments good for? They were made from what was known on the earlier day, so what customers spent *afterwards* is a fair test. Segments of the same sizes, drawn by lot, are the yardstick. Lift is the mean of a segment over the mean of all.

# %% [markdown] tags=["lang-zh"]
# 最后是最难的问题：这些群体有什么用？它们只用了较早那天已知的信息，所以客户*之后*花了多少钱，是公平的检验。比的对象是同样大小、靠抽签分出的群体。提升度是群内均值除以全体均值。

# %%
later = book.orders[book.orders["order_date"] > earlier].groupby("customer_id")["amount"].sum()
spent = later.reindex(then.labels.index, fill_value=0.0)
judged = clustering.usefulness(then.labels.map(then_called), spent)
lifted = judged.table.rename(columns={"mean": "mean_amount", "lift": "lift_factor"})
display(clustering.charts.useful(judged), show(lifted))

# %% [markdown] tags=["lang-en"]
# The list to work with: each customer with segment, the most valuable first.

# %% [markdown] tags=["lang-zh"]
# 把要用的名单存下来：每位客户所在的群体，价值高的排在前面。

# %%
listed = segment.to_frame().join(money).sort_values("monetary", ascending=False)
save("segments", listed.assign(segment=found.labels), out, words=listed)
save("segment-profile", profiled, out, words=profiled.rename(index=called | {column: label(column) for column in base}))
show(listed, rows=5)

# %% [markdown] tags=["lang-en", "teaching"]
# ## 12 · What to tell the manager
#
# A manager reads one screen: three to five findings, the surest and largest first, then what to do, by whom, with how many customers, by when, and from which list. Which of these would you have chosen?

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 12 · 向经理汇报什么
#
# 经理只看一屏：三到五条发现，最确定、最大的在前；然后是要做什么、谁来做、涉及多少客户、哪天之前、用哪份名单。换了您，会挑哪几条？

# %% tags=["summary"]
summary(book, clustering.manager.findings(**globals()))

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Put your answer in place of the three dots and run the cell below it. The right answers are computed from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 把三个点换成您的答案，再运行下面一格。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
check = checker(**globals())

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
# ### Exercise 2 · An index by hand
#
# Take the largest cluster (0 in `found.labels`) and the first column of `base`. What is the index of the cluster's mean against the average of all customers in `base`?

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 手算指数
#
# 取最大的一群（`found.labels` 中的 0）和 `base` 的第一列。以 `base` 中全体客户的平均为准，这一群均值的指数是多少？

# %% tags=["exercise"]
index_by_hand = ...

# %% tags=["solution"]
first = base.iloc[:, 0]
index_by_hand = 100 * first[found.labels == 0].mean() / first.mean()

# %% tags=["check"]
check("clustering-2", index_by_hand)

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

# %% [markdown] tags=["lang-en", "quiz"]
# ## Quiz

# %% [markdown] tags=["lang-zh", "quiz"]
# ## 小测验

# %% tags=["quiz"]
from crmbook import quiz

quiz("clustering")

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - Look at skew and scale first: distance adds squares, and large numbers win.
# - Several indices give several numbers; choose, and say why.
# - Clusters must come again, and must beat a cloud without groups; if not, say "there are no clusters here".
# - Another method draws other borders; tiers and RFM say how much, clusters say how.
# - A name follows from rules; a portrait shows figures beside the average.
# - Who and where come with a test, an index and an interval: small groups deceive.
# - Segments stay and customers move; segments that say no more than lots do are not worth keeping.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 先看偏度和尺度：距离是平方相加，大数说了算。
# - 几项指标给出几个群数；自己选，并说明理由。
# - 群体要能重现，还要胜过一团没有群体的点；做不到，就说“这里没有群体”。
# - 换一种方法，边界就不同；分级和 RFM 说买多少，聚类说怎么买。
# - 名字由规则得出；画像要写数字，并与平均相比。
# - 说他们是谁、在哪里，要有检验、指数和区间：群体小，容易看错。
# - 群体不动，客户在动；说不出比抽签更多的群体，不值得保留。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - With a few dozen customers, talk to them instead.
# - Where the verdict says that there are no clusters, use tiers or rules: a cut that you decide is more honest than a group that is not there.
# - A segment describes; it does not say what a visit or a coupon would bring. For that you need a test with a group held out.
# - Segments must not stand in for gender, age or origin where that would be unfair or unlawful.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 客户只有几十位，不如直接和他们谈。
# - 结论说没有群体时，就用分级或规则：自己定的切点，比不存在的群体更诚实。
# - 群体只是描述，说不出一次拜访、一张优惠券能带来什么，那需要留出对照组的试验。
# - 群体不能变相代替性别、年龄、籍贯，以免不公平或违法。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# We know which kinds of customers there are. What each of them buys next, and what to offer: [behaviour, forecasts and the next offer](03b_offers.ipynb).

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# 现在知道了客户有哪几类。每一类接下来会买什么、该推荐什么：[行为、预测与个性化推荐](03b_offers.ipynb)。
