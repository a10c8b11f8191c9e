"""`python -m flowlang`"""

import sys

from flowlang.tools.cli import main

sys.exit(main())
