"""Whether a check has judged the result: its modules must be, byte for byte, those of the result.

With an editable install or an installed copy of the original, every check would be green otherwise.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jupiter.delivery.origins_evidence import Found
from jupiter.errors import SurroundingsError
from jupiter.system.scratch import ScratchTree

_PROJECT_FILES = frozenset({"pyproject.toml", "setup.py", "setup.cfg"})
_SOURCE_FOLDERS = frozenset({"src", "lib", "python"})
_SELDOM_SHIPPED = frozenset(
    {"benchmarks", "conf", "doc", "docs", "example", "examples", "noxfile", "scripts", "setup"}
    | {"tasks", "test", "tests", "tools"}
)
"""Names that wheels contain by mistake, if at all: another project's is no sign of anything."""


@dataclass(frozen=True, slots=True, order=True)
class Watched:
    """A top-level name that changed files are imported under, and the folder that it stands in."""

    name: str
    root: str
    """The folder's path in the tree; empty for the top."""
    shipped: bool
    """Whether an install provides the name: then it is looked for even if no process told of it."""


def watched(changed_paths: Iterable[str], all_paths: Iterable[str]) -> tuple[Watched, ...]:
    """Return the names under which the changed files can be imported, sorted.

    A file in a package counts for the package at the top, whatever it is; a module outside of one
    for itself, and for the namespace package that its folders may form. Test files that are in no
    package and `conftest.py` are imported by the test runner, and left out.
    """
    changed = tuple(changed_paths)
    # What was deleted counts: a package whose `__init__.py` has gone was one.
    known = frozenset(all_paths) | frozenset(changed)
    roots = _import_roots(known)
    found: dict[tuple[str, str], bool] = {}
    for path in changed:
        for name, root in _names(PurePosixPath(path), known, roots):
            if name.isidentifier():
                sources = PurePosixPath(root).name in _SOURCE_FOLDERS
                found[name, root] = root in roots and (sources or name not in _SELDOM_SHIPPED)
    return tuple(sorted(Watched(name, root, shipped) for (name, root), shipped in found.items()))


def confirm(
    check: str,
    names: Sequence[Watched],
    *,
    tree: ScratchTree,
    changed_paths: Collection[str],
    recorded: Iterable[tuple[str, str]],
    probe: Callable[[Sequence[str]], Mapping[str, Found]],
) -> bool:
    """Whether the check, which was green, has imported the result; False when nothing of it.

    `recorded` are the modules and files that its processes noted; what is shipped and was noted by
    none is looked up by `probe`. A name that is found nowhere outside the tree proves nothing, and
    is fine. Raises SurroundingsError when a module comes from a file that is not the result's.
    """
    trial = _Trial(check, names, tree, frozenset(changed_paths))
    told: set[str] = set()
    for module, file in recorded:
        told.add(module.partition(".")[0])
        trial.judge_module(module, Path(file))
    silent = sorted({one.name for one in names if one.shipped} - told)
    for name, found in probe(silent).items() if silent else ():
        trial.judge_found(name, found)
    return trial.confirmed


class _Trial:
    """Compares the files that modules come from with those of the result."""

    def __init__(
        self, check: str, names: Sequence[Watched], tree: ScratchTree, changed: frozenset[str]
    ) -> None:
        self.confirmed = False
        self._check = check
        self._names = names
        self._tree = tree
        self._known = tree.paths | changed
        self._changed = changed
        self._judged: set[tuple[str, Path]] = set()

    def judge_module(self, module: str, file: Path, *, verb: str = "imported") -> bool:
        """Refuse a module that is one of the result's by its name, and not by its bytes."""
        data = _read(file)
        inside = self._path_in_tree(file)
        if inside in self._tree.paths:
            if data is None or not self._tree.holds(inside, data):
                raise self._rewritten(module, inside)
            self.confirmed = True
            return True
        meant = [
            (path, one)
            for one in self._called(module.partition(".")[0])
            for path in _sources(module, file, one.root)
            if path in self._known
        ]
        if not meant:
            return False
        if data is None or not any(self._tree.holds(path, data) for path, _ in meant):
            raise self._foreign(module, file, *meant[0], verb=verb)
        if (base := _base(module, file)) is not None:
            self._judge_folder(module.partition(".")[0], base, verb=verb)
        self.confirmed = True
        return True

    def judge_found(self, name: str, found: Found) -> None:
        """Refuse what the interpreter would import under a name, when it is not the result."""
        if found.origin is None:
            for location in found.locations:
                self._judge_folder(name, Path(location).parent, verb="would import")
            return
        origin = Path(found.origin)
        if not self.judge_module(name, origin, verb="would import"):
            return
        base = _base(name, origin)
        if base is not None and not self._is_root(name, base):
            self._demand_a_changed_file(name, base)

    def _judge_folder(self, name: str, base: Path, *, verb: str) -> None:
        """Refuse a folder with changed files of a package as they were, imported by now or not."""
        if (name, base) in self._judged or self._is_root(name, base):
            return
        self._judged.add((name, base))
        for relative, meant in self._changed_under(name).items():
            file = base / relative
            data = _read(file)
            if data is None:
                continue
            if not any(self._tree.holds(path, data) for path, _ in meant):
                raise self._foreign(_module(relative), file, *meant[0], verb=verb)
            self.confirmed = True

    def _demand_a_changed_file(self, name: str, base: Path) -> None:
        """Refuse a package elsewhere that has none of the changed modules: they are new."""
        changed = {
            relative: meant
            for relative, meant in self._changed_under(name).items()
            if relative.endswith(".py") and any(path in self._tree.paths for path, _ in meant)
        }
        if changed and not any((base / relative).is_file() for relative in changed):
            relative, meant = next(iter(changed.items()))
            raise self._foreign(
                _module(relative), base / relative, *meant[0], verb="would look for"
            )

    def _changed_under(self, name: str) -> dict[str, list[tuple[str, Watched]]]:
        """Return the changed paths under a top-level name, by what follows its folder."""
        found: dict[str, list[tuple[str, Watched]]] = {}
        for one in self._called(name):
            start = f"{one.root}/" if one.root else ""
            for path in sorted(self._changed):
                relative = path.removeprefix(start)
                if path.startswith(start) and relative.split("/")[0] in {name, f"{name}.py"}:
                    found.setdefault(relative, []).append((path, one))
        return found

    def _called(self, name: str) -> Iterator[Watched]:
        return (one for one in self._names if one.name == name)

    def _is_root(self, name: str, base: Path) -> bool:
        """Whether a folder is where the tree itself has the name; its files are judged singly."""
        real = base.resolve()
        return any(real == self._tree.root / one.root for one in self._called(name))

    def _path_in_tree(self, file: Path) -> str:
        root = str(self._tree.root)
        for name in (os.path.normpath(file), os.path.realpath(file)):
            if name.startswith(f"{root}/") and name[len(root) + 1 :] in self._tree.paths:
                return name[len(root) + 1 :]
        return ""

    def _foreign(
        self, module: str, file: Path, path: str, one: Watched, *, verb: str
    ) -> SurroundingsError:
        folder = one.root or "."
        return SurroundingsError(
            f"{self._check} was green, but it {verb} {module} from {file}, which is not the "
            f"result's {path}; add `environment: {{pythonpath: [{folder}]}}` to the recipe, or "
            'install the result: `environment: {setup: ["python -m pip install -e ."]}`'
        )

    def _rewritten(self, module: str, path: str) -> SurroundingsError:
        return SurroundingsError(
            f"{self._check} was green, but {module} was imported from {path}, which a command has "
            "rewritten in the scratch tree: it is not the result that was judged; take what "
            "rewrites it out of the `run` steps and of `environment.setup`"
        )


def _names(
    path: PurePosixPath, known: frozenset[str], roots: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Yield (top-level name, its folder) for each way in which a file may be imported."""
    package = _top_package(path, known)
    if package is not None:
        yield package.name, _folder(package.parent)
    elif path.suffix != ".py" or _is_loose_test(path.name):
        return
    else:
        yield path.stem, _folder(path.parent)
    root = next(_folder(folder) for folder in path.parents if _folder(folder) in roots)
    first = path.relative_to(root).parts[0]
    yield first.removesuffix(".py"), root


def _top_package(path: PurePosixPath, known: frozenset[str]) -> PurePosixPath | None:
    top = None
    for folder in path.parents:
        if not folder.name or str(folder / "__init__.py") not in known:
            break
        top = folder
    return top


def _import_roots(known: frozenset[str]) -> frozenset[str]:
    """Return the folders that installs put on the module search path: of each project, and `src`."""
    projects = {PurePosixPath(path).parent for path in known if _name(path) in _PROJECT_FILES}
    projects.add(PurePosixPath())
    folders = {folder for path in known for folder in PurePosixPath(path).parents}
    sources = {project / name for project in projects for name in _SOURCE_FOLDERS} & folders
    packages = {folder for folder in sources if str(folder / "__init__.py") in known}
    return frozenset(_folder(folder) for folder in projects | (sources - packages))


def _is_loose_test(name: str) -> bool:
    return name == "conftest.py" or name.startswith("test_") or name.endswith("_test.py")


def _sources(module: str, file: Path, root: str) -> Iterator[str]:
    """Yield the paths in the tree that a module's file may stand for."""
    stem = "/".join(filter(None, [root, *module.split(".")]))
    package = file.name.startswith("__init__.")
    nested = "." in module  # at the top, a script and an installed package may share a name
    if package or nested or file.suffix != ".py":
        yield f"{stem}/__init__.py"
    if not package or nested:
        yield f"{stem}.py"


def _base(module: str, file: Path) -> Path | None:
    """Return the folder that a module's top-level name stands in, if the file is where it should."""
    parts = module.split(".")
    place = file.parent if file.name.startswith("__init__.") else file.with_name(parts[-1])
    if list(place.parts[-len(parts) :]) != parts:
        return None
    return place.parents[len(parts) - 1]


def _module(relative: str) -> str:
    path = PurePosixPath(relative)
    if path.suffix != ".py":
        return relative
    return ".".join((path.parent if path.stem == "__init__" else path.with_suffix("")).parts)


def _read(file: Path) -> bytes | None:
    """Return a file's bytes; None when there is no ordinary file, as in a zip archive."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return None
        return file.read_bytes()
    except OSError:
        return None


def _folder(folder: PurePosixPath) -> str:
    return "" if str(folder) == "." else str(folder)


def _name(path: str) -> str:
    return path.rpartition("/")[2]
