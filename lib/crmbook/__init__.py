"""crmbook: customer relationship management (CRM) analytics, taught and applied."""

from typing import TYPE_CHECKING, Any

from crmbook.data.faults import DataError

if TYPE_CHECKING:
    from crmbook.data.load import Book, load

__all__ = ["Book", "DataError", "load"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import pandas and what reads data only when they are asked for: `crmbook --help` answers at once."""
    if name in __all__:
        from crmbook.data import load

        return getattr(load, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
