"""What all tests share: no test touches the user's folders, and what was left out is said at the end."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from jupiter.bus.file import FileLog
from jupiter.bus.journal import EVENTS
from jupiter.bus.verify import verify
from jupiter.demo.material import Release, repository_of
from jupiter.errors import SurroundingsError
from jupiter.model.recipe import Durability

# What a test may need beyond pip, by the program that proves it is there.
SERVICES = {"git": "git", "chromium": "chromium", "bubblewrap": "bwrap"}
EVERYTHING = os.environ.get("JUPITER_TEST_ALL") == "1"


def missing() -> list[str]:
    return [name for name, program in SERVICES.items() if shutil.which(program) is None]


@pytest.fixture(scope="session", autouse=True)
def interrupts() -> None:
    """Ctrl-C interrupts, also when a shell has started the tests in the background and so made it deaf."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def foreign_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of the tests' own; what pip has cached and which Pythons there are stays known."""
    home = tmp_path_factory.mktemp("home")
    old = Path(os.environ.get("HOME", "/"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_CACHE_DIR", os.environ.get("PIP_CACHE_DIR", str(old / ".cache" / "pip")))
        if (old / ".pyenv").is_dir():
            patch.setenv("PYENV_ROOT", os.environ.get("PYENV_ROOT", str(old / ".pyenv")))
        patch.setenv("HOME", str(home))
        patch.setenv("JUPITER_HOME", str(home / "jupiter"))
        patch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "PREFECT_API_URL"):
            patch.delenv(name, raising=False)
        patch.delenv("PREFECT_HOME", raising=False)
        yield home


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """A run in this process sets Prefect's variables: they are no other test's."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(autouse=True)
def every_log_is_verified(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """What holds of every beginning of every log holds of those that tests write, but for `breaks_log`."""
    made: list[Path] = []
    create = FileLog.create.__func__

    def noted(
        cls: type[FileLog], folder: Path, run: str, durability: Durability = "disk"
    ) -> FileLog:
        made.append(folder)
        return create(cls, folder, run, durability)

    monkeypatch.setattr(FileLog, "create", classmethod(noted))
    yield
    if request.node.get_closest_marker("breaks_log") is None:
        for folder in made:
            if (folder / EVENTS).exists():
                assert verify(folder).problems == ()


def pytest_sessionstart(session: pytest.Session) -> None:
    if EVERYTHING and missing():
        pytest.exit(f"JUPITER_TEST_ALL=1, and these are missing: {', '.join(missing())}", 1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    left_out = [*missing(), *skipped(terminalreporter)]
    terminalreporter.write_line(f"left out: {', '.join(left_out) or 'nothing'}")


def skipped(terminalreporter: pytest.TerminalReporter) -> list[str]:
    """Why tests were skipped, each reason once."""
    reports = terminalreporter.stats.get("skipped", [])
    reasons = (report.longrepr[2] for report in reports if isinstance(report.longrepr, tuple))
    return sorted({reason.removeprefix("Skipped: ") for reason in reasons})


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; tests that need it are left out where it is not installed."""
    program = shutil.which(SERVICES["chromium"])
    if program is None:
        pytest.skip("chromium")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def fetched() -> Callable[[Release], Path]:
    """The repository of a release; a test that cannot have it is left out, and fails where all must run."""

    def fetch(release: Release) -> Path:
        try:
            return repository_of(release)
        except SurroundingsError as error:
            if EVERYTHING:
                raise
            pytest.skip(str(error).partition(":")[0])

    return fetch
