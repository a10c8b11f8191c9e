"""`python -m flowlang`"""

from flowlang.tools.cli import entry

entry()
