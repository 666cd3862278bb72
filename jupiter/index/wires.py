"""Where the code of one file leads to when it runs: function by function, and what runs at import.

A unit is what runs as one: the body of a function with all that is defined in it, or, as scope 0, all
that runs when the module is imported. A constant that calls nothing is a unit by itself: what it holds
matters to those who say its name. Names are resolved; of a member only its name counts, since what it is
looked up on is not always known.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from jupiter.code.scopes import ANNOTATION, BASE, CALL, IMPORT, STORE, Expr, Scope
from jupiter.code.uses import attribute_uses, keyword_uses, name_uses, text_uses
from jupiter.index.index import Index
from jupiter.index.notation import alternatives, called, last_name
from jupiter.index.values import Class, External, Place

Unit = tuple[str, int]
"""A function by its file and scope; scope 0 is what runs when the file is imported.

A constant has a negative number: -1 is the first symbol of the file.
"""

AT_IMPORT = 0

VALUES = frozenset({"value", "declared"})
"""The kinds of bindings that give a name a value."""

_BY_NAME = frozenset({"getattr", "setattr", "hasattr", "delattr"})
_SAID_BEFORE = frozenset({"__getattr__", "__getattribute__", "__setattr__", "__delattr__"})
"""Where a name that is computed is one that somebody else has said."""
_LISTING = frozenset({"vars", "dir"})
_LISTING_MEMBERS = frozenset({"__dict__", "attrgetter", "methodcaller", "getmembers"})
"""What looks members up by names that are not written there."""
_RUNNING = frozenset({"eval", "exec", "globals", "__import__"})
_RUNNING_MEMBERS = frozenset(
    {
        *("import_module", "import_string", "reload", "exec_module", "run_path", "run_module"),
        *("runpy", "__subclasses__", "entry_points", "iter_entry_points", "iter_modules"),
        *("walk_packages", "pytest_plugins"),
    }
)
"""What runs code that no name says."""
_STARTING = frozenset(
    {
        *("Popen", "subprocess", "check_call", "check_output", "system", "popen", "execv"),
        *("create_subprocess_exec", "create_subprocess_shell"),
        *("pytester", "testdir", "runpytest"),
    }
)
"""What starts other processes: in tests perhaps of the codebase, elsewhere if they are of Python."""
_KEEPING = frozenset(
    {
        *("property", "setter", "getter", "deleter", "staticmethod", "classmethod", "overload"),
        *("cached_property", "abstractmethod", "override", "final", "wraps", "lru_cache", "cache"),
        *("contextmanager", "asynccontextmanager", "total_ordering", "runtime_checkable"),
        *("dataclass", "no_type_check", "deprecated", "fixture"),
    }
)
"""Decorators that keep what they are given under its own name, and tell nobody of it."""
_KEEPING_PACKAGES = frozenset(
    {"abc", "attr", "attrs", "click", "contextlib", "dataclasses", "functools", "typing"}
)
"""Packages all of whose decorators do so."""
_TYPE_MAKERS = frozenset({"TypeVar", "TypeVarTuple", "ParamSpec"})


@dataclass(slots=True)
class Wires:
    """Where one unit leads to."""

    units: set[Unit] = field(default_factory=set[Unit])
    constants: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    """Names that are bound to values, by file and line."""
    classes: set[Class] = field(default_factory=set[Class])
    modules: set[str] = field(default_factory=set[str])
    said: set[str] = field(default_factory=set[str])
    """The names of members, wherever they are looked up."""
    is_open: bool = False
    """Whether it looks members up by names that are made or stand elsewhere."""
    is_dynamic: bool = False
    """Whether it runs what no name in it says."""
    is_starting: bool = False
    """Whether it starts other processes."""
    is_python: bool = False
    """Whether it names the interpreter."""


@dataclass(frozen=True, slots=True)
class Fixture:
    """A fixture of pytest; one that is always used, or under another name, is `anyway`."""

    name: str
    unit: Unit
    anyway: bool


class FileWires:
    """One Python file of a codebase."""

    def __init__(self, index: Index, path: str) -> None:
        self._index = index
        self._names = index.names
        self._path = path
        self._facts = index.files[path]
        self._scopes: list[Scope] = self._names.scoping.scopes(path)
        self._units = _units_of(self._scopes)
        self._wires: dict[int, Wires] = {AT_IMPORT: Wires()}
        self._read()

    @property
    def units(self) -> dict[int, Wires]:
        """By scope: where each unit of the file leads to."""
        return self._wires

    def classes(self) -> Iterator[Class]:
        """The classes that are no part of a function."""
        for number, scope in enumerate(self._scopes):
            if scope.kind == "class" and self._units[number] == AT_IMPORT:
                yield Class(self._path, number)

    def unit(self, scope: int) -> Unit:
        """The unit that a scope is a part of."""
        return self._path, self._units[scope]

    def constant(self, line: int) -> Unit:
        """The unit of a constant that is bound on a line."""
        return self._path, self._at(AT_IMPORT, line)

    def line(self, unit: int) -> int:
        """The line on which a unit begins."""
        return self._facts.text_lines[-unit - 1] if unit < 0 else self._scopes[unit].line

    def functions(self) -> Iterator[int]:
        """The scopes of those units that are functions."""
        return (unit for unit in self._wires if unit > AT_IMPORT)

    def handed_over(self) -> Iterator[Unit | Class]:
        """What is given away where it is defined: to decorators that may call it, to its module's callers."""
        for unit in self.functions():
            scope = self._scopes[unit]
            is_member = self._scopes[scope.parent].kind == "class"
            hook = scope.name.startswith("pytest_") or scope.name in {"__getattr__", "__dir__"}
            if not is_member and (hook or self.is_handed_over(scope)):
                yield self._path, unit
        for cls in self.classes():
            if self.is_handed_over(self._scopes[cls.scope]):
                yield cls

    def is_handed_over(self, scope: Scope) -> bool:
        """Whether a decorator may tell others of what it decorates."""
        return any(not self._keeps(called(one), scope.parent) for one in scope.decorators)

    def _keeps(self, decorator: Expr, scope: int) -> bool:
        if last_name(decorator) in _KEEPING:
            return True
        return any(
            isinstance(one, External) and one.dotted.partition(".")[0] in _KEEPING_PACKAGES
            for root in _root(decorator)
            for one in self._names.scoping.places(self._path, scope, root)
        )

    def fixtures(self) -> Iterator[Fixture]:
        """The fixtures of pytest that the file defines."""
        uses = self._names.uses(self._path)
        anyway = {
            self._facts.tile_at(use.line)
            for keyword in ("autouse", "name")
            for use in keyword_uses(uses, keyword)
        }
        for unit in self.functions():
            scope = self._scopes[unit]
            if any(last_name(called(one)) == "fixture" for one in scope.decorators):
                tile = self._facts.tile_at(scope.line)
                yield Fixture(scope.name, (self._path, unit), tile in anyway)

    def _read(self) -> None:
        for number, unit in enumerate(self._units):
            if number == unit:
                self._wires.setdefault(unit, Wires())
        self._calls = self._calls_by_tile()
        self._plain = self._plain_tiles()
        self._numbers = {name: n for n, name in enumerate(self._facts.symbols)}
        self._constants = self._constant_tiles()
        for number in self._constants:
            self._wires[-number - 1] = Wires()
        self._read_names()
        self._read_attributes()
        self._read_texts()
        self._read_parameters()

    def _plain_tiles(self) -> frozenset[str]:
        """Functions whose annotations nobody reads, for nothing decorates them."""
        decorated = {
            self._facts.tile_at(scope.line) for scope in self._scopes if self.is_handed_over(scope)
        }
        kinds = zip(self._facts.symbols, self._facts.kinds, strict=True)
        plain = {name for name, kind in kinds if kind == "function"} - decorated
        return frozenset(
            plain | {tile for tile, names in self._calls.items() if names & _TYPE_MAKERS}
        )

    def _calls_by_tile(self) -> dict[str, set[str]]:
        """What each tile calls, by name."""
        uses = self._names.uses(self._path)
        rows = chain(
            ((name, use) for name in uses.names for use in name_uses(uses, name)),
            ((name, use) for name in uses.attributes for use in attribute_uses(uses, name)),
        )
        found: defaultdict[str, set[str]] = defaultdict(set)
        for name, use in rows:
            if use.how == CALL:
                found[self._facts.tile_at(use.line)].add(name)
        return dict(found)

    def _constant_tiles(self) -> frozenset[int]:
        """The numbers of statements that bind a name and call nothing."""
        kinds = zip(self._facts.symbols, self._facts.kinds, strict=True)
        return frozenset(
            number
            for number, (name, kind) in enumerate(kinds)
            if kind == "statement" and name not in self._calls and _is_bound(name)
        )

    def _at(self, scope: int, line: int) -> int:
        """The unit that a use is a part of."""
        unit = self._units[scope]
        if unit != AT_IMPORT:
            return unit
        number = self._numbers[self._facts.tile_at(line)]
        return -number - 1 if number in self._constants else AT_IMPORT

    def _read_names(self) -> None:
        uses, computed, tested = self._names.uses(self._path), Counter[int](), self._tested()
        for name in uses.names:
            known: dict[int, tuple[Place | External, ...]] = {}
            for scope, line, _, how in name_uses(uses, name):
                unit = self._at(scope, line)
                if how == CALL and name in _BY_NAME:
                    computed[unit] += 1
                if how in {IMPORT, STORE} or self._is_idle(unit, line, how):
                    continue
                if tested[scope, name]:
                    tested[scope, name] -= 1
                    continue
                if scope not in known:
                    known[scope] = self._names.scoping.places(self._path, scope, name)
                self._note(self._wires[unit], name, known[scope])
                self._lead(self._wires[unit], known[scope])
        computed.subtract(
            self._at(use.scope, use.line) for use in text_uses(uses) if use.what == "getattr"
        )
        for unit, more in computed.items():
            is_new = unit < 0 or self._scopes[unit].name not in _SAID_BEFORE
            self._wires[unit].is_open |= more > 0 and is_new

    def _note(self, wires: Wires, name: str, places: tuple[Place | External, ...]) -> None:
        """What a name by itself may do beside what it leads to."""
        is_builtin = places == (External(f"builtins.{name}"),)
        wires.is_open |= is_builtin and name in _LISTING
        wires.is_dynamic |= (is_builtin and name in _RUNNING) or name in _RUNNING_MEMBERS
        wires.is_starting |= name in _STARTING

    def _tested(self) -> Counter[tuple[int, str]]:
        """How often a scope names a class only to ask whether something is an instance of it."""
        return Counter(
            (number, name)
            for number, scope in enumerate(self._scopes)
            for exprs in scope.narrowed.values()
            for expr in exprs
            for name in alternatives(expr)
            if isinstance(name, str)
        )

    def _is_idle(self, unit: int, line: int, how: int) -> bool:
        """Whether a use makes nobody run what it names: bases where nobody makes one, annotations."""
        if how == BASE:
            return unit <= AT_IMPORT
        return how == ANNOTATION and (unit > AT_IMPORT or self._facts.tile_at(line) in self._plain)

    def _read_attributes(self) -> None:
        uses = self._names.uses(self._path)
        for name in uses.attributes:
            for scope, line, _, how, receiver in attribute_uses(uses, name):
                unit = self._at(scope, line)
                wires = self._wires[unit]
                wires.said.add(name)
                wires.is_open |= name in _LISTING_MEMBERS and not self._is_instance(receiver, scope)
                wires.is_dynamic |= name in _RUNNING_MEMBERS
                wires.is_starting |= name in _STARTING
                wires.is_python |= name == "executable"
                if self._is_idle(unit, line, how):
                    continue
                for module in self._modules(receiver, scope):
                    self._lead(wires, self._names.scoping.exports(module, name))

    def _is_instance(self, receiver: Expr, scope: int) -> bool:
        """Whether something is no class: what is listed of it is what others have put there."""
        if not isinstance(receiver, str):
            return False
        if receiver == "self":
            return True
        places = self._names.scoping.places(self._path, scope, receiver)
        return bool(places) and all(isinstance(p, Place) and self._is_value(p) for p in places)

    def _is_value(self, place: Place) -> bool:
        scopes = self._names.scoping.scopes(place.path)
        bindings = scopes[place.scope].bindings.get(place.name, ()) if place.scope >= 0 else ()
        return bool(bindings) and all(one[0] in VALUES for one in bindings)

    def _modules(self, receiver: Expr, scope: int) -> Iterator[str]:
        """The modules of the codebase that an expression of names and dots may be."""
        match receiver:
            case str():
                found = self._names.scoping.places(self._path, scope, receiver)
            case ("attribute", inner, str(name)):
                exports = self._names.scoping.exports
                found = (p for m in self._modules(inner, scope) for p in exports(m, name))
            case _:
                return
        for place in found:
            if isinstance(place, Place) and place.scope < 0:
                yield place.path

    def _read_texts(self) -> None:
        """Strings that name something: for `getattr`, for `monkeypatch`, for who imports by name."""
        for use in text_uses(self._names.uses(self._path)):
            wires = self._wires[self._at(use.scope, use.line)]
            if use.what in {"getattr", "member"}:
                wires.said.add(use.text)
            elif use.what == "dotted":
                text = use.text.replace(":", ".")
                wires.said.update(text.split("."))
                self._lead(wires, self._names.dotted(text, self._path))

    def _read_parameters(self) -> None:
        """The parameters of fixtures are fixtures."""
        for fixture in self.fixtures():
            self._wires[fixture.unit[1]].said.update(self._scopes[fixture.unit[1]].bindings)

    def _lead(self, wires: Wires, places: Iterable[Place | External]) -> None:
        for place in places:
            if isinstance(place, External):
                continue
            if place.scope < 0:
                wires.modules.add(place.path)
                continue
            scopes = self._names.scoping.scopes(place.path)
            if scopes[place.scope].kind not in {"module", "class"}:
                continue
            for binding in scopes[place.scope].bindings.get(place.name, ()):
                if binding[0] == "function":
                    wires.units.add((place.path, binding[3]))
                elif binding[0] == "class":
                    wires.classes.add(Class(place.path, binding[3]))
                elif binding[0] in VALUES:
                    wires.constants.add((place.path, binding[1]))


def _root(expr: Expr) -> Iterator[str]:
    """The name that a dotted expression begins with."""
    match expr:
        case str():
            yield expr
        case ("attribute", inner, _):
            yield from _root(inner)
        case _:
            return


def _is_bound(tile: str) -> bool:
    """Whether a statement is called by a name that it binds."""
    return tile.rpartition(".")[2].partition("#")[0].isidentifier()


def _units_of(scopes: list[Scope]) -> list[int]:
    """The unit of each scope: the outermost function around it, else what runs at import."""
    units: list[int] = []
    for number, scope in enumerate(scopes):
        above = units[scope.parent] if scope.parent >= 0 else AT_IMPORT
        units.append(number if above == AT_IMPORT and scope.kind == "function" else above)
    return units
