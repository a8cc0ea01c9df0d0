"""A hold-out drawn before a list is worked: who is left alone, so that the effect can be proven afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.shared import checked


def draw_holdout(
    customers: pd.Index,
    share: float,
    by: pd.Series | None = None,
    seed: int = 0,
    campaign: str = "list",
    day: Any = None,
) -> pd.DataFrame:
    """Return a list with its hold-out group, as a table of campaigns.

    Parameters
    ----------
    customers : Index
        The list; its order does not matter.
    share : float
        Of the customers who are left alone, above 0 and below 1.
    by : Series, index customer, optional
        Tiers: each gets its part of the hold-out, to within one customer.
    seed : int
        The same seed and the same customers give the same draw.
    campaign : str
        What the list is called.
    day : date, optional
        The day on which the list begins to be worked.

    Returns
    -------
    DataFrame
        ``campaign``, ``customer_id``, ``date``, ``arm`` (treated, holdout) and ``tier`` where there are tiers: the
        form of the table ``campaigns``, which the evaluation reads.

    Raises
    ------
    DataError
        When the share makes one of the two groups empty, or a customer stands twice.

    Examples
    --------
    >>> drawn = draw_holdout(pd.Index([f"C{i}" for i in range(10)]), 0.2, seed=1)
    >>> drawn["arm"].value_counts().to_dict()
    {'treated': 8, 'holdout': 2}
    """
    checked.one_row_each(customers)
    held = round(len(customers) * share)
    if not 0 < share < 1 or held < 1 or held >= len(customers):
        raise DataError("tiering_holdout", share=share, customers=len(customers))
    table = pd.DataFrame({"customer_id": customers}).sort_values("customer_id", key=lambda ids: ids.astype("str"))
    if by is not None:
        table["tier"] = by.reindex(table["customer_id"]).astype("str").fillna("unknown").to_numpy()
    strata = table["tier"] if by is not None else pd.Series("all", index=table.index)
    random = np.random.default_rng(seed)
    table["lot"] = random.permutation(len(table))
    sizes = strata.value_counts().sort_index()
    places = _parts(sizes, share, held, random)
    rank = table.groupby(strata)["lot"].rank().to_numpy()
    table["arm"] = np.where(rank <= strata.map(places).to_numpy(), "holdout", "treated")
    table.insert(0, "campaign", campaign)
    begun = pd.Series(pd.NaT if day is None else pd.Timestamp(day).normalize(), index=table.index)
    table.insert(2, "date", begun.astype("datetime64[us]"))
    return table.drop(columns="lot").reset_index(drop=True)


def _parts(sizes: pd.Series, share: float, held: int, random: np.random.Generator) -> pd.Series:
    """Return each stratum's places: its share rounded down, and the places left by chance to the largest remainders."""
    exact = sizes * share
    places = np.floor(exact + 1e-9).astype(int)
    open_ = held - int(places.sum())
    remainder = (exact - places).to_numpy()
    first = np.lexsort((random.random(len(sizes)), -remainder.round(9)))[: max(open_, 0)]
    places.iloc[first] += 1
    return places
