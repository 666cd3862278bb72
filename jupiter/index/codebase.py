"""A codebase whose names can be resolved: the names of each file, and what they mean together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jupiter.code.scopes import Names
from jupiter.index.definitions import Definitions
from jupiter.index.evaluate import Evaluator
from jupiter.index.families import Families
from jupiter.index.guesses import Conventions, Fixtures
from jupiter.index.modules import Modules
from jupiter.index.names import FileNames
from jupiter.index.parameters import fixture
from jupiter.index.receivers import Receivers
from jupiter.index.scoping import Scoping
from jupiter.index.sight import Sight
from jupiter.index.values import NOTHING, Answer, Class, Place
from jupiter.model.reference import Definition


class Codebase:
    """The names of all Python files of a codebase; what they mean is worked out as it is asked."""

    def __init__(self, texts: Mapping[str, bytes], names: FileNames | None = None) -> None:
        """`names` are those of the files where they are known already."""
        self.texts = texts
        self.paths = sorted(p for p in texts if p.endswith((".py", ".pyi")))
        self._names = names or FileNames(texts)
        self.modules = Modules(texts)
        self._sight = Sight(texts, self.modules)
        self.scoping = Scoping(self.modules, self._names.scopes)
        self.evaluator = Evaluator(self.scoping, self._parameter)
        self.hierarchy = self.evaluator.hierarchy
        self.families = Families(self.scoping, self.hierarchy, self.paths)
        self.receivers = Receivers(self.evaluator, self.families, self.modules, self._sight)
        self._definitions = Definitions(self.scoping, self.hierarchy, texts)
        self._fixtures = Fixtures(self.scoping, self._sight)
        self.without_conventions = Evaluator(self.scoping, lambda _path, _scope, _name: NOTHING)
        annotated = self.without_conventions.annotated
        self._conventions = Conventions(self.scoping, self._sight, annotated)

    @property
    def definitions(self) -> dict[str, Definition]:
        """All definitions by symbol id."""
        return self._definitions.all

    def defined_in(self, path: str) -> Iterator[Definition]:
        """What one Python file defines."""
        return self._definitions.in_file(path)

    @property
    def subclasses(self) -> dict[Class, list[Class]]:
        """All direct and indirect subclasses of each class that has any."""
        return self.families.subclasses

    def symbol(self, place: Place) -> str:
        """The id of a place."""
        return self._definitions.symbol(place)

    def place(self, symbol: str) -> Place:
        """The place of a symbol id; raises KeyError when the codebase does not define it."""
        return self._definitions.place(symbol)

    def defined_as(self, cls: Class) -> Place:
        """The place that a class is defined in."""
        scopes = self.scoping.scopes(cls.path)
        return Place(cls.path, scopes[cls.scope].parent, scopes[cls.scope].name)

    def family(self, place: Place) -> tuple[Place, ...]:
        """A member with all that it overrides, and all that overrides it; others are alone."""
        return self.families.family(place)

    def uses(self, path: str) -> Names:
        """The uses of names in one file."""
        return self._names.uses(path)

    def files_with(self, name: str) -> Iterator[str]:
        """The Python files whose text has a name."""
        return self._sight.files_with(name)

    def dotted(self, text: str, user: str) -> list[Place]:
        """What a dotted name means in a file: a module, a name in it, a member of a class."""
        return self.receivers.dotted(text, user)

    def leads_on(self, module: str, rest: str) -> bool:
        """Whether the dotted names behind that of a module, `.a.b` or `:a`, begin with a name that it has.

        `example.com` begins like a dotted name that leads into the package `example`, and does not.
        """
        first = rest[1:].replace(":", ".").partition(".")[0]
        return not first or bool(self.scoping.exports(module, first))

    def _parameter(self, path: str, scope: int, name: str) -> Answer:
        place = self._fixtures.meant(path, name)
        if place is not None:
            return fixture(self.evaluator, place, path, scope)
        return self._conventions.meaning(path, name)
