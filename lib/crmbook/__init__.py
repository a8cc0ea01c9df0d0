"""crmbook: customer relationship management (CRM) analytics, taught and applied."""

from crmbook.data.faults import DataError
from crmbook.data.load import Book, load

__all__ = ["Book", "DataError", "load"]
__version__ = "0.1.0"
