"""Pictures of two tierings of the same customers: at two dates, or by two ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crmbook.charts import style
from crmbook.charts.wording import CELLS, colours, inline, names, percent
from crmbook.locale import text
from crmbook.methods import tiering


def migration_map(moved: tiering.Migration, own_names: Mapping[str, str] | None = None) -> go.Figure:
    """Draw the transition matrix: share of the row and customers in each cell, the interval in the hover text.

    Parameters
    ----------
    moved : Migration
        What `crmbook.methods.tiering.migration` made.
    own_names : mapping of tier to name, optional
        A scheme's own names; the catalogue's where it is not given.

    Examples
    --------
    >>> import pandas as pd
    >>> u, v = pd.Series(list("AAB")), pd.Series(list("ABB"))
    >>> migration_map(tiering.migration(u, v)).layout.title.text
    '0% of the customers moved up, 33% moved down, 67% stayed'
    """
    title = _movement_title(moved)
    worded = names(moved.counts.index, own_names)
    made = style.figure(
        title,
        text("tiering.axis_after"),
        text("tiering.axis_before"),
        alt=text("tiering.migration_alt", title=title),
        height=max(400, 42 * len(worded) + 150),
    )
    crowded = len(worded) > 6
    made.add_heatmap(
        x=worded,
        y=worded,
        z=moved.matrix.to_numpy().tolist(),
        zmin=0,
        zmax=1,
        text=[[_moved_cell(moved, i, j, crowded) for j in range(len(worded))] for i in range(len(worded))],
        customdata=[[_moved_hover(moved, i, j, worded) for j in range(len(worded))] for i in range(len(worded))],
        texttemplate="%{text}",
        textfont={"size": 10 if crowded else 13, "color": style.BLACK},
        colorscale=CELLS,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverongaps=True,
        hovertemplate="%{customdata}<extra></extra>",
    )
    made.update_xaxes(type="category", showline=False, ticks="")
    made.update_yaxes(type="category", autorange="reversed", showgrid=False, title_standoff=12)
    return made


def sankey(moved: tiering.Migration, own_names: Mapping[str, str] | None = None) -> go.Figure:
    """Draw the flows of customers from their tier before to their tier now.

    Parameters
    ----------
    moved, own_names
        As in `migration_map`.

    Examples
    --------
    >>> import pandas as pd
    >>> u, v = pd.Series(list("AAB")), pd.Series(list("ABB"))
    >>> list(sankey(tiering.migration(u, v)).data[0].link.value)
    [1, 1, 1]
    """
    tiers = list(moved.counts.index)
    worded = names(moved.counts.index, own_names)
    title = _sankey_title(moved)
    made = style.figure(title, alt=text("tiering.sankey_alt", title=title), height=max(430, 34 * len(tiers) + 160))
    table = moved.counts.to_numpy()
    before, after = np.flatnonzero(table.sum(axis=1)), np.flatnonzero(table.sum(axis=0))
    rows, columns = np.nonzero(table)
    place_before = {tier: place for place, tier in enumerate(before)}
    place_after = {tier: place + len(before) for place, tier in enumerate(after)}
    colour = colours(tiers)
    made.add_sankey(
        arrangement="snap",
        node={
            "label": [text("tiering.sankey_before", tier=worded[tier]) for tier in before]
            + [text("tiering.sankey_after", tier=worded[tier]) for tier in after],
            "color": [colour[tier] for tier in before] + [colour[tier] for tier in after],
            "x": [0.001] * len(before) + [0.999] * len(after),
            "y": [*_levels(table.sum(axis=1)[before]), *_levels(table.sum(axis=0)[after])],
            "pad": 14,
            "thickness": 18,
            "line": {"width": 0},
            "hovertemplate": text("tiering.sankey_node"),
        },
        link={
            "source": [place_before[row] for row in rows],
            "target": [place_after[column] for column in columns],
            "value": table[rows, columns].tolist(),
            "color": [_faint(colour[row]) for row in rows],
            "hovertemplate": text("tiering.sankey_flow"),
        },
        textfont_size=13,
    )
    return made.update_layout(margin={"l": 20, "r": 20, "b": 25})


def agreement_map(compare: tiering.Agreement, first: str, second: str) -> go.Figure:
    """Draw which tiers two ways of tiering give to the same customers.

    Parameters
    ----------
    compare : Agreement
        What `crmbook.methods.tiering.agreement` made.
    first, second : str
        What the two went by, for the reader (columns of the catalogue).

    Examples
    --------
    >>> import pandas as pd
    >>> both = tiering.agreement(pd.Series(list("AABB")), pd.Series(list("AABA")))
    >>> agreement_map(both, "monetary", "frequency").data[0].z
    ([2, 0], [1, 1])
    """
    counts = compare.counts
    ways = {"first": inline(first), "second": inline(second)}
    total = int(counts.to_numpy().sum())
    if np.isnan(compare.kappa):
        title = text("tiering.agreement_title_one_tier", customers=total)
    else:
        title = text("tiering.agreement_title", moved=len(compare.moved), customers=total, kappa=compare.kappa, **ways)
    made = style.figure(
        title,
        text("tiering.axis_tier_by", column=ways["second"]),
        text("tiering.axis_tier_by", column=ways["first"]),
        alt=text("tiering.agreement_alt", title=title, **ways),
    )
    worded = names(counts.index, None)
    made.add_heatmap(
        x=worded,
        y=worded,
        z=counts.to_numpy().tolist(),
        text=[[f"{count:,}<br>{percent(count / total)}" for count in row] for row in counts.to_numpy()],
        texttemplate="%{text}",
        textfont_color=style.BLACK,
        colorscale=CELLS,
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate=text("tiering.agreement_hover"),
    )
    made.update_xaxes(type="category", showline=False, ticks="")
    made.update_yaxes(type="category", autorange="reversed", showgrid=False)
    return made


def agreement_table(compare: tiering.Agreement) -> pd.DataFrame:
    """Return how far two ways of tiering agree, in words: same tier, Cohen's kappa and two rank correlations.

    Parameters
    ----------
    compare : Agreement
        What `crmbook.methods.tiering.agreement` made.

    Examples
    --------
    >>> import pandas as pd
    >>> both = tiering.agreement(pd.Series(list("AABB")), pd.Series(list("AABA")))
    >>> agreement_table(both)["value"].tolist()
    ['75% (30% – 95%)', '0.50', '0.58', '0.58']
    """
    share = [percent(each) for each in (compare.same.value, compare.same.low, compare.same.high)]
    rows = {
        "same_tier": text("tiering.share_between", share=share[0], low=share[1], high=share[2]),
        "kappa": _two_decimals(compare.kappa),
        "spearman": _two_decimals(compare.spearman),
        "kendall": _two_decimals(compare.kendall),
    }
    return pd.Series(rows, name="value").rename_axis("measure").to_frame()


def _two_decimals(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


def _moved_cell(moved: tiering.Migration, i: int, j: int, crowded: bool) -> str:
    share, count = float(moved.matrix.to_numpy()[i, j]), int(moved.counts.to_numpy()[i, j])
    if np.isnan(share) or not count:
        return "" if np.isnan(share) or crowded else "0"
    return percent(share) if crowded else f"{percent(share)}<br>{count:,}"


def _moved_hover(moved: tiering.Migration, i: int, j: int, worded: Sequence[str]) -> str:
    if np.isnan(moved.matrix.to_numpy()[i, j]):
        return text("tiering.migration_empty", before=worded[i])
    return text(
        "tiering.migration_hover",
        before=worded[i],
        after=worded[j],
        count=int(moved.counts.to_numpy()[i, j]),
        share=percent(moved.matrix.to_numpy()[i, j]),
        low=percent(moved.low.to_numpy()[i, j]),
        high=percent(moved.high.to_numpy()[i, j]),
    )


def _movement_title(moved: tiering.Migration) -> str:
    if moved.stayed.n == 0:
        return text("tiering.migration_nobody")
    return text(
        "tiering.migration_title",
        up=percent(moved.upgraded.value),
        down=percent(moved.downgraded.value),
        stay=percent(moved.stayed.value),
    )


def _sankey_title(moved: tiering.Migration) -> str:
    if moved.lost.value and moved.gained.value:
        return text("tiering.sankey_title", lost=percent(moved.lost.value), gained=percent(moved.gained.value))
    if moved.gained.value and moved.stayed.n:
        moves = {"up": percent(moved.upgraded.value), "down": percent(moved.downgraded.value)}
        return text("tiering.sankey_title_new", gained=percent(moved.gained.value), **moves)
    return text(
        "tiering.sankey_title_same",
        up=percent(moved.upgraded.value),
        down=percent(moved.downgraded.value),
        customers=moved.stayed.n,
    )


def _levels(sizes: np.ndarray) -> list[float]:
    # The middle of each node when nodes stand one under the other; plotly refuses 0 and 1.
    middles = (np.cumsum(sizes) - sizes / 2) / sizes.sum()
    return [float(middle) for middle in np.clip(middles, 0.001, 0.999)]


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.35)"
