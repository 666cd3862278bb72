"""Which Prefect server is at hand, and the variables that make Prefect a quiet guest.

Prefect reads its settings when it is imported, so nothing here imports it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from jupiter.compiler.background import background_server
from jupiter.errors import SurroundingsError

ALLOWED = "JUPITER_ALLOW_REPO"
"""The variable with the folders that deployed runs may work on, separated as in PATH."""

_LOGGING = Path(__file__).parent / "logging.yml"
_LOGGING_NAMES = ("PREFECT_LOGGING_CONFIG_PATH", "PREFECT_LOGGING_SETTINGS_PATH")

_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "0",
    # A server of Prefect's own making gets the terminal's Ctrl-C and outlives a SIGTERM.
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "0",
    # Jupiter logs outside of a run too; such a record has no run at the server to belong to.
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    # How often a server that is away is asked again, at growing distances: half a minute in all. The
    # default of five makes it three minutes, at the end of a run whose result is there already.
    "PREFECT_CLIENT_MAX_RETRIES": "3",
}
_EMBEDDED = {
    "PREFECT_API_REQUEST_TIMEOUT": "30",
    "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "0",
    "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "0.5",
}
_SERVER = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "0",
    # One event at a time, the default, falls behind the flow; what is queued at the end is lost.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    # On a busy machine a statement is late, not lost; what times out is a 503 to the client.
    "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
    "PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT": "30",
    # Deployments live at a server that stays; here there is nothing to schedule.
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "0",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "0",
    "PREFECT_SERVER_SERVICES_FOREMAN_ENABLED": "0",
}


def server_at_hand() -> str | None:
    """Return the API URL of the server to report to; None without one.

    It is that of the environment, of the active profile, or of a server that the user has started with
    `prefect server start --background`.

    A `.env`, `prefect.toml` or `pyproject.toml` of the current folder has no say: what a repository
    contains must not decide where a run reports to.
    Raises SurroundingsError when the profiles cannot be read.
    """
    if url := os.environ.get("PREFECT_API_URL", "").strip():
        return url
    url = _active_profile(_profiles_path()).get("PREFECT_API_URL")
    if isinstance(url, str) and url.strip():
        return url.strip()
    return background_server(_home())


def quiet_environment(*, embedded: bool) -> dict[str, str]:
    """Return the variables to set before `import prefect`, so that nothing reaches the terminal.

    With `embedded` the server is ours and ends with this process. Logs of flow and task runs still
    go to the API. A logging configuration that the user has named in the environment stays.
    """
    variables = _QUIET | (_EMBEDDED | _reached_directly(os.environ) if embedded else {})
    if not any(os.environ.get(name) for name in _LOGGING_NAMES):
        variables["PREFECT_LOGGING_CONFIG_PATH"] = str(_LOGGING)
    return variables


def server_environment(home: Path, url: str, auth: str) -> dict[str, str]:
    """Return the variables of an embedded server at `url` that keeps its data in `home`.

    It answers only those that know `auth`.
    """
    return _SERVER | {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_API_AUTH_STRING": auth,
        "PREFECT_SERVER_UI_API_URL": f"{url}/api",
        # The default is Prefect's own package folder, which may be read-only.
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "ui"),
        # The default `*` lets any web page that the user looks at talk to the server.
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": url,
    }


def _profiles_path() -> Path:
    if path := os.environ.get("PREFECT_PROFILES_PATH"):
        return Path(path)
    return _home() / "profiles.toml"


def _home() -> Path:
    home = os.environ.get("PREFECT_HOME")
    return Path(home).expanduser() if home else Path.home() / ".prefect"


def _active_profile(path: Path) -> Mapping[str, object]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SurroundingsError(
            f"{path}: Prefect's profiles cannot be read: {error}; "
            "repair the file, or set PREFECT_API_URL"
        ) from error
    name = os.environ.get("PREFECT_PROFILE") or document.get("active")
    profile = _table(document.get("profiles")).get(name) if isinstance(name, str) else None
    return _table(profile)


def _table(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _reached_directly(environment: Mapping[str, str]) -> dict[str, str]:
    """A proxy for the outside must not be asked for what runs on this machine."""
    if not any(name.lower() in {"http_proxy", "all_proxy"} for name in environment):
        return {}
    known = environment.get("no_proxy") or environment.get("NO_PROXY", "")
    hosts = ",".join(filter(None, (known, "127.0.0.1")))
    return {"NO_PROXY": hosts, "no_proxy": hosts}
