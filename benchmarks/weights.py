"""What a codemod's CPU depends on: are briefings even that are dealt by bytes, or by bytes and files?

    python benchmarks/weights.py [--quick] [--json FILE]

Runs codemods through Jupiter on released packages and reads the CPU seconds of each briefing from the log.
The least-squares fit of seconds to bytes and files says how many bytes cost as much as a file does beside
its own. `off` is how far a briefing's CPU is from what its weight says, at most: with the weight that the
planner takes, with bytes alone, and with the fit, the limit of what bytes and files can say.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from material import copy_of, repository
from processes import as_installed
from table import Goal, Results, aligned, arguments, goals

from jupiter.bus.file import FileLog
from jupiter.model.briefing_events import BriefingFinished
from jupiter.model.run_events import WavePlanned
from jupiter.planner.plan import A_FILE

PACKAGES = (("Django", "5.2", "django"), ("rich", "13.7.0", "rich"), ("click", "8.1.7", ""))
CODEMODS = (
    "add_trailing_commas.AddTrailingCommas",
    "convert_format_to_fstring.ConvertFormatStringCommand",
)
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Part:
    """A briefing that is done."""

    bytes: int
    files: int
    cpu: float


@dataclass(frozen=True, slots=True)
class Row:
    """A codemod on a package; `a_file` is in bytes, `off` are ratios."""

    package: str
    codemod: str
    briefings: int
    cpu: float
    a_file: int
    off: float
    off_bytes: float
    off_fit: float


def main() -> int:
    """Measure, print; fail when a goal is missed."""
    options = arguments("What a codemod's CPU depends on.").parse_args()
    rows = list(_rows(quick=options.quick))
    results = Results([asdict(row) for row in rows])
    off = max(row.off / row.off_bytes for row in rows)
    results.goals.append(
        Goal("off, with the planner's weight", off, "of that with bytes alone", 1.0)
    )
    print(aligned([tuple(asdict(rows[0])), *(tuple(asdict(row).values()) for row in rows)]))
    print(f"a file: {median(row.a_file for row in rows):.0f} bytes in the median, {A_FILE} taken")
    print(goals(results))
    if options.json:
        results.write(options.json)
    return 0 if all(goal.holds for goal in results.goals) else 1


def _rows(*, quick: bool) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="jupiter-weights-") as folder:
        for name, version, inside in PACKAGES[-1:] if quick else PACKAGES:
            for codemod in CODEMODS[:1] if quick else CODEMODS:
                root = copy_of(repository(name, version), Path(folder, "package"))
                parts = _parts(root, codemod, inside)
                a_byte, a_file = fitted(parts)
                yield Row(
                    package=f"{name} {version}",
                    codemod=codemod.partition(".")[0],
                    briefings=len(parts),
                    cpu=sum(part.cpu for part in parts),
                    a_file=round(a_file / a_byte),
                    off=_off(parts, 1, A_FILE),
                    off_bytes=_off(parts, 1, 0),
                    off_fit=_off(parts, a_byte, a_file),
                )


def _parts(root: Path, codemod: str, inside: str) -> list[Part]:
    """The briefings of a run of one codemod on the Python of a package, or of a folder in it."""
    recipe, home = root.with_name("recipe.yaml"), root.with_name("home")
    step = {"codemod": codemod, "select": {"paths": [f"{inside}/**" if inside else "**"]}}
    recipe.write_text(f"version: 1\nname: weights\nsteps: {{change: {step}}}\n")
    command = ("run", recipe, "--repo", root, "--workers", WORKERS)
    subprocess.run(
        [sys.executable, "-m", "jupiter", *map(str, command)],
        env=as_installed() | {"JUPITER_HOME": str(home)},
        check=True,
        capture_output=True,
    )
    log = max(home.glob("runs/*/events.jsonl"), key=lambda path: path.stat().st_mtime).parent
    owned: dict[int, tuple[str, ...]] = {}
    found: list[Part] = []
    for event in FileLog.open(log).events():
        match event.data:
            case WavePlanned(owned=some):
                owned |= {one.briefing: one.symbols for one in some}
            case BriefingFinished(cpu=float() as cpu) if event.briefing:
                paths = owned[event.briefing]
                size = sum((root / path).stat().st_size for path in paths)
                found.append(Part(size, len(paths), cpu))
            case _:
                pass
    return found


def fitted(parts: Sequence[Part]) -> tuple[float, float]:
    """Seconds of a byte and of a file, by least squares."""
    bb = sum(p.bytes * p.bytes for p in parts)
    bf = sum(p.bytes * p.files for p in parts)
    ff = sum(p.files * p.files for p in parts)
    by, fy = sum(p.bytes * p.cpu for p in parts), sum(p.files * p.cpu for p in parts)
    whole = bb * ff - bf * bf
    return (by * ff - fy * bf) / whole, (fy * bb - by * bf) / whole


def _off(parts: Sequence[Part], a_byte: float, a_file: float) -> float:
    """How many times more CPU for its weight than all have together one of them has at most, or less."""
    weights = [part.bytes * a_byte + part.files * a_file for part in parts]
    mean = sum(part.cpu for part in parts) / sum(weights)
    ratios = [part.cpu / weight / mean for part, weight in zip(parts, weights, strict=True)]
    return max(*ratios, 1 / min(ratios))


if __name__ == "__main__":
    sys.exit(main())
