"""Comments: words, keywords, themes with their Pareto and trend, and how tone and score agree.

Models that learn theme and sentiment from labelled comments stand in ``textmodel``; their functions can be called
from here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.comments.textmodel import language_of
from crmbook.data.faults import DataError
from crmbook.shared.agreement import kappa
from crmbook.shared.aligned import aligned
from crmbook.shared.estimate import Estimate, Z, shares, wilson
from crmbook.shared.pareto import pareto

_STOP_CHINESE = (
    "的 了 是 在 我 你 他 她 它 我们 你们 他们 这 那 这个 那个 这次 都 也 就 还 又 和 跟 与 及 或 被 把 给 让 对 "
    "从 到 到了 说 要 会 有 个 次 着 过 得 地 吧 吗 呢 啊 呀 啦 哦 嘛 很 非常 挺 真 真的 特别 太 更 最 比较 一个 "
    "一下 一点 什么 怎么 自己 而且 但 但是 因为 所以 如果 就是 还是 已经 可以 一直 每次 来 去 上 下 里 中 后 前 时 "
    "等 才 再 用 东西 感觉 觉得 这里 那里 总 总是 为 以 之 其"
)
_STOP_ENGLISH = (
    "a an the and or but if so as of at by for from in into on to up with i me my we us our you your he she it its "
    "they them their this that these those is are was were be been am do does did done have has had will would can "
    "could should there here when what which who how all any some very really quite just also too again than then "
    "about out over own only it's i'm s t"
)
STOP_WORDS: frozenset[str] = frozenset(_STOP_CHINESE.split()) | frozenset(_STOP_ENGLISH.split())
"""Words that say nothing about what a comment is about. Negations (不, 没有, not, never) are no stop words."""

THEME_WORDS: Mapping[str, tuple[str, ...]] = {
    "quality": (
        r"质量|品质|做工|用料|材质|料子|面料|布料|产品|瑕疵|划痕|耐用|结实|次品|假货|开裂|一碰就裂|坏了|掉色|褪色|起球|缩水|"
        r"线头|开线|漏水|气味|异味|味道|口感|新鲜|过期|手感|合身|尺寸|大小|偏[大小]|电池|没电|实物|色差|好用|难用|舒服|精致|粗糙",
        r"qualit\w*|products?|materials?|fabric\w*|workmanship|durable|defect\w*|fault\w*|broke\w*|well made|"
        r"badly made|crack\w*|scratch\w*|fell apart|stopped working|flimsy|sturdy|shrank|shrunk|fad(?:ed|es)|stitch\w*|"
        r"leak\w*|smell\w*|tast[ey]\w*|fresh|stale|expired|fit|fits|comfy|comfortable|batter(?:y|ies)|picture|photos?|junk",
    ),
    "service": (
        r"客服|店员|店长|店家|老板|前台|导购|收银|结账|排队|排长队|(?<!售后)服务|态度|接待|讲解|咨询|耐心|热情|礼貌|冷淡|"
        r"不耐烦|爱答不理|甩脸|没人理|没人接|不回复|电话",
        r"staff|services?|assistants?|support|cashier\w*|checkout|till|queue\w*|clerk\w*|manager|owner|rude\w*|friendly|"
        r"unfriendly|polite\w*|impatient|helpful|ignored|on hold|phone\w*|call(?:ed|s)? back|nobody (?:answer|pick)\w*",
    ),
    "delivery": (
        r"快递|物流|配送|送货|派送|发货|发错|漏发|到货|送到|收到货|就收到|没收到|签收|驿站|单号|包裹|包装|运输|派件|次日达",
        r"deliver\w*|shipping|shipped|shipment|dispatch\w*|courier\w*|driver|parcel\w*|packag\w*|box|tracking|doorstep|"
        r"arriv\w*|wrong item|next day",
    ),
    "after_sales": (
        r"售后|退货|换货|退款|退钱|退换|退回|退了|退得|换了|补发|维修|修了|保修|返修|理赔|赔偿|无理由",
        r"after[- ]sales|refund\w*|money back|return|returns|returned|sen[dt] (?:it|them) back|exchange\w*|swapped|"
        r"replacement\w*|repair\w*|warrant\w*|guarantee\w*",
    ),
    "price": (
        r"价格|价钱|价位|定价|性价比|单价|(?<![宝珍尊])贵(?!公司|店|方)|便宜|实惠|划算|涨价|降价|优惠|折扣|打折|满减|省钱|省了|不值|值这个价|一分钱一分货",
        r"prices?|pric(?:e?y|ing)|priced|costs?|costly|value for money|expensive|dearer|cheap\w*|overpriced|"
        r"discount\w*|vouchers?|coupons?|bargain|worth (?:the|every)|waste of money|penny|you get what you pay for",
    ),
    "assortment": (
        r"品种|款式|货品|选择|种类|花色|品类|缺货|断货|没货|有货|补货|货架|上架|上新|新品|齐全|挺全|不全|码数",
        r"choices?|range|selection|assortment|variety|out of stock|sold out|in stock|stock|shel(?:f|ves)|"
        r"brands?|to pick from",
    ),
}
"""Coding rules: a theme is met where one of its words is, Chinese anywhere, English as whole words."""

_WORD = re.compile(r"[a-z][a-z'’-]*[a-z]|[a-z]", re.IGNORECASE)
_SAYS = re.compile(r"[a-z\u3400-\u9fff]", re.IGNORECASE)


@dataclass(frozen=True)
class Agreement:
    """How far the tone of the comments and the scores say the same.

    Attributes
    ----------
    table : DataFrame
        Tone (rows) × tone by the score (columns), counts.
    agree : Estimate
        Share of comments on which both agree, with its Wilson interval.
    kappa : Estimate
        Cohen's kappa: agreement beyond what chance alone would give, with its 95 % interval; NaN where chance alone
        would agree on everything.
    apart : DataFrame
        Comments whose tone and score contradict each other (one positive, one negative): ``sentiment``, ``score``.
    """

    table: pd.DataFrame
    agree: Estimate
    kappa: Estimate
    apart: pd.DataFrame


def tokens(comments: pd.Series, stop_words: frozenset[str] | set[str] = STOP_WORDS) -> pd.Series:
    """Cut comments into words, small words left out.

    Parameters
    ----------
    comments : Series of str
        Blank ones give no words.
    stop_words : set of str
        Words to leave out, in lower case.

    Returns
    -------
    pandas.Series
        Lists of lower-case words, same index. Chinese is cut by rjieba's dictionary, English at its spaces; numbers
        and punctuation are left out.

    Examples
    --------
    >>> tokens(pd.Series(["快递太慢了", "The staff was rude"])).tolist()
    [['快递', '太慢'], ['staff', 'rude']]
    """
    import rjieba

    cut = rjieba.cut
    text = comments.astype("object").where(comments.notna(), "")
    number, different = pd.factorize(text)
    languages = language_of(pd.Series(different, dtype="object"))
    words = []
    for comment, language in zip(different, languages, strict=True):
        plain = str(comment).lower()
        parts = cut(plain) if language == "zh" else _WORD.findall(plain)
        words.append([part for part in parts if part not in stop_words and _SAYS.search(part)])
    return pd.Series([words[place] for place in number], index=comments.index, dtype="object", name="words")


def keywords(words: pd.Series, groups: pd.Series | None = None, top: int = 15) -> pd.DataFrame:
    """Return the words that stand out, by TF-IDF.

    Parameters
    ----------
    words : Series of lists of str
        As from `tokens`.
    groups : Series, optional
        A group of each comment (theme, sentiment, tier), same index; comments without one are passed over. Not given:
        one group, ``all``.
    top : int
        Words a group.

    Returns
    -------
    pandas.DataFrame
        A row a group and word, the weightiest first: ``group``, ``word``, ``comments`` (of the group, with the word),
        ``share``, ``weight`` (mean TF-IDF over the group's comments; idf over all comments).

    Raises
    ------
    DataError
        When no comment has a word.

    Notes
    -----
    Salton, G. and Buckley, C. (1988), Information Processing & Management 24, 513–523, as scikit-learn does it: tf ·
    (ln((1+N)/(1+df)) + 1), each comment's weights scaled to length 1.

    Examples
    --------
    >>> keywords(pd.Series([["slow", "parcel"], ["slow", "staff"], ["slow"]]), top=1)["word"].tolist()
    ['slow']
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    group = pd.Series("all", index=words.index) if groups is None else groups
    used = words[group.notna() & words.str.len().gt(0)]
    if used.empty:
        raise DataError("comments_no_words")
    model = TfidfVectorizer(analyzer=_as_it_is)
    weights = model.fit_transform(used)
    names = model.get_feature_names_out()
    parts = []
    sizes = group.value_counts()
    place = pd.Series(np.arange(len(used)), index=used.index)
    for name, rows in place.groupby(group[used.index], sort=True):
        here = weights[rows.to_numpy()]
        mean = np.asarray(here.sum(axis=0)).ravel() / sizes[name]
        count = np.bincount(here.indices, minlength=len(names))
        best = np.lexsort((names, -mean))[:top]
        best = best[mean[best] > 0]
        parts.append(
            pd.DataFrame(
                {
                    "group": name,
                    "word": names[best],
                    "comments": count[best],
                    "share": count[best] / sizes[name],
                    "weight": mean[best],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def dissatisfaction_words(words: pd.Series, unhappy: pd.Series, top: int = 20, minimum: int = 5) -> pd.DataFrame:
    """Return the words that go with unhappy customers.

    Parameters
    ----------
    words : Series of lists of str
        As from `tokens`.
    unhappy : Series of bool
        Whether the writer was unhappy (a low score), same index; blank ones are passed over.
    top : int
        Words.
    minimum : int
        Comments a word must be in.

    Returns
    -------
    pandas.DataFrame
        Index word, the surest first (by the lower bound): ``unhappy``, ``happy`` (comments with the word),
        ``share_unhappy``, ``share_happy``, ``odds_ratio``, ``low``, ``high`` (95 %). Only words whose lower bound is
        above 1.

    Raises
    ------
    DataError
        When nobody is unhappy, or everybody.

    Notes
    -----
    Odds ratio with ½ added to each cell (Haldane 1956; Anscombe 1956) and Woolf's logit interval. Many words are
    tried, so some of the weakest stand there by chance.

    Examples
    --------
    >>> words = pd.Series([["slow"]] * 20 + [["nice"]] * 20)
    >>> dissatisfaction_words(words, pd.Series([True] * 20 + [False] * 20)).index.tolist()
    ['slow']
    """
    words, unhappy = aligned(words=words, unhappy=unhappy)
    known = unhappy.notna()
    sad = unhappy[known].astype(bool)
    total_sad, total = int(sad.sum()), int(known.sum())
    if total_sad in (0, total):
        raise DataError("comments_one_side", count=total)
    long = words[known].map(lambda parts: list(dict.fromkeys(parts))).explode().dropna()
    here = pd.crosstab(long.to_numpy(), sad.loc[long.index].to_numpy()).reindex(columns=[False, True], fill_value=0)
    here = here[here.sum(axis=1) >= minimum]
    with_sad, with_happy = here[True], here[False]
    cells = [with_sad + 0.5, total_sad - with_sad + 0.5, with_happy + 0.5, total - total_sad - with_happy + 0.5]
    log_odds = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    reach = Z * np.sqrt(sum(1 / cell for cell in cells))
    table = pd.DataFrame(
        {
            "unhappy": with_sad,
            "happy": with_happy,
            "share_unhappy": with_sad / total_sad,
            "share_happy": with_happy / (total - total_sad),
            "odds_ratio": np.exp(log_odds),
            "low": np.exp(log_odds - reach),
            "high": np.exp(log_odds + reach),
        }
    ).rename_axis("word")
    table = table[table["low"] > 1].sort_index()
    return table.sort_values("low", ascending=False, kind="stable").head(top)


def code_themes(comments: pd.Series, rules: Mapping[str, Sequence[str]] = THEME_WORDS) -> pd.DataFrame:
    """Mark the themes of each comment by coding rules.

    Parameters
    ----------
    comments : Series of str
    rules : mapping
        Theme → (Chinese pattern, English pattern): alternatives as regular expressions; the English ones match whole
        words, in any case.

    Returns
    -------
    pandas.DataFrame
        Same index, a column a theme: True where one of its words is; a comment can have several themes, or none.

    Examples
    --------
    >>> code_themes(pd.Series(["快递太慢", "Staff rude, parcel late"])).sum().to_dict()
    {'quality': 0, 'service': 1, 'delivery': 2, 'after_sales': 0, 'price': 0, 'assortment': 0}
    """
    text = comments.astype("object").where(comments.notna(), "").astype(str)
    number, different = pd.factorize(text)
    flags = {}
    for theme, (chinese, english) in rules.items():
        pattern = re.compile(rf"{chinese}|\b(?:{english})\b", re.IGNORECASE)
        flags[theme] = np.array([pattern.search(comment) is not None for comment in different], dtype=bool)[number]
    return pd.DataFrame(flags, index=comments.index)


def first_theme(flags: pd.DataFrame) -> pd.Series:
    """Return one theme for each comment: the first in the order of the rules that it names, blank where it names none.

    Examples
    --------
    >>> first_theme(pd.DataFrame({"quality": [True, False], "price": [True, False]})).tolist()
    ['quality', nan]
    """
    return flags.idxmax(axis=1).where(flags.any(axis=1)).rename("theme")


def theme_counts(flags: pd.DataFrame, unhappy: pd.Series | None = None) -> pd.DataFrame:
    """Return the Pareto of the themes, and how unhappy each is.

    Parameters
    ----------
    flags : DataFrame of bool
        As from `code_themes`; for a model's single theme, ``pd.get_dummies(themes, dtype=bool)``.
    unhappy : Series of bool, optional
        Whether the comment is a complaint in tone or score, same index.

    Returns
    -------
    pandas.DataFrame
        As from `pareto`, index theme, counting the unhappy mentions where they are known, otherwise all; with
        ``mentions``, and where known ``unhappy_share``, ``low``, ``high`` (of the mentions of which
        it is known, Wilson).

    Examples
    --------
    >>> flags = pd.DataFrame({"price": [True, True, True], "service": [True, False, False]})
    >>> theme_counts(flags, pd.Series([True, False, False]))["unhappy_share"].round(2).tolist()
    [0.33, 1.0]
    """
    mentions = flags.sum()
    if unhappy is None:
        return pareto(mentions).assign(mentions=mentions).rename_axis("theme")
    flags, unhappy = aligned(flags=flags, unhappy=unhappy)
    known = unhappy.notna()
    counts, heard = flags[known & unhappy.eq(True)].sum(), flags[known].sum()
    table = pareto(counts).assign(mentions=mentions).rename_axis("theme")
    return table.join(shares(table["count"], heard.reindex(table.index), "unhappy_share"))


def theme_trend(flags: pd.DataFrame, periods: pd.Series, minimum: int = 10) -> pd.DataFrame:
    """Return each theme's share of the comments, period by period.

    Parameters
    ----------
    flags : DataFrame of bool
        As from `code_themes`.
    periods : Series
        Wave, month or another period of each comment, same index; comments without one are passed over.
    minimum : int
        Comments below which a period shows no share.

    Returns
    -------
    pandas.DataFrame
        A row a period and theme: ``period``, ``theme``, ``n`` (comments), ``count``, ``share``, ``low``, ``high``
        (Wilson), ``note`` (``too_few``).

    Examples
    --------
    >>> trend = theme_trend(pd.DataFrame({"price": [True, False] * 5}), pd.Series(["2024H1"] * 10))
    >>> trend["share"].tolist()
    [0.5]
    """
    flags, periods = aligned(flags=flags, periods=periods)
    there = periods.notna()
    rows = []
    for period, group in flags[there].groupby(periods[there], sort=True):
        few = len(group) < minimum
        for theme, count in group.sum().items():
            share = wilson(int(count), len(group))
            figures = (math.nan,) * 3 if few else (share.value, share.low, share.high)
            rows.append((period, theme, len(group), int(count), *figures, "too_few" if few else ""))
    return pd.DataFrame(rows, columns=["period", "theme", "n", "count", "share", "low", "high", "note"])


def agreement(sentiment: pd.Series, scores: pd.Series) -> Agreement:
    """Compare the tone of comments with the overall score of the same people.

    Parameters
    ----------
    sentiment : Series
        ``negative``, ``neutral`` or ``positive``; other values are passed over.
    scores : Series
        1 to 5, same index: 1–2 counts as negative, 3 as neutral, 4–5 as positive; blanks are passed over.

    Returns
    -------
    Agreement

    Raises
    ------
    DataError
        When no comment has both.

    Examples
    --------
    >>> agreement(pd.Series(["positive", "negative"]), pd.Series([5, 1])).kappa.value
    1.0
    """
    tones = ["negative", "neutral", "positive"]
    sentiment, scores = aligned(sentiment=sentiment, scores=scores)
    both = sentiment.isin(tones) & scores.notna()
    if not both.any():
        raise DataError("comments_no_scores")
    said, scored = sentiment[both].astype(str), scores[both].astype("float64")
    by_score = pd.Series(np.select([scored <= 2, scored >= 4], ["negative", "positive"], "neutral"), index=said.index)
    table = pd.crosstab(said.to_numpy(), by_score.to_numpy()).reindex(index=tones, columns=tones, fill_value=0)
    table = table.rename_axis(index="sentiment", columns="score")
    counts = table.to_numpy()
    opposite = ((said == "positive") & (by_score == "negative")) | ((said == "negative") & (by_score == "positive"))
    apart = pd.DataFrame({"sentiment": said[opposite], "score": scored[opposite]})
    return Agreement(table, wilson(int(np.trace(counts)), int(counts.sum())), kappa(said, by_score), apart)


def _as_it_is(words: list[str]) -> list[str]:
    return words
