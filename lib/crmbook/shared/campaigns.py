"""What came of a campaign."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.shared.checked import needed
from crmbook.shared.purchases import DAY, last_day, query, some_days


def responses(
    campaigns: pd.DataFrame, orders: pd.DataFrame, campaign: str, days: int = 60, as_of: object = None
) -> pd.DataFrame:
    """Return what each customer of a campaign did in the days after it.

    Returns
    -------
    DataFrame
        Index ``customer_id``; ``arm``, ``cost``, ``bought``, ``orders`` (purchases), ``revenue`` and ``margin``
        (returns taken off).

    Raises
    ------
    DataError
        ``winback_campaign``; ``winback_arm`` when nobody's days are over yet; ``lifecycle_days``.
    """
    day = last_day(orders, as_of)
    some_days(days)
    own = needed(campaigns, "campaigns", ["campaign", "customer_id", "date", "arm"])
    own = own[own["campaign"].astype(str).eq(campaign)].drop_duplicates("customer_id")
    if own.empty:
        raise DataError(
            "winback_campaign",
            campaign=campaign,
            campaigns=", ".join(sorted(campaigns["campaign"].astype(str).unique())),
        )
    own = own[own["date"] + (days - 1) * DAY <= day].set_index("customer_id")
    if own.empty:
        raise DataError("winback_arm", campaign=campaign, treated=0, holdout=0, days=days)
    bought = query("brought_back", "SELECT customer_id, order_day, net, margin FROM customer_orders", orders, day)
    since = (bought["order_day"].astype("datetime64[us]") - bought["customer_id"].map(own["date"].dt.normalize())) / DAY
    inside = bought[(since >= 0) & (since < days)]
    each = inside.assign(purchase=inside["net"] >= 0).groupby("customer_id")
    totals = each.agg(orders=("purchase", "sum"), revenue=("net", "sum"), margin=("margin", "sum"))
    totals = totals.reindex(own.index, fill_value=0)
    if bought["margin"].isna().all():
        totals["margin"] = np.nan
    cost = own["cost"].fillna(0.0) if "cost" in own else 0.0
    return totals.assign(arm=own["arm"].astype(str), cost=cost, bought=totals["orders"] > 0)
