"""The program that computes facts in a process of its own: files on stdin, their facts on stdout.

It gets the folder that the package `jupiter` lies in, and is started so that its module search path
has nothing else but the standard library.
"""

from __future__ import annotations

import gc
import marshal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupiter.index.facts import Facts, File

_AT_ONCE = 1 << 20  # bytes of source between two looks for cycles


def main(home: str) -> None:
    """Answer one question."""
    sys.path.append(home)
    files: list[File] = marshal.load(sys.stdin.buffer)  # noqa: S302 # from our parent
    marshal.dump([tuple(one) for one in _facts(files)], sys.stdout.buffer)


def _facts(files: list[File]) -> list[Facts]:
    from jupiter.index.facts import facts_of_all  # noqa: PLC0415 # found by the path that was given

    # Syntax trees have no cycles: looking for some while they are walked costs a tenth of the time.
    gc.disable()
    found: list[Facts] = []
    begin = size = 0
    for end, (_, data) in enumerate(files, start=1):
        size += len(data)
        if size >= _AT_ONCE or end == len(files):
            found += facts_of_all(files[begin:end])
            begin, size = end, 0
            gc.collect()
    return found


if __name__ == "__main__":
    main(sys.argv[1])
