"""The answer key of the retail case: what the generator drew, not what a rule computes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmbook.data.sample import goods, marketing, places, purchases, tables
from crmbook.data.sample.drawing import Drawn
from crmbook.data.sample.planted import (
    DEFECTS,
    DRIVER_WEIGHTS,
    KANO_CLASSES,
    LIFESTYLE_FACTORS,
    OWNERS,
    PAIRS,
    SOURCES,
    Effects,
)
from crmbook.data.schema import TRUTH

_RATES = (
    "programme_lift",
    "discount_lift",
    "callback_lift",
    "late_complaint",
    "plain_complaint",
    "resolved_leave",
    "unresolved_leave",
    "referral_leave",
)


def show(drawn: Drawn) -> pd.DataFrame:
    """Return the answer key: customers and comments, then the planted classes, weights and effects."""
    single = _planted(drawn.planted.effects) | _counted(drawn)
    rest = pd.DataFrame(
        [
            (entity, name, value if isinstance(value, str) else f"{value:.10g}")
            for (entity, name), value in single.items()
        ],
        columns=["entity", "id", "value"],
    )
    key = pd.concat([_customers(drawn), _comments(drawn), rest], ignore_index=True).reindex(columns=TRUTH.names)
    return tables.typed(key, TRUTH)


def _customers(drawn: Drawn) -> pd.DataFrame:
    """Return state and segment of consumers and partners who bought; the group where lifestyle items were answered."""
    people, state = drawn.people, drawn.state
    bought = people["account_type"].isin(["consumer", "partner"]).to_numpy() & (state.last_order >= 0)
    asked = np.zeros(len(people), dtype=bool)
    asked[drawn.lifestyle["person"]] = True
    segments = np.array([segment.name for segment in drawn.planted.segments] + [""])
    return pd.DataFrame(
        {
            "entity": "customer",
            "id": tables.customer_ids(drawn),
            "state": np.where(state.alive, "alive", "lapsed"),
            "lapse_date": tables.dated(state.lapse, ~state.alive & (state.lapse >= 0)),
            "segment": segments[people["segment"]],
            "psychographic": people["psychographic"].where(asked, ""),
        }
    )[bought]


def _comments(drawn: Drawn) -> pd.DataFrame:
    said = drawn.answers.assign(entity="comment", id=tables.response_ids(drawn))
    return said.loc[said["comment"].ne(""), ["entity", "id", "theme", "sentiment", "template"]]


def _planted(effects: Effects) -> dict[tuple[str, str], float | str]:
    """Return the planted classes, weights and rates by entity and name."""
    products = goods.PRODUCTS["product_id"]
    stores = places.STORES.set_index("store")["rate_factor"]
    return (
        {("feature", feature): kind for feature, kind in KANO_CLASSES.items()}
        | {("factor", item): factor for factor, items in LIFESTYLE_FACTORS.items() for item in items}
        | {("driver", item): weight for item, weight in DRIVER_WEIGHTS.items()}
        | {("effect", rate): getattr(effects, rate) for rate in _RATES}
        | {("source", source): chance for source, chance in SOURCES.items()}
        | {("pair", f"{first}+{second}"): chance for (first, second), chance in PAIRS.items()}
        | {("owner", owner): factor for owner, factor in OWNERS.items()}
        | {("store", str(store)): factor for store, factor in stores.items()}
        | {("product", product): DEFECTS.get(product, effects.defect) for product in products}
    )


def _counted(drawn: Drawn) -> dict[tuple[str, str], float]:
    """Return the effects counted among the draws: what would not have happened without programme or campaign."""
    treated = drawn.programme["treated"]
    caused = drawn.lines["cause"].eq(purchases.CAUSES.index("programme"))
    months = 12 * int(treated.sum())
    own = drawn.orders[drawn.orders["cause"].isin([purchases.CAUSES.index("base"), purchases.CAUSES.index("callback")])]
    winback = drawn.winback
    anyway = winback["alive_before"] & marketing.bought_within(
        own, winback["person"].to_numpy(), marketing.WINBACK_DAY, marketing.WINBACK_DAYS
    )
    only_so = winback["returned"] & ~anyway
    coupons = drawn.leads[drawn.leads["treated"]]
    return {
        ("effect", "programme_spend"): round(drawn.lines["amount"][caused].sum() / months, 2),
        ("effect", "winback_uplift"): round(float(only_so[winback["treated"]].mean()), 4),
        ("effect", "coupon_uplift"): round(float(coupons["by_coupon"].mean()), 4),
    }
