"""The forty products of the sample in eight categories."""

from __future__ import annotations

import numpy as np
import pandas as pd

CATEGORIES = ("tea", "food", "care", "home", "kids", "pets", "desk", "tech")

_PRICES = {
    "tea": (28, 45, 68, 98, 168),
    "food": (15, 22, 29, 39, 59),
    "care": (25, 36, 49, 79, 129),
    "home": (29, 49, 79, 119, 199),
    "kids": (35, 59, 89, 129, 189),
    "pets": (19, 32, 45, 69, 109),
    "desk": (12, 18, 29, 49, 89),
    "tech": (59, 99, 149, 229, 359),
}
_MARGINS = dict(zip(CATEGORIES, (0.52, 0.28, 0.45, 0.40, 0.38, 0.33, 0.42, 0.22), strict=True))

PRODUCTS = pd.DataFrame(
    [
        (f"P{5 * row + place + 1:02d}", category, price, round(price * (1 - _MARGINS[category]), 1))
        for row, category in enumerate(CATEGORIES)
        for place, price in enumerate(_PRICES[category])
    ],
    columns=["product_id", "category", "price", "cost"],
)

POPULARITY = np.array([0.24, 0.20, 0.14, 0.13, 0.08, 0.09, 0.07, 0.05])
"""How often each category is bought by somebody without a main category."""


def number(product: str) -> int:
    """Return the row of a product code in ``PRODUCTS``."""
    return int(product[1:]) - 1
