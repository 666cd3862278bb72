"""A log that an older Jupiter wrote still opens, folds and says the same."""

import zlib
from pathlib import Path

import pytest

from jupiter.bus.codec import decode
from jupiter.bus.file import FileLog
from jupiter.bus.verify import verify
from jupiter.errors import LogError
from jupiter.fold.file import File
from jupiter.fold.state import fold
from jupiter.fold.tree import changed_files

LOGS = Path(__file__).parent / "logs"
BASE = {
    "pkg/__init__.py": b"from pkg.a import f\n",
    "pkg/a.py": b"def f(\n    x, y\n):\n    return x\n",
}


@pytest.mark.parametrize("folder", sorted(LOGS.glob("*/*")), ids=lambda folder: folder.parent.name)
def test_a_log_of_an_older_version_is_read_and_folds_to_the_tree_that_it_had(folder: Path) -> None:
    assert verify(folder).problems == ()
    log = FileLog.open(folder)
    state = fold(log.events())
    assert (state.status, len(state.briefings), state.conflicts) == ("done", 4, 0)

    def base(path: str) -> File | None:
        return File(BASE[path]) if path in BASE else None

    files = changed_files(state, base, log.get)
    assert {path: file and file.text for path, file in files.items()} == {
        "pkg/__init__.py": b"from pkg.a import g\n",
        "pkg/a.py": b"def g(\n    x, y,\n):\n    return x\n",
    }


def test_a_log_of_a_later_version_is_refused_with_both_versions(tmp_path: Path) -> None:
    line = (LOGS / "v1").glob("*/events.jsonl").__next__().read_bytes().splitlines(keepends=True)[0]
    body = line.replace(b'{"v":1,', b'{"v":2,').rpartition(b',"crc":"')[0]
    later = body + b',"crc":"' + f"{zlib.crc32(body):08x}".encode() + b'"}\n'
    with pytest.raises(LogError, match="event of version 2; this Jupiter reads 1"):
        decode(later)
