"""``python -m gwjwt`` is ``gwjwt``."""

from gwjwt.cli import main

if __name__ == "__main__":
    main()
