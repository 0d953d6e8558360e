"""``python -m optimizer.cli`` is ``loadstone``."""

import sys

from optimizer.cli.main import main

sys.exit(main())
