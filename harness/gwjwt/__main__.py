"""``python -m gwjwt`` is ``gwjwt``."""

import sys

from gwjwt.cli import main

if __name__ == "__main__":
    sys.exit(main())
