"""Names to places: where a name that is used in a scope is defined, through imports and re-exports."""

from __future__ import annotations

from collections.abc import Callable

from jupiter.code.scopes import Binding, Scope
from jupiter.index.modules import Modules
from jupiter.index.steps import Steps
from jupiter.index.values import Class, External, Place

ScopesOf = Callable[[str], list[Scope]]

_MOST_STEPS = 24
"""From module to module, on the way to where a name is defined."""


class Scoping:
    """Lexical scopes and imports of a codebase; answers are kept, nothing ever changes."""

    def __init__(self, modules: Modules, scopes: ScopesOf) -> None:
        self.modules = modules
        self.scopes = scopes
        """The scopes of a module, by its path."""
        self._steps = Steps(_MOST_STEPS)

    def home(self, path: str, scope: int, name: str) -> int | None:
        """The scope that a name used in `scope` is bound in; None when nothing in the file binds it."""
        scopes = self.scopes(path)
        at, skip_class = scope, False
        while at >= 0:
            here = scopes[at]
            bindings = here.bindings.get(name)
            if bindings is not None and not (skip_class and here.kind == "class"):
                kind = bindings[0][0]
                if kind == "global":
                    return 0 if name in scopes[0].bindings else None
                if kind != "outer":
                    return at
            skip_class = skip_class or here.kind != "comprehension"
            at = here.parent
        return None

    def places(self, path: str, scope: int, name: str) -> tuple[Place | External, ...]:
        """Where a name that is used in a scope is defined, or what outside of the codebase it is."""
        home = self.home(path, scope, name)
        if home is None:
            starred = self._starred(path, name)
            return starred or (External(f"builtins.{name}"),)
        if home == 0:
            return self.exports(path, name)
        return self._defined(path, home, name)

    def exports(self, path: str, name: str) -> tuple[Place | External, ...]:
        """What a module's attribute `name` is: defined there, imported, or a module of the package."""
        return self._steps.ask((path, name), lambda: self._exported(path, name), ())

    def imported(
        self, path: str, level: int, module: str, name: str
    ) -> tuple[Place | External, ...]:
        """What `from module import name` means in a file; an empty name is the module itself."""
        dotted = self.modules.absolute(path, level, module)
        if dotted is None:
            return ()
        found = self.modules.find(dotted, path)
        if not name:
            return (Place(found, -1, ""),) if found else (External(dotted),)
        if found is None:
            inner = self.modules.find(f"{dotted}.{name}", path)
            return (Place(inner, -1, ""),) if inner else (External(f"{dotted}.{name}"),)
        if found == path:  # `from . import x` in `__init__` itself
            inner = self.modules.submodule(path, name)
            return (Place(inner, -1, ""),) if inner else ()
        return self.exports(found, name)

    def meant(self, path: str, binding: Binding) -> tuple[Place | External, ...]:
        """What a binding by `import` or `from` means; nothing for a star, which binds no name."""
        match binding:
            case ("import", _, _, dotted, whole):
                return self.imported(path, 0, dotted if whole else dotted.partition(".")[0], "")
            case ("from", _, _, level, module, name) if name != "*":
                return self.imported(path, level, module, name)
            case _:
                return ()

    def _exported(self, path: str, name: str) -> tuple[Place | External, ...]:
        if name in self.scopes(path)[0].bindings:
            found = self._defined(path, 0, name)
        else:
            found = self._starred(path, name)
        if not found and (inner := self.modules.submodule(path, name)):
            return (Place(inner, -1, ""),)
        return found

    def _defined(self, path: str, scope: int, name: str) -> tuple[Place | External, ...]:
        found: list[Place | External] = []
        for binding in self.scopes(path)[scope].bindings[name]:
            if binding[0] in {"import", "from"}:
                found += self.meant(path, binding)
            else:
                found.append(Place(path, scope, name))
        return tuple(dict.fromkeys(found))

    def _starred(self, path: str, name: str) -> tuple[Place | External, ...]:
        for binding in self.scopes(path)[0].bindings.get("*", ()):
            _, _, _, level, module, _ = binding
            dotted = self.modules.absolute(path, level, module)
            source = self.modules.find(dotted, path) if dotted else None
            if source and source != path and not name.startswith("_"):
                found = self.exports(source, name)
                if found:
                    return found
        return ()


def own_class(scoping: Scoping, path: str, scope: int) -> Class | None:
    """The class whose method a function is, unless it is a static one."""
    scopes = scoping.scopes(path)
    parent = scopes[scope].parent
    is_static = "staticmethod" in scopes[scope].decorators
    return Class(path, parent) if scopes[parent].kind == "class" and not is_static else None
