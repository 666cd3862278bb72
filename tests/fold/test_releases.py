"""What people changed from one release to the next, as edits of symbols, in any order."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "releases.py"


@pytest.mark.parametrize("case", ["cachetools==5.5.2..6.0.0", "blinker==1.7.0..1.8.0"])
def test_the_edits_between_two_releases_give_the_second_in_any_order(
    case: str, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, str(BENCHMARK), "--case", case, "--json", str(report)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (row,) = json.loads(report.read_text())["rows"]
    assert row["equal"] == row["orders"] == 20
    assert row["edits"] > 50
    assert row["as they come"] < row["orders"]
