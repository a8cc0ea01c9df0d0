"""Offers: how customers buy, what they do next, what to offer them.

`recommendation` (next products, tested on held-out purchases) · `association` (what is bought together) ·
`relationships` (transactional to strategic) · `contact` (channels, use, feedback) · `regression` (who buys, how
often, how much) · `interviews` (themes, competitors).
"""

from crmbook.offers.association import Bought, baskets, owned, pairs, triples
from crmbook.offers.contact import channel_mix, channel_switching, feedback, order_size, stickiness, usage_tiers
from crmbook.offers.interviews import (
    agreement,
    code_by_words,
    coding_table,
    competitor_prices,
    competitor_summary,
    disagreements,
    observations,
    themes,
)
from crmbook.offers.recommendation import Recommender, hold_out, learn, recommend, segment_offers
from crmbook.offers.regression import compared, forecast, period, split
from crmbook.offers.relationships import relationship_types, rule_grid, shared_measures
from crmbook.shared.agreement import kappa
from crmbook.shared.door import rooms
from crmbook.shared.ranking import auc

__getattr__ = rooms(__name__)
