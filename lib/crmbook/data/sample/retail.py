"""The retail case: eight stores, an app and a web shop over three years, with every table of the schema."""

from __future__ import annotations

import pandas as pd

from crmbook.data.sample import drawing, tables, truth
from crmbook.data.sample.planted import RETAIL


def build(customers: int, seed: int) -> dict[str, pd.DataFrame]:
    """Return the tables of the retail case and ``"truth"``; see ``crmbook.data.sample.generate``."""
    drawn = drawing.draw(customers, seed, RETAIL)
    return tables.show(drawn) | {"truth": truth.show(drawn)}
