"""The cache is one file that any number of processes share, and that nothing can make an error."""

import logging
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupiter.index import cache as module
from jupiter.index.cache import Cache, open_cache
from jupiter.index.facts import Facts, facts_of, key_of
from jupiter.index.index import build_index

ROOT = Path(__file__).parents[2]
TEXT = b"import os\n\n\ndef f(a: int) -> int:\n    return os.getpid() + a\n"
KEY = key_of(".py", TEXT)
FACTS = facts_of(".py", TEXT)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite"


@pytest.fixture
def full(file: Path) -> Path:
    """A cache that knows one file."""
    cache = Cache(file)
    assert cache.add({KEY: FACTS})
    cache.close()
    return file


@pytest.fixture
def warned(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.WARNING):
        yield caplog


def knows(file: Path, key: bytes = KEY) -> bool:
    """Whether another cache on the same file knows a key, whole."""
    cache = Cache(file)
    outline, names = cache.outlines([key]), cache.names(key)
    cache.close()
    assert (key in outline) == (names is not None)
    return key in outline


def works(file: Path) -> bool:
    """Whether what is added now is found again."""
    cache = Cache(file)
    added = cache.add({KEY: FACTS})
    cache.close()
    return added and knows(file)


def test_what_was_added_is_found_again(full: Path):
    cache = Cache(full)
    assert cache.outlines([KEY, b"?", KEY]) == {KEY: FACTS.outline}
    assert cache.names(KEY) == (FACTS.scopes, FACTS.uses)
    assert cache.names(b"?") is None


def test_it_is_one_file_that_nobody_else_can_read(full: Path):
    assert [path.name for path in full.parent.iterdir()] == [full.name]
    assert stat.S_IMODE(full.stat().st_mode) == 0o600


def test_more_keys_than_a_query_can_have_are_found(file: Path):
    cache = Cache(file)
    keys = {n.to_bytes(4, "big"): FACTS for n in range(2_500)}
    assert cache.add(keys)
    assert cache.outlines(keys).keys() == keys.keys()


def test_the_key_is_of_the_content_and_the_ending():
    assert len({key_of(".py", TEXT), key_of(".md", TEXT), key_of(".py", TEXT + b"\n")}) == 3


def damaged(file: Path) -> Iterator[tuple[str, bytes]]:
    data = file.read_bytes()
    yield "other bytes", b"This is no database.\n" * 400
    yield "the half of it", data[: len(data) // 2]
    yield "noise behind the header", data[:100] + os.urandom(len(data) - 100)
    at = data.index(FACTS.uses)
    yield "one bit of a value", data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_a_damaged_file_is_a_warning_and_a_miss_and_works_again(
    full: Path, warned: pytest.LogCaptureFixture
):
    for what, data in list(damaged(full)):
        full.write_bytes(data)
        warned.clear()
        cache = Cache(full)
        found = cache.outlines([KEY]).get(KEY), cache.names(KEY)
        cache.close()
        assert found[1] is None, what
        assert found[0] in (None, FACTS.outline), what
        assert "thrown away" in warned.text, what
        assert works(full), what


def test_an_empty_file_is_a_new_one(file: Path, warned: pytest.LogCaptureFixture):
    file.touch(0o600)
    assert works(file)
    assert not warned.records


def test_another_format_is_thrown_away_without_a_word(full: Path, warned: pytest.LogCaptureFixture):
    other = Cache(full, version=7)
    assert other.outlines([KEY]) == {}
    assert other.add({b"new": FACTS})
    other.close()
    assert not knows(full)
    assert not warned.records


def test_who_finds_that_another_format_has_taken_over_adds_nothing_to_it(full: Path):
    old = Cache(full)
    assert old.outlines([KEY])
    new = Cache(full, version=7)
    assert new.outlines([KEY]) == {}
    assert not old.add({b"old": FACTS})
    assert new.outlines([b"old"]) == {}


def test_a_file_that_others_could_write_is_not_read(full: Path, warned: pytest.LogCaptureFixture):
    full.chmod(0o666)
    assert Cache(full).outlines([KEY]) == {}
    assert "others may have written to it" in warned.text
    assert works(full)
    assert stat.S_IMODE(full.stat().st_mode) == 0o600


def test_a_link_is_not_followed(full: Path, tmp_path: Path):
    link = tmp_path / "link.sqlite"
    link.symlink_to(full)
    assert Cache(link).outlines([KEY]) == {}
    assert knows(full)


@pytest.mark.parametrize("place", ["a folder", "below a file", "nowhere"])
def test_where_no_file_can_be_there_is_none(tmp_path: Path, place: str):
    (tmp_path / "plain").touch()
    (tmp_path / "folder" / "in").mkdir(parents=True)
    file = {"a folder": "folder", "below a file": "plain/x", "nowhere": "no/x"}[place]
    cache = Cache(tmp_path / file)
    assert cache.outlines([KEY]) == {}
    assert cache.names(KEY) is None
    assert not cache.add({KEY: FACTS})


READ_ONLY = """
import os
from jupiter.index.cache import open_cache
from jupiter.index.index import build_index
if os.geteuid() == 0:  # may write everywhere
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
index = build_index({"a.py": b"def f(): ...\\n"}, open_cache())
print(index.files["a.py"].symbols)
"""


@pytest.mark.parametrize("mode", [0o555, 0o000], ids=["read only", "closed"])
def test_a_home_that_cannot_be_written_is_no_error(mode: int):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # any user may pass
        home = Path(folder, "home")
        home.mkdir()
        home.chmod(mode)
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY],
            env={"PYTHONPATH": str(ROOT), "JUPITER_HOME": str(home / "jupiter")},
            capture_output=True,
            text=True,
            check=False,
        )
        home.chmod(0o755)
        assert (done.stdout, done.stderr) == ("('f',)\n", "")
        assert list(home.iterdir()) == []


def test_while_another_writes_without_end_nothing_is_kept_and_the_rest_is_found(full: Path):
    connection = sqlite3.connect(full, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BUSY", 0.1)
        cache = Cache(full)
        assert not cache.add({b"new": FACTS})
        assert cache.outlines([KEY])
    connection.close()
    assert knows(full)


WRITER = """
import sys
from pathlib import Path
from jupiter.index.cache import Cache
from jupiter.index.facts import Facts
cache, name, rounds = Cache(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for n in range(rounds):
    data = f"{name}-{n}".encode()
    assert cache.add({b"%s/%d" % (data, i): Facts(data, data * 500, data * 500) for i in range(20)})
    assert len(cache.outlines([b"%s/%d" % (data, i) for i in range(20)])) == 20
    print(n, flush=True)
"""


def writer(file: Path, name: str, rounds: int) -> "subprocess.Popen[str]":
    """A process that adds twenty entries a round, each round as a whole; it waits for a line."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file), name, str(rounds)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def start(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def entries(file: Path, name: str, rounds: int) -> list[int]:
    """How many entries of each round there are."""
    cache = Cache(file)
    return [
        len(cache.outlines([f"{name}-{n}/{i}".encode() for i in range(20)])) for n in range(rounds)
    ]


def test_processes_that_write_at_once_lose_nothing(file: Path):
    processes = {name: writer(file, name, 15) for name in "abcd"}
    for process in processes.values():
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes.values():
        start(process)
    for name, process in processes.items():
        process.communicate()
        assert process.returncode == 0
        assert entries(file, name, 15) == [20] * 15


@pytest.mark.parametrize("after", [0, 3, 11])
def test_a_writer_that_is_killed_leaves_whole_rounds_only(
    full: Path, warned: pytest.LogCaptureFixture, after: int
):
    process = writer(full, "a", 100_000)
    start(process)
    assert process.stdout is not None
    while process.stdout.readline() != f"{after}\n":
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate()
    found = entries(full, "a", after + 200)
    assert set(found) <= {0, 20}
    assert found[: after + 1] == [20] * (after + 1)
    assert not warned.records
    assert works(full)


def test_what_a_writer_had_begun_when_it_was_killed_is_undone(full: Path):
    """The journal of a large transaction lies beside the file, which is half written."""
    begun = f"""
import os, sqlite3, sys
db = sqlite3.connect({str(full)!r}, isolation_level=None)
db.execute("PRAGMA cache_spill = 1")
db.execute("PRAGMA cache_size = 1")
db.execute("BEGIN IMMEDIATE")
db.execute("DELETE FROM outline")
for n in range(2000):
    db.execute("INSERT INTO outline VALUES (?, 0, 0, ?)", (b"%d" % n, b"x" * 2000))
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", begun], check=False)
    assert full.with_name(f"{full.name}-journal").stat().st_size > 0
    assert knows(full)
    assert not knows(full, b"0")


def test_what_is_not_used_for_long_is_removed(full: Path, monkeypatch: pytest.MonkeyPatch):
    today = module._today()
    monkeypatch.setattr(module, "_today", lambda: today + 50)
    assert knows(full)  # and that is a use
    Cache(full).add({b"new": FACTS})
    monkeypatch.setattr(module, "_today", lambda: today + 100)
    Cache(full).add({b"newer": FACTS})
    assert knows(full)
    monkeypatch.setattr(module, "_today", lambda: today + 200)
    Cache(full).add({b"newest": FACTS})
    assert [knows(full, key) for key in (KEY, b"newer", b"newest")] == [False, False, True]


def test_it_does_not_grow_without_end(file: Path, monkeypatch: pytest.MonkeyPatch):
    large = Facts(b"o" * 1_000, os.urandom(20_000), os.urandom(20_000))
    for day in range(60):
        monkeypatch.setattr(module, "_today", lambda day=day: day)
        cache = Cache(file, largest=1_000_000)
        assert cache.add({b"%d/%d" % (day, n): large for n in range(5)})
        cache.close()
    assert file.stat().st_size < 1_600_000
    assert knows(file, b"59/4")
    assert not knows(file, b"0/0")


def test_a_second_index_computes_only_what_has_changed(file: Path, monkeypatch: pytest.MonkeyPatch):
    texts = {"a.py": TEXT, "b.py": b"from a import f\nf(1)\n", "c.md": b"# C\n", "d": b"1\n"}
    first = build_index(texts, Cache(file))
    asked: list[bytes] = []

    def seen(files: list[tuple[str, bytes]]) -> list[Facts]:
        asked.extend(data for _, data in files)
        return [facts_of(*one) for one in files]

    monkeypatch.setattr("jupiter.index.index.build", seen)
    again = build_index(texts, Cache(file))
    assert asked == []
    assert again.files == first.files
    assert set(again.imports.edges) == set(first.imports.edges) == {("b.py", "a.py")}
    assert again.names.definitions == first.names.definitions
    build_index(texts | {"b.py": b"import a\n"}, Cache(file))
    assert asked == [b"import a\n"]


def test_an_entry_that_is_gone_in_the_middle_of_a_run_is_computed_anew(full: Path):
    cache = Cache(full)
    index = build_index({"a.py": TEXT}, cache)
    Cache(full, version=7).outlines([])  # another version takes the file over
    assert set(index.names.definitions) == {"a.py:f"}
    assert "getpid" in index.names.uses("a.py").attributes


def test_it_lies_in_the_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("JUPITER_HOME", str(tmp_path / "home"))
    cache = open_cache()
    assert cache is not None
    assert cache.add({KEY: FACTS})
    assert [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.sqlite")] == [
        "home/cache/index.sqlite"
    ]
