"""`python -m jupiter` is `jupiter`."""

from jupiter.cli.main import program

if __name__ == "__main__":
    program()
