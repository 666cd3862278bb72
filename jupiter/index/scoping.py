"""Names to places: where a name that is used in a scope is defined, through imports and re-exports."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jupiter.code.scopes import Binding, ModuleFacts, Scope
from jupiter.index.modules import Modules
from jupiter.index.values import Class, External, Place

FactsOf = Callable[[str], ModuleFacts]


class Scoping:
    """Lexical scopes, imports and class order of a codebase; answers are kept, nothing ever changes."""

    def __init__(self, modules: Modules, facts: FactsOf) -> None:
        self.modules = modules
        self._facts = facts
        self._scopes: dict[str, list[Scope]] = {}
        self._orders: dict[tuple[str, int], tuple[Class | External, ...]] = {}
        self._exports: dict[tuple[str, str], tuple[Place | External, ...]] = {}
        self._exporting: set[tuple[str, str]] = set()
        self.bases: Callable[[str, int], Sequence[Class | External]] = lambda _path, _scope: ()

    def scopes(self, path: str) -> list[Scope]:
        """The scopes of a module."""
        found = self._scopes.get(path)
        if found is None:
            found = self._scopes[path] = self._facts(path).scopes
        return found

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
        key = (path, name)
        if (found := self._exports.get(key)) is not None:
            return found
        if key in self._exporting:
            return ()
        self._exporting.add(key)
        try:
            if name in self.scopes(path)[0].bindings:
                found = self._defined(path, 0, name)
            else:
                found = self._starred(path, name)
            if not found and (inner := self.modules.submodule(path, name)):
                found = (Place(inner, -1, ""),)
        finally:
            self._exporting.discard(key)
        self._exports[key] = found
        return found

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

    def order(self, path: str, scope: int) -> tuple[Class | External, ...]:
        """A class, then its bases in the order in which members are looked up (C3, else depth first)."""
        key = (path, scope)
        if (found := self._orders.get(key)) is not None:
            return found
        self._orders[key] = (Class(path, scope),)  # a class that inherits from itself
        bases = self.bases(path, scope)
        orders = [
            self.order(base.path, base.scope) if isinstance(base, Class) else (base,)
            for base in bases
        ]
        merged = _merge([list(order) for order in [*orders, tuple(bases)]])
        found = (Class(path, scope), *merged)
        self._orders[key] = found
        return found

    def members(self, cls: Class, name: str) -> tuple[Binding, ...]:
        """What a class itself binds a member name to: in its body, and through `self` in methods."""
        scope = self.scopes(cls.path)[cls.scope]
        return (*scope.bindings.get(name, ()), *scope.members.get(name, ()))

    def owner(self, cls: Class, name: str, *, behind: Class | None = None) -> Class | None:
        """The class that a member is found in, looked up on `cls`; only `behind` a class if given."""
        order = self.order(cls.path, cls.scope)
        if behind is not None and behind in order:
            order = order[order.index(behind) + 1 :]
        for one in order:
            if isinstance(one, Class):
                scope = self.scopes(one.path)[one.scope]
                if name in scope.bindings or name in scope.members:
                    return one
        return None

    def _defined(self, path: str, scope: int, name: str) -> tuple[Place | External, ...]:
        found: list[Place | External] = []
        for binding in self.scopes(path)[scope].bindings[name]:
            match binding:
                case ("import", _, _, dotted, whole):
                    target = dotted if whole else dotted.partition(".")[0]
                    found += self.imported(path, 0, target, "")
                case ("from", _, _, level, module, imported):
                    if imported != "*":
                        found += self.imported(path, level, module, imported)
                case _:
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


def _merge(orders: list[list[Class | External]]) -> list[Class | External]:
    """C3 linearization (Barrett et al., 1996); what cannot be merged is taken depth first."""
    merged: list[Class | External] = []
    orders = [order for order in orders if order]
    while orders:
        for order in orders:
            head = order[0]
            if not any(head in other[1:] for other in orders):
                break
        else:
            head = orders[0][0]
        merged.append(head)
        orders = [[one for one in order if one != head] for order in orders]
        orders = [order for order in orders if order]
    return merged
