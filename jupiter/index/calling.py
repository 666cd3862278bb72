"""Calls that do not fit what they call, and instances of classes that still have abstract methods."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from inspect import Signature
from typing import NamedTuple

from jupiter.code.parse import try_parse
from jupiter.code.uses import attribute_uses, name_uses
from jupiter.code.walk import attribute_place
from jupiter.index.closed import class_of, known_order
from jupiter.index.codebase import Codebase
from jupiter.index.notation import last_name
from jupiter.index.scoping import own_class
from jupiter.index.signatures import misfit, signature_of, without_first
from jupiter.index.values import Class, Function, Instance, Value

_FIELDS = frozenset({"dataclass"})

Call = tuple[ast.Call, str, Value]
"""A call, the name that it calls, and what that is."""


class _Definitions(NamedTuple):
    """What a file defines, by line and name: what functions take, classes that a metaclass makes."""

    signatures: dict[tuple[int, str], Signature | None]
    made_otherwise: set[tuple[int, str]]


class Calling:
    """The functions of a codebase with what they take."""

    def __init__(self, codebase: Codebase) -> None:
        self._codebase = codebase
        self._definitions: dict[str, _Definitions] = {}
        self._by_class: dict[Class, tuple[Signature, ...]] = {}

    def calls(self, path: str, tree: ast.Module) -> list[Call]:
        """The calls in a file of which it is certain what they call."""
        return list(self._calls(path, tree))

    def misfits(self, calls: Sequence[Call]) -> Iterator[tuple[ast.Call, str, str]]:
        """The calls that what they call does not take, and why."""
        for node, name, value in calls:
            for signature in self._taken(value):
                problem = misfit(signature, node)
                if problem:
                    yield node, name, f"{name}(): {problem}"

    def abstract(
        self, path: str, tree: ast.Module, calls: Sequence[Call], before: Codebase | None
    ) -> Iterator[tuple[ast.expr | ast.stmt, str, str]]:
        """Classes that are called, or were whole before, and have abstract methods."""
        for node, name, value in calls:
            if not isinstance(value, Class) or self._lost(value.path, name, before):
                continue  # it is found at the class itself
            if open_ := abstract_methods(self._codebase, value):
                yield node, name, f"{name} is abstract: {', '.join(open_)}"
        if before is None or path not in before.texts:
            return
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and (open_ := self._lost(path, node.name, before)):
                yield node, node.name, f"{node.name} does not implement {', '.join(open_)}"

    def _lost(self, path: str, name: str, before: Codebase | None) -> list[str]:
        """The abstract methods that a class has now, if it had none."""
        if before is None or path not in before.texts:
            return []
        now = class_of(self._codebase, path, name)
        then = class_of(before, path, name)
        if now is None or then is None or abstract_methods(before, then):
            return []
        found = abstract_methods(self._codebase, now)
        own = self._codebase.scoping.scopes(path)[now.scope].bindings
        return [] if any(one in own for one in found) else found

    def _calls(self, path: str, tree: ast.Module) -> Iterator[Call]:
        evaluator = self._codebase.without_conventions
        for node, name, expr, scope in self._expressions(path, tree):
            answer = evaluator.value(expr, path, scope)
            if answer.sure and len(answer.values) == 1:
                value = answer.values[0]
                # what is called otherwise may as well be a subclass, as `cls`, or a member, as `f = g`
                if not isinstance(value, Class | Function) or self._name(value) != name:
                    continue
                if isinstance(node.func, ast.Name) or not self._is_inner(value):
                    yield node, name, value

    def _expressions(
        self, path: str, tree: ast.Module
    ) -> Iterator[tuple[ast.Call, str, object, int]]:
        uses = self._codebase.uses(path)
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id=name) as function):
                    place = (function.lineno, function.col_offset)
                    for use in name_uses(uses, name):
                        if (use.line, use.column) == place:
                            yield node, name, name, use.scope
                case ast.Call(func=ast.Attribute(attr=name) as function):
                    for use in attribute_uses(uses, name):
                        if (use.line, use.column) == attribute_place(function):
                            yield node, name, ("attribute", use.receiver, name), use.scope
                case _:
                    pass

    def _taken(self, value: Value) -> Iterator[Signature]:
        """The signature that a call of a value has to fit, if there is one that is certain."""
        match value:
            case Function():
                if self._is_alone(value):
                    yield from self._of_function(value)
            case Class() as cls:
                if cls not in self._by_class:
                    self._by_class[cls] = tuple(self._of_class(cls))
                yield from self._by_class[cls]
            case _:
                pass

    def _is_alone(self, function: Function) -> bool:
        """Whether no subclass has another method of the name, which may take other arguments."""
        scopes = self._codebase.scoping.scopes(function.path)
        parent = Class(function.path, scopes[function.scope].parent)
        name = scopes[function.scope].name
        if len(scopes[parent.scope].bindings.get(name, ())) != 1:
            return False
        below = self._codebase.subclasses.get(parent, ())
        return all(not self._codebase.hierarchy.members(one, name) for one in below)

    def _of_function(self, function: Function) -> Iterator[Signature]:
        signature = self._signature(function)
        if signature is None:
            return
        decorators = self._codebase.scoping.scopes(function.path)[function.scope].decorators
        names = {last_name(decorator) for decorator in decorators}
        if "property" in names:
            return
        if own_class(self._codebase.scoping, function.path, function.scope) is None:
            yield signature
        elif function.receiver is not None and _is_bound(function.receiver, names):
            bound = without_first(signature)
            if bound is not None:
                yield bound

    def _of_class(self, cls: Class) -> Iterator[Signature]:
        order = known_order(self._codebase, cls)
        if order is None or any(self._makes_otherwise(one) for one in order):
            return
        owner = self._codebase.hierarchy.owner(cls, "__init__")
        if owner is None:
            yield Signature()
            return
        bindings = self._codebase.hierarchy.members(owner, "__init__")
        if len(bindings) == 1 and bindings[0][0] == "function":
            yield from self._of_function(
                Function(owner.path, bindings[0][3], Instance(cls.path, cls.scope))
            )

    def _makes_otherwise(self, cls: Class) -> bool:
        """Whether a class makes its instances by other means than its `__init__`."""
        scope = self._codebase.scoping.scopes(cls.path)[cls.scope]
        if "__new__" in scope.bindings or "__class_getitem__" in scope.bindings:
            return True
        names = {last_name(decorator) for decorator in scope.decorators}
        made = self._defined(cls.path).made_otherwise
        return not names.isdisjoint(_FIELDS) or (scope.line, scope.name) in made

    def _is_inner(self, one: Class | Function) -> bool:
        """Whether something is defined in a function: as a member it may be bound, or not."""
        scopes = self._codebase.scoping.scopes(one.path)
        return scopes[scopes[one.scope].parent].kind == "function"

    def _name(self, one: Class | Function) -> str:
        return self._codebase.scoping.scopes(one.path)[one.scope].name

    def _signature(self, function: Function) -> Signature | None:
        scope = self._codebase.scoping.scopes(function.path)[function.scope]
        return self._defined(function.path).signatures.get((scope.line, scope.name))

    def _defined(self, path: str) -> _Definitions:
        if path not in self._definitions:
            tree = try_parse(self._codebase.texts[path])
            self._definitions[path] = _definitions(tree or ast.Module([], []))
        return self._definitions[path]


def _definitions(tree: ast.Module) -> _Definitions:
    found = _Definitions({}, set())
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                found.signatures[node.lineno, node.name] = signature_of(node)
            case ast.ClassDef() if not all(_is_plain(one) for one in node.keywords):
                found.made_otherwise.add((node.lineno, node.name))
            case _:
                pass
    return found


def abstract_methods(codebase: Codebase, cls: Class) -> list[str]:
    """The abstract methods that a class leaves open, if all its bases are known."""
    order = known_order(codebase, cls)
    if order is None or not any(_is_abstract_class(codebase, one) for one in order):
        return []
    names = {
        name: None
        for one in order
        for name, bindings in codebase.scoping.scopes(one.path)[one.scope].bindings.items()
        if _is_abstract(codebase, one, bindings[0])
    }
    return sorted(name for name in names if _is_open(codebase, cls, name))


def _is_open(codebase: Codebase, cls: Class, name: str) -> bool:
    owner = codebase.hierarchy.owner(cls, name)
    if owner is None:
        return False
    bindings = codebase.scoping.scopes(owner.path)[owner.scope].bindings.get(name, ())
    return bool(bindings) and all(_is_abstract(codebase, owner, one) for one in bindings)


def _is_abstract(codebase: Codebase, cls: Class, binding: tuple[object, ...]) -> bool:
    match binding:
        case ("function", _, _, int(scope)):
            decorators = codebase.scoping.scopes(cls.path)[scope].decorators
            return any(last_name(one).startswith("abstract") for one in decorators)
        case _:
            return False


def _is_abstract_class(codebase: Codebase, cls: Class) -> bool:
    """Whether a class is made by `ABCMeta`, without which `@abstractmethod` says nothing."""
    scope = codebase.scoping.scopes(cls.path)[cls.scope]
    if any(last_name(base) == "ABC" for base in scope.bases):
        return True
    return b"ABCMeta" in codebase.texts[cls.path]


def _is_plain(argument: ast.keyword) -> bool:
    """Whether an argument of a class statement leaves it as it is made."""
    return argument.arg == "metaclass" and _last(argument.value) == "ABCMeta"


def _last(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _is_bound(receiver: Value, decorators: set[str]) -> bool:
    return not isinstance(receiver, Class) or "classmethod" in decorators
