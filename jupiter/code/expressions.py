"""What an expression uses, and what its value may be, in the notation of `scopes`."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Any

from jupiter.code.parse import UNPARSABLE, parse_expression
from jupiter.code.scopes import ANNOTATION, CALL, DECORATOR, LOAD, STORE, Binding, Expr
from jupiter.code.targets import Targets
from jupiter.code.walk import Visitors, attribute_place

_DOTTED = re.compile(r"[^\W\d]\w*(?:[.:][^\W\d]\w*)+")
_LONGEST_DOTTED = 200
_LONGEST_TEXT = 100  # characters of a literal that is worth keeping

_NOWHERE = -100_000  # makes any column negative: the place of a name in a string that has escapes

_CASTS = frozenset({"cast", "NewType"})
_LITERAL = frozenset({"Literal"})
_TYPING = frozenset(
    {
        *("Union", "Optional", "Annotated", "ClassVar", "Callable", "Type", "type"),
        *("List", "Dict", "Set", "FrozenSet", "Tuple", "DefaultDict", "Deque"),
        *("list", "dict", "set", "frozenset", "tuple"),
        *("Sequence", "Iterable", "Iterator", "Mapping", "MutableMapping", "Generator"),
        *("Awaitable", "Coroutine", "AsyncIterator", "AsyncGenerator"),
    }
)
"""What holds annotations between its brackets, also where it is not an annotation itself."""

_MEMBER_CALLS = frozenset({"getattr", "setattr", "hasattr", "delattr"})
_FACTORIES = frozenset({"default_factory", "factory", "spec"})
"""Keywords that say what an object will hold or look like."""


class Expressions(Targets):
    """Visitors of expressions."""

    def name(self, node: ast.Name) -> Expr:
        """A name by itself."""
        name = node.id
        names = self.names
        found = names.get(name)
        if found is None:
            found = names[name] = []
        found += (self.scope, node.lineno, node.col_offset, self.how)
        return name

    def attribute(self, node: ast.Attribute) -> Expr:
        """A member of a value."""
        how, self.how = self.how, LOAD
        value = node.value
        receiver = self.visit[value.__class__](value)
        self.how = how
        attr = node.attr
        attributes = self.attributes
        found = attributes.get(attr)
        if found is None:
            found = attributes[attr] = []
        found += (self.scope, *attribute_place(node), how, receiver)
        return ("attribute", receiver, attr) if receiver is not None else None

    # Calls

    def call(self, node: ast.Call) -> Expr:
        """A call, with what its arguments say of its result."""
        visit = self.visit
        how, self.how = self.how, CALL if self.how != DECORATOR else DECORATOR
        function = visit[node.func.__class__](node.func)
        self.how = LOAD
        if node.args and _is(function, _CASTS):
            first, *others = node.args
            arguments = [self.annotation(first), *(self.value(a) for a in others)]
        else:
            arguments = [visit[a.__class__](a) for a in node.args]
        for keyword in node.keywords:
            if (kept := self._keyword(keyword, function)) is not None:
                arguments.append(kept)
        self.how = how
        if len(node.args) > 1:
            self._second(node, function, arguments)
        return ("call", function, tuple(arguments)) if function is not None else None

    def _keyword(self, node: ast.keyword, function: Expr) -> Expr:
        """A keyword argument; what is returned is an argument that matters for the result."""
        name = node.arg
        if name == "bound":
            return ("keyword", name, self.annotation(node.value))
        value = self.visit[node.value.__class__](node.value)
        if name is None:
            return None
        found = self.uses.keywords.setdefault(name, [])
        found += (self.scope, node.lineno, node.col_offset, function)
        return ("keyword", name, value) if name in _FACTORIES or _may_be_class(value) else None

    def _second(self, node: ast.Call, function: Expr, arguments: Sequence[Expr]) -> None:
        """A second argument: a string that names a member of the first, or a class to narrow it to."""
        second = node.args[1]
        if isinstance(second, ast.Constant):
            text = second.value
            if isinstance(text, str) and text.isidentifier():
                is_known = isinstance(function, str) and function in _MEMBER_CALLS
                self.text(second, "getattr" if is_known else "member", arguments[0])
        elif function == "isinstance" and len(arguments) == 2 and isinstance(arguments[0], str):
            narrowed = self.scopes[self.scope].narrowed
            narrowed.setdefault(arguments[0], []).append(arguments[1])

    # Literals and displays

    def constant(self, node: ast.Constant) -> Expr:
        """A literal; a string may be an annotation, or name something."""
        value = node.value
        if not isinstance(value, str):
            return ("constant", value.__class__.__name__)
        if self.how == ANNOTATION:
            return self._quoted(node, value)
        if (
            len(value) < _LONGEST_DOTTED
            and ("." in value or ":" in value)
            and _DOTTED.fullmatch(value)
        ):
            self.text(node, "dotted", None)
        return ("text", value) if len(value) < _LONGEST_TEXT else ("constant", "str")

    def _quoted(self, node: ast.Constant, text: str) -> Expr:
        """An annotation in quotes: its names are uses, at their places if they can be told."""
        try:
            tree = parse_expression(text.strip())
        except UNPARSABLE:
            return None
        width = (node.end_col_offset or 0) - node.col_offset
        is_plain = node.end_lineno == node.lineno and width == len(text.encode()) + 2
        lead = node.col_offset + 1 + len(text) - len(text.lstrip()) if is_plain else _NOWHERE
        for inner in ast.walk(tree):
            if hasattr(inner, "lineno"):
                placed: Any = inner
                placed.lineno = placed.end_lineno = node.lineno
                placed.col_offset += lead
                placed.end_col_offset += lead
        return self.visit[tree.__class__](tree)

    def joined(self, node: ast.JoinedStr) -> Expr:
        """An f-string."""
        self.children(node)
        return ("constant", "str")

    def tuple_display(self, node: ast.Tuple) -> Expr:
        """A tuple, item by item."""
        visit = self.visit
        return ("tuple", tuple([visit[item.__class__](item) for item in node.elts]))

    def list_display(self, node: ast.List | ast.Set) -> Expr:
        """A list or a set, by the first item of which something is known."""
        visit = self.visit
        items = [visit[item.__class__](item) for item in node.elts]
        kind = "list" if node.__class__ is ast.List else "set"
        return ("list", kind, next((item for item in items if item is not None), None))

    def dict_display(self, node: ast.Dict) -> Expr:
        """A dict, by the last value of which something is known."""
        value = None
        for key, item in zip(node.keys, node.values, strict=True):
            self.value(key)
            value = self.value(item) or value
        return ("list", "dict", value)

    # Operators

    def subscript(self, node: ast.Subscript) -> Expr:
        """`x[y]`."""
        visit = self.visit
        value = visit[node.value.__class__](node.value)
        how = self.how
        if how == STORE:
            self.value(node.slice)
            return None
        if _is(value, _LITERAL):
            return None
        if _is(value, _TYPING):
            self.how = ANNOTATION
        index = visit[node.slice.__class__](node.slice)
        self.how = how
        return ("item", value, index) if value is not None else None

    def either(self, node: ast.BoolOp) -> Expr:
        """`x or y`."""
        return ("any", tuple([self.value(value) for value in node.values]))

    def if_else(self, node: ast.IfExp) -> Expr:
        """`x if t else y`."""
        self.value(node.test)
        return ("any", (self.value(node.body), self.value(node.orelse)))

    def operator(self, node: ast.BinOp) -> Expr:
        """`x | y` may be a union; of the others only what a string gives is known."""
        visit = self.visit
        left = visit[node.left.__class__](node.left)
        right = visit[node.right.__class__](node.right)
        if node.op.__class__ is ast.BitOr:
            return ("either", (left, right))
        return ("constant", "str") if left and left[0] == "text" else None

    def walrus(self, node: ast.NamedExpr) -> Expr:
        """`name := x`, which binds outside of the comprehensions that it stands in."""
        value = self.value(node.value)
        scope = self.scope
        while self.scopes[self.scope].kind == "comprehension":
            self.leave(self.scopes[self.scope].parent)
        if value and self.scope != scope:
            self.assign(node.target, ("element", ("within", scope, value)))
        else:
            self.assign(node.target, value)
        self.leave(scope)
        return value

    def awaited(self, node: ast.Await) -> Expr:
        """`await x`."""
        value = self.value(node.value)
        return ("awaited", value) if value is not None else None

    # Expressions with a scope

    def lambda_(self, node: ast.Lambda) -> Expr:
        """A lambda; of calls of it nothing is known."""
        parameters = self.parameters(node.args)
        outer = self.scope
        scope = self.open("lambda", "<lambda>", node.lineno, node.col_offset, parent=outer)
        for name, parameter in parameters:
            self.bind(name, parameter)
        scope.bases.append(self.value(node.body))
        self.leave(outer)

    def comprehension(self, node: Any) -> Expr:
        """A comprehension, by its element; what it iterates over first belongs to the scope around."""
        outer = self.scope
        first = self.value(node.generators[0].iter)
        self.open("comprehension", "<comprehension>", node.lineno, node.col_offset, parent=outer)
        for n, generator in enumerate(node.generators):
            iterated = first if n == 0 else self.value(generator.iter)
            self.assign(generator.target, ("element", iterated) if iterated else None)
            for test in generator.ifs:
                self.value(test)
        inner = self.scope
        if node.__class__ is ast.DictComp:
            self.value(node.key)
            self.value(node.value)
            element = None
        else:
            element = self.value(node.elt)
        self.leave(outer)
        return ("within", inner, element) if element else None

    def parameters(self, arguments: ast.arguments) -> Sequence[tuple[str, Binding]]:
        """The parameters of a function or a lambda; annotations and defaults belong to the scope around."""
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults: Sequence[Any] = [None] * (len(positional) - len(arguments.defaults))
        rows: Sequence[tuple[ast.arg, Any, int]] = [
            *zip(positional, [*defaults, *arguments.defaults], range(len(positional)), strict=True),
            *((a, d, -3) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)),
            *((a, None, -1) for a in (arguments.vararg,) if a),
            *((a, None, -2) for a in (arguments.kwarg,) if a),
        ]
        return [self._parameter(*row) for row in rows]

    def _parameter(self, node: ast.arg, default: ast.expr | None, n: int) -> tuple[str, Binding]:
        note = self.annotation(node.annotation) if node.annotation else None
        value = self.value(default) if default else None
        return node.arg, ("parameter", node.lineno, node.col_offset, note, value, n)

    # Generators

    def yielded(self, node: ast.Yield) -> Expr:
        """`yield x`, by what is sent."""
        value = self.value(node.value)
        scope = self.scopes[self.scope]
        if scope.kind != "function":
            return None
        scope.members.setdefault("yield", []).append(value)
        return ("sent", self.scope)

    def yielded_from(self, node: ast.YieldFrom) -> Expr:
        """`yield from x`."""
        value = self.value(node.value)
        scope = self.scopes[self.scope]
        if scope.kind == "function":
            scope.members.setdefault("yield", []).append(("element", value) if value else None)


def _may_be_class(expr: Expr) -> bool:
    """Whether an expression is a name, or ends in one, as classes have it."""
    match expr:
        case str(name) | ("attribute", _, str(name)):
            return name[:1].isupper() and not name.isupper()
        case _:
            return False


def _is(expr: Expr, names: frozenset[str]) -> bool:
    """Whether an expression is one of these names, or a module's attribute of that name."""
    match expr:
        case str():
            return expr in names
        case ("attribute", str(), str(name)):
            return name in names
        case _:
            return False


EXPRESSIONS: Visitors[Expressions] = {
    ast.Name: Expressions.name,
    ast.Attribute: Expressions.attribute,
    ast.Call: Expressions.call,
    ast.Constant: Expressions.constant,
    ast.JoinedStr: Expressions.joined,
    ast.Tuple: Expressions.tuple_display,
    ast.List: Expressions.list_display,
    ast.Set: Expressions.list_display,
    ast.Dict: Expressions.dict_display,
    ast.Subscript: Expressions.subscript,
    ast.BoolOp: Expressions.either,
    ast.IfExp: Expressions.if_else,
    ast.BinOp: Expressions.operator,
    ast.NamedExpr: Expressions.walrus,
    ast.Await: Expressions.awaited,
    ast.Lambda: Expressions.lambda_,
    ast.ListComp: Expressions.comprehension,
    ast.SetComp: Expressions.comprehension,
    ast.GeneratorExp: Expressions.comprehension,
    ast.DictComp: Expressions.comprehension,
    ast.Yield: Expressions.yielded,
    ast.YieldFrom: Expressions.yielded_from,
}
