import json
import os
import subprocess
import sys

import pytest

from jupiter.compiler.settings import quiet_environment, server_at_hand
from jupiter.errors import SurroundingsError

PROFILES = """
active = "work"
[profiles.work]
PREFECT_API_URL = "http://work.example/api"
[profiles.plain]
PREFECT_LOGGING_LEVEL = "DEBUG"
[profiles.other]
PREFECT_API_URL = "http://other.example/api"
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    return tmp_path


def test_without_environment_and_profile_no_server_is_at_hand():
    assert server_at_hand() is None


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        pytest.param({}, "http://work.example/api", id="the active profile"),
        pytest.param(
            {"PREFECT_PROFILE": "other"}, "http://other.example/api", id="PREFECT_PROFILE"
        ),
        pytest.param({"PREFECT_PROFILE": "plain"}, None, id="a profile without a server"),
        pytest.param({"PREFECT_PROFILE": "unknown"}, None, id="a profile that does not exist"),
        pytest.param(
            {"PREFECT_API_URL": "http://env/api"}, "http://env/api", id="environment first"
        ),
        pytest.param({"PREFECT_API_URL": " "}, "http://work.example/api", id="empty is unset"),
        pytest.param({"PREFECT_PROFILES_PATH": "/nowhere"}, None, id="another file of profiles"),
    ],
)
def test_the_server_is_that_of_the_environment_or_of_the_profile(
    home, monkeypatch, variables, found
):
    (home / "profiles.toml").write_text(PROFILES)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert server_at_hand() == found


def test_prefect_itself_finds_the_same_server(home):
    (home / "profiles.toml").write_text(PROFILES)
    code = "import prefect.settings as s; print(s.PREFECT_API_URL.value())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=home, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == server_at_hand()


def test_what_a_repository_contains_does_not_choose_the_server(home, monkeypatch):
    repository = home / "repository"
    repository.mkdir()
    (repository / ".env").write_text("PREFECT_API_URL=http://evil.example/api\n")
    (repository / "prefect.toml").write_text('[api]\nurl = "http://evil.example/api"\n')
    monkeypatch.chdir(repository)
    assert server_at_hand() is None


@pytest.mark.parametrize("text", ['active = "', "\x00", "active = 1"], ids=["cut", "nul", "number"])
def test_broken_profiles_are_an_answer_or_none_but_no_traceback(home, text):
    (home / "profiles.toml").write_text(text)
    if text == "active = 1":
        assert server_at_hand() is None
    else:
        with pytest.raises(SurroundingsError, match=r"profiles\.toml.*PREFECT_API_URL"):
            server_at_hand()


def test_neither_settings_nor_server_import_prefect(home):
    code = (
        "import sys, jupiter.compiler.settings, jupiter.compiler.server; "
        "print([m for m in ('prefect', 'httpx', 'uvicorn') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_importable()
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("embedded", [True, False])
def test_prefect_takes_every_variable_and_stays_silent(home, embedded):
    quiet = quiet_environment(embedded=embedded)
    code = (
        "import json, logging, prefect.settings as s; from prefect import flow;"
        "logging.getLogger('prefect').critical('x'); logging.getLogger('EventsWorker').error('x');"
        "logging.getLogger('prefect.flow_runs').error('x');"
        "print(json.dumps(sorted(s.get_current_settings().to_environment_variables("
        "exclude_unset=True))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=_importable() | quiet,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    known = set(json.loads(done.stdout)) | {"DO_NOT_TRACK", "NO_PROXY", "no_proxy"}
    aliases = {"PREFECT_LOGGING_CONFIG_PATH": "PREFECT_LOGGING_SETTINGS_PATH"}
    assert [name for name in quiet if name not in known and aliases.get(name) not in known] == []


def test_a_logging_configuration_that_the_user_has_named_stays(monkeypatch):
    monkeypatch.setenv("PREFECT_LOGGING_CONFIG_PATH", "/etc/mine.yml")
    assert "PREFECT_LOGGING_CONFIG_PATH" not in quiet_environment(embedded=True)


def test_a_proxy_is_not_asked_for_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "internal.example")
    quiet = quiet_environment(embedded=True)
    assert quiet["no_proxy"] == quiet["NO_PROXY"] == "internal.example,127.0.0.1"
    assert "no_proxy" not in quiet_environment(embedded=False)


def _importable():
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
