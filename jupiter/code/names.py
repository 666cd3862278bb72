"""One walk over a module's syntax tree that collects its scopes, bindings and uses of names."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from jupiter.code.parse import UNPARSABLE
from jupiter.code.scopes import (
    ANNOTATION,
    BASE,
    CALL,
    DECORATOR,
    IMPORT,
    LOAD,
    STORE,
    Binding,
    Expr,
    ModuleFacts,
    Names,
    Scope,
)

_DOTTED = re.compile(r"[^\W\d]\w*(?:[.:][^\W\d]\w*)+")
_CASTS = frozenset({"cast", "NewType"})
_LITERAL = frozenset({"Literal"})
_TYPING = frozenset(
    {
        *("Union", "Optional", "List", "Dict", "Set", "FrozenSet", "Tuple", "Type", "Callable"),
        *(
            "Sequence",
            "Iterable",
            "Iterator",
            "Mapping",
            "MutableMapping",
            "Awaitable",
            "Generator",
        ),
        *("AsyncIterator", "AsyncGenerator", "Coroutine", "DefaultDict", "Deque", "Annotated"),
        *("ClassVar", "list", "dict", "set", "frozenset", "tuple", "type"),
    }
)
_MEMBER_CALLS = frozenset({"getattr", "setattr", "hasattr", "delattr"})


def names_of(tree: ast.Module) -> ModuleFacts:
    """The scopes and uses of a module. Raises RecursionError for what nests too deep."""
    walker = _Walker()
    walker.module(tree)
    return ModuleFacts(walker.scopes, walker.uses)


class _Walker:
    """Walks one tree, once. A visitor of an expression returns what is known of its value."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.uses = Names({}, {}, {}, {}, [])
        self._names, self._attributes = self.uses.names, self.uses.attributes
        self._scope = 0
        self._bindings: dict[str, list[Binding]] = {}
        self._how = LOAD
        self._self = ("", 0)
        """The first parameter of the method that is being walked, and the scope of its class."""
        self._visit: dict[type, Callable[[Any], Expr]] = dict.fromkeys(_NODES, self._children)
        self._visit.update({kind: getattr(self, name) for kind, name in _VISITORS.items()})

    def module(self, tree: ast.Module) -> None:
        """Walk a whole module."""
        self._open("module", "", -1, 1, 0)
        self._body(tree.body)

    # Scopes

    def _open(self, kind: str, name: str, parent: int, line: int, column: int) -> Scope:
        scope = Scope(kind, name, parent, line, column, {}, {}, [], [], {})
        self._scope, self._bindings = len(self.scopes), scope.bindings
        self.scopes.append(scope)
        return scope

    def _leave(self, number: int) -> None:
        self._scope, self._bindings = number, self.scopes[number].bindings

    def _bind(self, name: str, binding: Binding) -> None:
        found = self._bindings.get(name)
        if found is None:
            self._bindings[name] = [binding]
        else:
            found.append(binding)

    # What is looked at node by node

    def _body(self, body: Sequence[ast.AST]) -> None:
        visit = self._visit
        for node in body:
            visit[node.__class__](node)

    def _children(self, node: ast.AST) -> Expr:
        """What no rule is for: visit what is inside; nothing is known of its value."""
        visit = self._visit
        for name in node._fields:
            value = getattr(node, name, None)
            if value.__class__ is list:
                for item in value:  # pyright: ignore[reportOptionalIterable]  a list, as its class says
                    rule = visit.get(item.__class__)
                    if rule is not None:
                        rule(item)
            elif (rule := visit.get(value.__class__)) is not None:
                rule(value)
        return None

    def _value(self, node: ast.AST | None, how: int = LOAD) -> Expr:
        if node is None:
            return None
        before, self._how = self._how, how
        found = self._visit[node.__class__](node)
        self._how = before
        return found

    # Definitions

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        decorators = [self._value(d, DECORATOR) for d in node.decorator_list]
        is_async = node.__class__ is ast.AsyncFunctionDef
        parameters = self._parameters(node.args)
        returns = self._annotation(node.returns) if node.returns else None
        outer, outer_self = self._scope, self._self
        column = node.col_offset + (10 if is_async else 4)
        self._bind(node.name, ("function", node.lineno, column, len(self.scopes)))
        scope = self._open("function", node.name, outer, node.lineno, column)
        scope.decorators.extend(decorators)
        if returns is not None:
            scope.members["return"] = [returns]
        if is_async:
            scope.members["async"] = []
        for name, parameter in parameters:
            self._bind(name, parameter)
        if self.scopes[outer].kind == "class":
            first = [*node.args.posonlyargs, *node.args.args][:1]
            self._self = (
                (first[0].arg, outer) if first and "staticmethod" not in decorators else ("", 0)
            )
        for parameter in getattr(node, "type_params", ()):
            self._type_parameter(parameter)
        self._body(node.body)
        self._leave(outer)
        self._self = outer_self

    def _parameters(self, arguments: ast.arguments) -> list[tuple[str, Binding]]:
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults: list[Any] = [None] * (len(positional) - len(arguments.defaults))
        defaults += arguments.defaults
        rows: list[tuple[ast.arg, Any, int]] = [
            (a, d, n) for n, (a, d) in enumerate(zip(positional, defaults, strict=True))
        ]
        rows += [
            (a, d, -3) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        ]
        if arguments.vararg:
            rows.append((arguments.vararg, None, -1))
        if arguments.kwarg:
            rows.append((arguments.kwarg, None, -2))
        found: list[tuple[str, Binding]] = []
        for a, default, n in rows:
            note = self._annotation(a.annotation) if a.annotation else None
            value = self._value(default) if default else None
            found.append((a.arg, ("parameter", a.lineno, a.col_offset, note, value, n)))
        return found

    def _class(self, node: ast.ClassDef) -> None:
        decorators = [self._value(d, DECORATOR) for d in node.decorator_list]
        bases = [self._value(base, BASE) for base in node.bases]
        for keyword in node.keywords:
            self._value(keyword.value)
        outer, outer_self = self._scope, self._self
        column = node.col_offset + 6
        self._bind(node.name, ("class", node.lineno, column, len(self.scopes)))
        scope = self._open("class", node.name, outer, node.lineno, column)
        scope.decorators.extend(decorators)
        scope.bases.extend(bases)
        self._self = ("", 0)
        for parameter in getattr(node, "type_params", ()):
            self._type_parameter(parameter)
        self._body(node.body)
        self._leave(outer)
        self._self = outer_self

    def _type_parameter(self, node: Any) -> None:
        bound = self._annotation(node.bound) if getattr(node, "bound", None) else None
        self._bind(node.name, ("declared", node.lineno, node.col_offset, bound, None))

    def _lambda(self, node: ast.Lambda) -> Expr:
        parameters = self._parameters(node.args)
        outer = self._scope
        scope = self._open("lambda", "<lambda>", outer, node.lineno, node.col_offset)
        for name, parameter in parameters:
            self._bind(name, parameter)
        scope.bases.append(self._value(node.body))
        self._leave(outer)
        return None

    def _comprehension(self, node: Any) -> Expr:
        outer = self._scope
        first = self._value(node.generators[0].iter)
        self._open("comprehension", "<comprehension>", outer, node.lineno, node.col_offset)
        for n, generator in enumerate(node.generators):
            iterated = first if n == 0 else self._value(generator.iter)
            self._assign(generator.target, ("element", iterated) if iterated else None)
            for test in generator.ifs:
                self._value(test)
        inner = self._scope
        if node.__class__ is ast.DictComp:
            self._value(node.key)
            self._value(node.value)
            element = None
        else:
            element = self._value(node.elt)
        self._leave(outer)
        return ("within", inner, element) if element else None

    # Bindings

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            place = (alias.lineno, alias.col_offset)
            name = alias.asname or alias.name.partition(".")[0]
            self._bind(name, ("import", *place, alias.name, alias.asname is not None))
            self._alias(alias)
            column = alias.col_offset
            parts = alias.name.split(".")
            for n, part in enumerate(parts):
                self._imported(part, alias.lineno, column, 0, ".".join(parts[:n]), alias.asname)
                column += len(part.encode()) + 1

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        parts = module.split(".") if module else []
        for n, part in enumerate(parts):
            # the column is found in the text, for dots and spaces may stand before it
            self._imported(part, node.lineno, -1, node.level, ".".join(parts[:n]), None)
        for alias in node.names:
            place = (alias.lineno, alias.col_offset)
            if alias.name == "*":
                self._bind("*", ("from", *place, node.level, module, "*"))
                continue
            name = alias.asname or alias.name
            self._bind(name, ("from", *place, node.level, module, alias.name))
            self._alias(alias)
            self._imported(alias.name, *place, node.level, module, alias.asname)

    def _alias(self, alias: ast.alias) -> None:
        """The name behind `as` is a use of what is imported."""
        if alias.asname is not None:
            end = (alias.end_col_offset or 0) - len(alias.asname.encode())
            place = (alias.end_lineno or alias.lineno, end)
            self._names.setdefault(alias.asname, []).extend((self._scope, *place, IMPORT))

    def _imported(
        self, name: str, line: int, column: int, level: int, module: str, alias: str | None
    ) -> None:
        found = self.uses.imported.setdefault(name, [])
        found += (self._scope, line, column, level, module, alias)

    def _assign_statement(self, node: ast.Assign) -> None:
        value = self._value(node.value)
        for target in node.targets:
            self._assign(target, value)
        match [t.id for t in node.targets if isinstance(t, ast.Name)]:
            case ["__all__"]:
                self._exports(node.value)
            case ["__slots__" | "__match_args__"]:
                self._slots(node.value)
            case _:
                pass

    def _declare(self, node: ast.AnnAssign) -> None:
        note = self._annotation(node.annotation)
        value = self._value(node.value)
        self._assign(node.target, value, note)
        if isinstance(node.target, ast.Name) and node.target.id == "__all__" and node.value:
            self._exports(node.value)

    def _augment(self, node: ast.AugAssign) -> None:
        self._value(node.value)
        target = node.target
        if isinstance(target, ast.Name):
            self._use(target, STORE)
            if target.id == "__all__":
                self._exports(node.value)
        else:
            self._value(target, STORE)

    def _assign(self, target: ast.AST, value: Expr, note: Expr = None) -> None:
        match target:
            case ast.Name(id=name):
                self._use(target, STORE)
                place = (target.lineno, target.col_offset)
                if note is not None:
                    self._bind(name, ("declared", *place, note, value))
                else:
                    self._bind(name, ("value", *place, value))
            case ast.Attribute(value=ast.Name(id=owner), attr=attr) if owner == self._self[0]:
                self._value(target, STORE)
                line, column = _place(target)
                member: Binding = ("value", line, column, value, self._scope)
                if note is not None:
                    member = ("declared", line, column, note, value, self._scope)
                self.scopes[self._self[1]].members.setdefault(attr, []).append(member)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                for n, item in enumerate(items):
                    self._assign(item, ("part", value, n) if value else None)
            case ast.Starred(value=inner):
                self._assign(inner, None)
            case _:
                self._value(target, STORE)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        value = self._value(node.iter)
        self._assign(node.target, ("element", value) if value else None)
        self._body(node.body)
        self._body(node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            value = self._value(item.context_expr)
            if item.optional_vars is not None:
                self._assign(item.optional_vars, ("entered", value) if value else None)
        self._body(node.body)

    def _handler(self, node: ast.ExceptHandler) -> None:
        caught = self._value(node.type)
        if node.name:
            self._bind(
                node.name,
                ("value", node.lineno, node.col_offset, ("caught", caught) if caught else None),
            )
        self._body(node.body)

    def _walrus(self, node: ast.NamedExpr) -> Expr:
        value = self._value(node.value)
        scope = self._scope
        while self.scopes[self._scope].kind == "comprehension":
            self._leave(self.scopes[self._scope].parent)
        self._assign(node.target, ("within", scope, value) if value else None)
        self._leave(scope)
        return value

    def _global(self, node: ast.Global) -> None:
        self._redirect(node, "global", len("global "))

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        self._redirect(node, "outer", len("nonlocal "))

    def _redirect(self, node: ast.Global | ast.Nonlocal, kind: str, column: int) -> None:
        """The names stand one after another, if nobody has put more than one space between them."""
        column += node.col_offset
        for name in node.names:
            self._bind(name, (kind, node.lineno, node.col_offset))
            place = (self._scope, node.lineno, column, LOAD)
            self._names.setdefault(name, []).extend(place)
            column += len(name.encode()) + 2

    def _capture(self, node: Any) -> None:
        name = node.rest if node.__class__ is ast.MatchMapping else node.name
        if name:
            self._bind(name, ("value", node.lineno, node.col_offset, None))
        self._children(node)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self._value(target, STORE)

    def _return(self, node: ast.Return) -> None:
        value = self._value(node.value)
        if self.scopes[self._scope].kind == "function":
            if value is not None:
                self.scopes[self._scope].bases.append(value)

    # Expressions

    def _yield(self, node: ast.Yield) -> Expr:
        value = self._value(node.value)
        scope = self.scopes[self._scope]
        if scope.kind != "function":
            return None
        scope.members.setdefault("yield", []).append(value)
        return ("sent", self._scope)

    def _yield_from(self, node: ast.YieldFrom) -> Expr:
        value = self._value(node.value)
        scope = self.scopes[self._scope]
        if scope.kind == "function":
            scope.members.setdefault("yield", []).append(("element", value) if value else None)
        return None

    def _name(self, node: ast.Name) -> Expr:
        name = node.id
        found = self._names.get(name)
        if found is None:
            found = self._names[name] = []
        found += (self._scope, node.lineno, node.col_offset, self._how)
        return name

    def _use(self, node: ast.Name, how: int) -> None:
        self._names.setdefault(node.id, []).extend((self._scope, node.lineno, node.col_offset, how))

    def _attribute(self, node: ast.Attribute) -> Expr:
        how, self._how = self._how, LOAD
        value = node.value
        receiver = self._visit[value.__class__](value)
        self._how = how
        attr = node.attr
        found = self._attributes.get(attr)
        if found is None:
            found = self._attributes[attr] = []
        found += (self._scope, *_place(node), how, receiver)
        return ("attribute", receiver, attr) if receiver is not None else None

    def _call(self, node: ast.Call) -> Expr:
        visit = self._visit
        how, self._how = self._how, CALL if self._how != DECORATOR else DECORATOR
        function = visit[node.func.__class__](node.func)
        self._how = LOAD
        if _is(function, _CASTS) and node.args:
            first, *others = node.args
            arguments = [self._annotation(first), *(self._value(a) for a in others)]
        else:
            arguments = [visit[a.__class__](a) for a in node.args]
        for keyword in node.keywords:
            if keyword.arg == "bound":
                arguments.append(("keyword", "bound", self._annotation(keyword.value)))
                continue
            value = visit[keyword.value.__class__](keyword.value)
            if keyword.arg is not None:
                self.uses.keywords.setdefault(keyword.arg, []).extend(
                    (self._scope, keyword.lineno, keyword.col_offset, function)
                )
                if keyword.arg in {"default_factory", "factory", "spec"}:
                    arguments.append(("keyword", keyword.arg, value))
        self._how = how
        self._texts(node, function, arguments)
        if function == "isinstance" and len(arguments) == 2 and isinstance(arguments[0], str):
            self.scopes[self._scope].narrowed.setdefault(arguments[0], []).append(arguments[1])
        return ("call", function, tuple(arguments)) if function is not None else None

    def _texts(self, node: ast.Call, function: Expr, arguments: Sequence[Expr]) -> None:
        """Strings among the arguments that name a member of another argument."""
        match node.args:
            case [_, ast.Constant(value=str(text)) as constant, *_] if text.isidentifier():
                self._text(
                    constant,
                    "getattr"
                    if isinstance(function, str) and function in _MEMBER_CALLS
                    else "member",
                    arguments[0],
                )
            case _:
                pass

    def _text(self, node: ast.Constant, what: str, receiver: Expr) -> None:
        self.uses.texts.append(
            (
                self._scope,
                node.lineno,
                node.col_offset,
                node.end_lineno,
                node.end_col_offset,
                node.value,
                what,
                receiver,
            )
        )

    def _constant(self, node: ast.Constant) -> Expr:
        value = node.value
        if value.__class__ is str:
            if self._how == ANNOTATION:
                return self._quoted(node, value)
            if len(value) < 200 and ("." in value or ":" in value) and _DOTTED.fullmatch(value):
                self._text(node, "dotted", None)
            return ("text", value) if len(value) < 100 else ("constant", "str")
        return ("constant", value.__class__.__name__)

    def _quoted(self, node: ast.Constant, text: str) -> Expr:
        """An annotation in quotes: its names are uses, at their places if they can be told."""
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except UNPARSABLE:
            return None
        simple = node.end_lineno == node.lineno and (
            (node.end_col_offset or 0) - node.col_offset == len(text.encode()) + 2
        )
        lead = node.col_offset + 1 + len(text) - len(text.lstrip())
        for inner in ast.walk(tree):
            if hasattr(inner, "lineno"):
                line: Any = inner
                line.lineno = line.end_lineno = node.lineno
                line.col_offset += lead if simple else -100_000
                line.end_col_offset += lead if simple else -100_000
        return self._visit[tree.__class__](tree)

    def _annotation(self, node: ast.AST | None) -> Expr:
        return self._value(node, ANNOTATION)

    def _subscript(self, node: ast.Subscript) -> Expr:
        visit = self._visit
        value = visit[node.value.__class__](node.value)
        if self._how == STORE:
            self._how = LOAD
            visit[node.slice.__class__](node.slice)
            self._how = STORE
            return None
        if _is(value, _LITERAL):
            return None
        how = self._how
        if _is(value, _TYPING):  # what is in quotes there is an annotation, wherever it stands
            self._how = ANNOTATION
        index = visit[node.slice.__class__](node.slice)
        self._how = how
        return ("item", value, index) if value is not None else None

    def _tuple(self, node: ast.Tuple) -> Expr:
        visit = self._visit
        return ("tuple", tuple([visit[item.__class__](item) for item in node.elts]))

    def _list(self, node: ast.List | ast.Set) -> Expr:
        visit = self._visit
        items = [visit[item.__class__](item) for item in node.elts]
        kind = "list" if node.__class__ is ast.List else "set"
        return ("list", kind, next((item for item in items if item is not None), None))

    def _dict(self, node: ast.Dict) -> Expr:
        value = None
        for key, item in zip(node.keys, node.values, strict=True):
            self._value(key)
            value = self._value(item) or value
        return ("list", "dict", value)

    def _either(self, node: ast.BoolOp) -> Expr:
        return ("any", tuple([self._value(value) for value in node.values]))

    def _if_else(self, node: ast.IfExp) -> Expr:
        self._value(node.test)
        return ("any", (self._value(node.body), self._value(node.orelse)))

    def _operator(self, node: ast.BinOp) -> Expr:
        visit = self._visit
        left = visit[node.left.__class__](node.left)
        right = visit[node.right.__class__](node.right)
        if node.op.__class__ is ast.BitOr:
            return ("any", (left, right))
        return ("constant", "str") if left and left[0] == "text" else None

    def _joined(self, node: ast.JoinedStr) -> Expr:
        self._children(node)
        return ("constant", "str")

    def _await(self, node: ast.Await) -> Expr:
        value = self._value(node.value)
        return ("awaited", value) if value is not None else None

    # Exports

    def _exports(self, node: ast.AST) -> None:
        for item in _strings(node):
            self._text(item, "export", None)

    def _slots(self, node: ast.AST) -> None:
        for item in _strings(node):
            self._text(item, "slot", None)
            if self.scopes[self._scope].kind == "class":
                self._bind(str(item.value), ("slot", item.lineno, item.col_offset + 1))


def _strings(node: ast.AST) -> Iterable[ast.Constant]:
    return (
        inner
        for inner in ast.walk(node)
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
    )


def _is(expr: Expr, names: frozenset[str]) -> bool:
    """Whether an expression is one of these names, or a module's attribute of that name."""
    match expr:
        case str():
            return expr in names
        case ("attribute", str(), str(name)):
            return name in names
        case _:
            return False


def _place(node: ast.Attribute) -> tuple[int, int]:
    """Where an attribute's own name begins."""
    attr = node.attr
    length = len(attr) if attr.isascii() else len(attr.encode())
    return node.end_lineno or node.lineno, (node.end_col_offset or 0) - length


_NODES = [
    kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.AST)
]


_VISITORS: dict[type[ast.AST], str] = {
    ast.FunctionDef: "_function",
    ast.AsyncFunctionDef: "_function",
    ast.ClassDef: "_class",
    ast.Lambda: "_lambda",
    ast.ListComp: "_comprehension",
    ast.SetComp: "_comprehension",
    ast.GeneratorExp: "_comprehension",
    ast.DictComp: "_comprehension",
    ast.Import: "_import",
    ast.ImportFrom: "_import_from",
    ast.Assign: "_assign_statement",
    ast.AnnAssign: "_declare",
    ast.AugAssign: "_augment",
    ast.For: "_for",
    ast.AsyncFor: "_for",
    ast.With: "_with",
    ast.AsyncWith: "_with",
    ast.ExceptHandler: "_handler",
    ast.NamedExpr: "_walrus",
    ast.Global: "_global",
    ast.Nonlocal: "_nonlocal",
    ast.MatchAs: "_capture",
    ast.MatchStar: "_capture",
    ast.MatchMapping: "_capture",
    ast.Delete: "_delete",
    ast.Return: "_return",
    ast.Yield: "_yield",
    ast.YieldFrom: "_yield_from",
    ast.Name: "_name",
    ast.Attribute: "_attribute",
    ast.Call: "_call",
    ast.Constant: "_constant",
    ast.Subscript: "_subscript",
    ast.Tuple: "_tuple",
    ast.List: "_list",
    ast.Set: "_list",
    ast.Dict: "_dict",
    ast.BoolOp: "_either",
    ast.IfExp: "_if_else",
    ast.BinOp: "_operator",
    ast.JoinedStr: "_joined",
    ast.Await: "_await",
}
