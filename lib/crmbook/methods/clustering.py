"""Clustering, the methods of the chapter under one name.

They stand in `crmbook.methods.preparation` (a look at the features, logarithms), `clusters` (k-means and the number of
clusters), `stability` (bootstrap, gap statistic, verdict, control sets), `alternatives` (Ward, mixtures, Gower) and
`segments` (new customers, comparison, drift). What a segment is like stands in `portraits`, `profiles` and
`psychographics`; what goes in, in `behaviour`.
"""

from crmbook.methods.alternatives import Mixed, Mixture, Tree, gower, mixed, mixture, ward
from crmbook.methods.clusters import Clusters, carried, cluster, opinions, redraw, silhouettes
from crmbook.methods.preparation import Prepared, explore, prepare, winsorise
from crmbook.methods.segments import (
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
from crmbook.methods.stability import control, verdict

__all__ = [
    "Clusters",
    "Comparison",
    "Drift",
    "Mixed",
    "Mixture",
    "Prepared",
    "Tree",
    "Usefulness",
    "assign",
    "carried",
    "ceiling",
    "cluster",
    "compare",
    "control",
    "drift",
    "explore",
    "feature_drift",
    "gower",
    "mixed",
    "mixture",
    "opinions",
    "prepare",
    "redraw",
    "silhouettes",
    "usefulness",
    "verdict",
    "ward",
    "winsorise",
]
