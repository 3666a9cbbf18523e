"""``python -m spreadlab.cli``: the same as the ``spreadlab`` command."""

import sys

from spreadlab.cli import main

if __name__ == "__main__":
    sys.exit(main())
