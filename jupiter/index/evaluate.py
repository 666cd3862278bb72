"""Expressions to values: what a receiver may be, from imports, annotations, assignments and calls.

Nothing is executed. An answer is kept once it has been found; what refers to itself is cut off.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jupiter.code.scopes import Binding, Expr
from jupiter.index.externals import (
    CONTAINERS,
    ENUMS,
    FIRST,
    PASSING,
    PROPERTIES,
    WRAPPERS,
    elements,
    is_own,
    method_result,
)
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
    joined,
)

_DEEPEST = 40


class Evaluator:
    """Evaluates expressions of a codebase."""

    def __init__(self, scoping: Scoping, guess: Callable[[str, int, str], Answer]) -> None:
        self._scoping = scoping
        self._guess = guess
        """What a parameter of that name may be, of which the function itself says nothing."""
        self._known: dict[tuple[str, int, bool, Expr], Answer] = {}
        self._open: set[tuple[str, int, bool, Expr]] = set()
        self._cut = False
        scoping.bases = self._bases

    def value(self, expr: Expr, path: str, scope: int) -> Answer:
        """What an expression in a scope may be."""
        return self._ask(expr, path, scope, annotation=False)

    def annotated(self, expr: Expr, path: str, scope: int) -> Answer:
        """The instances that an annotation in a scope stands for."""
        return self._ask(expr, path, scope, annotation=True)

    def _ask(self, expr: Expr, path: str, scope: int, *, annotation: bool) -> Answer:
        if expr is None:
            return NOTHING
        key = (path, scope, annotation, expr)
        if (found := self._known.get(key)) is not None:
            return found
        if key in self._open or len(self._open) > _DEEPEST:
            self._cut = True
            return NOTHING
        outermost = not self._open
        self._open.add(key)
        try:
            found = (self._annotation if annotation else self._value)(expr, path, scope)
        finally:
            self._open.discard(key)
        if outermost:
            self._cut = False
        if not self._cut:
            self._known[key] = found
        return found

    # Expressions

    def _value(self, expr: Expr, path: str, scope: int) -> Answer:
        match expr:
            case str():
                return self.name(path, scope, expr)
            case ("attribute", receiver, name):
                return self.member(self.value(receiver, path, scope), name)
            case ("call", function, arguments):
                return self._call(function, arguments, path, scope)
            case ("any", options):
                return joined([self.value(option, path, scope) for option in options])
            case ("item", of, index):
                return self._item(of, index, path, scope)
            case ("element", of):
                return self.element(self.value(of, path, scope))
            case ("entered", of):
                return self._entered(self.value(of, path, scope))
            case ("awaited", of):
                return self._awaited(self.value(of, path, scope))
            case ("part", of, n):
                return self._part(self.value(of, path, scope), n)
            case ("tuple", items):
                parts = [self.value(item, path, scope) for item in items]
                return Answer((Generic("tuple", tuple(p.values for p in parts)),))
            case ("list", kind, item):
                found = self.value(item, path, scope)
                inner = ((), found.values) if kind == "dict" else (found.values,)
                return Answer((Generic(kind, inner),), found.sure)
            case ("caught", of):
                return self._instances(self.value(of, path, scope))
            case ("sent", inner):
                return self._sent(path, inner)
            case ("within", inner, of):
                found = self.value(of, path, inner)
                return Answer((Generic("list", (found.values,)),), found.sure)
            case ("constant", kind):
                return Answer((Generic(kind),)) if kind != "NoneType" else NOTHING
            case ("text", _):
                return Answer((Generic("str"),))
            case _:
                return NOTHING

    def name(self, path: str, scope: int, name: str) -> Answer:
        """What a name used in a scope may be."""
        home = self._scoping.home(path, scope, name)
        narrowed = self._narrowed(path, scope, name)
        if home is None or home == 0:
            found = joined([self.place(place) for place in self._scoping.places(path, scope, name)])
        else:
            bindings = self._scoping.scopes(path)[home].bindings[name]
            found = joined([self.bound(path, home, binding) for binding in bindings])
        if not narrowed.values:
            return found
        if not found.values:
            return Answer(narrowed.values, sure=False)
        return Answer(tuple(dict.fromkeys((*found.values, *narrowed.values))), sure=False)

    def place(self, place: Place | External) -> Answer:
        """What a defined name may be."""
        match place:
            case External():
                return Answer((place,))
            case Place(path, -1, _):
                return Answer((Module(path),))
            case Place(path, scope, name):
                bindings = self._scoping.scopes(path)[scope].bindings.get(name, ())
                return joined([self.bound(path, scope, binding) for binding in bindings])

    def bound(self, path: str, scope: int, binding: Binding) -> Answer:
        """What a binding gives its name."""
        match binding:
            case ("function", _, _, inner):
                return self._decorated(path, inner)
            case ("class", _, _, inner):
                return Answer((Class(path, inner),))
            case ("value", _, _, expr, *within):
                return self.value(expr, path, within[0] if within else scope)
            case ("declared", _, _, note, expr, *within):
                at = within[0] if within else scope
                found = self.annotated(note, path, at)
                return found if found.values else self.value(expr, path, at)
            case ("parameter", _, _, note, default, n):
                return self._parameter(path, scope, binding, note, default, n)
            case ("import", _, _, dotted, whole):
                target = dotted if whole else dotted.partition(".")[0]
                return joined([self.place(p) for p in self._scoping.imported(path, 0, target, "")])
            case ("from", _, _, level, module, name):
                return joined(
                    [self.place(p) for p in self._scoping.imported(path, level, module, name)]
                )
            case _:
                return NOTHING

    def _narrowed(self, path: str, scope: int, name: str) -> Answer:
        scopes = self._scoping.scopes(path)
        found: list[Answer] = []
        at = scope
        while at > 0:
            for expr in scopes[at].narrowed.get(name, ()):
                options = (
                    expr[1] if isinstance(expr, tuple) and expr[0] in {"tuple", "any"} else (expr,)
                )
                found += [self._instances(self.value(option, path, at)) for option in options]
            if name in scopes[at].bindings:
                break
            at = scopes[at].parent
        return Answer(joined(found).values, sure=False) if found else NOTHING

    def _decorated(self, path: str, inner: int) -> Answer:
        """A function as its decorators leave it; those that are not known leave it as it is."""
        function = Function(path, inner)
        scope = self._scoping.scopes(path)[inner]
        for decorator in scope.decorators:
            of = (
                decorator[1]
                if isinstance(decorator, tuple) and decorator[0] == "call"
                else decorator
            )
            for value in self.value(of, path, scope.parent).values:
                if isinstance(value, Function) and self._makes_instances(value):
                    called = self._result(value)
                    inner_calls = [v for v in called.values if isinstance(v, Instance)]
                    if inner_calls:
                        return Answer(tuple(inner_calls), sure=False)
                if isinstance(value, Class):
                    return Answer((Instance(value.path, value.scope),), sure=False)
        return Answer((function,))

    def _makes_instances(self, function: Function) -> bool:
        scope = self._scoping.scopes(function.path)[function.scope]
        return "return" in scope.members

    def _parameter(
        self, path: str, scope: int, binding: Binding, note: Expr, default: Expr, n: int
    ) -> Answer:
        scopes = self._scoping.scopes(path)
        function = scopes[scope]
        own = self._own_class(path, scope) if n == 0 and function.kind == "function" else None
        if note is not None:
            found = self.annotated(note, path, function.parent)
            if n == -1:
                return Answer((Generic("tuple", (found.values, ())),), found.sure)
            if n == -2:
                return Answer((Generic("dict", ((), found.values)),), found.sure)
            if found.values or own is None:
                return found
        if own is not None:
            names = [d for d in function.decorators if isinstance(d, str)]
            is_class = "classmethod" in names or function.name in {
                "__new__",
                "__init_subclass__",
                "__class_getitem__",
            }
            return Answer((own,) if is_class else (Instance(own.path, own.scope),))
        if default is not None:
            found = self.value(default, path, function.parent)
            return Answer(found.values, sure=False)
        if function.kind == "function" and (n >= 0 or n == -3):
            return self._given(path, scope, binding)
        return NOTHING

    def _given(self, path: str, scope: int, binding: Binding) -> Answer:
        """What a parameter without annotation and default may be."""
        bindings = self._scoping.scopes(path)[scope].bindings
        name = next((n for n, found in bindings.items() if binding in found), "")
        injected = self._injected(path, scope, binding)
        return injected if injected.values else self._guess(path, scope, name)

    def _injected(self, path: str, scope: int, binding: Binding) -> Answer:
        """What a decorator says that it calls the function with: its own parameter's `Callable[…]`."""
        function = self._scoping.scopes(path)[scope]
        for decorator in function.decorators:
            for value in self.value(decorator, path, function.parent).values:
                if not isinstance(value, Function):
                    continue
                inner = self._scoping.scopes(value.path)[value.scope]
                for given in (found[0] for found in inner.bindings.values()):
                    match given:
                        case ("parameter", _, _, ("item", of, ("tuple", (expected, *_))), _, 0):
                            if last_name(of) == "Callable":
                                found = self._expected(expected, binding[5], value, inner.parent)
                                return Answer(found.values, sure=False)
                        case _:
                            pass
        return NOTHING

    def _expected(self, expected: Expr, n: int, decorator: Function, scope: int) -> Answer:
        match expected:
            case ("item", _, ("tuple", items)) if n < len(items) - 1:  # Concatenate[A, B, P]
                return self.annotated(items[n], decorator.path, scope)
            case ("list", _, item) if n == 0:
                return self.annotated(item, decorator.path, scope)
            case _:
                return NOTHING

    def fixture(self, place: Place, path: str, scope: int) -> Answer:
        """What pytest passes for a parameter that bears a fixture's name."""
        for found in self._scoping.scopes(place.path)[place.scope].bindings[place.name]:
            if found[0] == "function" and (place.path, found[3]) != (path, scope):
                result = self._result(Function(place.path, found[3]))
                members = self._scoping.scopes(place.path)[found[3]].members
                if "yield" in members or _is_iterator(result):
                    result = self.element(result)
                return Answer(result.values, sure=False)
        return NOTHING

    def _own_class(self, path: str, scope: int) -> Class | None:
        scopes = self._scoping.scopes(path)
        function = scopes[scope]
        parent = function.parent
        if parent < 0 or scopes[parent].kind != "class" or "staticmethod" in function.decorators:
            return None
        return Class(path, parent)

    # Members

    def member(self, receivers: Answer, name: str) -> Answer:
        """What a member of one of several values may be."""
        found = [self._member(value, name) for value in receivers.values]
        answer = joined(found)
        return Answer(answer.values, answer.sure and receivers.sure)

    def _member(self, value: Value, name: str) -> Answer:
        match value:
            case Module(path):
                return joined([self.place(p) for p in self._scoping.exports(path, name)])
            case External(dotted):
                return Answer((External(f"{dotted}.{name}"),))
            case Generic():
                return Answer((Method(value, name),))
            case Class() | Instance() | Super():
                owner = self.owner(value, name)
                return self._of_class(owner, name, value) if owner else NOTHING
            case _:
                return NOTHING

    def owner(self, value: Value, name: str) -> Class | None:
        """The class of the codebase that a member of a value is found in."""
        match value:
            case Class() | Instance():
                return self._scoping.owner(Class(value.path, value.scope), name)
            case Super(path, scope, receiver):
                here = Class(path, scope)
                start = here
                if isinstance(receiver, Instance | Class):
                    start = Class(receiver.path, receiver.scope)
                return self._scoping.owner(start, name, behind=here)
            case _:
                return None

    def _of_class(self, owner: Class, name: str, value: Value) -> Answer:
        receiver = value.receiver if isinstance(value, Super) else value
        found: list[Answer] = []
        for binding in self._scoping.members(owner, name):
            if binding[0] == "function":
                found.append(self._method(owner.path, binding[3], receiver))
            else:
                found.append(self.bound(owner.path, owner.scope, binding))
        answer = joined(found)
        if self._is_enum(owner) and any(
            b[0] == "value" for b in self._scoping.members(owner, name)
        ):
            return Answer((Instance(owner.path, owner.scope),))
        return answer

    def _method(self, path: str, inner: int, receiver: Value | None) -> Answer:
        function = Function(path, inner, receiver)
        decorators = self._scoping.scopes(path)[inner].decorators
        is_property = any(last_name(d) in PROPERTIES for d in decorators)
        if is_property and not isinstance(receiver, Class):
            return self._result(function)
        return Answer((function,))

    def _is_enum(self, cls: Class) -> bool:
        return any(
            isinstance(one, External) and one.dotted in ENUMS
            for one in self._scoping.order(cls.path, cls.scope)
        )

    # Calls

    def _call(self, function: Expr, arguments: tuple[Expr, ...], path: str, scope: int) -> Answer:
        called = self.value(function, path, scope)
        found = [self._called(value, arguments, path, scope) for value in called.values]
        answer = joined(found)
        return Answer(answer.values, answer.sure and called.sure)

    def _called(self, value: Value, arguments: tuple[Expr, ...], path: str, scope: int) -> Answer:
        match value:
            case Class():
                return Answer((Instance(value.path, value.scope),))
            case Function():
                return self._result(value)
            case Instance():
                return self._call_method(value, "__call__")
            case External(dotted):
                return self._call_external(dotted, arguments, path, scope)
            case Method(receiver, name):
                return method_result(receiver, name)
            case _:
                return NOTHING

    def _call_external(
        self, dotted: str, arguments: tuple[Expr, ...], path: str, scope: int
    ) -> Answer:
        short = dotted.removeprefix("builtins.")
        if short == "super":
            return self._super(path, scope)
        first = arguments[0] if arguments and not _is_keyword(arguments[0]) else None
        if short in {"typing.cast", "typing_extensions.cast"}:
            return self._cast(first, path, scope)
        if short in PASSING:
            return self.value(first, path, scope)
        if short in FIRST:
            return self.element(self.value(first, path, scope))
        if short == "type" and len(arguments) == 1:
            found = self.value(first, path, scope)
            classes = [Class(v.path, v.scope) for v in found.values if isinstance(v, Instance)]
            return Answer(tuple(classes), found.sure)
        if short in CONTAINERS:
            found = self.element(self.value(first, path, scope))
            return Answer((Generic(CONTAINERS[short], (found.values,)),), found.sure)
        if short == "enumerate":
            found = self.element(self.value(first, path, scope))
            pair = Generic("tuple", ((), found.values))
            return Answer((Generic("list", ((pair,),)),), found.sure)
        if short == "zip":
            parts = [
                self.element(self.value(a, path, scope)) for a in arguments if not _is_keyword(a)
            ]
            row = Generic("tuple", tuple(part.values for part in parts))
            return Answer((Generic("list", ((row,),)),), all(part.sure for part in parts))
        return Answer((Generic(short),)) if is_own(dotted) else NOTHING

    def _cast(self, expr: Expr, path: str, scope: int) -> Answer:
        match expr:
            case ("text", str(text)) if text.replace(".", "").isidentifier():
                return self.annotated(_chain(text), path, scope)
            case _:
                return self.annotated(expr, path, scope)

    def _super(self, path: str, scope: int) -> Answer:
        scopes = self._scoping.scopes(path)
        at = scope
        while at > 0 and scopes[scopes[at].parent].kind != "class":
            at = scopes[at].parent
        if at <= 0:
            return NOTHING
        cls = scopes[at].parent
        is_class = "classmethod" in scopes[at].decorators or scopes[at].name == "__new__"
        receiver = Class(path, cls) if is_class else Instance(path, cls)
        return Answer((Super(path, cls, receiver),))

    def _call_method(self, value: Value, name: str) -> Answer:
        found = self._member(value, name)
        results = [self._result(f) for f in found.values if isinstance(f, Function)]
        return joined(results)

    def _result(self, function: Function) -> Answer:
        """What a call of a function gives."""
        scope = self._scoping.scopes(function.path)[function.scope]
        found = self._returned(function)
        if any(last_name(d) in WRAPPERS for d in scope.decorators):
            return Answer((Generic("ContextManager", (self.element(found).values,)),), found.sure)
        return found

    def _returned(self, function: Function) -> Answer:
        path, scope = function.path, self._scoping.scopes(function.path)[function.scope]
        if "return" in scope.members:
            note: Any = scope.members["return"][0]
            if function.receiver is not None and self._is_self(note, function):
                receiver = function.receiver
                if isinstance(receiver, Class):
                    receiver = Instance(receiver.path, receiver.scope)
                return Answer((receiver,))
            return self.annotated(note, path, scope.parent)
        if "yield" in scope.members:
            found = joined([self.value(e, path, function.scope) for e in scope.members["yield"]])
            return Answer((Generic("Iterator", (found.values,)),), sure=False)
        answers: list[Answer] = []
        for expr in scope.bases:
            own = next(
                (n for n, b in scope.bindings.items() if b[0][0] == "parameter" and b[0][5] == 0),
                "",
            )
            if (
                expr == own
                and function.receiver is not None
                and self._own_class(path, function.scope)
            ):
                answers.append(Answer((function.receiver,)))
            else:
                answers.append(self.value(expr, path, function.scope))
        found = joined(answers)
        return Answer(found.values, sure=found.sure)

    def _is_self(self, note: Expr, function: Function) -> bool:
        """Whether a method's result is what it is called on: `Self`, or the type variable of `self`."""
        if last_name(note) == "Self":
            return True
        scope = self._scoping.scopes(function.path)[function.scope]
        for bindings in scope.bindings.values():
            match bindings[0]:
                case ("parameter", _, _, str() as own, _, 0):
                    return own == note and not self.annotated(own, function.path, scope.parent).sure
                case _:
                    pass
        return False

    # Containers

    def element(self, answer: Answer) -> Answer:
        """What iterating over one of several values gives."""
        found: list[Answer] = []
        for value in answer.values:
            match value:
                case Generic():
                    found.append(Answer(elements(value), answer.sure))
                case Instance():
                    found += [self._next(v) for v in self._call_method(value, "__iter__").values]
                case Class() if self._is_enum(value):
                    found.append(Answer((Instance(value.path, value.scope),)))
                case _:
                    pass
        return joined(found)

    def _next(self, iterator: Value) -> Answer:
        match iterator:
            case Generic():
                return Answer(elements(iterator))
            case Instance():
                return self._call_method(iterator, "__next__")
            case _:
                return NOTHING

    def _sent(self, path: str, scope: int) -> Answer:
        """What is sent into a generator, by its annotation."""
        function = self._scoping.scopes(path)[scope]
        if "return" not in function.members:
            return NOTHING
        noted = self.annotated(function.members["return"][0], path, function.parent)
        found = [
            Answer(value.arguments[1], noted.sure)
            for value in noted.values
            if isinstance(value, Generic) and value.dotted.endswith("Generator")
            if len(value.arguments) > 1
        ]
        return joined(found)

    def _item(self, of: Expr, index: Expr, path: str, scope: int) -> Answer:
        answer = self.value(of, path, scope)
        found: list[Answer] = []
        for value in answer.values:
            match value:
                case Class() if self._is_enum(value):
                    found.append(Answer((Instance(value.path, value.scope),)))
                case Class():
                    found.append(Answer((value,)))
                case Generic("dict" | "defaultdict", arguments) if len(arguments) > 1:
                    found.append(Answer(arguments[1]))
                case Generic():
                    found.append(Answer(elements(value)))
                case Instance():
                    found.append(self._call_method(value, "__getitem__"))
                case _:
                    pass
        answers = joined(found)
        return Answer(answers.values, answers.sure and answer.sure)

    def _part(self, answer: Answer, n: int) -> Answer:
        found: list[Answer] = []
        for value in answer.values:
            match value:
                case Generic("tuple", arguments) if n < len(arguments):
                    found.append(Answer(arguments[n], answer.sure))
                case _:
                    found.append(self.element(Answer((value,), answer.sure)))
        return joined(found)

    def _entered(self, answer: Answer) -> Answer:
        found: list[Answer] = []
        for value in answer.values:
            match value:
                case Instance():
                    entered = self._call_method(value, "__enter__")
                    found.append(
                        entered if entered.values else self._call_method(value, "__aenter__")
                    )
                case Generic(_, (inner, *_)):
                    found.append(Answer(inner, answer.sure))
                case Generic():
                    found.append(Answer((value,), answer.sure))
                case _:
                    pass
        return joined(found)

    def _awaited(self, answer: Answer) -> Answer:
        found: list[Value] = []
        for value in answer.values:
            match value:
                case Generic("Awaitable" | "Coroutine" | "Future" | "Task", (*_, last)):
                    found += last
                case _:
                    found.append(value)
        return Answer(tuple(found), answer.sure)

    # Annotations

    def _annotation(self, expr: Expr, path: str, scope: int) -> Answer:
        match expr:
            case str():
                return self._named(expr, path, scope)
            case ("any", options):
                return joined([self.annotated(option, path, scope) for option in options])
            case ("text", str(text)) if text.replace(".", "").isidentifier():
                return self.annotated(_chain(text), path, scope)
            case ("item", of, index):
                return self._subscripted(of, index, path, scope)
            case ("call", _, _):
                return self._type_variable(expr, path, scope)
            case ("attribute", _, _):
                return self._instances(self.value(expr, path, scope))
            case _:
                return NOTHING

    def _named(self, name: str, path: str, scope: int) -> Answer:
        """An annotation that is a name: a class, or an alias of another annotation."""
        if name == "Self":
            at, scopes = scope, self._scoping.scopes(path)
            while at > 0 and scopes[at].kind != "class":
                at = scopes[at].parent
            return Answer((Instance(path, at),)) if at > 0 else NOTHING
        found: list[Answer] = []
        for place in self._scoping.places(path, scope, name):
            if isinstance(place, External):
                found.append(self._instances(Answer((place,))))
                continue
            if place.scope < 0:
                continue
            for binding in self._scoping.scopes(place.path)[place.scope].bindings.get(
                place.name, ()
            ):
                match binding:
                    case ("value", _, _, alias):
                        found.append(self.annotated(alias, place.path, place.scope))
                    case ("declared", _, _, note, alias):
                        found.append(self.annotated(alias or note, place.path, place.scope))
                    case _:
                        found.append(self._instances(self.bound(place.path, place.scope, binding)))
        return joined(found)

    def _type_variable(self, expr: Expr, path: str, scope: int) -> Answer:
        """`TypeVar("T", bound=…)` by its bound; a `NewType` by what it is made of."""
        _, function, arguments = expr
        match last_name(function):
            case "TypeVar":
                for argument in arguments:
                    match argument:
                        case ("keyword", "bound", bound):
                            found = self.annotated(bound, path, scope)
                            return Answer(found.values, sure=False)
                        case _:
                            pass
                return NOTHING
            case "NewType" if len(arguments) == 2:
                return self.annotated(arguments[1], path, scope)
            case _:
                return NOTHING

    def _subscripted(self, of: Expr, index: Expr, path: str, scope: int) -> Answer:
        items: tuple[Expr, ...] = (
            index[1] if isinstance(index, tuple) and index[0] == "tuple" else (index,)
        )
        match last_name(of):
            case (
                "Optional"
                | "ClassVar"
                | "Final"
                | "Annotated"
                | "Required"
                | "NotRequired"
                | "InitVar"
                | "ReadOnly"
                | "TypeGuard"
            ):
                return self.annotated(items[0], path, scope)
            case "Union":
                return joined([self.annotated(item, path, scope) for item in items])
            case "Type" | "type":
                found = self.annotated(items[0], path, scope)
                classes = [Class(v.path, v.scope) for v in found.values if isinstance(v, Instance)]
                return Answer(tuple(classes), found.sure)
            case _:
                pass
        arguments = tuple(self.annotated(item, path, scope).values for item in items)
        base = self.annotated(of, path, scope)
        values = tuple(
            Generic(v.dotted, arguments) if isinstance(v, Generic) else v for v in base.values
        )
        return Answer(values, base.sure)

    def _instances(self, answer: Answer) -> Answer:
        found: list[Value] = []
        for value in answer.values:
            match value:
                case Class(path, scope):
                    found.append(Instance(path, scope))
                case External(dotted):
                    found.append(Generic(dotted.rpartition(".")[2]))
                case Generic("tuple", parts):
                    for part in parts:
                        found += self._instances(Answer(part)).values
                case _:
                    pass
        return Answer(tuple(found), answer.sure)

    def _bases(self, path: str, scope: int) -> list[Class | External]:
        here = self._scoping.scopes(path)[scope]
        found: list[Class | External] = []
        for base in here.bases:
            of = base[1] if isinstance(base, tuple) and base[0] == "item" else base
            values = self.value(of, path, here.parent).values
            known = [v for v in values if isinstance(v, Class | External)]
            found += known[:1] or [External("?")]
        return found


def last_name(expr: Expr) -> str:
    match expr:
        case str():
            return expr
        case ("attribute", _, name):
            return str(name)
        case ("call", function, _):
            return last_name(function)
        case _:
            return ""


def _chain(dotted: str) -> Expr:
    first, *rest = dotted.split(".")
    expr: Expr = first
    for name in rest:
        expr = ("attribute", expr, name)
    return expr


def _is_keyword(expr: Expr) -> bool:
    return isinstance(expr, tuple) and expr[0] == "keyword"


def _is_iterator(answer: Answer) -> bool:
    return any(
        isinstance(v, Generic)
        and v.dotted in {"Iterator", "Generator", "Iterable", "AsyncIterator", "AsyncGenerator"}
        for v in answer.values
    )
