"""Clustering: segments that are stable, named and useful.

`behavioural` (how customers buy, as features) · `preparation` · `partition`, `clusters` (k-means and the number of
groups) · `stability` · `alternatives` (Ward, mixtures, mixed data) · `segments` (assign, drift, usefulness) ·
`profiles` (who they are) · `psychographics` (what they think) · `portraits` (names, one page a segment).
"""

from crmbook.clustering.alternatives import Mixed, Mixture, Tree, gower, mixed, mixture, ward
from crmbook.clustering.behavioural import behaviour, business_attributes, chosen
from crmbook.clustering.clusters import Clusters, carried, cluster, opinions, redraw, silhouettes
from crmbook.clustering.portraits import BUYING_RULES, customer_map, customer_portrait, names, profile
from crmbook.clustering.preparation import Prepared, explore, prepare, winsorise
from crmbook.clustering.profiles import (
    areas,
    associations,
    bands,
    composition,
    demographics,
    known_demographics,
    location_quotients,
    nearest_store,
    tiles,
)
from crmbook.clustering.psychographics import items_of, marker_items, scale_scores, scales
from crmbook.clustering.segments import (
    Comparison,
    Drift,
    Usefulness,
    assign,
    ceiling,
    compare,
    drift,
    feature_drift,
    usefulness,
)
from crmbook.clustering.stability import control, verdict
from crmbook.shared.door import rooms

__getattr__ = rooms(__name__)
