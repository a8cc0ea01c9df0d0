"""What is planted in the sample: every parameter that a method can be asked to find again."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Segment:
    """How a customer of one behavioural segment buys: means around which customers vary, so that segments overlap."""

    name: str
    share: float
    orders_a_year: float
    quantity: float
    price_taste: float
    main_category: float
    online: float
    evening: float
    discount: float
    age: float
    female: float
    income: float


SEGMENTS = (
    Segment("everyday", 0.28, 8.8, 1.25, -0.3, 0.18, 0.12, 0.12, 0.10, 52, 0.66, 2.2),
    Segment("bargain", 0.24, 7.2, 1.15, -0.6, 0.22, 0.80, 0.45, 0.75, 36, 0.60, 1.6),
    Segment("stockpiler", 0.20, 4.8, 4.20, 0.0, 0.20, 0.25, 0.15, 0.45, 43, 0.55, 2.8),
    Segment("specialist", 0.16, 6.0, 1.30, 0.9, 0.88, 0.70, 0.25, 0.12, 45, 0.40, 3.2),
    Segment("nightowl", 0.12, 6.6, 1.60, 0.3, 0.30, 0.90, 0.88, 0.15, 27, 0.50, 2.0),
)

PSYCHOGRAPHIC_GROUPS = {"planner": 0.35, "trendsetter": 0.20, "naturalist": 0.25, "easygoing": 0.20}
"""Shares of the psychographic groups."""

LIFESTYLE_FACTORS = {
    "thrift": ("item_1", "item_2", "item_3", "item_4"),
    "trend": ("item_5", "item_6", "item_7", "item_8"),
    "nature": ("item_9", "item_10", "item_11", "item_12"),
}
LIFESTYLE_MEANS = {
    "planner": (1.1, -0.7, 0.0),
    "trendsetter": (-0.8, 1.2, -0.2),
    "naturalist": (0.1, -0.3, 1.2),
    "easygoing": (-0.9, -0.6, -1.0),
}
"""Mean of each group on the three factors, in standard deviations of a group."""

DRIVER_WEIGHTS = {
    "product_quality": 0.25,
    "service_attitude": 0.37,
    "delivery_speed": 0.18,
    "after_sales": 0.13,
    "price": 0.07,
}
"""Weight of each satisfaction item on the overall score; they add up to 1."""

KANO_CLASSES = {
    "safe_payment": "M",
    "free_returns": "M",
    "fast_delivery": "O",
    "fair_price": "O",
    "gift_wrap": "A",
    "recipes": "A",
    "wall_calendar": "I",
    "store_music": "I",
    "daily_calls": "R",
}

SOURCES = {"search": 0.30, "social": 0.20, "event": 0.38, "referral": 0.50}
"""Chance that a lead of each source becomes a customer without a coupon."""

OWNERS = {"E01": 1.12, "E02": 0.96, "E03": 1.04, "E04": 0.90, "E05": 1.08, "E06": 1.00, "E07": 0.94, "E08": 0.98}
"""Factor of each owner on the customers' order rate."""

PAIRS = {("P01", "P06"): 0.36, ("P11", "P12"): 0.34, ("P16", "P27"): 0.30, ("P21", "P24"): 0.32}
"""Chance that the second product joins an order that holds the first."""

DEFECTS = {"P08": 0.09, "P23": 0.12, "P37": 0.08}
"""Chance that a line of this product is faulty; ``Effects.defect`` for all others."""


@dataclass(frozen=True)
class Effects:
    """Effects and rates that hold for everybody.

    A lift of 0.4 means 40 % more orders than without it; ``*_leave`` is the chance that the event loses the customer.
    """

    programme_lift: float = 0.60
    discount_lift: float = 0.70
    discount_share: float = 0.15
    callback_lift: float = 0.40
    callback_weeks: int = 8
    winback_return: float = 0.14
    spontaneous_return: float = 0.0012
    coupon_conversion: float = 0.34
    referral_leave: float = 0.75
    late_complaint: float = 0.26
    defect_complaint: float = 0.35
    plain_complaint: float = 0.008
    late_leave: float = 0.03
    resolved_share: float = 0.70
    resolved_leave: float = 0.06
    unresolved_leave: float = 0.38
    satisfaction_leave: float = -0.45
    leave_after_purchase: float = 0.061
    leave_after_purchase_weight: float = 14.0
    leave_in_silence: float = 0.0022
    distance_decay: float = 0.005
    defect: float = 0.012
    return_share: float = 0.030
    price_rise: float = 0.03
    late: float = 0.10
    late_peak: float = 0.26


@dataclass(frozen=True)
class Planted:
    """Everything planted in the retail case."""

    segments: tuple[Segment, ...] = SEGMENTS
    effects: Effects = field(default_factory=Effects)


RETAIL = Planted()
