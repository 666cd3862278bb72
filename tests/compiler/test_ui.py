"""What Prefect's UI shows of a run, read in a real browser: its names, its graph, its artifacts."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from repositories import committed

RECIPE = """\
version: 1
name: tidy
steps:
  commas: {codemod: add_trailing_commas.AddTrailingCommas, workers: 2}
  compiles: {run: python -m compileall -q ., needs: [commas]}
"""


def ran(place: Path, server: Any) -> Any:
    """A run of two briefings at the server; its flow run."""
    repository = place / "mine"
    repository.mkdir()
    for name in "ab":
        (repository / f"{name}.py").write_text(f"{name} = f(\n    1, 2\n)\n")
    committed(repository)
    (place / "tidy.yaml").write_text(RECIPE)
    command = [sys.executable, "-m", "jupiter", "run", place / "tidy.yaml", "--repo", repository]
    environment = os.environ | {"PREFECT_API_URL": server.api_url}
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=200)
    (run,) = server.ask("/flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 1})
    return run


def shows(page: Page, *texts: str) -> None:
    """Wait for what the page must show."""
    for text in texts:
        page.get_by_text(text).locator("visible=true").first.wait_for(timeout=60_000)


def test_the_run_page_and_the_reports_artifact_show_what_happened(
    prefect_server: Any, browser: Browser, tmp_path: Path
) -> None:
    run = ran(tmp_path, prefect_server)
    page = browser.new_page()
    assert run["name"].startswith("tidy · mine@")
    page.goto(f"{prefect_server.url}/runs/flow-run/{run['id']}")
    shows(page, run["name"], "Completed")
    page.get_by_text("Task Runs", exact=True).click()
    shows(page, "briefing 1: add_trailing_commas.AddTrailingCommas", "verify compiles", "deliver")
    page.get_by_text("Artifacts", exact=True).first.click()
    shows(page, "briefing-1", "bus", "plan", "report")
    report = prefect_server.artifacts(run["id"])["report"]
    page.goto(f"{prefect_server.url}/artifacts/artifact/{report['id']}")
    shows(page, "Timeline", "a.py:a")
