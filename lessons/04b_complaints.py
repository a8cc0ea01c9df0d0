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
# # Complaints and recovery
#
# A manager asks: *how many complaints do we have, do we keep our promises, what does putting them right bring, and whom do we call today?*

# %% [markdown] tags=["lang-zh"]
# # 投诉与补救
#
# 经理会问：*投诉到底有多少？承诺做到了没有？补救值不值？今天该给谁打电话？*

# %% [markdown] tags=["lang-en", "teaching"]
# ## At a glance
#
# **You will be able to**
#
# - keep the complaint rate and the complaint-handling rate apart
# - measure how long complaints stay open, the open ones included
# - check a promised time, and list who is overdue
# - tell a bad month from chance, and find the few causes behind most complaints
# - compare who buys again after a complaint put right, one not put right, and none
# - list which unhappy customer to call today, why, by whom and until when
#
# **Minutes**: read 40 · do 35 · teach 75
#
# **Data**: `tickets`, `orders`; `survey` and `customers` where you have them
#
# **Terms**: complaint rate · complaint-handling rate · Kaplan-Meier curve · service level agreement (SLA) · u-chart · service recovery

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 本课一览
#
# **学完本课，您能够**
#
# - 分清投诉率和投诉处理率
# - 量出投诉要多久才办结，没办结的也算进去
# - 检查承诺的时限，并列出谁已经超时
# - 分清坏月份和偶然波动，找出多数投诉背后的少数原因
# - 比较投诉妥善解决的、没解决好的和没有投诉的客户，看谁会再来买
# - 列出今天该给哪位不满的客户打电话：为什么、谁来打、最迟哪天
#
# **用时（分钟）**：阅读 40 · 练习 35 · 讲授 75
#
# **数据**：`tickets`、`orders`；有 `survey` 和 `customers` 更好
#
# **术语**：投诉率 · 投诉处理率 · Kaplan-Meier 曲线 · 服务水平协议（SLA） · u 控制图 · 服务补救

# %% tags=["parameters"]
data: str = ""  # your own data: a folder of tables or one file of orders; empty: the retail sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order
promised: dict = {}  # hours promised for each severity, 1 slight to 3 grave; empty: not set, with the sample 72, 48 and 24
step: str = "resolution"  # what the promise is about (choose: resolution, first_response)
remedies: list = ["refund", "exchange", "voucher", "apology"]  # resolutions that count as put right
place: str = "product_id"  # what the complaints are counted by (choose: product_id, category, channel, store)
window: int = 30  # days within which a complaint must be put right
follow_up: int = 180  # days watched afterwards for a new purchase
days: int = 180  # how many days back a sign of unhappiness counts
out: str = ""  # folder for the tables that the notebook writes; empty: write none

# %%
from IPython.display import display

from crmbook import begin, checker, label, load, name, sample, save, setting, show, summarise, summary, use
from crmbook import complaints, tiering, value

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
settings = {"promised": promised, "step": step, "remedies": remedies, "place": place}
spans = {"window": window, "follow_up": follow_up, "days": days}
begin("complaints", data=data, as_of=book.as_of, **settings, **spans)

# %% [markdown] tags=["lang-en"]
# ## 1 · Two rates with similar names
#
# How many complaints do orders bring? How many of the complaints are dealt with? These are two questions, so they get two figures:
#
# $$ \text{complaint rate} = 1000 \cdot \frac{\text{complaints}}{\text{orders}} \qquad \text{handling rate} = \frac{\text{closed}}{\text{received}} $$

# %% [markdown] tags=["lang-zh"]
# ## 1 · 名字相近的两个率
#
# 订单带来多少投诉？投诉又办结了多少？这是两个问题，要用两个数来回答：
#
# $$ \text{投诉率} = 1000 \cdot \frac{\text{投诉数}}{\text{订单数}} \qquad \text{投诉处理率} = \frac{\text{已办结}}{\text{已受理}} $$

# %% [markdown] tags=["lang-en", "teaching"]
# First by hand: 400 orders brought 6 complaints, of which 4 are closed.

# %% [markdown] tags=["lang-zh", "teaching"]
# 先手算：400 笔订单带来 6 件投诉，其中 4 件已办结。

# %% tags=["nbval-check-output", "teaching"]
import pandas as pd

opened = pd.to_datetime(["2024-01-02"] * 6)
six = pd.DataFrame({"opened_at": opened, "closed_at": [*opened[:4] + pd.Timedelta(days=1), pd.NaT, pd.NaT]})
rate, handled = complaints.complaint_rate(len(six), 400), complaints.handling_rate(six, "2024-01-31")
print(f"{name('complaint_rate')}: {1000 * 6 / 400:.1f} = {rate.value:.1f}")
print(f"{name('handling_rate')}: {4 / 6:.3f} = {handled.value:.3f}")

# %% [markdown] tags=["lang-en"]
# The complaint rate is good when it is low, the handling rate when it is high.

# %% [markdown] tags=["lang-zh"]
# 投诉率越低越好，处理率越高越好。

# %% [markdown] tags=["lang-en", "teaching"]
# The course text calls a low handling rate good: an easy slip, since the names are close, and it means the complaint rate. Here both stand under their own names.

# %% [markdown] tags=["lang-zh", "teaching"]
# 课程原文说处理率越低越好，两个名字太像，很容易写混，它说的其实是投诉率。这里两个都列出来，各用各的名字。

# %% [markdown] tags=["lang-en"]
# Now yours. Requests are no complaints, and a ticket that was closed before it was opened cannot be timed: both are left out and counted.

# %% [markdown] tags=["lang-zh"]
# 现在看您的数据。一般咨询不算投诉；办结时间早于受理时间的没法计时。这两类都不计入，但会写明有多少。

# %%
received = complaints.only_complaints(book.need("tickets"))
tickets, faulty = complaints.valid_tickets(received, book.as_of)
counts = {"tickets": len(book.tickets), "complaint": len(received), "kept": len(tickets)}
show(pd.Series(counts, name="rows").rename_axis("part"))

# %%
months = complaints.monthly(tickets, book.need("orders"), book.as_of)
rates = {
    "complaint_rate": complaints.complaint_rate(len(tickets), int(months["orders"].sum())),
    "handling_rate": complaints.handling_rate(tickets, book.as_of),
}
show(complaints.tables.rate_table(rates), decimals={"value": 2, "low": 2, "high": 2})

# %% [markdown] tags=["lang-en", "reading"]
# Each figure stands with its interval; the last column says out of how many orders, or how many complaints. A handling rate close to one can go with a terrible complaint rate, and the other way round.

# %% [markdown] tags=["lang-zh", "reading"]
# 每个数都带着区间，最后一列是除以多少笔订单或多少件投诉。处理率接近一，投诉率照样可能很糟，反过来也一样。

# %% [markdown] tags=["lang-en"]
# ## 2 · How long does it take?
#
# The slowest complaints are still open. Whoever averages the closed ones leaves just those out and looks faster than they are. The Kaplan-Meier curve keeps them: at each closing it multiplies by the share that stays open among those still watched,
#
# $$ S(t) = \prod_{t_i \le t} \left(1 - \frac{d_i}{n_i}\right) $$

# %% [markdown] tags=["lang-zh"]
# ## 2 · 要多久才办结？
#
# 最慢的投诉，此刻还没办结。只拿已办结的来平均，恰好漏掉了它们，看上去就比实际快。Kaplan-Meier 曲线把它们也算进去：每次有投诉办结，就乘上当时仍在观察的投诉中没有办结的比例，
#
# $$ S(t) = \prod_{t_i \le t} \left(1 - \frac{d_i}{n_i}\right) $$

# %% [markdown] tags=["lang-en", "teaching"]
# By hand for 5 complaints: three closed after 2, 5 and 9 hours, two open after 6 and 7 hours.

# %% [markdown] tags=["lang-zh", "teaching"]
# 拿 5 件投诉手算：三件分别在 2、5、9 小时后办结，两件分别过了 6 小时和 7 小时还没办结。

# %% tags=["nbval-check-output", "teaching"]
end = pd.Timestamp("2024-02-01")
took = pd.to_timedelta([2, 5, 9, None, None], unit="h")
start = [end - pd.Timedelta(hours=hours) for hours in (20, 20, 20, 6, 7)]
five = pd.DataFrame({"opened_at": start, "closed_at": start + took})
by_hand = [1, 1 - 1 / 5, (1 - 1 / 5) * (1 - 1 / 4), (1 - 1 / 5) * (1 - 1 / 4) * (1 - 1 / 1)]
steps = complaints.resolution(five, "2024-01-31")
print([round(share, 2) for share in by_hand], steps["open_share"].round(2).tolist())
print(f"{label('median')}: {complaints.quantile(steps):.0f}")
print(f"{label('median_done')}: {took.median() / pd.Timedelta(hours=1):.0f}")

# %% [markdown] tags=["lang-en", "teaching"]
# The last line shows the trap: with the two open ones counted, the median is later than that of the finished ones alone.

# %% [markdown] tags=["lang-zh", "teaching"]
# 最后一行就是陷阱所在：把没办结的两件也算上，中位数比只看已办结的要晚。

# %% [markdown] tags=["lang-en"]
# Now the steps of your own process, in hours.

# %% [markdown] tags=["lang-zh"]
# 现在看您自己的流程，单位是小时。

# %%
show(complaints.process_times(tickets, book.as_of))

# %% [markdown] tags=["lang-en", "reading"]
# *Median* and *nine in ten* count the waiting ones too; a dash means that so many have not been seen to finish yet. The last column is what a report on closed complaints alone would say.

# %% [markdown] tags=["lang-zh", "reading"]
# *中位数*和*九成*两列把等待中的也算进去了；出现横线，说明观察到完成的还没有那么多。最后一列是只统计已完成的会得出的数。

# %%
curve = complaints.resolution(tickets, book.as_of)
complaints.charts.still_open(curve)

# %% [markdown] tags=["lang-en", "reading"]
# The curve falls as complaints are closed; where it meets the dotted lines, half and nine in ten are done. A tail that stays flat is complaints that nobody finishes.

# %% [markdown] tags=["lang-zh", "reading"]
# 投诉陆续办结，曲线随之下落；与虚线相交的地方，就是一半和九成办结的时刻。尾部平着不动，说明有些投诉一直没人了结。

# %% [markdown] tags=["lang-en"]
# What piles up shows month by month, and by age.

# %% [markdown] tags=["lang-zh"]
# 积压有多少，按月、按存放天数来看。

# %%
complaints.charts.backlog(complaints.backlog(tickets, book.as_of, "M"))

# %%
show(complaints.ageing(tickets, book.as_of), index=False)

# %% [markdown] tags=["lang-en"]
# ## 3 · Do we keep our promise?
#
# A service level agreement promises a time, shorter for grave cases. Kept is kept; missed is what came too late or waits beyond the promise; what still waits in time is in no rate.

# %% [markdown] tags=["lang-zh"]
# ## 3 · 承诺做到了吗？
#
# 服务水平协议承诺一个时限，越严重时限越短。按时完成算按时；来晚了，或者等到现在已经过了时限，算超时；还在时限内等待的，不计入比例。

# %%
promised = setting("promised", promised, {1: 72, 2: 48, 3: 24}, data)
hours = {int(grade): float(limit) for grade, limit in promised.items()}
promise = complaints.Promise(hours, step)
kept = complaints.sla(tickets, book.as_of, promise)
show(kept.rename(index=complaints.charts.grade), percent=["low", "high"])

# %% [markdown] tags=["lang-en"]
# A promise is kept or broken for each customer, so the list below matters more than the rate: who is waiting beyond the promise today, the longest first. An empty list means that nobody is.

# %% [markdown] tags=["lang-zh"]
# 承诺是对每一位客户许下的，所以比例不如名单要紧：今天谁的等待已经超过承诺，等得最久的排在最前。名单为空，就是没有人超时。

# %%
late = complaints.overdue(tickets, book.as_of, promise)
save("overdue-tickets", late, out, words=complaints.tables.overdue_table(late))
show(complaints.tables.overdue_table(late), index=False, rows=8)

# %% [markdown] tags=["lang-en", "teaching"]
# **Try it. Which hours could you promise for each severity and keep in nine of ten cases? Who is overdue then?**

# %% [markdown] tags=["lang-zh", "teaching"]
# **动手试试。每种严重程度各承诺多少小时，十件里能有九件做到？这时谁已经超时？**

# %% tags=["panel", "teaching"]
complaints.panels.sla(tickets, book.as_of, promise)

# %% [markdown] tags=["lang-en"]
# ## 4 · A bad month, or chance?
#
# Complaints go up and down by chance alone, more so in months with few orders. A u-chart draws how far chance reaches: with $c_i$ complaints for $n_i$ orders,
#
# $$ u_i = c_i / n_i, \qquad \bar u \pm 3 \sqrt{\bar u / n_i} $$

# %% [markdown] tags=["lang-zh"]
# ## 4 · 是坏月份，还是偶然？
#
# 投诉数本来就会偶然起伏，订单少的月份起伏更大。u 控制图画出偶然能到多远：$n_i$ 笔订单有 $c_i$ 件投诉时，
#
# $$ u_i = c_i / n_i, \qquad \bar u \pm 3 \sqrt{\bar u / n_i} $$

# %% [markdown] tags=["lang-en", "teaching"]
# By hand for 4 months of 1000 orders with 5, 4, 6 and 20 complaints.

# %% [markdown] tags=["lang-zh", "teaching"]
# 拿 4 个月手算，每月 1000 笔订单，投诉分别为 5、4、6、20 件。

# %% tags=["nbval-check-output", "teaching"]
counted, sold = pd.Series([5, 4, 6, 20]), pd.Series([1000] * 4)
mean = 35 / 4000
upper = 1000 * (mean + 3 * (mean / 1000) ** 0.5)
four = complaints.u_chart(counted, sold)
print(f"{upper:.2f} = {four['upper'][0]:.2f}")
print((1000 * counted / sold > upper).tolist() == (four["signal"] == "above").tolist())

# %% [markdown] tags=["lang-en"]
# Now your months. A point beyond the limits, or the eighth in a row on one side of the mean, is worth an inquiry; everything else is not worth a meeting.

# %% [markdown] tags=["lang-zh"]
# 现在看您的各个月份。超出控制限的点，或者连续第八个月落在均值同一侧，值得去查；其余的起伏，不必为它开会。

# %%
complaints.charts.control_chart(complaints.u_chart(months["complaints"], months["orders"]))

# %% [markdown] tags=["lang-en"]
# An order can bring several complaints; a promise is kept or not. For such shares a p-chart draws the limits: with $c_i$ of $n_i$ promises kept,
#
# $$ p_i = c_i / n_i, \qquad \bar p \pm 3 \sqrt{\bar p (1 - \bar p) / n_i} $$
#
# A month below its limits, or the eighth in a row below the mean, is worth an inquiry: who was away, what was sold out? Only promises whose time has run out count.

# %% [markdown] tags=["lang-zh"]
# 一笔订单可以带来几件投诉，一个承诺却只有做到或没做到。这类占比用 p 控制图来画控制限：$n_i$ 个承诺中有 $c_i$ 个做到时，
#
# $$ p_i = c_i / n_i, \qquad \bar p \pm 3 \sqrt{\bar p (1 - \bar p) / n_i} $$
#
# 低于控制限的月份，或者连续第八个月低于均值，值得去查：谁不在岗，什么断了货？只计时限已到的承诺。

# %%
by_month = complaints.sla_by_month(tickets, book.as_of, promise)
complaints.charts.control_chart(complaints.p_chart(by_month["met"], by_month["n"]), "promises")

# %%
show(complaints.repeats(tickets, book.as_of), percent=["low", "high"])

# %% [markdown] tags=["lang-en", "reading"]
# A complaint that comes back was not put right the first time. Ninety days after the last one a new complaint counts as a new story.

# %% [markdown] tags=["lang-zh", "reading"]
# 投诉又来一次，说明头一次没有处理好。距上一次超过九十天的，算作另一件事。

# %% [markdown] tags=["lang-en", "teaching"]
# **Try it. Is it one kind of complaint, one product, or all of them? And since which month?**

# %% [markdown] tags=["lang-zh", "teaching"]
# **动手试试。问题出在某一类投诉、某一个产品，还是到处都有？又是从哪个月开始的？**

# %% tags=["panel", "teaching"]
complaints.panels.where(tickets, book.need("orders"), book.as_of)

# %% [markdown] tags=["lang-en"]
# ## 5 · Where quality begins: products and returns
#
# A product that sells well also collects complaints. So count first, for what bothers most people, then divide by the orders, for what is worst made.

# %% [markdown] tags=["lang-zh"]
# ## 5 · 从质量查起：产品与退货
#
# 卖得多的产品，投诉也多。所以先看件数，知道什么影响的人最多；再除以订单数，知道什么做得最差。

# %%
places = complaints.by_place(tickets, book.need("orders", place), book.as_of, place)
complaints.charts.causes(places["complaints"], place)

# %%
worst = complaints.tables.place_table(places).sort_values("per_1000", ascending=False)
save("complaints-by-place", places, out, words=worst, chart="per_1000")
show(worst, rows=8)

# %% [markdown] tags=["lang-en", "reading"]
# *Unknown* gathers orders without such an entry, online ones for instance. Look at the interval before you blame a product or a store: with few orders it is wide. Where many returns go with many complaints, the trouble is in the goods; where only one of them is high, look at delivery or at the description.

# %% [markdown] tags=["lang-zh", "reading"]
# *未知*是没有填这一项的订单，比如线上订单。怪罪某个产品或某家门店之前先看区间：订单少，区间就宽。退货多、投诉也多，问题在货；只有一样多，就去看看配送，或者商品说明写得对不对。

# %%
stores = complaints.by_place(tickets, book.need("orders", "store"), book.as_of, "store")
show(complaints.tables.place_table(stores))

# %%
complaints.charts.against_returns(places)

# %% [markdown] tags=["lang-en", "default-only", "teaching"]
# The sample was made with three faulty products: P08, P23 and P37. Ranked by complaints per order they are near the top; ranked by the mere number, products that sell more push in between.

# %% [markdown] tags=["lang-zh", "default-only", "teaching"]
# 样例里埋了三个次品率高的产品：P08、P23 和 P37。按每笔订单的投诉数排，它们都在前列；只按件数排，卖得多的产品就会挤到中间来。

# %% tags=["default-only", "teaching"]
if not data:
    truth = pd.read_csv(sample.folder("retail") / "truth.csv", dtype=str)
    defect = truth[truth["entity"] == "product"].set_index("id")["value"].astype(float).rename("defect")
    faulty_first = worst[["complaints", "per_1000"]].join(defect)
    display(show(faulty_first, rows=6, percent=["defect"]))

# %% [markdown] tags=["lang-en"]
# Most unhappy people never write in; some send the goods back. Returns are silent complaints, and every book of orders has them.

# %% [markdown] tags=["lang-zh"]
# 大多数不满的人不会来信，有的人就把货退了。退货是无声的投诉，而每一份订单数据里都有。

# %%
bought = complaints.purchases(book.need("orders"), book.as_of)
sent_back = bought.loc[bought["returned"], ["date"]].rename(columns={"date": "opened_at"})
silent = complaints.monthly(sent_back, book.orders, book.as_of)
complaints.charts.control_chart(complaints.u_chart(silent["complaints"], silent["orders"]), "returns")

# %% [markdown] tags=["lang-en"]
# ## 6 · Who is unhappy?
#
# Three tables know of unhappy customers: complaints, returns and low scores in the survey. Each sees only a part, so join them and keep the reason. Tables that you do not have are left out.

# %% [markdown] tags=["lang-zh"]
# ## 6 · 谁不满意？
#
# 有三张表知道谁不满意：投诉、退货和问卷低分。每张只看到一部分，所以要合起来，并记下原因。您没有的表就不用。

# %%
flags = complaints.dissatisfied(book.tickets, book.orders, book.survey, book.as_of, days=days)
complaints.charts.signs(complaints.overlap(flags))

# %% [markdown] tags=["lang-en", "reading"]
# Each customer stands in exactly one bar. The less the signs overlap, the more customers you would miss by reading complaints only.

# %% [markdown] tags=["lang-zh", "reading"]
# 每位客户只落在一根条形里。信号重叠得越少，只看投诉就会漏掉越多的人。

# %% [markdown] tags=["lang-en"]
# ## 7 · Is it worth putting right?
#
# Who complains is often a good customer, so a plain comparison with everybody else misleads. Each complaint is compared with customers who had none on that day but had bought as often and been silent as long. Only purchases after the time allowed for putting it right count, for everybody.

# %% [markdown] tags=["lang-zh"]
# ## 7 · 补救值得吗？
#
# 来投诉的往往是好客户，直接和其他人比会误导。这里每件投诉都和当天没有投诉、但购买次数和沉默时间相当的客户相比。无论哪一组，都只计补救期限过后的购买。

# %%
found = complaints.recovery(tickets, book.need("orders"), book.as_of, remedies, window, follow_up)
complaints.charts.recovery(found)

# %%
show(complaints.tables.effect_table(found), decimals={"difference": 1, "low": 1, "high": 1})

# %%
show(found.left_out.rename_axis("left_out"))

# %% [markdown] tags=["lang-en", "reading"]
# Differences are of the share that bought again, in percentage points, within groups of like customers; an interval that holds zero leaves the question open. This is a comparison, no experiment: what the groups do not match on, such as a kinder clerk, is still mixed in. The last table counts the complaints that were not used, and why.

# %% [markdown] tags=["lang-zh", "reading"]
# 差异是同类客户之间再次购买比例之差，以百分点计；区间跨过零，就还不能下结论。这是比较，不是实验：分组没有考虑到的因素，比如接待的人态度更好，仍然混在里面。最后一张表是没有用上的投诉数及原因。

# %% [markdown] tags=["lang-en", "default-only", "teaching"]
# The sample loses a customer with chance 0.38 after an unresolved complaint, with chance 0.06 after a resolved one. That times the share that buys again anyway is the difference planted; the interval found is beside it.

# %% [markdown] tags=["lang-zh", "default-only", "teaching"]
# 样例中，投诉没解决的客户以 0.38 的概率流失，解决了的以 0.06 的概率流失。两者之差乘以本来就会再买的比例，就是埋下的差异；旁边是求得的区间。

# %% tags=["default-only", "teaching"]
if not data:
    effect = truth[truth["entity"] == "effect"].set_index("id")["value"].astype(float)
    lost = effect["unresolved_leave"] - effect["resolved_leave"]
    compared = complaints.tables.effect_table(found).loc[["recovered_unrecovered"]]
    compared = compared.assign(planted=100 * lost * found.rates.loc["none", "rate"])
    display(show(compared, decimals={"difference": 1, "low": 1, "high": 1, "planted": 1}))

# %% [markdown] tags=["lang-en"]
# ## 8 · Loyal in words, loyal in deeds
#
# Satisfied customers say that they will come back. Do they? The curve shows, for each answer, the share that bought within the days watched.

# %% [markdown] tags=["lang-zh"]
# ## 8 · 嘴上忠诚，行动上呢？
#
# 满意的客户都说会再来。真的来了吗？曲线按当时的回答，列出此后观察期内真正购买的比例。

# %%
survey = book.need("survey", "customer_id", "date", "overall")
said = complaints.loyalty_curve(survey, book.need("orders"), book.as_of, days=follow_up)
complaints.charts.loyalty(said.table, follow_up)

# %%
words_and_deeds = {
    "loyalty_index": complaints.stated_loyalty(survey),
    "rank_correlation": said.rank_correlation,
}
show(complaints.tables.rate_table(words_and_deeds))

# %% [markdown] tags=["lang-en", "reading"]
# The index is what customers say, from 0 to 100; the rank correlation is how far deeds follow words, from -1 to 1. A flat curve means that a good score is no promise of a purchase. Answers given too lately to be watched are left out.

# %% [markdown] tags=["lang-zh", "reading"]
# 指数是客户嘴上说的，0 到 100；秩相关是行动跟不跟得上，-1 到 1。曲线平坦，说明分数高不等于会来买。时间太近、还看不到结果的回答没有计入。

# %% [markdown] tags=["lang-en"]
# And those who say that they would recommend you: do promoters come back more often than detractors?

# %% [markdown] tags=["lang-zh"]
# 再看愿意推荐您的人：推荐者真的比贬损者更常回来吗？

# %%
survey = book.need("survey", "customer_id", "date", "recommend")
recommended = complaints.loyalty_curve(
    survey, book.need("orders"), book.as_of, "recommend", classes=True, days=follow_up
)
complaints.charts.loyalty(recommended.table, follow_up)

# %% [markdown] tags=["lang-en"]
# ## 9 · Whom to call today
#
# Time is short, so ask what the unhappy customers are worth, by tier.

# %% [markdown] tags=["lang-zh"]
# ## 9 · 今天给谁打电话
#
# 时间有限，先看各级不满的客户值多少钱。

# %%
customers = summarise(book.need("orders"), book.as_of)
spent, tier = customers["monetary"], tiering.abc(customers["monetary"]).astype(str)
worth = complaints.unhappy_value(flags, spent, tier)
show(complaints.tables.worth_table(worth, "revenue"), percent=["low", "high"])

# %% [markdown] tags=["lang-en"]
# That is what they have spent. What would leave with them is what they would still spend: their customer lifetime value, here the expected revenue of the next 12 months. [The lesson on value](02b_value.ipynb) explains the model.

# %% [markdown] tags=["lang-zh"]
# 这是他们已经花的钱。真正会随他们流失的，是他们以后还会花的钱，也就是客户生命周期价值，这里取今后 12 个月的预期收入。模型的来历见[客户价值一课](02b_value.ipynb)。

# %%
expected = value.lifetime_value(customers, value.fit(customers), months=12)["clv"]
at_stake = complaints.unhappy_value(flags, expected, tier)
show(complaints.tables.worth_table(at_stake, "clv"), percent=["low", "high"])

# %% [markdown] tags=["lang-en"]
# Then close the loop: each of them gets a reason, an owner and a day. The day comes from the tier, counted from the last sign; the overdue come first, then the most valuable. Without a customer table nobody is named as owner yet: name one. The list does not know whom you have called already; cross them off.

# %% [markdown] tags=["lang-zh"]
# 然后把事情办到底：每位客户都有原因、负责人和期限。期限按等级定，从最近一次信号算起；逾期的排前面，其次看金额。没有客户表时，负责人一栏为尚未指派，请自己指派。名单不知道您已经给谁打过电话，打过的请划掉。

# %%
owner = complaints.owners(book.customers)
calls = complaints.close_the_loop(flags, book.as_of, spent, tier, owner)
to_call = complaints.tables.call_list(calls)
save("close-the-loop", calls, out, words=to_call)
show(to_call, rows=10)

# %% [markdown] tags=["lang-en", "teaching"]
# ## 10 · What to tell the manager
#
# A manager reads one screen: three to five findings, the surest and largest first, then what to do, by whom, with how many customers, by when, and from which list. Which of these would you have chosen?

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 10 · 向经理汇报什么
#
# 经理只看一屏：三到五条发现，最确定、最大的在前；然后是要做什么、谁来做、涉及多少客户、哪天之前、用哪份名单。换了您，会挑哪几条？

# %% tags=["summary"]
summary(book, complaints.manager.findings(**globals()))

# %% [markdown] tags=["lang-en", "exercise"]
# ## Exercises
#
# Put your answer in place of the three dots and run the cell below it. The right answers are computed from the data you loaded.

# %% [markdown] tags=["lang-zh", "exercise"]
# ## 练习
#
# 把三个点换成您的答案，再运行下面一格。标准答案是用您载入的数据算出来的。

# %% tags=["check"]
check = checker(tickets=book.tickets, orders=book.orders, as_of=book.as_of, days=days)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 1 · The complaint rate
#
# How many complaints do 1000 orders bring, over the whole time? The counts stand in `months`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 1 · 投诉率
#
# 在全部时间里，每 1000 笔订单带来多少件投诉？数字都在 `months` 里。

# %% tags=["exercise"]
complaint_rate = ...

# %% tags=["solution"]
complaint_rate = 1000 * months["complaints"].sum() / months["orders"].sum()

# %% tags=["check"]
check("complaints-1", complaint_rate)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 2 · Nine in ten
#
# After how many hours are nine in ten complaints closed, the open ones counted? Use `complaints.resolution` and `complaints.quantile`.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 2 · 十件里的九件
#
# 把没办结的也算上，多少小时后十件投诉里有九件办结？请用 `complaints.resolution` 和 `complaints.quantile`。

# %% tags=["exercise"]
hours_for_nine_in_ten = ...

# %% tags=["solution"]
hours_for_nine_in_ten = complaints.quantile(complaints.resolution(tickets, book.as_of), 0.9)

# %% tags=["check"]
check("complaints-2", hours_for_nine_in_ten)

# %% [markdown] tags=["lang-en", "exercise"]
# ### Exercise 3 · Two signs at once
#
# Which customers in `flags` both complained and returned something? Give their ids as a set.

# %% [markdown] tags=["lang-zh", "exercise"]
# ### 练习 3 · 两种信号都有
#
# `flags` 里哪些客户既投诉过、又退过货？请给出他们编号的集合（set）。

# %% tags=["exercise"]
doubly_unhappy = ...

# %% tags=["solution"]
doubly_unhappy = set(flags.index[flags["complaint"] & flags["returned"]])

# %% tags=["check"]
check("complaints-3", doubly_unhappy)

# %% [markdown] tags=["lang-en", "quiz"]
# ## Quiz

# %% [markdown] tags=["lang-zh", "quiz"]
# ## 小测验

# %% tags=["quiz"]
from crmbook import quiz

quiz("complaints")

# %% [markdown] tags=["lang-en", "teaching"]
# ## Take-aways
#
# - Complaint rate and handling rate are two figures: the one should be low, the other high.
# - Count the open complaints when you say how long it takes.
# - A promise needs its hours, its rate and the list of those who wait beyond it.
# - Ask only about months outside the limits; rank causes by number and by rate.
# - Compare like with like before you say what putting right is worth.
# - The list is the result: customer, reason, owner, day.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 要点回顾
#
# - 投诉率和投诉处理率是两个数：一个要低，一个要高。
# - 说要多久办结，就得把没办结的也算进去。
# - 承诺要有时限、有完成率，还要有超时者的名单。
# - 只追查控制限以外的月份；原因既按件数排，也按比率排。
# - 说补救值多少之前，先让同类的相比。
# - 名单才是结果：客户、原因、负责人、日期。

# %% [markdown] tags=["lang-en"]
# ## When not to use this
#
# - With a handful of complaints, read each of them; rates and limits need numbers.
# - A rate that falls may mean that complaining has become harder. Watch returns and silence as well.
# - Recovery is compared, not drawn by lot: do not set refunds by it without a trial.
# - Do not judge a clerk by the complaints that were handed to them; the hard cases go to the best.

# %% [markdown] tags=["lang-zh"]
# ## 何时不适用
#
# - 投诉只有寥寥几件，不如逐件细读；比率和控制限要有足够的数量。
# - 投诉率变低，也可能是投诉的门槛变高了，要同时看退货和沉默的客户。
# - 补救的效果是比较出来的，不是抽签得来的：没有试点，不要据此定退款标准。
# - 不要拿分派到手的投诉去评价员工；难办的往往交给了最能干的人。

# %% [markdown] tags=["lang-en", "teaching"]
# ## Next lesson
#
# You have the tiers, the stages, the scores and the complaints. [Lesson 05](05_evaluation.ipynb) puts them on one page and asks whether all the effort has paid.

# %% [markdown] tags=["lang-zh", "teaching"]
# ## 下一课
#
# 等级、阶段、得分和投诉都有了。[第 05 课](05_evaluation.ipynb)把它们放到一页纸上，看看这些努力有没有回报。
