"""What the tests of a file may run: more than they do, and never less, as far as code tells.

A function may run when something that may run says its name; a member when something that may run says
its name, and something that may run says the name of its class or of one that inherits from it. So it is
known as "rapid type analysis" (Bacon and Sweeney, Fast static analysis of C++ virtual function calls,
OOPSLA 1996), here by names where types are not known.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from jupiter.index.foreign import may_define
from jupiter.index.index import Index
from jupiter.index.quoted import Quoted, quoted
from jupiter.index.suites import is_test
from jupiter.index.values import Class, External
from jupiter.index.wires import AT_IMPORT, VALUES, FileWires, Unit, Wires

_IDENTIFIERS = re.compile(rb"[^\W\d]\w*")
_PROTOCOLS = frozenset(
    name for kind in (str, bytes, list, dict, set, int, float, object) for name in dir(kind)
) | frozenset({"read", "readline", "readlines", "write", "writelines", "flush", "close", "fileno"})
"""What code outside of the codebase calls on whatever it is given."""
_METACLASSES = frozenset({"builtins.type", "abc.ABCMeta", "enum.EnumMeta", "enum.EnumType", "?"})


MOST_STEPS = 100_000
"""Units and files that are looked at, at most, for all files of tests together: some ten seconds."""


class TooLargeError(ValueError):
    """What all tests of a codebase may run cannot be told in reasonable time."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Units, and files that are imported, of which it is asked whether tests may run any."""

    units: frozenset[Unit]
    files: frozenset[str]


class Reach:
    """The files of a codebase, wired as far as somebody asks."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._wires: dict[str, FileWires] = {}
        self._quoted: dict[str, Quoted] = {}
        self._steps = 0

    def runs(self, path: str, sought: Sought) -> bool:
        """Whether the tests of a file may run any of what is sought, or anything at all.

        Raises:
            TooLargeError: too much was looked at since `begin`, for this file and those before.
        """
        return _Spread(self, path, sought).finds()

    def begin(self) -> None:
        """Count what is looked at anew."""
        self._steps = 0

    def step(self, count: int = 1) -> None:
        """Count what is looked at; raises TooLargeError."""
        self._steps += count
        if self._steps > MOST_STEPS:
            raise TooLargeError("the codebase is too large to tell what each test may run")

    @property
    def index(self) -> Index:
        """The codebase."""
        return self._index

    def wires(self, path: str) -> FileWires:
        """The wires of one file."""
        found = self._wires.get(path)
        if found is None:
            found = self._wires[path] = FileWires(self._index, path)
        return found

    def quoted(self, path: str) -> Quoted:
        """What one file has in quotes."""
        found = self._quoted.get(path)
        if found is None:
            found = self._quoted[path] = quoted(self._index.names.texts[path])
        return found


class _Spread:
    """From the tests of one file to all that they may run."""

    def __init__(self, reach: Reach, path: str, sought: Sought) -> None:
        self._reach = reach
        self._path = path
        self._sought = sought
        self._is_found = False
        self._unread: list[str] = []
        """Files that are imported and not looked at yet."""
        self._names = reach.index.names
        self._pending: list[Unit] = []
        self._units: set[Unit] = set()
        self._classes: set[Class] = set()
        self._files: set[str] = set()
        self._said: set[str] = set()
        self._waiting: defaultdict[str, list[Unit]] = defaultdict(list)
        """Members of classes, and fixtures, that run when somebody says their names."""
        self._own = frozenset(_IDENTIFIERS.findall(self._names.texts[path]))
        """All that the file of tests says, in strings and comments too."""
        self._heard = Quoted()
        self._is_new = False
        """Whether more was heard since the waiting were last asked."""
        self._is_open = self._is_far = self._makes_classes = False

    def finds(self) -> bool:
        """Whether something of what is sought is met on the way."""
        self._say([one.decode(errors="replace") for one in self._own])
        for file in (self._path, *_conftests(self._path)):
            if file in self._names.modules.names:
                self._load(file)
        self._use(self._path)
        while not self._is_found and self._goes_on():
            pass
        return self._is_found

    def _goes_on(self) -> bool:
        """Look at what is next; False when there is nothing any more."""
        self._reach.step()
        if self._unread:
            self._read(self._unread.pop())
        elif self._pending:
            self._follow(self._pending.pop())
        elif self._is_new:
            self._is_new = False
            self._reach.step(len(self._waiting) // 10)
            self._say([name for name in self._waiting if self._heard.may_say(name)])
        else:
            return False
        return True

    def _follow(self, unit: Unit) -> None:
        wires = self._reach.wires(unit[0]).units[unit[1]]
        self._go_far(unit[0], wires)
        for module in wires.modules:
            self._load(module)
        for path, scope in wires.units:
            self._run(self._reach.wires(path).unit(scope))
        for path, line in wires.constants:
            self._run(self._reach.wires(path).constant(line))
        for cls in wires.classes:
            self._make(cls)
        self._say(wires.said - self._said)
        if wires.is_open and not self._is_open:
            self._open()

    def _go_far(self, path: str, wires: Wires) -> None:
        """What no name says: all, if a test does it; else what the tests name, and what nobody imports."""
        if not (wires.is_starting or wires.is_dynamic):
            return
        is_testing = is_test(path)
        if (wires.is_starting and (is_testing or wires.is_python)) or (
            wires.is_dynamic and is_testing
        ):
            self._is_found = True
        elif wires.is_dynamic and not self._is_far:
            self._is_far = True
            self._open()
            for file in self._names.paths:
                if file.endswith(".py") and self._is_called_by_name(file, path):
                    self._load(file)
                    self._use(file)

    def _is_called_by_name(self, path: str, by: str) -> bool:
        """Whether a file may be imported by a name that another file computes."""
        name, user = self._names.modules.names[path], self._names.modules.names[by]
        is_near = name.partition(".")[0] == user.partition(".")[0]
        is_alone = is_near and not self._reach.index.imports.in_degree(path)
        return is_alone or name.rpartition(".")[2].encode() in self._own

    def _use(self, path: str) -> None:
        """Run all that a file has."""
        wires = self._reach.wires(path)
        for unit in wires.units:
            self._run((path, unit))
        for cls in wires.classes():
            self._make(cls)

    def _open(self) -> None:
        """From now on names that stand in strings are said."""
        self._is_open = True
        for file in self._files:
            self._hear(file)

    def _hear(self, path: str) -> None:
        self._heard.add(self._reach.quoted(path))
        self._is_new = True

    def _run(self, unit: Unit) -> None:
        if unit not in self._units:
            self._units.add(unit)
            self._pending.append(unit)
            self._is_found |= unit in self._sought.units

    def _say(self, names: Iterable[str]) -> None:
        for name in names:
            self._said.add(name)
            for unit in self._waiting.pop(name, ()):
                self._run(unit)

    def _wait(self, name: str, unit: Unit, *, now: bool = False) -> None:
        """Run a unit when somebody says its name, or has said it."""
        is_heard = self._is_open and self._heard.may_say(name)
        if now or is_heard or name in self._said:
            self._run(unit)
        else:
            self._waiting[name].append(unit)

    def _load(self, path: str) -> None:
        """Import a file; it is looked at later."""
        if path not in self._files:
            self._files.add(path)
            self._unread.append(path)
            self._is_found |= path in self._sought.files

    def _read(self, path: str) -> None:
        """What importing a file does, the packages that it lies in, and all that it imports."""
        if self._is_open:
            self._hear(path)
        wires = self._reach.wires(path)
        self._run((path, AT_IMPORT))
        for one in wires.handed_over():
            if isinstance(one, Class):
                self._make(one)
            else:
                self._run(one)
        for fixture in wires.fixtures():
            self._wait(fixture.name, fixture.unit, now=fixture.anyway)
        for cls in wires.classes():
            if self._makes_classes or self._is_registered(cls):
                self._make(cls)
        for other in (*self._packages(path), *self._reach.index.imports.successors(path)):
            if other in self._names.modules.names:
                self._load(other)

    def _packages(self, path: str) -> Iterator[str]:
        name = self._names.modules.names[path]
        while name := name.rpartition(".")[0]:
            if found := self._names.modules.find(name, path):
                yield found

    def _is_registered(self, cls: Class) -> bool:
        """Whether a base is told of the class where it is defined."""
        for base in self._names.hierarchy.order(cls)[1:]:
            if isinstance(base, Class):
                if self._names.hierarchy.members(base, "__init_subclass__"):
                    return True
            elif may_define(base, "?") is None:
                return True
        return False

    def _make(self, cls: Class) -> None:
        """A class whose instances there may be, with the classes that it inherits from."""
        if cls in self._classes:
            return
        self._classes.add(cls)
        order = self._names.hierarchy.order(cls)
        outer = [one for one in order if isinstance(one, External)]
        if not self._makes_classes and any(one.dotted in _METACLASSES for one in outer):
            self._makes_classes = True
            for file in self._files:
                for one in self._reach.wires(file).classes():
                    self._make(one)
        for base in order:
            if isinstance(base, Class):
                self._classes.add(base)
                self._take_members(base, outer)

    def _take_members(self, cls: Class, outer: list[External]) -> None:
        scopes, wires = self._names.scoping.scopes(cls.path), self._reach.wires(cls.path)
        if wires.unit(cls.scope)[1] != AT_IMPORT:
            return  # of a function, which runs as a whole
        for name, bindings in scopes[cls.scope].bindings.items():
            is_called = _is_called(name, outer)
            for binding in bindings:
                if binding[0] == "class":
                    self._make(Class(cls.path, binding[3]))
                elif binding[0] == "function":
                    scope: int = binding[3]
                    is_handed = wires.is_handed_over(scopes[scope])
                    self._wait(name, wires.unit(scope), now=is_called or is_handed)
                elif binding[0] in VALUES:
                    self._wait(name, wires.constant(binding[1]), now=is_called)


def _is_called(name: str, outer: list[External]) -> bool:
    """Whether Python, or code outside of the codebase, calls a member of that name."""
    if name in _PROTOCOLS or (name.startswith("__") and name.endswith("__")):
        return True
    return any(may_define(base, name) is not False for base in outer)


def _conftests(path: str) -> Iterator[str]:
    return (str(folder / "conftest.py") for folder in PurePosixPath(path).parents)
