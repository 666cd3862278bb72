"""`python -m jupiter` is `jupiter`."""

import sys

from jupiter.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
