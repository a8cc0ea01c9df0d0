"""crmbook: customer relationship management (CRM) analytics, taught and applied.

A lesson speaks through this door and those of the chapters: ``from crmbook import load, tiering``, then
``tiering.abc(…)``, ``tiering.charts.lorenz(…)``, ``tiering.panels.abc(…)``.
"""

import importlib
from typing import TYPE_CHECKING, Any

from crmbook.data.faults import DataError

if TYPE_CHECKING:
    from crmbook.data import sample, schemes
    from crmbook.data.customers import summarise
    from crmbook.data.load import Book, load
    from crmbook.figures.first_screen import summary
    from crmbook.figures.sections import begin, setting
    from crmbook.figures.table import show
    from crmbook.locale import label, name, use

__version__ = "0.1.0"

# Imported when asked for: `crmbook --help` answers at once, and whoever only loads data waits for no pictures.
_WHERE = {
    "Book": "data.load",
    "begin": "figures.sections",
    "checker": "course.checks",
    "label": "locale",
    "load": "data.load",
    "name": "locale",
    "quiz": "course.quizzes",
    "sample": "data",
    "save": "reports.tables",
    "schemes": "data",
    "setting": "figures.sections",
    "show": "figures.table",
    "summarise": "data.customers",
    "summary": "figures.first_screen",
    "use": "locale",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    where = f"{__name__}.{_WHERE[name]}"
    module = importlib.import_module(where)
    return getattr(module, name) if hasattr(module, name) else importlib.import_module(f"{where}.{name}")
