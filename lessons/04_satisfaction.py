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
# # Satisfaction
#
# A manager asks: *are our customers satisfied, can we trust the answers, and what should we put right first?*

# %% [markdown] tags=["lang-zh"]
# # 客户满意度
#
# 经理会问：*客户满意吗？这些回答靠得住吗？最该先改进什么？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - write a short questionnaire and say how many answers it needs
# - check who answered, what is blank, and whether the questions hang together
# - compute CSAT, NPS and customer effort with their intervals, by group and by wave
# - find out which item drives satisfaction, and what raising it would change
# - sort features into must-be, one-dimensional and attractive by Kano's paired questions
# - turn comments into themes and a tone, and say how far to trust the model
#
# **Minutes**: read 45 · do 40 · teach 90
#
# **Data**: `survey`, `kano`; `orders` for tiers and money
#
# **Terms**: customer satisfaction score (CSAT) · net promoter score (NPS) · customer effort score (CES) · Cronbach's alpha · importance-performance analysis · Kano model

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 写出一份简短的问卷，并说清需要多少份回答
# - 检查谁答了、哪里空着、题目之间是否协调
# - 按组、按批次算出 CSAT、NPS 和省力程度，并带上区间
# - 找出哪一项最能带动满意度，以及改进它会带来多大变化
# - 用 Kano 的成对提问，把功能分成基本型、期望型和魅力型
# - 从评论里归纳主题和语气，并说清模型有多可信
#
# **用时（分钟）**：阅读 45 · 练习 40 · 讲授 90
#
# **数据**：`survey`、`kano`；`orders` 用来配上等级和金额
#
# **术语**：客户满意度（CSAT） · 净推荐值（NPS） · 客户费力度（CES） · 克隆巴赫 α 系数 · 重要性—表现分析 · Kano 模型

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
margin: float = 0.05  # margin of error that a survey should reach, as a share
top: int = 2  # how many of the highest answers count as satisfied, from 1 to 4
group: str = "tier"  # which groups of customers are compared (choose: tier, stage, segment, channel)
method: str = "johnson"  # how importance is measured (choose: johnson, lmg)
draws: int = 1000  # bootstrap draws behind the intervals of importance
contradictions: bool = False  # whether equal answers 2-2 and 4-4 count as questionable in Kano's table
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from IPython.display import display

from crmbook import begin, checker, label, load, name, sample, save, show, summarise, summary, use
from crmbook import comments, complaints, lifecycle, satisfaction, tiering

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
survey_settings = {"margin": margin, "top": top, "group": group}
model_settings = {"method": method, "draws": draws, "contradictions": contradictions}
begin("satisfaction", data=data, as_of=book.as_of, **survey_settings, **model_settings)

# %% [markdown] tags=["lang-en", "teaching"]
# ## 1 · Ask little, and ask enough people

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 1 · 问题要少，人数要够

# %% [markdown] tags=["lang-en", "teaching"]
# A form that takes two minutes gets more answers than one that takes ten. Ours has one question for each of five dimensions, three on the whole, and a free comment. Give a folder in `out`, and the cell writes the form as a page to print and the questions as a table that survey tools take in. `item_bank(core_only=False)` holds three questions a dimension.

# %% [markdown] tags=["lang-zh", "teaching"]
# 两分钟能填完的问卷，比十分钟的回收得多。我们的问卷：五个方面各一题，整体三题，外加一个自由填写的意见栏。在 `out` 里写一个文件夹，下面这一格就会输出可打印的问卷网页，以及可导入问卷工具的题目表。`item_bank(core_only=False)` 里每个方面有三道题。

# %% tags=["teaching"]
bank = satisfaction.item_bank()
form, questions = satisfaction.form.form(bank), satisfaction.form.export(bank)
save("questionnaire", questions, out)
form.write(out)
display(form, show(satisfaction.tables.item_table(questions[["question_type", "choices"]])))

# %% [markdown] tags=["lang-en", "teaching"]
# How many people must answer? For a margin $e$ around a share $p$, with $z = 1.96$ and $N$ customers:
#
# $$ n_0 = \frac{z^2 \, p \, (1 - p)}{e^2} \qquad n = \frac{n_0}{1 + (n_0 - 1) / N} $$
#
# By hand for 1000 customers and a margin of 0.05, then by the library. The net promoter score (section 3) counts two groups against each other and needs more answers: with promoters $p$, detractors $d$ and a margin of $m$ points, $n = z^2 \cdot 100^2 \, (p + d - (p - d)^2) / m^2$. The last row takes $p = 0.5$, $d = 0.2$ and $m = 5$.

# %% [markdown] tags=["lang-zh", "teaching"]
# 要多少人作答？占比为 $p$、误差为 $e$ 时，取 $z = 1.96$，客户总数为 $N$：
#
# $$ n_0 = \frac{z^2 \, p \, (1 - p)}{e^2} \qquad n = \frac{n_0}{1 + (n_0 - 1) / N} $$
#
# 先按 1000 位客户、误差 0.05 手算，再用库来算。净推荐值（见第 3 节）是两群人相减，需要的回答更多：推荐者占 $p$、贬损者占 $d$、误差为 $m$ 分时，$n = z^2 \cdot 100^2 \, (p + d - (p - d)^2) / m^2$。最后一行取 $p = 0.5$、$d = 0.2$、$m = 5$。

# %% tags=["nbval-check-output", "teaching"]
import math

n0 = 1.96**2 * 0.5 * (1 - 0.5) / 0.05**2
print(math.ceil(n0), math.ceil(n0 / (1 + (n0 - 1) / 1000)))
print(satisfaction.sample_size(0.05), satisfaction.sample_size(0.05, population=1000))
print(math.ceil(1.96**2 * 100**2 * (0.5 + 0.2 - 0.3**2) / 5**2), satisfaction.nps_sample_size(5, 0.5, 0.2))

# %% tags=["teaching"]
customers = summarise(book.need("orders"), book.as_of)
satisfaction.charts.margins(len(customers), margin)

# %% [markdown] tags=["lang-en", "teaching"]
# Read the red point: so many answers are enough, however many more you could get. Halving the margin takes about four times as many answers. Those are answers, not invitations: divide by the response rate you expect.

# %% [markdown] tags=["lang-zh", "teaching"]
# 看红点：有这么多份回答就够了，再多也帮助有限。误差要减半，回答数大约要翻两番。注意这是回答数，不是邀请数：还要除以预计的回收率。

# %% [markdown] tags=["lang-en"]
# ## 2 · Are the answers fit to use?

# %% [markdown] tags=["lang-zh"]
# ## 2 · 这些回答能用吗？

# %% [markdown] tags=["lang-en", "teaching"]
# First read the answers. Words become numbers by an order that you state, the lowest first; those of your files are read so when they are loaded. Then comes what cannot be an answer: 0 often means *not applicable*, 55 is a 5 typed twice. `check_answers` lists such cells, `clean_answers` makes them blank, which prints as `nan`; nothing is guessed.

# %% [markdown] tags=["lang-zh", "teaching"]
# 先把回答读对。文字选项要按您写明的次序换成分数，从最低的写起；您文件里的文字选项，载入时就照此换好。再找出不可能是回答的值：0 往往表示“不适用”，55 是 5 多按了一下。`check_answers` 把这些单元格列出来，`clean_answers` 把它们变成空白（显示为 `nan`），绝不猜测。

# %% tags=["nbval-check-output", "teaching"]
import pandas as pd

order = ["非常不满意", "不满意", "一般", "满意", "非常满意"]
print(satisfaction.read_answers(["满意", "非常满意", None, "非常不满意"], labels=order).tolist())
typed = pd.DataFrame({"price": [5, 4, 0, 55]})
print(satisfaction.check_answers(typed)[["value", "rule", "rows"]].values.tolist())
print(satisfaction.clean_answers(typed)[0]["price"].tolist())

# %% [markdown] tags=["lang-en"]
# The same for your survey. Beside each answer stands what we know of the customer: tier, lifecycle stage, RFM segment. The last wave shows the state of today.

# %% [markdown] tags=["lang-zh"]
# 您的调查也照此处理。每份答卷旁边配上已知的客户信息：等级、生命周期阶段、RFM 细分群体。最近一批调查反映的是眼下的情况。

# %%
survey, findings = satisfaction.clean_answers(book.need("survey"))
asked = ["response_id", "customer_id", "date", "wave", "channel", *satisfaction.SCALES, "comment"]
survey = survey.reindex(columns=asked)
invited = {"all": len(survey), "last_wave": len(satisfaction.last_wave(survey))}
display(show(pd.Series(invited, name="invited").rename_axis("wave")))
display(satisfaction.tables.set_aside(findings, book.findings))
tier, stage = tiering.abc(customers["monetary"]), lifecycle.stages(book)
segment = tiering.rfm(customers)["segment"]
who = survey["customer_id"]
groups = pd.DataFrame({"tier": who.map(tier), "stage": who.map(stage), "segment": who.map(segment)})
groups["channel"] = survey["channel"]
show(groups, rows=4)

# %% [markdown] tags=["lang-en"]
# Who answered at all? A channel that reaches few people says little about the rest of them. The last line says how many to invite next time for the margin you set. Next, the blanks among those who did answer, and those who gave one answer to everything. The latter may be in a hurry, or truly delighted: we look at them and drop nobody.

# %% [markdown] tags=["lang-zh"]
# 到底谁作答了？如果某个渠道只有少数人回应，就很难代表其余的人。最后一行是：要达到您设定的误差，下次该邀请多少人。再看作答的人里哪些题空着，又有谁从头到尾选同一个答案。后者也许是图快，也许真的样样满意：只留意，不剔除。

# %%
answered = satisfaction.responded(survey)
items = satisfaction.asked(survey[answered])
display(show(satisfaction.tables.item_table(satisfaction.missing(items))))
straight = satisfaction.straight_lining(items)["straight"]
all_top = straight & items.eq(5).any(axis=1)
hasty = pd.Series({"straight_liners": straight.sum(), "all_top": all_top.sum()}, name="people")
display(show(hasty.rename_axis("answered")))
channel = book.need("survey", "channel")["channel"]
rates = satisfaction.response_rate(channel[answered].value_counts(), channel.value_counts())
display(show(rates.rename_axis("channel"), percent=["low", "high"]))
needed = satisfaction.sample_size(margin, population=len(customers), response=rates["rate"]["all"])
show(pd.Series({"all": needed}, name="invitations").rename_axis("channel"))

# %% [markdown] tags=["lang-en"]
# Do the items hang together? Cronbach's alpha compares the items' own variances $s_i^2$ with the variance of their sum, $s_T^2$:
#
# $$ \alpha = \frac{k}{k - 1} \left( 1 - \frac{\sum_i s_i^2}{s_T^2} \right) $$

# %% [markdown] tags=["lang-zh"]
# 题目之间协调吗？克隆巴赫 α 系数把各题自身的方差 $s_i^2$ 与总分的方差 $s_T^2$ 相比：
#
# $$ \alpha = \frac{k}{k - 1} \left( 1 - \frac{\sum_i s_i^2}{s_T^2} \right) $$

# %% [markdown] tags=["lang-en", "teaching"]
# Five people, three items, by hand. Then item b is asked the other way round: it is detected, and `satisfaction.reverse` turns it back.

# %% [markdown] tags=["lang-zh", "teaching"]
# 五个人、三道题，先手算。再把 b 题改成反向提问：库能认出它，`satisfaction.reverse` 把它转回来。

# %% tags=["nbval-check-output", "teaching"]
five = pd.DataFrame([(4, 5, 4), (3, 3, 2), (5, 5, 5), (2, 3, 2), (4, 4, 5)], columns=["a", "b", "c"])
by_hand = 3 / 2 * (1 - five.var().sum() / five.sum(axis=1).var())
print(f"{by_hand:.4f} {satisfaction.cronbach_alpha(five):.4f}")
turned = satisfaction.reverse(five, ["b"])
print(satisfaction.reversed_items(turned), satisfaction.reverse(turned, ["b"]).equals(five))

# %%
found = satisfaction.reliability(items)
display(show(satisfaction.tables.score_table({"alpha_raw": found.raw, "alpha_standardised": found.standardised})))
display(show(satisfaction.tables.item_table(found.items[["mean", "deviation", "item_total", "alpha_without", "note"]])))
structure = satisfaction.factors(items)
loadings = structure.loadings.assign(communality=structure.communalities)
show(satisfaction.tables.item_table(loadings))

# %% [markdown] tags=["lang-en", "reading"] fact="Nunnally 1978, a rule of thumb"
# A common rule of thumb asks for an alpha of 0.7. A *note* warns of an item that runs against the rest, usually a negatively worded one: turn it round with `satisfaction.reverse`. Factors tell whether the items measure one thing or several; loadings near 1 belong together.

# %% [markdown] tags=["lang-zh", "reading"]
# 常见的经验标准是 α 不低于 0.7。*备注*会提示与其余题目方向相反的题，多半是反向提问：用 `satisfaction.reverse` 反转过来。因子告诉我们这些题量的是一件事还是几件事；载荷接近 1 的归在一起。

# %% [markdown] tags=["lang-en"] fact="Reichheld 2003 defines promoters and detractors"
# ## 3 · Three scores, each with its interval
#
# *CSAT* is the share of satisfied answers, 4 or 5 out of 5. *NPS* is the share of promoters (9 or 10 out of 10) minus that of detractors (0 to 6), in points. *Customer effort* is the mean of 1 to 7, where 7 is very easy.

# %% [markdown] tags=["lang-zh"]
# ## 3 · 三个分数，各带区间
#
# *CSAT* 是满意回答的占比，即 5 分制里的 4 分和 5 分。*NPS* 是推荐者（10 分制里的 9 分和 10 分）占比减去贬损者（0 到 6 分）占比，以分表示。*客户费力度*是 1 到 7 分的平均，7 分最省力。

# %% [markdown] tags=["lang-en", "teaching"]
# Ten answers, by hand. The last row is the interval of the NPS. Few answers that are all alike tell little about those who were not asked: ten promoters are no proof of 100. The interval therefore counts three answers more than there are, ¾ of a promoter, 1½ passives and ¾ of a detractor. That is the *adjusted Wald* interval; with three shares $p$, $d$ and $n$ so counted it is $p - d \pm 1.96 \sqrt{(p + d - (p - d)^2) / n}$.

# %% [markdown] tags=["lang-zh", "teaching"]
# 先用十份回答手算。最后一行是 NPS 的区间。回答很少、又都一样时，说明不了没被问到的人：十位推荐者并不能证明得分就是 100。所以区间比实际多算三份回答：¾ 份推荐者、1½ 份中立者、¾ 份贬损者，这叫*调整的 Wald 区间*。用这样算出的占比 $p$、$d$ 和份数 $n$，区间是 $p - d \pm 1.96 \sqrt{(p + d - (p - d)^2) / n}$。

# %% tags=["nbval-check-output", "teaching"]
overall = pd.Series([5, 4, 4, 3, 5, 2, 4, 5, 1, 4])
recommend = pd.Series([10, 9, 9, 8, 8, 7, 6, 5, 9, 10])
print(f"{(overall >= 4).mean():.2f} {satisfaction.csat(overall).value:.2f}")
print(f"{100 * ((recommend >= 9).mean() - (recommend <= 6).mean()):.0f} {satisfaction.nps(recommend).value:.0f}")
p, d, n = (5 + 0.75) / 13, (2 + 0.75) / 13, 13
half = 1.96 * ((p + d - (p - d) ** 2) / n) ** 0.5
ten = satisfaction.nps(recommend)
print(f"{100 * (p - d - half):.0f} {100 * (p - d + half):.0f} = {ten.low:.0f} {ten.high:.0f}")
satisfied = satisfaction.Measure("csat", top=top)

# %% [markdown] tags=["lang-en"]
# Now your last wave. Blanks are left out, never counted as zero.

# %% [markdown] tags=["lang-zh"]
# 现在看您最近一批的回答。空白不计入，绝不当作零分。

# %%
latest = satisfaction.last_wave(survey, "overall")["overall"]
scores = {"csat": satisfaction.csat(latest, top), "mean_overall": satisfaction.mean_score(latest)}
show(satisfaction.tables.score_table(scores))

# %%
promoters = satisfaction.Measure("nps", scale=satisfaction.recommend_scale(survey["recommend"]))
latest = satisfaction.last_wave(survey, "recommend")["recommend"]
show(satisfaction.tables.score_table({"nps": satisfaction.nps(latest, scale=promoters.scale)}))

# %%
ease = satisfaction.last_wave(survey, "effort")["effort"]
show(satisfaction.tables.score_table({"ces": satisfaction.effort(ease)}))

# %% [markdown] tags=["lang-en", "reading"]
# The interval says how far the score could be off by chance alone. Two scores whose intervals overlap widely may well be the same.

# %% [markdown] tags=["lang-zh", "reading"]
# 区间表示仅由偶然造成的偏差有多大。两个分数的区间大幅重叠，可能其实没有差别。

# %% [markdown] tags=["lang-en"]
# Groups with fewer than ten answers show none. The table sets each group against all the others together, in percentage points; the more groups you compare, the more it takes to be *beyond chance*.

# %% [markdown] tags=["lang-zh"]
# 不足十份回答的组不显示得分。表格把每一组和其余各组合在一起相比，以百分点计；比较的组越多，就越难算得上*超出偶然*。

# %%
latest = satisfaction.last_wave(survey, "overall")
own = groups.loc[latest.index, group]
by_group = satisfaction.by_group(latest["overall"], own, satisfied)
save("scores-by-group", by_group, out, chart="value")
display(satisfaction.charts.group_scores(by_group, "csat", group))
apart = satisfaction.against_others(latest["overall"], own, satisfied)
show(satisfaction.tables.others_table(apart, "csat").rename_axis(group))

# %% [markdown] tags=["lang-en"]
# Those who answer are not a picture of all customers. Where some tiers answer more readily, each answer gets the weight that its tier has among the customers.

# %% [markdown] tags=["lang-zh"]
# 作答的人未必像全体客户。某些等级更愿意作答时，就按各等级在全体客户中的份额，给每份回答加权。

# %%
latest = satisfaction.last_wave(survey, "overall").join(groups["tier"])
said = latest.dropna(subset=["overall", "tier"])
balance = satisfaction.post_stratify(said["tier"], tier.value_counts())
display(show(balance.table.sort_index()))
in_top_box = (said["overall"] > 5 - top).astype(float)
both = {
    "unweighted": satisfaction.csat(said["overall"], top),
    "weighted": satisfaction.weighted_mean(in_top_box, balance.weights),
}
show(satisfaction.tables.score_table(both))

# %% [markdown] tags=["lang-en"]
# From wave to wave: a red point marks a change that chance alone would seldom bring. Small steps can add up, so the trend test asks whether the score moves steadily over all waves, and by how many points a wave: first CSAT, then NPS.

# %% [markdown] tags=["lang-zh"]
# 再看各批之间的变化：红点表示这个变化很难只用偶然来解释。小步也能积成大变化，所以趋势检验问的是，得分在各批之间是否稳定地朝一个方向走，每批走多少：先看 CSAT，再看 NPS。

# %%
measures = satisfaction.measures(survey, top)
for question, measure in measures.items():
    trend = satisfaction.trend(survey[question], survey["wave"], measure)
    by_wave = satisfaction.by_wave(survey[question], survey["wave"], measure)
    display(satisfaction.charts.wave_scores(by_wave, measure.kind))
    display(show(satisfaction.tables.trend_table({measure.kind: trend})))

# %% [markdown] tags=["lang-en"]
# The way of asking matters, too. People are kinder on the telephone than in a link, so compare the channels, adjusted for who was asked: first CSAT, then NPS.

# %% [markdown] tags=["lang-zh"]
# 提问方式也有影响：人们在电话里往往比点链接时客气，所以要比较各渠道，并按受访者构成作调整：先看 CSAT，再看 NPS。

# %%
for question, measure in measures.items():
    mode = satisfaction.mode_effect(survey[question], survey["channel"], groups["tier"], measure)
    display(show(satisfaction.tables.channel_table(mode, measure.kind)))
    display(show(satisfaction.tables.mode_table({measure.kind: mode})))

# %% [markdown] tags=["lang-en", "teaching"]
# **Try it. Which groups do you expect to be far apart, and do their intervals agree with you?**

# %% [markdown] tags=["lang-zh", "teaching"]
# **动手试试。您预计哪些组差得远？区间支持您的看法吗？**

# %% tags=["panel", "teaching"]
satisfaction.panels.nps(survey["recommend"], groups, survey["wave"], group)

# %% [markdown] tags=["lang-en"]
# ## 4 · What to fix first
#
# The worst item is not always the one to fix: it must also matter. A correlation says which item moves with overall satisfaction. But items move together, so a regression asks what each adds while the others stay put. Ease is one of the items, too: being easy to deal with may count as much as the goods.

# %% [markdown] tags=["lang-zh"]
# ## 4 · 先改进什么
#
# 得分最低的一项未必最该先改，它还得真的重要。相关系数说明哪一项和总体满意度同进退。可是各项之间也同进退，所以再用回归来问：其他项不变时，这一项还能带来多少。省力程度也算其中一项：办事省不省力，有时和商品本身一样要紧。

# %%
levers, overall = satisfaction.asked(survey, satisfaction.LEVERS), survey["overall"]
model = satisfaction.regression(levers, overall)
alone = satisfaction.correlation(levers, overall)["r"].rename("correlation")
table = model.table[["coefficient", "low", "high", "standardised", "vif"]].join(alone)
show(satisfaction.tables.item_table(table))

# %% [markdown] tags=["lang-en"]
# How much of what is explained belongs to which item?

# %% [markdown] tags=["lang-zh"]
# 所解释的部分该归哪一项？

# %% [markdown] tags=["lang-en", "teaching"]
# Where items are unrelated, as the two of the next cell, the answer is easy: the squared correlations add up to $R^2$.

# %% [markdown] tags=["lang-zh", "teaching"]
# 各项互不相关时（如下面一格的两项）很简单：相关系数的平方相加就是 $R^2$。

# %% [markdown] tags=["lang-en"]
# Johnson's relative weights and Shapley's values (LMG) share it out fairly when they are related, too.

# %% [markdown] tags=["lang-zh"]
# 各项相关时，Johnson 相对权重和 Shapley 值（LMG）也能公平地分摊。

# %% tags=["nbval-check-output", "teaching"]
two = pd.DataFrame({"a": [1, 1, 2, 2], "b": [1, 2, 1, 2]})
outcome = pd.Series([1, 2, 4, 5])
for way in ("johnson", "lmg"):
    print([f"{weight:.2f}" for weight in satisfaction.drivers(two, outcome, way, draws=0)["weight"]])
print([f"{r**2:.2f}" for r in two.corrwith(outcome)])

# %%
weights = satisfaction.drivers(levers, overall, method, draws)
priorities = satisfaction.importance_performance(weights["weight"], satisfaction.performance(levers))
display(satisfaction.charts.driver_weights(weights), show(weights[["weight", "share", "beyond_chance"]]))
satisfaction.charts.importance_map(priorities)

# %% [markdown] tags=["lang-en", "reading"]
# A weight is a part of something and never zero, so its interval cannot say that an item counts for nothing. The table does: *beyond chance* says whether the item weighs more than a shuffled copy of an item, which has nothing to say.
#
# The second picture sets importance against performance: the upper left corner matters and does badly. The corners compare the items with each other, so one may stand in a bad corner although all do well.

# %% [markdown] tags=["lang-zh", "reading"]
# 权重是总量里的一份，永远不会是零，所以区间说明不了某一项毫无作用；要看表里的*超出偶然*：它把每一项和一份打乱了顺序、因而什么也说明不了的副本相比，看是否更重。
#
# 第二张图把重要性和表现放在一起看：左上角的既重要，做得又不好。四个角只是各项之间的比较，所以即使样样都好，也会有一项落在差的角里。

# %% [markdown] tags=["lang-en"]
# The column *room to gain* puts both together. Who stands behind each item, and how much money?

# %% [markdown] tags=["lang-zh"]
# *改进空间*一列把两者合在一起。每一项背后有哪些客户、多少钱？

# %%
in_time = survey.sort_values("date")
behind = satisfaction.behind(in_time[levers.columns], in_time["customer_id"], customers["monetary"])
levers_behind = priorities.join(behind)
to_fix = satisfaction.tables.item_table(levers_behind).assign(quadrant=priorities["quadrant"].map(name).to_list())
save("what-to-fix", levers_behind, out, words=to_fix, chart="gap")
show(to_fix.drop(columns=["answered", "share"]), percent=["performance"])

# %% [markdown] tags=["lang-en", "teaching"]
# **Try it. If every item could be raised by half a point, which would you choose, and how sure is the gain?** The change is what goes with a better item in your answers; that it is caused by it is an assumption.

# %% [markdown] tags=["lang-zh", "teaching"]
# **动手试试。如果每一项都能提高半分，您会选哪一项？增益有多大把握？** 这里的变化是从回答中看到的伴随关系；说是它造成的，只是一个假设。

# %% tags=["panel", "teaching"]
satisfaction.panels.what_if(model, behind, {"effort": 7})

# %% [markdown] tags=["lang-en"]
# The list to work from: customers who are not satisfied with the first item (below 4 of 5, or below 6 of 7), the most valuable first.

# %% [markdown] tags=["lang-zh"]
# 可以直接用的名单：对第一项还不够满意的客户（满分 5 分的不到 4 分，满分 7 分的不到 6 分），价值高的排在前面。

# %%
first, owner = priorities.index[0], complaints.owners(book.customers)
to_call = satisfaction.unsatisfied(in_time[first], in_time["customer_id"]).to_frame()
to_call = to_call.join(customers["monetary"]).join(tier.rename("tier"))
to_call = to_call.assign(reason=first, action="call", owner=owner)
to_call = to_call.sort_values("monetary", ascending=False)
in_words = to_call.assign(reason=label(first))
save("not-satisfied", to_call, out, words=in_words)
show(in_words, rows=6)

# %% [markdown] tags=["lang-en"]
# ## 5 · Needs: what must be, what is expected, what delights

# %% [markdown] tags=["lang-zh"]
# ## 5 · 需求：必须有的、期望的、令人惊喜的

# %% [markdown] tags=["lang-en", "teaching"]
# Courses often speak of basic, expected and latent needs (基本需求, 期望需求, 潜在需求), and describe the expected ones as going beyond what a customer expects. The three words serve well; only that description needs a small correction. In Kano's model the second kind, 期望型, is *one-dimensional*: customers ask for it, and the more the better. What goes beyond expectations is *attractive* (魅力型): nobody misses it, and everybody likes it. Latent needs are often of this kind.

# %% [markdown] tags=["lang-zh", "teaching"]
# 课程里常讲基本需求、期望需求、潜在需求，并把期望需求说成超出客户预期的东西。这三个词很好用，只有这句说明要稍作更正。在 Kano 模型里，第二类“期望型”是*一维*的：客户会主动要求，做得越多越满意。超出预期的那一类叫*魅力型*：没有也不觉得缺，有了人人喜欢。潜在需求往往属于这一类。

# %% [markdown] tags=["lang-en"]
# Each feature is asked about twice: how do you feel if it is there, and if it is not? The answers run 1 like, 2 must be so, 3 neutral, 4 can live with it, 5 dislike. Rows: it is there; columns: it is not.

# %% [markdown] tags=["lang-zh"]
# 每个功能问两遍：有它，您感觉如何？没有它呢？选项是 1 喜欢、2 理应如此、3 无所谓、4 勉强接受、5 不喜欢。行是“有”，列是“没有”。

# %%
rule = satisfaction.evaluation_table(contradictions)
book.need("kano")
show(satisfaction.tables.kano_grid(rule))

# %% [markdown] tags=["lang-en"]
# Count the classes of a feature, and take the most frequent; a tie goes to the class that matters more: must-be (M) before one-dimensional (O) before attractive (A) before indifferent (I). The *better* value is the share of those whom the feature pleases, *worse* the share of those who miss it:
#
# $$ \text{better} = \frac{A + O}{A + O + M + I} \qquad \text{worse} = -\frac{O + M}{A + O + M + I} $$

# %% [markdown] tags=["lang-zh"]
# 数一数每个功能各类有几次，取最多的一类；并列时取更要紧的：基本型（M）先于期望型（O），期望型先于魅力型（A），魅力型先于无差异型（I）。*better* 是有了它会满意的人所占的比例，*worse* 是没有它会不满的人所占的比例：
#
# $$ \text{better} = \frac{A + O}{A + O + M + I} \qquad \text{worse} = -\frac{O + M}{A + O + M + I} $$

# %% tags=["nbval-check-output", "teaching"]
there, absent = [1, 1, 2, 1], [5, 5, 5, 3]
print([rule.loc[yes, no] for yes, no in zip(there, absent, strict=True)])
four = satisfaction.kano(there, absent).iloc[0]
print(four["category"], f"{3 / 4:.2f} {four['better']:.2f} {-3 / 4:.2f} {four['worse']:.2f}")

# %%
functional, dysfunctional = satisfaction.kano_answers(book.need("kano"))
needs = satisfaction.kano(functional, dysfunctional, contradictions)
save("kano", needs, out, words=satisfaction.tables.kano_words(needs))
display(show(satisfaction.tables.kano_counts(needs)), satisfaction.charts.better_worse(needs))

# %% [markdown] tags=["lang-en", "reading"]
# Keep what must be, before anything else: it earns no praise, and its absence drives customers away. Then the one-dimensional ones, more of them than the competitor; then one or two that delight. *Too close to call* is Fong's test: the two most frequent classes could have changed places by chance.

# %% [markdown] tags=["lang-zh", "reading"]
# 先守住必须有的：有了没人夸，没有就会赶走客户。再做期望型，比对手多做一些；然后挑一两个魅力型。*难分高下*指 Fong 检验：最多的两类可能只是碰巧排成这样。

# %% [markdown] tags=["lang-en"]
# And by group: what one takes for granted may delight another.

# %% [markdown] tags=["lang-zh"]
# 再按分组来看：一群人觉得理所当然的，另一群人也许会惊喜。

# %%
own = groups.set_index(survey["response_id"])[group].reindex(functional.index)
needs_of_groups = satisfaction.kano_by_group(functional, dysfunctional, own, contradictions)
show(satisfaction.tables.kano_groups(needs_of_groups))

# %% [markdown] tags=["lang-en", "default-only", "teaching"]
# In the sample we know what was planted: each item's weight in the overall answer, and each feature's class. Beside each item stands its share as planted, then as found. The order of the items comes out right (a rank correlation of 1); their shares lie closer together than planted, because the items are related. And the classes?

# %% [markdown] tags=["lang-zh", "default-only", "teaching"]
# 样例里的答案是已知的：每一项在总体满意度中的权重，以及每个功能的类别。每一项后面先是设定的占比，后是求得的占比。各项的次序找对了（秩相关为 1）；因为各项彼此相关，占比之间比设定值更靠近。类别又如何呢？

# %% tags=["default-only", "nbval-check-output", "teaching"]
if not data:
    truth = pd.read_csv(sample.folder("retail") / "truth.csv", dtype="str").set_index("id")
    planted = truth.loc[truth["entity"] == "driver", "value"].astype(float)
    for item in planted.index:
        print(label(item), f"{planted[item]:.2f} {weights['share'][item]:.2f}")
    print(f"{weights['share'].corr(planted, method='spearman'):.1f}")
    classes = truth.loc[truth["entity"] == "feature", "value"]
    print((needs["category"] == classes[needs.index]).sum(), "/", len(classes))

# %% [markdown] tags=["lang-en"]
# ## 6 · Comments: themes and tone
#
# Numbers say that something is wrong, comments say what. Words that stand for a theme (parcel, courier, 快递) are looked up in each comment; one comment may name several themes, or none.

# %% [markdown] tags=["lang-zh"]
# ## 6 · 评论：主题和语气
#
# 分数告诉我们出了问题，评论告诉我们是什么问题。代表主题的词（快递、parcel、courier）会在每条评论里查找；一条评论可以提到几个主题，也可以一个都没有。

# %% [markdown] tags=["lang-en", "teaching"]
# Where many name none, add the words of your trade: `comments.code_themes(said, {**comments.THEME_WORDS, "parking": ("停车", "parking")})`.

# %% [markdown] tags=["lang-zh", "teaching"]
# 没有主题的评论要是很多，就补上您这一行的说法：`comments.code_themes(said, {**comments.THEME_WORDS, "parking": ("停车", "parking")})`。

# %%
book.need("survey", "comment", least=30)
said = survey.sort_values("date")["comment"].dropna().astype(str)
words, flags = comments.tokens(said), comments.code_themes(said)
found = {"all": len(said), "no_theme": (~flags.any(axis=1)).sum()}
display(show(pd.Series(found, name="comments").rename_axis("theme")))
by_theme = comments.keywords(words, comments.first_theme(flags), top=3)
show(by_theme[["group", "word", "comments", "share", "weight"]], rows=18, index=False)

# %% [markdown] tags=["lang-en", "teaching"]
# The tone comes from a small model that has read the sample's labelled comments, in both languages. How good is it on sentence patterns it has never seen? *Always the most frequent* is what one gets without any model.

# %% [markdown] tags=["lang-zh", "teaching"]
# 语气由一个小模型判断，它读过样例中标注好的中英文评论。遇到从没见过的句式，它判断得怎么样？*只猜多数类*是不用模型也能达到的水平。

# %% tags=["teaching"]
labelled = sample.labelled_comments()
tested = comments.evaluate(labelled["comment"], labelled["sentiment"], labelled["template"])
display(show(tested.scores, percent=["accuracy", "low", "high", "majority"]))
errors = tested.errors[["comment", "label", "predicted", "certainty"]].drop_duplicates("comment")
display(show(errors, rows=6, index=False, percent=["certainty"]))
tone_model = comments.train(labelled["comment"], labelled["sentiment"])
everyday = pd.Series(
    ["下次还来", "没有想象中那么好", "怎么不早点发现", "Lovely staff", "Not bad at all"], name="comment"
)
told = tone_model.predict(everyday)[["label", "certainty"]].rename(columns={"label": "predicted"})
show(everyday.to_frame().join(told), index=False, percent=["certainty"])

# %% [markdown] tags=["lang-en", "teaching"] fact="measured by tests/test_comments.py on tests/fixtures/everyday_comments.csv"
# The first table holds for comments worded like the sample's. The last one shows everyday sentences: on 180 of these, which share no pattern with the sample, the model is right in about 6 of 10, not much better than always saying the most frequent tone. It knows the words that it was shown, and nothing else: not irony, nor what a negation turns round.

# %% [markdown] tags=["lang-zh", "teaching"]
# 第一张表只对写法和样例相近的评论成立。最后一张表是几句日常说法：这类句子与样例句式无关，180 句里模型大约 10 句判对 6 句，比一律猜多数类好不了多少。它只认得见过的词，听不懂反话，也不知道一个否定词会把意思翻过来。

# %% [markdown] tags=["lang-en"]
# Your customers have their own wording: label a hundred of their comments and test again with `comments.evaluate` before you rely on the tone.

# %% [markdown] tags=["lang-zh"]
# 您的客户也有自己的写法：先标注一百条他们的评论，用 `comments.evaluate` 再测一遍，才好放心使用。

# %% [markdown] tags=["lang-en", "teaching"]
# On the sample itself the model judges comments that it has read, so the next pictures flatter it.

# %% [markdown] tags=["lang-zh", "teaching"]
# 用在样例本身时，模型判断的是读过的评论，所以接下来的图会高估它。

# %%
tones = tone_model.predict(said)["label"]
low = survey.loc[said.index, "overall"] <= 2
themes = comments.theme_counts(flags, low if data else tones == "negative")
save("themes", themes, out, chart="count")
comments.charts.theme_pareto(themes)

# %% [markdown] tags=["lang-en", "default-only"]
# Does the tone agree with the score that the same person gave? Where they contradict each other, read the comment.

# %% [markdown] tags=["lang-zh", "default-only"]
# 语气和同一个人打的分一致吗？两者矛盾时，请读一读原话。

# %% [markdown] tags=["lang-en"]
# Which words go with a low score? The list is ordered by how sure that is.

# %% [markdown] tags=["lang-zh"]
# 哪些词常和低分一起出现？名单按把握大小排列。

# %%
if not data:
    match = comments.agreement(tones, survey.loc[said.index, "overall"])
    display(show(satisfaction.tables.score_table({"agree": match.agree, "kappa_tone": match.kappa})))
    display(show(match.apart.join(said), rows=4, index=False))
score = survey.loc[said.index, "overall"]
unhappy = (score <= 2).where(score.notna())
alarm = comments.dissatisfaction_words(words, unhappy, top=8)
show(alarm[["unhappy", "happy", "odds_ratio", "low", "high"]])

# %% [markdown] tags=["lang-en", "teaching"]
# **Try it. Which theme would you put on the agenda of the next meeting, and which three comments would you read out?**

# %% [markdown] tags=["lang-zh", "teaching"]
# **动手试试。下次会议您会把哪个主题列入议程？会念哪三条评论？**

# %% tags=["panel", "teaching"]
answers = survey.loc[said.index]
comments.panels.themes(said, flags, answers["wave"], tones, answers["overall"])

# %% [markdown] tags=["lang-en", "teaching"]
# ## 7 · What to tell the manager
#
# A manager reads one screen: three to five findings, the surest and largest first, then what to do, by whom, with how many customers, by when, and from which list. Which of these would you have chosen?

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 7 · 向经理汇报什么
#
# 经理只看一屏：三到五条发现，最确定、最大的在前；然后是要做什么、谁来做、涉及多少客户、哪天之前、用哪份名单。换了您，会挑哪几条？

# %% tags=["summary"]
summary(book, satisfaction.manager.findings(**globals()))

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Put your answer in place of the three dots and run the cell below it. The right answers are computed from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 把三个点换成您的答案，再运行下面一格。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
check = checker(survey=book.survey, kano=book.kano)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 1 · The net promoter score by hand
#
# Compute the NPS of all waves together from `survey["recommend"]`, in points, without `satisfaction.nps`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · 手算净推荐值
#
# 不用 `satisfaction.nps`，从 `survey["recommend"]` 算出全部批次合在一起的 NPS，以分表示。

# %% tags=["exercise"]
nps_points = ...

# %% tags=["solution"]
answered = survey["recommend"].dropna()
nps_points = 100 * ((answered >= 9).mean() - (answered <= 6).mean())

# %% tags=["check"]
check("satisfaction-1", nps_points)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · What to fix first
#
# Which item has the most room to gain? Use Johnson's weights of `levers` on `overall` and `satisfaction.importance_performance`. Give the item's name as text.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 先改进什么
#
# 哪一项的改进空间最大？请用 `levers` 对 `overall` 的 Johnson 权重，再用 `satisfaction.importance_performance`。答案是这一项的名称（文本）。

# %% tags=["exercise"]
fix_first = ...

# %% tags=["solution"]
importance = satisfaction.drivers(levers, overall, draws=0)["weight"]
fix_first = satisfaction.importance_performance(importance, satisfaction.performance(levers)).index[0]

# %% tags=["check"]
check("satisfaction-2", fix_first)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · What must be there
#
# Which features are must-be in the standard table? Give their names as a set. Start from `satisfaction.kano_answers(book.kano)`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 必须有的功能
#
# 按标准的评价表，哪些功能是基本型？请给出它们名称的集合（set）。从 `satisfaction.kano_answers(book.kano)` 开始。

# %% tags=["exercise"]
must_be = ...

# %% tags=["solution"]
standard = satisfaction.kano(*satisfaction.kano_answers(book.kano))
must_be = set(standard.index[standard["category"] == "M"])

# %% tags=["check"]
check("satisfaction-3", must_be)

# %% [markdown] tags=["lang-en", "quiz"]
# ## Quiz

# %% [markdown] tags=["lang-zh", "quiz"]
# ## 小测验

# %% tags=["quiz"]
from crmbook import quiz

quiz("satisfaction")

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - Ask little; fix the margin first, then the number of answers, then the invitations.
# - Before any score: response rate, blanks, one-answer forms, alpha.
# - A score without its n and interval is a rumour; compare groups and waves by intervals and tests.
# - Fix what matters and does badly, and look at the customers and the money behind it.
# - Must-be before one-dimensional before attractive; "expected" means the more the better, not beyond expectations.
# - Themes say what to repair; trust a tone model as far as you have tested it on your own comments.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 问题要少；先定误差，再定回答数，最后定邀请数。
# - 算分之前，先看回收率、空白、千篇一律的答卷和 α。
# - 没有 n 和区间的分数只是传闻；比较各组、各批，要看区间和检验。
# - 先改进既重要、做得又差的，并看看背后的客户和金额。
# - 基本型先于期望型，期望型先于魅力型；“期望型”是越多越好，不是超出预期。
# - 主题说明该修什么；语气模型在您自己的评论上测到多准，就信到多准。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - With fewer than about thirty answers, read them all instead of averaging them.
# - The intervals treat answers as independent. The same customer in several waves, or only friendly customers invited, makes them look surer than they are.
# - Drivers come from comparing people, not from changing anything: try an improvement in one store first.
# - Do not tie anyone's pay to a score that the person can ask for.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 回答不到三十份左右，不如逐份细读，不要取平均。
# - 区间假定各份回答相互独立。同一位客户答了几批，或者只邀请了关系好的客户，区间就会显得过于有把握。
# - 驱动因素来自人与人的比较，并没有真的改变什么：先在一家门店试一试再说。
# - 如果员工能够自己向客户讨分，就不要把这个分数和收入挂钩。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# A survey asks those who are willing to answer. Complaints come from those who could not wait to be asked: [the next lesson](04b_complaints.ipynb) looks at them, and at what brings unhappy customers back.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# 问卷问到的是愿意作答的人。投诉的人等不到您来问：[下一课](04b_complaints.ipynb)来看投诉，以及怎样把不满意的客户请回来。
