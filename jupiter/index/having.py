"""Attributes that a module, a class or its instances do not have."""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Iterator
from functools import cached_property

from jupiter.code.lines import split_lines
from jupiter.code.scopes import LOAD, STORE
from jupiter.code.uses import AttributeUse, NameUse, attribute_uses, name_uses, text_uses
from jupiter.index.closed import class_of, has_lost, known_order, module_is_closed
from jupiter.index.codebase import Codebase
from jupiter.index.foreign import may_define
from jupiter.index.values import Class, External, Instance, Module, Place, Value

Missing = tuple[int, int, str, str]
"""Line, column, the attribute, and what is wrong."""


class Having:
    """What the modules and classes of a codebase have."""

    def __init__(self, codebase: Codebase, before: Codebase | None = None) -> None:
        """What a class or a module had `before` and has no longer is missing, whatever may add to it."""
        self._codebase = codebase
        self._before = before
        self._known: dict[Value, bool] = {}
        self._lines: dict[str, list[bytes]] = {}

    def missing(self, path: str) -> Iterator[Missing]:
        """The attributes in one file that what they are looked up on does not have."""
        uses = self._codebase.uses(path)
        for name in uses.attributes:
            if name.startswith("__") or hasattr(ABCMeta, name) or name in self._given:
                continue
            for use in attribute_uses(uses, name):
                if use.how != STORE and (who := self._without(path, use, name)):
                    yield use.line, use.column, name, f"{who} has no attribute {name}"

    def _without(self, path: str, use: AttributeUse, name: str) -> str:
        """What the attribute is looked up on, if that does not have it."""
        answer = self._codebase.without_conventions.value(use.receiver, path, use.scope)
        if not answer.sure or len(answer.values) != 1:
            return ""
        match answer.values[0]:
            case Module(module):
                lacks = self._module_lacks(module, name)
                return f"module {self._codebase.modules.names[module]}" if lacks else ""
            case Class() | Instance() as value:
                cls = Class(value.path, value.scope)
                return self._name(cls) if self._lacks(cls, name) else ""
            case _:
                return ""

    def _module_lacks(self, module: str, name: str) -> bool:
        codebase = self._codebase
        bound = name in codebase.scoping.scopes(module)[0].bindings
        if bound or codebase.scoping.exports(module, name):
            return False
        return module_is_closed(codebase, module) or has_lost(codebase, self._before, module, name)

    def _lacks(self, cls: Class, name: str) -> bool:
        """Whether neither a class, nor any that inherits from it, has an attribute."""
        every = (cls, *self._codebase.subclasses.get(cls, ()))
        if any(self._codebase.hierarchy.owner(one, name) is not None for one in every):
            return False
        return self._is_closed(cls) or self._lost(cls, name)

    def _lost(self, cls: Class, name: str) -> bool:
        """Whether a class had an attribute before, and no base can have it instead."""
        before, codebase = self._before, self._codebase
        then = class_of(before, cls.path, self._name(cls)) if before else None
        if before is None or then is None or before.hierarchy.owner(then, name) is None:
            return False
        return not any(
            may_define(one, name) is not False
            if isinstance(one, External)
            else codebase.hierarchy.members(one, "__getattr__")
            for one in codebase.hierarchy.order(cls)
        )

    def _is_closed(self, cls: Class) -> bool:
        found = self._known.get(cls)
        if found is None:
            found = self._known[cls] = self._closed(cls)
        return found

    def _closed(self, cls: Class) -> bool:
        codebase = self._codebase
        order = known_order(codebase, cls)
        if order is None or not any(
            codebase.hierarchy.members(one, "__init__") or one in codebase.subclasses
            for one in order
        ):
            return False  # what nothing makes or inherits from may be made for others to mix in
        return not any(
            codebase.hierarchy.members(one, "__getattr__")
            or codebase.hierarchy.members(one, "__getattribute__")
            or self._is_handed_over(one)
            for one in order
        )

    def _is_handed_over(self, cls: Class) -> bool:
        """Whether a module names a class as it is: what it is given to (`mapper(cls)`) may add to it."""
        codebase, name = self._codebase, self._name(cls)
        place = Place(cls.path, codebase.scoping.scopes(cls.path)[cls.scope].parent, name)
        return any(
            use.scope == 0 and use.how == LOAD and place in codebase.scoping.places(path, 0, name)
            for path in codebase.files_with(name)
            for use in name_uses(codebase.uses(path), name)
            if not self._is_receiver(path, use, name)
        )

    def _is_receiver(self, path: str, use: NameUse, name: str) -> bool:
        """Whether an attribute of the name follows, so that nothing but that is used."""
        if path not in self._lines:
            self._lines[path] = split_lines(self._codebase.texts[path])
        end = use.column + len(name.encode())
        return self._lines[path][use.line - 1][end : end + 1] == b"."

    def _name(self, cls: Class) -> str:
        return self._codebase.scoping.scopes(cls.path)[cls.scope].name

    @cached_property
    def _given(self) -> frozenset[str]:
        """Attributes that are set, or asked for by their name, on something somewhere."""
        names: set[str] = set()
        for path in self._codebase.paths:
            uses = self._codebase.uses(path)
            names.update(use.text for use in text_uses(uses) if use.text.isidentifier())
            for name in uses.attributes:
                if name not in names and any(
                    use.how == STORE and use.receiver != "self"
                    for use in attribute_uses(uses, name)
                ):
                    names.add(name)
        return frozenset(names)
