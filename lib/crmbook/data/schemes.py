"""Tier schemes: small YAML files that say by which criteria customers get their tier, and what a tier is given.

``data/schemes/README.md`` describes the format; copy one of the files beside it to begin your own.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from crmbook.data.encoding import as_utf8
from crmbook.data.faults import DataError
from crmbook.data.home import home
from crmbook.locale import label, language, text

RULES = ("revenue_share", "top", "interval", "cells", "scorecard", "first_match")
SCALINGS = ("minmax", "z", "percentile")
METHODS = ("quantile", "fixed", "range", "natural")
MOST_BYTES, MOST_DEPTH, MOST_TIERS, MOST_CRITERIA, MOST_BINS, MOST_TEXT = 64_000, 10, 40, 10, 20, 300


@dataclass(frozen=True)
class Words:
    """A text in both languages; ``str`` gives it in the language in use."""

    en: str
    zh: str

    def __str__(self) -> str:
        return self.zh if language() == "zh" else self.en


@dataclass(frozen=True)
class Condition:
    """What must hold of a column of the customer table; a blank never holds.

    Attributes
    ----------
    column : str
    start, below : float
        From this value on, to just below that one.
    top : int, float or None
        Among so many customers (whole number), or such a share of them, with the most of it; equals are all in.
    equal : tuple of str, or None
        One of these values, as they are written.
    """

    column: str
    start: float = -math.inf
    below: float = math.inf
    top: float | None = None
    equal: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Limit:
    """A tier that some customers do not fall below (a floor) or rise above (a gate), whatever they score.

    Attributes
    ----------
    when : tuple of Condition
        All of them must hold.
    tier : str
        The tier's code.
    reason : Words
        Why, for the list.
    """

    when: tuple[Condition, ...]
    tier: str
    reason: Words


@dataclass(frozen=True)
class Penalty:
    """What is taken off the value that customers are ranked by.

    Attributes
    ----------
    column : str
        What is counted, such as complaints.
    each : float
        Taken off for each of them, in the units of the value.
    most : float
        Never more than this.
    """

    column: str
    each: float
    most: float = math.inf


@dataclass(frozen=True)
class Hysteresis:
    """How slowly a tier changes from one date to the next.

    Attributes
    ----------
    margin : float
        A customer moves only when it would have moved with all limits this share further away, too.
    periods : int
        A customer moves only when it would have moved at so many dates in a row.
    """

    margin: float = 0.0
    periods: int = 1


@dataclass(frozen=True)
class Criterion:
    """What customers are tiered by: a column of the customer table.

    Attributes
    ----------
    column : str
        Its name.
    higher_is_better : bool
        Direction.
    weight : float
        Where several criteria make one score; they are divided by their sum.
    method, bins, cuts
        How it is scored where the rule is ``cells``; see `crmbook.tiering.cut_points`.
    bands : tuple of (Condition, float)
        Rule ``scorecard``: the points of the first band that a customer is in; none: 0 points.
    """

    column: str
    higher_is_better: bool = True
    weight: float = 1.0
    method: str = "quantile"
    bins: int = 5
    cuts: tuple[float, ...] | None = None
    bands: tuple[tuple[Condition, float], ...] = ()


@dataclass(frozen=True)
class Policy:
    """What a customer of a tier is given.

    Attributes
    ----------
    service_level, offer, owner : Words
        How quickly and by whom the customer is served, what is offered.
    visit_days : int or None
        Days between two visits or calls; None for no visits.
    hours : float
        Working hours per customer and month.
    """

    service_level: Words
    visit_days: int | None
    offer: Words
    owner: Words
    hours: float


@dataclass(frozen=True)
class Tier:
    """One tier of a scheme.

    Attributes
    ----------
    code : str
        What data carry.
    name : Words
        What readers see.
    policy : Policy
    until : float or None
        Rule ``revenue_share``: the cumulative share of revenue at which the tier ends.
    top : int, float or None
        Rule ``top``: how many customers (whole number) or which share of them (fraction), counted from the top; None:
        the rest.
    start, below : float
        Rules ``interval`` and ``scorecard``: from this value on, to just below that one; minus or plus infinity where
        the file says nothing.
    cells : tuple of mappings
        Rule ``cells``: column to (lowest score, highest score), one mapping a rectangle.
    when : tuple of Condition
        Rule ``first_match``: all of them must hold; none: all other customers.
    """

    code: str
    name: Words
    policy: Policy
    until: float | None = None
    top: float | None = None
    start: float = -math.inf
    below: float = math.inf
    cells: tuple[Mapping[str, tuple[int, int]], ...] = ()
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Scheme:
    """A way of tiering, as read from its file.

    Attributes
    ----------
    code : str
        The file's name without its ending.
    name : Words
    rule : {"revenue_share", "top", "interval", "cells", "scorecard", "first_match"}
        How tiers are cut.
    criteria : tuple of Criterion
    scaling : {"minmax", "z", "percentile"}
        How several criteria are brought to one scale.
    tiers : tuple of Tier
        The best first.
    precedence : tuple of str
        Rule ``first_match``: the tiers in the order in which they are asked; the first that fits is taken.
    floors, gates : tuple of Limit
        What raises, and what holds back, some customers. Where both speak, the gate has the last word.
    penalties : tuple of Penalty
    window : int or None
        How many months of orders count for frequency and money; None: all.
    hysteresis : Hysteresis
    """

    code: str
    name: Words
    rule: str
    criteria: tuple[Criterion, ...]
    scaling: str
    tiers: tuple[Tier, ...]
    precedence: tuple[str, ...] = ()
    floors: tuple[Limit, ...] = ()
    gates: tuple[Limit, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    window: int | None = None
    hysteresis: Hysteresis = Hysteresis()

    @property
    def fixed(self) -> bool:
        """Whether a customer's tier depends on that customer alone, and not on who else is there."""
        if any(one.top is not None for one in _conditions(self)):
            return False
        if self.rule == "cells":
            return all(criterion.method == "fixed" for criterion in self.criteria)
        if self.rule == "interval":
            return len(self.criteria) == 1
        return self.rule in ("scorecard", "first_match")

    @property
    def columns(self) -> list[str]:
        """The columns of the customer table that the scheme looks at."""
        every = [criterion.column for criterion in self.criteria]
        every += [one.column for one in _conditions(self)] + [one.column for one in self.penalties]
        return list(dict.fromkeys(every))

    @property
    def codes(self) -> list[str]:
        """The tiers' codes, the best first."""
        return [tier.code for tier in self.tiers]

    @property
    def names(self) -> dict[str, str]:
        """The tiers' names by code, in the language in use."""
        return {tier.code: str(tier.name) for tier in self.tiers}


def built_in() -> list[str]:
    """Return the names of the schemes that come with the workbook.

    Examples
    --------
    >>> built_in()[:3]
    ['abc', 'bank', 'chain']
    """
    return sorted(file.stem for file in (home() / "data" / "schemes").glob("*.yaml"))


def read(source: str | Path) -> Scheme:
    """Read a tier scheme.

    Parameters
    ----------
    source : str or Path
        A YAML file, or the name of a built-in scheme.

    Returns
    -------
    Scheme

    Raises
    ------
    DataError
        When there is no such file, it is no YAML, tries to make objects, repeats a key, has a key that is not known
        (the nearest is named) or lacks one, or a value is not what its key asks for. Gaps and overlaps between tiers
        are the matter of `crmbook.tiering.coverage`.

    Examples
    --------
    >>> read("abc").codes
    ['A', 'B', 'C']
    """
    file = Path(source)
    if not file.is_file():
        known = built_in()
        if str(source) not in known:
            raise DataError("scheme_none", source=str(source), known=", ".join(known))
        file = home() / "data" / "schemes" / f"{source}.yaml"
    return _scheme(_load(file), _Place(file.name), file.stem)


def slower(scheme: Scheme, margin: float = 0.0, periods: int = 1) -> Scheme:
    """Return a scheme with another hysteresis.

    Parameters
    ----------
    scheme : Scheme
        What `read` gave.
    margin, periods
        As in `Hysteresis`.

    Raises
    ------
    DataError
        When the rule knows no margin, or one of the two is out of its range.

    Examples
    --------
    >>> slower(read("value"), margin=0.2).hysteresis
    Hysteresis(margin=0.2, periods=1)
    """
    given = {"margin": margin, "periods": periods} if margin else {"periods": periods}
    return replace(scheme, hysteresis=_hysteresis(given, _Place(scheme.code, "hysteresis"), scheme.rule))


def customer_table(file: str | Path, scheme: Scheme) -> pd.DataFrame:
    """Return a user's own table of customers, for a scheme whose figures do not come from orders.

    Parameters
    ----------
    file : str or Path
        A CSV file with ``customer_id`` and the scheme's columns.
    scheme : Scheme

    Returns
    -------
    DataFrame
        Index customer_id; the scheme's columns. Blanks stay blanks.

    Raises
    ------
    DataError
        When the file is not there, is no text, lacks a column, or holds a customer twice.
    """
    path = Path(file).expanduser()
    if not path.is_file():
        raise DataError("no_source", source=path.name)
    content, _, _ = as_utf8(path.name, path.read_bytes())
    table = pd.read_csv(io.BytesIO(content), dtype={"customer_id": "str"})
    wanted = ["customer_id", *scheme.columns]
    for column in wanted:
        if column not in table:
            raise DataError("tiering_column", column=column, columns=", ".join(map(str, table.columns)))
    if table["customer_id"].duplicated().any():
        raise DataError(
            "tiering_customer_twice", customer=table.loc[table["customer_id"].duplicated(), "customer_id"].iloc[0]
        )
    return table.set_index("customer_id")[scheme.columns]


def room(scheme: Scheme, tier: str) -> tuple[float, float, float]:
    """Return how far a tier's lower limit can move: the limit below it, its own, the one above it.

    Raises
    ------
    DataError
        When the scheme's rule is not ``interval`` or ``scorecard``, or the tier has no lower limit.

    Examples
    --------
    >>> room(read("members"), "gold")
    (800.0, 1800.0, 4000.0)
    """
    starts = sorted({one.start for one in scheme.tiers})
    own = next((one.start for one in scheme.tiers if one.code == tier), -math.inf)
    if scheme.rule not in ("interval", "scorecard") or own == -math.inf:
        raise DataError("scheme_no_limit", scheme=scheme.code, tier=tier)
    place = starts.index(own)
    return starts[place - 1] if place else -math.inf, own, starts[place + 1] if place + 1 < len(starts) else math.inf


def with_limit(scheme: Scheme, tier: str, start: float) -> Scheme:
    """Return a scheme in which a tier begins elsewhere, and the one below it ends there.

    Parameters
    ----------
    scheme : Scheme
        Of the rule ``interval`` or ``scorecard``.
    tier : str
        Its code.
    start : float
        Between the limits that `room` gives.

    Examples
    --------
    >>> [(one.start, one.below) for one in with_limit(read("members"), "vip", 5000).tiers[:2]]
    [(5000, inf), (1800.0, 5000)]
    """
    _, own, _ = room(scheme, tier)
    return replace(
        scheme,
        tiers=tuple(
            replace(one, start=start if one.start == own else one.start, below=start if one.below == own else one.below)
            for one in scheme.tiers
        ),
    )


def policies(scheme: Scheme) -> pd.DataFrame:
    """Return what each tier is given, the texts in the language in use.

    Parameters
    ----------
    scheme : Scheme
        What `read` gave.

    Returns
    -------
    DataFrame
        Index ``tier`` (code), the best first; ``tier_name``, ``service_level``, ``visit_days`` (blank: no visits),
        ``offer``, ``owner``, ``hours_each`` (working hours per customer and month).

    Examples
    --------
    >>> policies(read("abc")).hours_each.to_dict()
    {'A': 2.0, 'B': 0.5, 'C': 0.05}
    """
    return pd.DataFrame(
        {
            "tier_name": [str(tier.name) for tier in scheme.tiers],
            "service_level": [str(tier.policy.service_level) for tier in scheme.tiers],
            "visit_days": pd.array([tier.policy.visit_days for tier in scheme.tiers], dtype="Int64"),
            "offer": [str(tier.policy.offer) for tier in scheme.tiers],
            "owner": [str(tier.policy.owner) for tier in scheme.tiers],
            "hours_each": [tier.policy.hours for tier in scheme.tiers],
        },
        index=pd.Index(scheme.codes, name="tier"),
    )


def criteria(scheme: Scheme) -> pd.DataFrame:
    """Return what a scheme looks at.

    Parameters
    ----------
    scheme : Scheme
        What `read` gave.

    Returns
    -------
    DataFrame
        Index ``criterion`` (column of the customers); ``higher_is_better``, ``weight``.

    Examples
    --------
    >>> criteria(read("value")).index.tolist()
    ['monetary', 'frequency', 'recency']
    """
    rows = [(each.column, each.higher_is_better, each.weight) for each in scheme.criteria]
    return pd.DataFrame(rows, columns=["criterion", "higher_is_better", "weight"]).set_index("criterion")


def overview(scheme: Scheme) -> pd.DataFrame:
    """Return who belongs to which tier by the scheme, in words of the language in use.

    Parameters
    ----------
    scheme : Scheme
        What `read` gave.

    Returns
    -------
    DataFrame
        Index ``tier`` (code), the best first; ``tier_name`` and ``limit``.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> overview(read("abc")).limit["A"]
    'until 80% of the revenue'
    """
    return pd.DataFrame(
        {
            "tier_name": [str(tier.name) for tier in scheme.tiers],
            "limit": [_limit(tier, scheme) for tier in scheme.tiers],
        },
        index=pd.Index(scheme.codes, name="tier"),
    )


def limits(scheme: Scheme) -> pd.DataFrame:
    """Return what a scheme adds to its cuts, in words: gates, floors, penalties, the window, and how slowly tiers move.

    Parameters
    ----------
    scheme : Scheme
        What `read` gave.

    Returns
    -------
    DataFrame
        Index ``addition`` (kind); ``limit`` (when), ``effect``, ``reason``.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> limits(read("abc")).empty, limits(read("value"))["effect"].tolist()
    (True, ['at least VIP'])
    """
    rows = []
    for kind in ("gates", "floors"):
        for one in getattr(scheme, kind):
            effect = text(f"tiering.effect_{kind}", tier=scheme.names[one.tier])
            rows.append((kind, " · ".join(in_words(each) for each in one.when), effect, str(one.reason)))
    for taken in scheme.penalties:
        most = text("tiering.effect_most", most=taken.most) if taken.most < math.inf else ""
        rows.append(("penalties", label(taken.column), text("tiering.effect_penalty", each=taken.each) + most, ""))
    if scheme.window:
        rows.append(("window", text("tiering.limit_window", months=scheme.window), "", ""))
    if scheme.hysteresis.margin:
        rows.append(("hysteresis", text("tiering.limit_margin", margin=_percent(scheme.hysteresis.margin)), "", ""))
    if scheme.hysteresis.periods > 1:
        rows.append(("hysteresis", text("tiering.limit_periods", periods=scheme.hysteresis.periods), "", ""))
    return pd.DataFrame(rows, columns=["addition", "limit", "effect", "reason"]).set_index("addition")


def in_words(condition: Condition) -> str:
    """Return a condition in the language in use.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> in_words(Condition("frequency", start=3))
    'Frequency (orders): from 3'
    """
    if condition.equal is not None:
        return text("tiering.limit_is", column=label(condition.column), values=" / ".join(condition.equal))
    if condition.top is not None:
        code = "tiering.limit_top_count" if isinstance(condition.top, int) else "tiering.limit_top_share"
        facts = {"count": condition.top} if isinstance(condition.top, int) else {"share": _percent(condition.top)}
        return text("tiering.limit_of", column=label(condition.column), span=text(code, **facts))
    return text("tiering.limit_of", column=label(condition.column), span=_interval(condition))


def _conditions(scheme: Scheme) -> list[Condition]:
    found = [each for limit in (*scheme.floors, *scheme.gates) for each in limit.when]
    return found + [each for tier in scheme.tiers for each in tier.when]


def _limit(tier: Tier, scheme: Scheme) -> str:
    if scheme.rule == "revenue_share":
        return text("tiering.limit_until", share=_percent(tier.until or 0.0))
    if scheme.rule == "top":
        if tier.top is None:
            return text("tiering.limit_rest")
        best = tier is scheme.tiers[0]
        if isinstance(tier.top, int):
            return text("tiering.limit_top_count" if best else "tiering.limit_to_top_count", count=tier.top)
        return text("tiering.limit_top_share" if best else "tiering.limit_to_top_share", share=_percent(tier.top))
    if scheme.rule in ("interval", "scorecard"):
        return _interval(tier)
    if scheme.rule == "first_match":
        return " · ".join(in_words(each) for each in tier.when) or text("tiering.limit_rest")
    return " / ".join(_rectangle(rectangle, scheme) for rectangle in tier.cells)


def _interval(tier: Tier | Condition) -> str:
    if tier.start == -math.inf:
        return text("tiering.limit_below", below=tier.below) if tier.below < math.inf else text("tiering.limit_all")
    if tier.below == math.inf:
        return text("tiering.limit_from", start=tier.start)
    return text("tiering.limit_between", start=tier.start, below=tier.below)


def _rectangle(rectangle: Mapping[str, tuple[int, int]], scheme: Scheme) -> str:
    named = [
        text("tiering.limit_cell", column=label(criterion.column), span=_span(*rectangle[criterion.column]))
        for criterion in scheme.criteria
        if rectangle[criterion.column] != (1, criterion.bins)
    ]
    return " · ".join(named) or text("tiering.limit_any_score")


def _span(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low}–{high}"


def _percent(share: float) -> str:
    return f"{share:.{0 if round(share, 2) == round(share, 6) else 1}%}"


@dataclass(frozen=True)
class _Place:
    """Where in the file we are; each check below says it when it refuses."""

    file: str
    path: str = ""

    def __truediv__(self, step: str | int) -> _Place:
        piece = f"[{step + 1}]" if isinstance(step, int) else f".{step}" if self.path else step
        return _Place(self.file, self.path + piece)

    def refuse(self, code: str, **facts: object) -> DataError:
        return DataError(code, file=self.file, place=self.path or "–", **facts)


def _load(file: Path) -> Any:
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise DataError("scheme_size", file=file.name, size=size, most=MOST_BYTES)
    try:
        content = file.read_text(encoding="utf-8-sig")
        _check_shape(content, file.name)
        _check_keys(yaml.compose(content, Loader=yaml.SafeLoader), file.name)
        return yaml.safe_load(content)
    except UnicodeDecodeError as error:
        raise DataError("scheme_encoding", file=file.name) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        code = "scheme_object" if isinstance(error, yaml.constructor.ConstructorError) else "scheme_yaml"
        raise DataError(code, file=file.name, row=_row(mark)) from error
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError("scheme_yaml", file=file.name, row=1) from error


def _row(mark: Any) -> int:
    return mark.line + 1 if mark else 1


def _check_shape(content: str, file: str) -> None:
    # Before anything is built: references that multiply and nesting without end are how YAML exhausts a machine.
    depth = 0
    for event in yaml.parse(content, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > MOST_DEPTH:
            raise DataError("scheme_shape", file=file, row=_row(event.start_mark), most=MOST_DEPTH)


def _check_keys(node: yaml.Node | None, file: str) -> None:
    # YAML readers keep the last of two equal keys without a word.
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise DataError("scheme_yaml", file=file, row=_row(key.start_mark))
            if key.value in seen:
                raise DataError("scheme_twice", file=file, row=_row(key.start_mark), entry=key.value)
            seen.add(key.value)
            _check_keys(value, file)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _check_keys(value, file)


def _scheme(content: Any, at: _Place, code: str) -> Scheme:
    needed = {"name", "rule", "tiers"}
    extras = {"scaling", "criteria", "precedence", "floors", "gates", "penalties", "window", "hysteresis"}
    given = _mapping(content, at, needed | extras, needed)
    rule = _choice(given["rule"], at / "rule", RULES)
    if rule != "first_match" and "criteria" not in given:
        raise at.refuse("scheme_missing_key", entry="criteria")
    for key, rules in (("criteria", RULES[:-1]), ("precedence", RULES[-1:]), ("penalties", ("top", "interval"))):
        if key in given and rule not in rules:
            raise at.refuse("scheme_not_with_rule", entry=key, rule=rule, rules=", ".join(rules))
    listed = _list(given["criteria"], at / "criteria", MOST_CRITERIA) if "criteria" in given else []
    criteria = tuple(_criterion(each, at / "criteria" / i, rule) for i, each in enumerate(listed))
    columns = [criterion.column for criterion in criteria]
    _no_repeats(columns, at / "criteria")
    if rule == "revenue_share" and len(criteria) > 1:
        raise (at / "criteria").refuse("scheme_one_criterion", count=len(criteria))
    if criteria and sum(criterion.weight for criterion in criteria) <= 0:
        raise (at / "criteria").refuse("scheme_no_weight")
    if math.prod(criterion.bins for criterion in criteria) > 10_000 and rule == "cells":
        raise (at / "criteria").refuse("scheme_many_cells", most=10_000)
    by_column = {criterion.column: criterion for criterion in criteria}
    rows = _list(given["tiers"], at / "tiers", MOST_TIERS)
    tiers = tuple(_tier(each, at / "tiers" / i, rule, by_column) for i, each in enumerate(rows))
    codes = [tier.code for tier in tiers]
    _no_repeats(codes, at / "tiers")
    _check_growing(tiers, rule, at / "tiers")
    precedence = _precedence(given, at, tiers) if rule == "first_match" else ()
    if rule == "first_match":
        asked = [each.column for code in precedence for each in tiers[codes.index(code)].when]
        criteria = tuple(Criterion(column) for column in dict.fromkeys(asked))
    return Scheme(
        code,
        _words(given["name"], at / "name"),
        rule,
        criteria,
        _choice(given.get("scaling", "percentile"), at / "scaling", SCALINGS),
        tiers,
        precedence,
        _limits(given, "floors", at, codes),
        _limits(given, "gates", at, codes),
        tuple(
            _penalty(each, at / "penalties" / i)
            for i, each in enumerate(_list(given["penalties"], at / "penalties", MOST_CRITERIA))
        )
        if "penalties" in given
        else (),
        _whole(given["window"], at / "window", 1, 600) if "window" in given else None,
        _hysteresis(given["hysteresis"], at / "hysteresis", rule) if "hysteresis" in given else Hysteresis(),
    )


def _precedence(given: Mapping[str, Any], at: _Place, tiers: tuple[Tier, ...]) -> tuple[str, ...]:
    codes = [tier.code for tier in tiers]
    order = _list(given.get("precedence", codes), at / "precedence", MOST_TIERS)
    chosen = [_choice(code, at / "precedence" / i, codes) for i, code in enumerate(order)]
    _no_repeats(chosen, at / "precedence")
    if len(chosen) < len(codes):
        raise (at / "precedence").refuse("scheme_precedence", tier=next(code for code in codes if code not in chosen))
    open_to_all = [code for code in chosen if not tiers[codes.index(code)].when]
    if open_to_all != chosen[-1:]:
        raise (at / "tiers").refuse("scheme_first_match", tiers=", ".join(open_to_all) or "–", last=chosen[-1])
    return tuple(chosen)


def _limits(given: Mapping[str, Any], key: str, at: _Place, codes: list[str]) -> tuple[Limit, ...]:
    if key not in given:
        return ()
    found = []
    for i, content in enumerate(_list(given[key], at / key, MOST_TIERS)):
        keys = {"when", "tier", "reason"}
        one, place = _mapping(content, at / key / i, keys, keys), at / key / i
        tier = _choice(one["tier"], place / "tier", codes)
        found.append(Limit(_when(one["when"], place / "when"), tier, _words(one["reason"], place / "reason")))
    return tuple(found)


def _when(content: Any, at: _Place) -> tuple[Condition, ...]:
    if not isinstance(content, dict) or not 1 <= len(content) <= MOST_CRITERIA:
        raise at.refuse("scheme_mapping", value=_short(content), keys="monetary: {from: 1000}")
    return tuple(_condition(str(column), each, at / str(column)) for column, each in content.items())


def _condition(column: str, content: Any, at: _Place) -> Condition:
    given = _mapping(content, at, {"from", "below", "top", "is"}, set())
    if not given or (len(given) > 1 and set(given) != {"from", "below"}):
        raise at.refuse("scheme_condition", value=_short(content))
    limits: dict[str, Any] = {**_span_of(given, at)}
    if "top" in given:
        whole = isinstance(given["top"], int)
        limits["top"] = _whole(given["top"], at / "top", 1, 10**9) if whole else _number(given["top"], at / "top", 0, 1)
    if "is" in given:
        values = given["is"] if isinstance(given["is"], list) else [given["is"]]
        limits["equal"] = tuple(_value(each) for each in _list(values, at / "is", 100))
    return Condition(column, **limits)


def _span_of(given: Mapping[str, Any], at: _Place) -> dict[str, float]:
    span = {}
    if "from" in given:
        span["start"] = _number(given["from"], at / "from", -1e15, 1e15)
    if "below" in given:
        span["below"] = _number(given["below"], at / "below", -1e15, 1e15)
        if span.get("start", -math.inf) >= span["below"]:
            raise (at / "below").refuse("scheme_growing")
    return span


def _value(content: Any) -> str:
    return {True: "1", False: "0"}[content] if isinstance(content, bool) else str(content)


def _penalty(content: Any, at: _Place) -> Penalty:
    given = _mapping(content, at, {"column", "each", "most"}, {"column", "each"})
    return Penalty(
        _text(given["column"], at / "column"),
        _number(given["each"], at / "each", 0, 1e12),
        _number(given["most"], at / "most", 0, 1e15) if "most" in given else math.inf,
    )


def _hysteresis(content: Any, at: _Place, rule: str) -> Hysteresis:
    given = _mapping(content, at, {"margin", "periods"}, set())
    if "margin" in given and rule not in ("revenue_share", "top", "interval", "scorecard"):
        raise at.refuse(
            "scheme_not_with_rule", entry="margin", rule=rule, rules="revenue_share, top, interval, scorecard"
        )
    margin = _number(given["margin"], at / "margin", 0, 0.9) if "margin" in given else 0.0
    return Hysteresis(margin, _whole(given["periods"], at / "periods", 1, 24) if "periods" in given else 1)


def _criterion(content: Any, at: _Place, rule: str) -> Criterion:
    scored = {"method", "bins", "cuts"} if rule == "cells" else set()
    weighted = {"weight"} if rule in ("top", "interval") else set()
    if rule == "scorecard":
        given = _mapping(content, at, {"column", "bands"}, {"column", "bands"})
        column = _text(given["column"], at / "column")
        rows = _list(given["bands"], at / "bands", MOST_BINS)
        return Criterion(column, bands=tuple(_band(column, each, at / "bands" / i) for i, each in enumerate(rows)))
    given = _mapping(content, at, {"column", "direction", *scored, *weighted}, {"column"})
    column = _text(given["column"], at / "column")
    direction = _choice(given.get("direction", "higher"), at / "direction", ("higher", "lower"))
    if rule == "revenue_share" and direction == "lower":
        raise (at / "direction").refuse("scheme_choice", value=direction, nearest="higher", choices="higher")
    weight = _number(given.get("weight", 1.0), at / "weight", 0, 1e6)
    cuts = None
    if "cuts" in given:
        listed = _list(given["cuts"], at / "cuts", MOST_BINS - 1)
        cuts = tuple(_number(cut, at / "cuts" / i, -1e15, 1e15) for i, cut in enumerate(listed))
        if any(low >= high for low, high in pairwise(cuts)):
            raise (at / "cuts").refuse("scheme_growing")
    method = _choice(given.get("method", "fixed" if cuts else "quantile"), at / "method", METHODS)
    if (method == "fixed") != (cuts is not None):
        raise (at / "cuts").refuse("scheme_fixed_cuts")
    bins = _whole(given.get("bins", len(cuts) + 1 if cuts else 5), at / "bins", 2, MOST_BINS)
    if cuts is not None and bins != len(cuts) + 1:
        raise (at / "bins").refuse("scheme_number", value=bins, low=len(cuts) + 1, high=len(cuts) + 1)
    return Criterion(column, direction == "higher", weight, method, bins, cuts)


def _band(column: str, content: Any, at: _Place) -> tuple[Condition, float]:
    given = _mapping(content, at, {"from", "below", "is", "points"}, {"points"})
    points = _number(given["points"], at / "points", -1e6, 1e6)
    return _condition(column, {key: value for key, value in given.items() if key != "points"}, at), points


def _tier(content: Any, at: _Place, rule: str, criteria: Mapping[str, Criterion]) -> Tier:
    limits_of = {"revenue_share": {"until"}, "top": {"top"}, "cells": {"cells"}, "first_match": {"when"}}
    own = limits_of.get(rule, {"from", "below"})  # interval and scorecard
    needed = {"revenue_share": {"until"}, "cells": {"cells"}}.get(rule, set())
    given = _mapping(content, at, {"code", "name", "policy", *own}, {"code", "name", "policy", *needed})
    code = _text(given["code"], at / "code")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,39}", code) or code == "absent":
        raise (at / "code").refuse("scheme_code", value=code)
    limits: dict[str, Any] = {}
    if "until" in given:
        limits["until"] = _number(given["until"], at / "until", 0, 1)
    if "top" in given:
        whole = isinstance(given["top"], int)
        limits["top"] = _whole(given["top"], at / "top", 1, 10**9) if whole else _number(given["top"], at / "top", 0, 1)
    limits |= _span_of(given, at)
    if "when" in given:
        limits["when"] = _when(given["when"], at / "when")
    if "cells" in given:
        rectangles = _list(given["cells"], at / "cells", 10_000)
        limits["cells"] = tuple(_cells(each, at / "cells" / i, criteria) for i, each in enumerate(rectangles))
    return Tier(code, _words(given["name"], at / "name"), _policy(given["policy"], at / "policy"), **limits)


def _cells(content: Any, at: _Place, criteria: Mapping[str, Criterion]) -> dict[str, tuple[int, int]]:
    given = _mapping(content, at, set(criteria), set())
    rectangle = {}
    for column, criterion in criteria.items():
        span = given.get(column, [1, criterion.bins])
        pair = [span, span] if not isinstance(span, list) else span
        if len(pair) != 2:
            raise (at / column).refuse("scheme_span", value=_short(span), bins=criterion.bins)
        low, high = (_whole(end, at / column, 1, criterion.bins) for end in pair)
        if low > high:
            raise (at / column).refuse("scheme_span", value=_short(span), bins=criterion.bins)
        rectangle[column] = (low, high)
    return rectangle


def _policy(content: Any, at: _Place) -> Policy:
    keys = {"service_level", "visit_days", "offer", "owner", "hours"}
    given = _mapping(content, at, keys, keys)
    days = given["visit_days"]
    return Policy(
        service_level=_words(given["service_level"], at / "service_level"),
        visit_days=None if days is None else _whole(days, at / "visit_days", 1, 3650),
        offer=_words(given["offer"], at / "offer"),
        owner=_words(given["owner"], at / "owner"),
        hours=_number(given["hours"], at / "hours", 0, 744),
    )


def _check_growing(tiers: tuple[Tier, ...], rule: str, at: _Place) -> None:
    ends = [tier.until if rule == "revenue_share" else tier.top for tier in tiers]
    if rule == "top":
        if any(end is None for end in ends[:-1]):
            raise (at / ends.index(None)).refuse("scheme_rest")
        if len({type(end) for end in ends if end is not None}) > 1:
            raise at.refuse("scheme_top_mixed")
    given = [end for end in ends if end is not None]
    if rule in ("revenue_share", "top") and any(low >= high for low, high in pairwise(given)):
        raise at.refuse("scheme_growing")


def _mapping(content: Any, at: _Place, allowed: Collection[str], needed: Collection[str]) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise at.refuse("scheme_mapping", value=_short(content), keys=", ".join(sorted(allowed)))
    for key in content:
        if key not in allowed:
            nearest = get_close_matches(str(key), sorted(allowed), n=1, cutoff=0.0)
            raise at.refuse(
                "scheme_unknown_key", entry=_short(key), nearest=nearest[0], keys=", ".join(sorted(allowed))
            )
    lacking = sorted(set(needed) - set(content))
    if lacking:
        raise at.refuse("scheme_missing_key", entry=lacking[0])
    return content


def _list(content: Any, at: _Place, most: int) -> list[Any]:
    if not isinstance(content, list) or not 1 <= len(content) <= most:
        raise at.refuse("scheme_list", value=_short(content), most=most)
    return content


def _text(content: Any, at: _Place) -> str:
    if not isinstance(content, str) or not content.strip() or len(content) > MOST_TEXT:
        raise at.refuse("scheme_text", value=_short(content), most=MOST_TEXT)
    return content.strip()


def _words(content: Any, at: _Place) -> Words:
    given = _mapping(content, at, {"en", "zh"}, {"en", "zh"})
    return Words(_text(given["en"], at / "en"), _text(given["zh"], at / "zh"))


def _number(content: Any, at: _Place, low: float, high: float) -> float:
    if not isinstance(content, int | float) or isinstance(content, bool) or not low <= content <= high:
        raise at.refuse("scheme_number", value=_short(content), low=f"{low:g}", high=f"{high:g}")
    return float(content)


def _whole(content: Any, at: _Place, low: int, high: int) -> int:
    if not isinstance(content, int) or isinstance(content, bool) or not low <= content <= high:
        raise at.refuse("scheme_whole", value=_short(content), low=low, high=high)
    return int(content)


def _choice(content: Any, at: _Place, choices: Collection[str]) -> str:
    if content not in choices:
        nearest = get_close_matches(str(content), choices, n=1, cutoff=0.0)[0]
        raise at.refuse("scheme_choice", value=_short(content), nearest=nearest, choices=", ".join(choices))
    return str(content)


def _no_repeats(values: list[str], at: _Place) -> None:
    repeated = next((value for value in values if values.count(value) > 1), None)
    if repeated is not None:
        raise at.refuse("scheme_repeated", value=repeated)


def _short(content: Any) -> str:
    shown = repr(content)
    return shown if len(shown) <= 60 else shown[:57] + "…"
