"""Comments: what they are about, and in what tone.

`coding` (themes, tone by theme, trend) · `textmodel` (a small model trained on labelled comments).
"""

from crmbook.comments.coding import (
    THEME_WORDS,
    agreement,
    code_themes,
    dissatisfaction_words,
    first_theme,
    keywords,
    theme_counts,
    theme_trend,
    tokens,
)
from crmbook.comments.textmodel import Evaluation, evaluate, language_of, train
from crmbook.shared.door import rooms
from crmbook.shared.pareto import pareto

__getattr__ = rooms(__name__)
