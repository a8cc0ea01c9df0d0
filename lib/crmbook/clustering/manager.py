"""What clustering tells the manager: whether there are kinds of customers, which brings most, and who they are."""

from __future__ import annotations

import pandas as pd

from crmbook.clustering.clusters import Clusters
from crmbook.clustering.segments import Drift, Usefulness
from crmbook.data.load import Book
from crmbook.figures.wording import percent
from crmbook.locale import label, text
from crmbook.shared.told import Action, Finding, Told, share_of, told, within

PROVEN = 0.05


def findings(
    book: Book,
    found: Clusters | None = None,
    segment: pd.Series | None = None,
    money: pd.DataFrame | None = None,
    judged: Usefulness | None = None,
    linked: pd.DataFrame | None = None,
    moved: Drift | None = None,
    **_: object,
) -> Told:
    """Choose what the clustering lesson tells the manager, from what its cells have set.

    Parameters
    ----------
    book : Book
        Its orders are needed.
    found, segment, money, judged, linked, moved
        The lesson's results by their names there; None for one whose cell is closed.

    Raises
    ------
    DataError
        When there are no orders.
    """
    book.need("orders")
    if not isinstance(found, Clusters):
        return told([])
    there = found.verdict != "structureless"
    return told(
        [
            _verdict(found),
            _richest(segment, money, book.currency) if there else None,
            _useful(judged) if there else None,
            _people(linked) if there else None,
            _drift(moved) if there else None,
        ],
        [
            Action(text("clustering.do_offer"), "marketing", within(book.as_of, 30), len(found.labels), "segments")
            if there and judged is not None and judged.p < PROVEN
            else None,
            Action(text("clustering.do_tiers"), "management", within(book.as_of, 30)) if not there else None,
        ],
    )


def _verdict(found: Clusters) -> Finding:
    said = text(f"clustering.finding_{found.verdict}", k=found.k, count=len(found.labels))
    beside = text("clustering.finding_stability", stability=found.stability)
    return Finding(said, 5, 1.0 if found.verdict != "blurred" else 0.5, found.verdict != "blurred", beside)


def _richest(segment: pd.Series | None, money: pd.DataFrame | None, currency: str) -> Finding | None:
    if segment is None or money is None:
        return None
    spent = money["monetary"].reindex(segment.index).clip(lower=0)
    sums = spent.groupby(segment).sum()
    if not sums.sum() > 0:
        return None
    first = str(sums.idxmax())
    share, heads = share_of(sums.max(), sums.sum()), float((segment == first).mean())
    said = text("clustering.finding_richest", segment=first, heads=percent(heads), share=percent(share))
    return Finding(
        said, 7, share, True, text("clustering.finding_richest_beside", count=len(segment)), float(sums.max())
    )


def _useful(judged: Usefulness | None) -> Finding | None:
    if judged is None:
        return None
    certain = judged.p < PROVEN
    said = text(f"clustering.finding_{'useful' if certain else 'useless'}", explained=percent(judged.explained))
    beside = text("clustering.finding_by_chance", share=percent(judged.by_chance))
    return Finding(said, 11, min(1.0, judged.explained), certain, beside)


def _people(linked: pd.DataFrame | None) -> Finding | None:
    if linked is None or linked.empty:
        return None
    first = linked.iloc[0]
    said = text("clustering.finding_people", attribute=label(str(linked.index[0])))
    beside = text("clustering.finding_people_beside", v=first["cramers_v"], count=int(first["n"]))
    return Finding(said, 8, float(first["cramers_v"]), bool(first["q"] < PROVEN), beside)


def _drift(moved: Drift | None) -> Finding | None:
    """Told when the shares of the segments have shifted."""
    if not isinstance(moved, Drift) or moved.psi < 0.1:
        return None
    return Finding(text("clustering.finding_drift", psi=moved.psi), 11, min(1.0, moved.psi), True)
