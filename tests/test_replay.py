"""A change between two releases, replayed by agents over HTTP: every byte comes out, in virtual time."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from jupiter.fold.file import File

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"

BEFORE = {
    "pkg/__init__.py": b"from pkg.core import run as run\n",
    "pkg/core.py": (
        b"import os\n\n\nLIMIT = 1\n\n\nclass Old:\n    def gone(self):\n        return 1\n\n\n"
        b"class Kept:\n    '''Doc.'''\n\n    def a(self):\n        return 1\n\n    def b(self):\n"
        b"        return 2\n\n\ndef run(x):\n    return Kept().a() + x\n\n\ndef last():\n    pass\n"
    ),
    "pkg/crlf.py": b"def one():\r\n    return 1\r\n\r\n\r\ndef two():\r\n    return 2",
    "docs/api.md": b"# API\n\ntext\n\n## run\n\nruns\n",
    "old/name.txt": b"the same\n",
    "logo.bin": b"\xff\xfe\x00before",
    "gone.py": b"x = 1\n",
}
AFTER = {
    "pkg/__init__.py": b"from pkg.core import last as last\nfrom pkg.core import run as run\n",
    "pkg/core.py": (
        b"import sys\n\n\nLIMIT = 2\n\n\nif sys.version_info > (3,):\n    WIDE = 1\nelse:\n    WIDE = 0\n\n"
        b"Old = 3\n\n\nclass Kept:\n    '''Doc!'''\n\n    def b(self):\n        return 2\n\n"
        b"    # It was here.\n    # It is gone.\n\n    def a(self):\n        return 10\n\n    def c(self):\n"
        b"        return '\x0c'\n\n\ndef last():\n    pass\n\n\ndef made():\n    return 1\n\n\n"
        b"def run(x, *, y=0):\n    return Kept().a() + x + y\n"
    ),
    "pkg/crlf.py": b"def one():\r\n    return 10\r\n\r\n\r\ndef new():\r\n    pass\r\n\r\n\r\n"
    b"def two():\r\n    return 20",
    "docs/api.md": b"# API\n\ntext\n\n## run\n\nruns on\n\n## stop\n\nstops\n",
    "new/name.txt": b"the same\n",
    "logo.bin": b"\xff\xfe\x00after",
    "pkg/more.py": b"y = 1\n",
    "run.sh": b"#!/bin/sh\n",
}


@pytest.fixture(scope="module")
def modules() -> Iterator[tuple[ModuleType, ModuleType, ModuleType]]:
    """The benchmark's job, its oracle and its runs."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import replay_job  # noqa: PLC0415 # programs of benchmarks/ find each other by the path
        import replay_oracle  # noqa: PLC0415 # found by the path
        import replay_run  # noqa: PLC0415 # found by the path

        yield replay_job, replay_oracle, replay_run
    finally:
        sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def job(modules: tuple[ModuleType, ModuleType, ModuleType]) -> object:
    modes = {"run.sh": "100755"}
    before, after = (
        {path: File(text, modes.get(path, "100644")) for path, text in files.items()}
        for files in (BEFORE, AFTER)
    )
    return modules[0].job("small", before, after)


@pytest.mark.parametrize("workers", [1, 3])
def test_agents_make_the_next_release_byte_for_byte(
    modules: tuple[ModuleType, ModuleType, ModuleType],
    job: object,
    workers: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, oracle, runs = modules
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-replay")
    settings = runs.Settings(workers=workers)
    made = runs.play(job, oracle.Oracle(job.steps), settings, tmp_path / "run")
    assert made.tree == {
        p: File(t, "100755" if p == "run.sh" else "100644") for p, t in AFTER.items()
    }
    assert (made.report.status, made.report.conflicts, made.report.refused_edits) == ("done", 0, 0)
    assert sum(one.seconds for one in made.answered) / workers <= made.work
