"""The page of promised names: ``from crmbook.methods import tiering`` works as it always did.

A chapter's methods stand in its own folder; new code says ``from crmbook import tiering``.
"""

from crmbook import clustering, comments, complaints, evaluation, lifecycle, offers, satisfaction, tiering, value
