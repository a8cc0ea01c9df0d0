"""The questionnaire: its questions, how many answers it needs, who answered and how carefully."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.satisfaction.answers import SCALES, read_items
from crmbook.shared.estimate import Estimate, shares


@dataclass(frozen=True)
class Item:
    """One question of the bank.

    Attributes
    ----------
    code : str
        Its name in data and catalogue.
    dimension : str
        What it asks about: one of the course's five dimensions, or ``outcome`` or ``comment``.
    scale : str
        ``satisfaction`` (1–5), ``likelihood`` (0–10), ``ease`` (1 very hard to 7 very easy) or ``text``.
    core : bool
        Whether it is the one question of its dimension that the survey table holds; the others deepen it.
    """

    code: str
    dimension: str
    scale: str
    core: bool


SCALE_ENDS = {"satisfaction": (1, 5), "likelihood": (0, 10), "ease": (1, 7)}

_DEEPER = {
    "product_quality": ("product_as_described", "product_lasts"),
    "service_attitude": ("service_knowledge", "service_reachable"),
    "delivery_speed": ("delivery_on_time", "delivery_intact"),
    "after_sales": ("after_sales_returns", "after_sales_solved"),
    "price": ("price_fair", "price_clear"),
}

DIMENSIONS = tuple(_DEEPER)
LEVERS = (*DIMENSIONS, "effort")
"""What can be made better, and so may drive overall satisfaction."""

BANK: tuple[Item, ...] = (
    *(
        Item(code, dimension, "satisfaction", code == dimension)
        for dimension, deeper in _DEEPER.items()
        for code in (dimension, *deeper)
    ),
    Item("overall", "outcome", "satisfaction", True),
    Item("recommend", "outcome", "likelihood", True),
    Item("effort", "outcome", "ease", True),
    Item("comment", "comment", "text", True),
)


def item_bank(dimensions: Sequence[str] = DIMENSIONS, core_only: bool = True) -> pd.DataFrame:
    """Return the questions of a questionnaire, as codes; the catalogue holds their words.

    Parameters
    ----------
    dimensions : sequence of str
        Which of ``DIMENSIONS`` to ask about; overall, recommend, effort and comment always close the form.
    core_only : bool
        One question a dimension (the survey table's), or three, which reliability needs.

    Returns
    -------
    pandas.DataFrame
        Index ``item``; ``dimension``, ``scale``, ``lowest``, ``highest`` (blank for the comment) and ``core``.

    Raises
    ------
    DataError
        For a dimension that the bank does not hold.

    Examples
    --------
    >>> item_bank(["price"]).index.tolist()
    ['price', 'overall', 'recommend', 'effort', 'comment']
    """
    unknown = [dimension for dimension in dimensions if dimension not in DIMENSIONS]
    if unknown:
        raise DataError("survey_unknown_dimension", value=unknown[0], known=", ".join(DIMENSIONS))
    chosen = [
        item for item in BANK if item.dimension in (*dimensions, "outcome", "comment") and (item.core or not core_only)
    ]
    ends = [SCALE_ENDS.get(item.scale, (None, None)) for item in chosen]
    return pd.DataFrame(
        {
            "dimension": [item.dimension for item in chosen],
            "scale": [item.scale for item in chosen],
            "lowest": pd.array([low for low, _ in ends], dtype="Int64"),
            "highest": pd.array([high for _, high in ends], dtype="Int64"),
            "core": [item.core for item in chosen],
        },
        index=pd.Index([item.code for item in chosen], name="item"),
    )


def sample_size(
    margin: float = 0.05,
    share: float = 0.5,
    population: int | None = None,
    confidence: float = 0.95,
    response: float = 1.0,
) -> int:
    """Return how many people to invite so that a share comes out within a margin.

    Parameters
    ----------
    margin : float
        Half the width of the interval, as a share: .05 for ±5 points.
    share : float
        The share expected; .5 is the careful choice, it needs most answers.
    population : int, optional
        How many customers there are. Given, the finite population correction is made.
    confidence : float
        Of the interval.
    response : float
        Share of the invited that will answer: the answers needed are divided by it.

    Returns
    -------
    int
        Rounded up, at most the population.

    Raises
    ------
    DataError
        For a margin, share, confidence or response outside 0 to 1, and a population below 1.

    Notes
    -----
    Cochran, W. G. (1977), Sampling Techniques, 3rd ed., section 4.4: n₀ = z²p(1−p)/e², n = n₀ / (1 + (n₀ − 1)/N).

    Examples
    --------
    >>> sample_size(), sample_size(population=1000)
    (385, 278)
    """
    _refuse_share(margin=margin, share=share, confidence=confidence)
    if not 0 < response <= 1:
        raise DataError("survey_setting_share", setting="response", value=response)
    if population is not None and population < 1:
        raise DataError("survey_setting_population", value=population)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    needed = z**2 * share * (1 - share) / margin**2
    if population is not None:
        needed = needed / (1 + (needed - 1) / population)
        return min(population, math.ceil(math.ceil(needed) / response))
    return math.ceil(math.ceil(needed) / response)


def margin_of_error(n: int, share: float = 0.5, population: int | None = None, confidence: float = 0.95) -> float:
    """Return half the width of the interval of a share, from n answers.

    Parameters
    ----------
    n : int
        Answers.
    share, population, confidence
        As in `sample_size`.

    Returns
    -------
    float
        As a share: .031 is ±3.1 points; 0 when the whole population answered.

    Raises
    ------
    DataError
        For n below 1 or above the population.

    Notes
    -----
    z·√(p(1−p)/n · (N−n)/(N−1)), the last factor for a finite population N (Cochran 1977).

    Examples
    --------
    >>> round(margin_of_error(1000), 3)
    0.031
    """
    if not 0 <= share <= 1:
        raise DataError("survey_setting_share", setting="share", value=share)
    _refuse_share(confidence=confidence)
    if n < 1 or (population is not None and n > population):
        raise DataError("survey_setting_answers", value=n, population="∞" if population is None else population)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    unseen = 1.0 if population is None else (population - n) / max(population - 1, 1)
    return z * math.sqrt(share * (1 - share) / n * unseen)


def responded(survey: pd.DataFrame, items: Iterable[str] = SCALES) -> pd.Series:
    """Return who answered: rows with at least one item answered, or a comment. The others were invited only.

    Parameters
    ----------
    survey : DataFrame
        One row an invited customer and wave.
    items : iterable of str
        The items looked at; those that the survey lacks are passed over.

    Returns
    -------
    pandas.Series
        True or False, same index.

    Examples
    --------
    >>> responded(pd.DataFrame({"overall": [4, None], "comment": ["", ""]})).tolist()
    [True, False]
    """
    there = [item for item in (*items, "comment") if item in survey]
    return ~_blank(survey[there]).all(axis=1).astype(bool)


def asked(survey: pd.DataFrame, items: Sequence[str] = DIMENSIONS, least: int = 30) -> pd.DataFrame:
    """Return the answers to the items that enough people answered, ready to be set against each other.

    Parameters
    ----------
    survey : DataFrame
        One row an invited customer and wave.
    items : sequence of str
        The items looked at; those that the survey lacks or fewer than ``least`` people answered are left out.
    least : int
        People who must have answered an item, and all of the items that stay.

    Returns
    -------
    pandas.DataFrame
        Same rows, the items that stay as columns.

    Raises
    ------
    DataError
        ``survey_asked`` when fewer than three items stay, ``survey_few_rows`` when too few people answered all of
        them.

    Examples
    --------
    >>> survey = pd.DataFrame({"price": [4] * 30, "service_attitude": 5, "delivery_speed": 3, "after_sales": None})
    >>> asked(survey).columns.tolist()
    ['service_attitude', 'delivery_speed', 'price']
    """
    often = [item for item in items if item in survey and survey[item].notna().sum() >= least]
    if len(often) < 3:
        raise DataError("survey_asked", have=len(often), least=least)
    complete = len(survey[often].dropna())
    if complete < least:
        raise DataError("survey_few_rows", need=least, have=complete)
    return survey[often]


def last_wave(survey: pd.DataFrame, *items: str, least: int = 30) -> pd.DataFrame:
    """Return the answers of the last wave, those without a wave among them.

    Parameters
    ----------
    survey : DataFrame
        ``wave`` and the items; waves sort in time.
    *items : str
        Items of which each must have been answered by enough people.
    least : int
        How many are enough.

    Raises
    ------
    DataError
        ``survey_last_wave`` when an item has too few answers in the last wave.

    Examples
    --------
    >>> survey = pd.DataFrame({"wave": ["2024H1", "2024H2", "2024H2"], "overall": [5, 4, 3]})
    >>> last_wave(survey, "overall", least=2)["overall"].tolist()
    [4, 3]
    """
    latest = survey[survey["wave"].isna() | survey["wave"].eq(survey["wave"].max())]
    for item in items:
        if (have := int(latest[item].notna().sum())) < least:
            raise DataError("survey_last_wave", column=item, have=have, need=least)
    return latest


def response_rate(answered: pd.Series, invited: pd.Series) -> pd.DataFrame:
    """Return which share of the invited answered, by group, and altogether.

    Parameters
    ----------
    answered, invited : Series of int
        People by group (channel, tier, wave); a group nobody of which answered may lack in ``answered``.

    Returns
    -------
    pandas.DataFrame
        Index the groups of ``invited``, then ``all``: ``answered``, ``invited``, ``rate``, ``low``, ``high`` (Wilson,
        95 %).

    Raises
    ------
    DataError
        When more answered than were invited, or a group answered that was not invited.

    Examples
    --------
    >>> rates = response_rate(pd.Series({"email": 30}), pd.Series({"email": 200, "phone": 50}))
    >>> rates["rate"].tolist()
    [0.15, 0.0, 0.12]
    """
    strangers = answered.index.difference(invited.index)
    if len(strangers):
        raise DataError("survey_not_invited", group=strangers[0], answered=int(answered[strangers[0]]))
    counts = pd.DataFrame(
        {"answered": answered.reindex(invited.index).fillna(0).astype(int), "invited": invited.astype(int)}
    )
    over = counts.index[counts["answered"] > counts["invited"]]
    if len(over):
        raise DataError(
            "survey_more_than_invited",
            group=over[0],
            answered=counts.at[over[0], "answered"],
            invited=counts.at[over[0], "invited"],
        )
    counts.loc["all"] = counts.sum()
    return counts.join(shares(counts["answered"], counts["invited"], "rate"))


def missing(items: pd.DataFrame) -> pd.DataFrame:
    """Return how many answers each item lacks.

    Parameters
    ----------
    items : DataFrame (respondents × items)
        NaN or an empty text is a blank.

    Returns
    -------
    pandas.DataFrame
        Index the items, then ``any`` (respondents with at least one blank): ``answered``, ``blank``, ``share`` of
        blanks.

    Examples
    --------
    >>> missing(pd.DataFrame({"price": [4, None], "overall": [5, 5]}))["blank"].to_dict()
    {'price': 1, 'overall': 0, 'any': 1}
    """
    blank = _blank(items)
    counts = pd.concat([blank.sum(), pd.Series({"any": blank.any(axis=1).sum()})]).astype(int)
    rows = len(items)
    return pd.DataFrame(
        {"answered": rows - counts, "blank": counts, "share": counts / rows if rows else np.nan},
        index=counts.index.rename("item"),
    )


def straight_lining(items: pd.DataFrame, minimum: int = 4) -> pd.DataFrame:
    """Return how each respondent went down the list: the same answer everywhere is a sign of haste.

    Parameters
    ----------
    items : DataFrame (respondents × items)
        Items on one scale, in the order of the form.
    minimum : int
        Answers below which nobody is called a straight-liner.

    Returns
    -------
    pandas.DataFrame
        Same index: ``answered``, ``longest`` (longest run of equal answers next to each other, blanks skipped),
        ``spread`` (standard deviation of the answers) and ``straight`` (at least ``minimum`` answers, all the same).

    Notes
    -----
    The long-string index of Johnson, J. A. (2005), Journal of Research in Personality 39, 103–129. A customer who is
    truly very satisfied with everything looks the same, so this flags answers to look at, and drops none.

    Examples
    --------
    >>> straight_lining(pd.DataFrame([[5, 5, 5, 5], [5, 4, 4, 3]]))["straight"].tolist()
    [True, False]
    """
    numbers = read_items(items).to_numpy()
    answered = np.isfinite(numbers)
    count = answered.sum(axis=1)
    longest = np.zeros(len(numbers), dtype=int)
    run = np.zeros(len(numbers), dtype=int)
    before = np.full(len(numbers), np.nan)
    for place in range(numbers.shape[1]):
        here, now = answered[:, place], numbers[:, place]
        run = np.where(here, np.where(now == before, run + 1, 1), run)
        before = np.where(here, now, before)
        longest = np.maximum(longest, run)
    filled = np.where(answered, numbers, 0.0)
    mean = filled.sum(axis=1) / np.maximum(count, 1)
    squares = np.where(answered, (numbers - mean[:, None]) ** 2, 0.0).sum(axis=1)
    spread = np.sqrt(squares / np.maximum(count - 1, 1))
    return pd.DataFrame(
        {
            "answered": count,
            "longest": longest,
            "spread": np.where(count > 1, spread, np.nan),
            "straight": (count >= minimum) & (longest == count),
        },
        index=items.index,
    )


@dataclass(frozen=True)
class Weights:
    """Post-stratification weights.

    Attributes
    ----------
    weights : Series
        A respondent's weight, mean 1; index as the groups given.
    table : DataFrame
        Index group: ``n``, ``sample_share``, ``base_share``, ``weight``.
    effective_n : float
        How many unweighted answers say as much (Kish): (Σw)²/Σw².
    design_effect : float
        n / effective_n; 1 when the answers look like the base.
    p : float
        Of the chi-square test that they do: small says that weighting is called for. NaN with one group.
    """

    weights: pd.Series
    table: pd.DataFrame
    effective_n: float
    design_effect: float
    p: float


def post_stratify(groups: pd.Series, base: pd.Series) -> Weights:
    """Weight respondents so that their groups have the shares of the customer base.

    Parameters
    ----------
    groups : Series
        Each respondent's group (tier), index the respondents.
    base : Series of number
        Customers by group.

    Raises
    ------
    DataError
        When a respondent has no group or one that the base lacks, or a group of the base has no respondent: nothing
        stands for it; merge it with its neighbour.

    Notes
    -----
    Kish, L. (1992), Weighting for unequal Pi, Journal of Official Statistics 8, 183–200.

    Examples
    --------
    >>> post_stratify(pd.Series(["A", "A", "B"]), pd.Series({"A": 50, "B": 50})).weights.tolist()
    [0.75, 0.75, 1.5]
    """
    known = groups.isin(base.index[base > 0])
    if not known.all():
        rows = groups.index[~known]
        raise DataError(
            "survey_group_unknown", group=groups[~known].iloc[0], count=len(rows), known=", ".join(map(str, base.index))
        )
    counts = groups.value_counts().reindex(base.index[base > 0]).fillna(0).astype(int)
    if counts.eq(0).any():
        raise DataError("survey_group_silent", group=counts.index[counts.eq(0)][0])
    table = pd.DataFrame(
        {"n": counts, "sample_share": counts / counts.sum(), "base_share": base[base > 0] / base.sum()}
    )
    table["weight"] = table["base_share"] / table["sample_share"]
    weights = groups.map(table["weight"]).astype("float64").rename("weight")
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    from scipy.stats import chisquare

    alike = float(chisquare(counts, table["base_share"] * len(weights)).pvalue) if len(table) > 1 else math.nan
    return Weights(weights, table.rename_axis("group"), effective, len(weights) / effective, alike)


def weighted_mean(values: pd.Series, weights: pd.Series) -> Estimate:
    """Return a weighted mean with its 95 % interval.

    Parameters
    ----------
    values : Series of number
        One value an answer: the answer itself, 1 and 0 for a top-two box, or +100, 0 and −100 for the net promoter
        score. Blanks are left out.
    weights : Series
        Same index.

    Returns
    -------
    Estimate
        ``n`` counts answers. Interval from the linearised variance Σw²(y − ȳ)²/(Σw)² · n/(n−1), which takes the
        weights as given.

    Examples
    --------
    >>> weighted_mean(pd.Series([1, 0, 0]), pd.Series([.5, .5, 2])).value
    0.16666666666666666
    """
    there = values.notna()
    y, w = values[there].astype("float64"), weights.reindex(values.index[there]).astype("float64")
    n = len(y)
    if n == 0 or w.sum() == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    mean = float((w * y).sum() / w.sum())
    if n == 1:
        return Estimate(mean, math.nan, math.nan, 1)
    half = NormalDist().inv_cdf(0.975) * math.sqrt((w**2 * (y - mean) ** 2).sum() * n / (n - 1)) / float(w.sum())
    return Estimate(mean, mean - half, mean + half, n)


def _blank(items: pd.DataFrame) -> pd.DataFrame:
    return items.isna() | items.astype("string").apply(lambda column: column.str.strip().eq("")).fillna(False)


def _refuse_share(**settings: float) -> None:
    for setting, value in settings.items():
        if not 0 < value < 1:
            raise DataError("survey_setting_share", setting=setting, value=value)
