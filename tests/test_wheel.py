"""The wheel, installed elsewhere, is all of Jupiter: the command line, the catalogue, the demo."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, and beside it what the wheel depends on."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    Path(site, "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", wheel], check=True)
    return folder / "bin" / "jupiter"


def jupiter(elsewhere: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [elsewhere, *arguments], capture_output=True, text=True, check=False, cwd="/", timeout=400
    )


def test_the_wheel_has_the_catalogue_and_no_flows(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    shipped = {Path(name).name for name in names if name.startswith("jupiter/catalogue/")}
    assert shipped == {path.name for path in (ROOT / "recipes").glob("*.yaml")}
    assert len(shipped) >= 3
    assert {name.split("/")[0] for name in names} == {"jupiter", names[-1].split("/")[0]}
    assert "jupiter/compiler/logging.yml" in names
    assert {f"jupiter/delivery/report_page.{end}" for end in ("css", "html.jinja")} <= set(names)


def test_it_is_the_wheel_that_runs(elsewhere: Path) -> None:
    program = "import jupiter; print(jupiter.__file__)"
    python = elsewhere.with_name("python")
    found = subprocess.run(
        [python, "-P", "-c", program], capture_output=True, text=True, check=True
    )
    assert Path(found.stdout.strip()).is_relative_to(elsewhere.parents[1])


def test_recipes_are_found_by_name_and_valid(elsewhere: Path) -> None:
    names = [path.stem for path in sorted((ROOT / "recipes").glob("*.yaml"))]
    done = jupiter(elsewhere, "validate", *names)
    assert (done.returncode, done.stderr) == (0, "")


def test_schemas_are_printed(elsewhere: Path) -> None:
    done = jupiter(elsewhere, "schema", "recipe")
    assert json.loads(done.stdout) == json.loads((ROOT / "schemas/recipe.schema.json").read_text())


def test_the_demo_ends_with_a_green_branch_and_no_conflict(elsewhere: Path) -> None:
    done = jupiter(elsewhere, "demo", "--json")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    report = json.loads(done.stdout)
    assert report["status"] == "done"
    assert report["conflicts"] == 0
    assert report["workers"] == 3
    assert report["hazards"] == []
    assert report["interfaces_published"] >= 5
    assert [(c["step"], c["exit_code"]) for c in report["checks"]] == [("before", 0), ("after", 0)]
    repository = Path(os.environ["JUPITER_HOME"]) / "cache" / "demo" / "click-8.1.7"
    tip = subprocess.run(
        ["git", "rev-parse", "jupiter/demo"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    )
    assert tip.stdout.strip() == report["commit"]
