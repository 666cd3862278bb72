"""Dotted names and paths: which file of a codebase an import means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from jupiter.code.imports import module_name

_ROOTS = ("", "src/", "lib/")


class Modules:
    """The modules of a codebase, by dotted name and by path."""

    def __init__(self, paths: Iterable[str]) -> None:
        everything = frozenset(paths)
        self._paths = everything
        self.names: dict[str, str] = {}
        self.packages: set[str] = set()
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path in sorted(everything):
            if not path.endswith((".py", ".pyi")):
                continue
            name, is_package = module_name(path, everything)
            inside = self._inside_package(path, name)
            self.names[path] = inside or name
            found[name].append(path)
            if inside:
                found[inside].append(path)
            if is_package:
                self.packages.add(path)
        self._folders = frozenset(
            path.removeprefix(root).partition("/")[0] for root in _ROOTS for path in everything
        )
        # a module beside its stub: the module is what runs
        self._by_name: Mapping[str, list[str]] = {
            name: sorted(paths, key=lambda p: (p.endswith(".pyi"), p))
            for name, paths in found.items()
        }

    def find(self, dotted: str, user: str) -> str | None:
        """The path of a module by its absolute name, as `user`'s imports see it."""
        found = self._by_name.get(dotted)
        if found is None:
            return self._in_namespace(dotted)
        if len(found) == 1:
            return found[0]
        folder = user.rpartition("/")[0]
        beside = (path for path in found if path.rpartition("/")[0] == folder)
        return next(beside, found[0])

    def absolute(self, user: str, level: int, module: str) -> str | None:
        """The absolute name that an import in `user` means; None when it leaves the topmost package."""
        if level == 0:
            return module
        parts = self.names[user].split(".")
        if user not in self.packages:
            parts = parts[:-1]
        up = level - 1
        if up > len(parts):
            return None
        base = parts[: len(parts) - up]
        return ".".join([*base, *([module] if module else [])])

    def submodule(self, path: str, name: str) -> str | None:
        """The path of a package's own module `name`."""
        if path not in self.packages:
            return None
        return self.find(f"{self.names[path]}.{name}", path)

    def _inside_package(self, path: str, name: str) -> str:
        """The name of a module whose folder lacks an `__init__`, but stands in a package's folder.

        `flask/sansio/app.py` is `flask.sansio.app` though only `flask` has an `__init__`; when it is
        put on the path by itself it is `app` as well.
        """
        folders = path.split("/")[:-1]
        for depth in range(1, len(folders) - name.count(".") + 1):
            top = "/".join(folders[:depth])
            if f"{top}/__init__.py" in self._paths or f"{top}/__init__.pyi" in self._paths:
                rest = [*folders[depth - 1 :], path.rpartition("/")[2].partition(".")[0]]
                found = ".".join(part for part in rest if part != "__init__")
                return "" if found == name else found
        return ""

    def _in_namespace(self, dotted: str) -> str | None:
        """A module of a package without `__init__`, below the usual roots."""
        if dotted.partition(".")[0] not in self._folders or "." not in dotted:
            return None
        inner = dotted.replace(".", "/")
        for root in _ROOTS:
            for ending in (".py", "/__init__.py", ".pyi", "/__init__.pyi"):
                if (path := f"{root}{inner}{ending}") in self._paths:
                    return path
        return None
