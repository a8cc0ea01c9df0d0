"""``python -m crmbook``: the same as ``crmbook``."""

import sys

from crmbook.cli import main

sys.exit(main())
