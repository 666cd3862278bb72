"""A codebase whose names can be resolved: facts of each file, and what they mean together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import PurePosixPath

from jupiter.code.names import names_of
from jupiter.code.parse import UNPARSABLE, parse
from jupiter.code.scopes import Binding, ModuleFacts, Names, Scope
from jupiter.index.evaluate import Evaluator, last_name
from jupiter.index.externals import FIELD_BASES, FIELD_DECORATORS
from jupiter.index.modules import Modules
from jupiter.index.scoping import Scoping
from jupiter.index.values import (
    NOTHING,
    Answer,
    Class,
    External,
    Function,
    Generic,
    Instance,
    Method,
    Module,
    Place,
    Super,
    Value,
)
from jupiter.model.reference import Certainty, Definition, DefinitionKind

CONVENTION = 3
"""How often a parameter's name must be annotated, always alike, to mean its class everywhere."""

_EMPTY = ModuleFacts([Scope("module", "", -1, 1, 0, {}, {}, [], [], {})], Names({}, {}, {}, {}, []))
_COMMON = frozenset(
    name
    for kind in (str, bytes, list, dict, set, tuple, int, object, BaseException)
    for name in dir(kind)
)


class Codebase:
    """The names of all Python files of a codebase."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self.texts = texts
        self.paths = sorted(p for p in texts if p.endswith((".py", ".pyi")))
        self._facts: dict[str, ModuleFacts] = {}
        self.modules = Modules(texts)
        self.scoping = Scoping(self.modules, self.facts)
        self.evaluator = Evaluator(self.scoping, self._parameter)

    def facts(self, path: str) -> ModuleFacts:
        """The facts of one file; those of what does not parse are empty."""
        found = self._facts.get(path)
        if found is None:
            try:
                found = names_of(parse(self.texts[path]))
            except UNPARSABLE:
                found = _EMPTY
            self._facts[path] = found
        return found

    def uses(self, path: str) -> Names:
        """The uses of names in one file."""
        return self.facts(path).uses

    def files_with(self, name: str) -> Iterator[str]:
        """The Python files whose text has a name."""
        wanted = name.encode()
        return (path for path in self.paths if wanted in self.texts[path])

    # Definitions

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """All definitions by symbol id: of modules and classes, not what functions have inside."""
        found: dict[str, Definition] = {}
        for path in self.paths:
            for one in self._definitions(path):
                found.setdefault(one.symbol, one)
        return found

    def _definitions(self, path: str) -> Iterator[Definition]:
        scopes = self.scoping.scopes(path)
        for number, scope in enumerate(scopes):
            if scope.kind not in {"module", "class"} or not self._is_reachable(path, number):
                continue
            for name in (*scope.bindings, *(scope.members if scope.kind == "class" else ())):
                bindings = self.scoping.members(Class(path, number), name)
                own = [b for b in bindings if b[0] not in {"import", "from", "global", "outer"}]
                own.sort(key=lambda binding: binding[0] == "slot")
                if own:
                    yield Definition(
                        path=path,
                        line=own[0][1],
                        column=own[0][2],
                        symbol=self.symbol(Place(path, number, name)),
                        kind=self._kind(scopes, scope, own[0]),
                    )

    def _kind(self, scopes: list[Scope], scope: Scope, binding: Binding) -> DefinitionKind:
        match binding[0]:
            case "function" if scope.kind == "class":
                names = {str(d).rpartition(".")[2] for d in scopes[binding[3]].decorators}
                is_property = bool(names & {"property", "cached_property"}) or any(
                    isinstance(d, tuple)
                    and d[0] == "attribute"
                    and d[2] in {"setter", "cached_property"}
                    for d in scopes[binding[3]].decorators
                )
                return "property" if is_property else "method"
            case "function":
                return "function"
            case "class":
                return "class"
            case _:
                return "attribute" if scope.kind == "class" else "constant"

    def _is_reachable(self, path: str, number: int) -> bool:
        """Whether a class can be named from outside: it stands in no function."""
        scopes = self.scoping.scopes(path)
        while number > 0:
            if scopes[number].kind != "class":
                return False
            number = scopes[number].parent
        return True

    def symbol(self, place: Place) -> str:
        """The id of a place."""
        if place.scope < 0:
            return place.path
        scopes = self.scoping.scopes(place.path)
        parts = [place.name]
        at = place.scope
        while at > 0:
            parts.append(scopes[at].name)
            at = scopes[at].parent
        return f"{place.path}:{'.'.join(reversed(parts))}"

    def place(self, symbol: str) -> Place:
        """The place of a symbol id; raises KeyError when the codebase does not define it."""
        path, _, qualified = symbol.partition(":")
        if path not in self.texts:
            raise KeyError(symbol)
        if not qualified:
            return Place(path, -1, "")
        *outer, name = qualified.split(".")
        scope = 0
        for part in outer:
            bindings = self.scoping.scopes(path)[scope].bindings.get(part, ())
            inner = [b[3] for b in bindings if b[0] == "class"]
            if not inner:
                raise KeyError(symbol)
            scope = inner[0]
        if not self.scoping.members(Class(path, scope), name):
            raise KeyError(symbol)
        return Place(path, scope, name)

    # The class hierarchy

    @cached_property
    def classes(self) -> tuple[Class, ...]:
        """All classes of the codebase."""
        return tuple(
            Class(path, number)
            for path in self.paths
            for number, scope in enumerate(self.scoping.scopes(path))
            if scope.kind == "class"
        )

    @cached_property
    def subclasses(self) -> dict[Class, list[Class]]:
        """All direct and indirect subclasses of each class."""
        found: defaultdict[Class, list[Class]] = defaultdict(list)
        for cls in self.classes:
            for base in self.scoping.order(cls.path, cls.scope)[1:]:
                if isinstance(base, Class):
                    found[base].append(cls)
        return found

    def family(self, place: Place) -> tuple[Place, ...]:
        """A member with all that it overrides, and all that overrides it; others are alone."""
        if place.scope <= 0 or self.scoping.scopes(place.path)[place.scope].kind != "class":
            return (place,)
        if place.name.startswith("__"):
            return (place,)
        family: set[Place] = set()
        pending = [Class(place.path, place.scope)]
        seen: set[Class] = set()
        while pending:
            cls = pending.pop()
            if cls in seen:
                continue
            seen.add(cls)
            if self.scoping.members(cls, place.name):
                family.add(Place(cls.path, cls.scope, place.name))
                pending += self.subclasses.get(cls, [])
                for base in self.scoping.order(cls.path, cls.scope):
                    if isinstance(base, Class) and self.scoping.members(base, place.name):
                        pending.append(base)
        return tuple(sorted(family, key=lambda p: (p.path, p.scope)))

    @cached_property
    def _named_members(self) -> dict[str, list[Place]]:
        """All members of classes by name."""
        found: defaultdict[str, list[Place]] = defaultdict(list)
        for cls in self.classes:
            scope = self.scoping.scopes(cls.path)[cls.scope]
            for name in {*scope.bindings, *scope.members}:
                found[name].append(Place(cls.path, cls.scope, name))
        return found

    def member_places(
        self, path: str, answer: Answer, name: str, targets: frozenset[Place]
    ) -> Iterator[tuple[Place, Certainty]]:
        """Which targets a member `name` of a receiver means, and how surely."""
        if not answer.values:
            yield from self._guessed(path, name, targets)
            return
        sure = answer.sure
        for value in answer.values:
            for place in self._owner_places(value, name):
                if place in targets:
                    yield place, "certain" if sure else "likely"

    def _owner_places(self, value: Value, name: str) -> Iterator[Place]:
        match value:
            case Module(path):
                yield from (p for p in self.scoping.exports(path, name) if isinstance(p, Place))
            case Class() | Instance() | Super():
                owner = self.evaluator.owner(value, name)
                if owner is not None:
                    yield from self._through_class(owner, name)
            case Function() | External() | Generic() | Method():
                pass

    def _through_class(self, owner: Class, name: str) -> Iterator[Place]:
        yield Place(owner.path, owner.scope, name)

    def _guessed(
        self, path: str, name: str, targets: frozenset[Place]
    ) -> Iterator[tuple[Place, Certainty]]:
        """Of a receiver nothing is known: a member name that is one family's alone is likely meant."""
        members = self._named_members.get(name, [])
        mine = [place for place in members if place in targets]
        if not mine:
            return
        unique = len(mine) == len(members) and name not in _COMMON
        near = any(self._sees(path, place.path) for place in mine)
        yield mine[0], "likely" if unique and near else "possible"

    def _sees(self, path: str, other: str) -> bool:
        """Whether a file imports another, or anything of its topmost package."""
        if path == other:
            return True
        top = self.modules.names[other].partition(".")[0]
        return top.encode() in self.texts[path]

    def takes_fields(self, cls: Class) -> bool:
        """Whether a class is called with its fields as keywords: a dataclass, a NamedTuple, the like."""
        if self.scoping.owner(cls, "__init__") is not None:
            return False
        for one in self.scoping.order(cls.path, cls.scope):
            if isinstance(one, External):
                if last_name(("attribute", "", one.dotted.rpartition(".")[2])) in FIELD_BASES:
                    return True
            else:
                decorators = self.scoping.scopes(one.path)[one.scope].decorators
                if any(last_name(decorator) in FIELD_DECORATORS for decorator in decorators):
                    return True
        return False

    # Names as text

    def dotted(self, text: str, user: str) -> Iterable[Place]:
        """What a dotted name means: a module, a name in it, a member of a class."""
        parts = text.split(".")
        for n in range(len(parts), 0, -1):
            path = self.modules.find(".".join(parts[:n]), user)
            if path is None:
                continue
            return self._walk(path, parts[n:])
        return ()

    def _walk(self, path: str, names: list[str]) -> Iterable[Place]:
        places: tuple[Place | External, ...] = (Place(path, -1, ""),)
        for name in names:
            following: list[Place | External] = []
            for place in places:
                for value in self.evaluator.place(place).values:
                    following += self._owner_places(value, name)
            places = tuple(following)
        return [place for place in places if isinstance(place, Place)]

    # Parameters without annotation

    @cached_property
    def _conventions(self) -> dict[str, Answer]:
        """What a parameter of a name is wherever it is annotated, if that is one class throughout."""
        found: defaultdict[str, Counter[tuple[Value, ...]]] = defaultdict(Counter)
        for path in self.paths:
            for scope in self.scoping.scopes(path):
                if scope.kind != "function":
                    continue
                for name, bindings in scope.bindings.items():
                    match bindings[0]:
                        case ("parameter", _, _, note, _, int(n)) if note is not None and n >= 0:
                            answer = self.evaluator.annotated(note, path, scope.parent)
                            found[name][answer.values] += 1
                        case _:
                            pass
        return {
            name: Answer(values, sure=False)
            for name, counted in found.items()
            for values, times in counted.most_common(1)
            if times >= CONVENTION and times >= 0.9 * counted.total()
            if len(values) == 1 and isinstance(values[0], Instance)
        }

    def _parameter(self, path: str, scope: int, name: str) -> Answer:
        """What a parameter may be that nothing says anything of: a fixture, or what its name means."""
        place = self._fixture(path, name)
        if place is not None:
            return self.evaluator.fixture(place, path, scope)
        answer = self._conventions.get(name, NOTHING)
        if any(isinstance(v, Instance) and self._sees(path, v.path) for v in answer.values):
            return answer
        return NOTHING

    # Fixtures

    @cached_property
    def _fixtures(self) -> dict[str, dict[str, Place]]:
        """The pytest fixtures of each file, by name."""
        found: dict[str, dict[str, Place]] = {}
        for path in self.paths:
            if b"fixture" not in self.texts[path]:
                continue
            scopes = self.scoping.scopes(path)
            for number, scope in enumerate(scopes):
                if scope.kind == "function" and any(_is_fixture(d) for d in scope.decorators):
                    place = Place(path, scope.parent, scope.name)
                    found.setdefault(path, {})[scope.name] = place
                    del number
        return found

    def _fixture(self, path: str, name: str) -> Place | None:
        """The fixture that a parameter of a test means: of the file, else of the nearest conftest."""
        if name in self._fixtures.get(path, {}):
            return self._fixtures[path][name]
        for folder in PurePosixPath(path).parents:
            conftest = str(folder / "conftest.py")
            if name in self._fixtures.get(conftest, {}):
                return self._fixtures[conftest][name]
        return None


def _is_fixture(decorator: object) -> bool:
    match decorator:
        case str(name):
            return name == "fixture"
        case ("attribute", _, "fixture"):
            return True
        case ("call", function, _):
            return _is_fixture(function)
        case _:
            return False
