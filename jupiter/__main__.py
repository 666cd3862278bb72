"""`python -m jupiter` is `jupiter`."""

import sys

from jupiter.cli.main import program

if __name__ == "__main__":
    sys.exit(program())
