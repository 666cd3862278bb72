"""Type variables that the arguments of a call decide: `def make(cls: Type[T]) -> T`, called as `make(C)`.

In the annotation of the result, `("given", path, scope, EXPR)` takes the place of a variable: it is what
the expression gives where the call stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jupiter.code.scopes import Binding, Expr
from jupiter.index.asking import Ask
from jupiter.index.notation import is_keyword, last_name, unquoted
from jupiter.index.scoping import own_class
from jupiter.index.values import NOTHING, Answer, Class, Function, Place

Arguments = tuple[Expr, ...]

_MAKING = frozenset({"Type", "type", "Callable"})
"""What gives an instance of its last argument when it is called."""
_HOLDING = frozenset(
    {
        *(
            "Iterable",
            "Iterator",
            "Collection",
            "Sequence",
            "MutableSequence",
            "Set",
            "AbstractSet",
        ),
        *("List", "FrozenSet", "list", "set", "frozenset"),
    }
)
"""What gives its argument when it is iterated over."""


def decided(ask: Ask, function: Function, arguments: Arguments, path: str, scope: int) -> Answer:
    """What a call gives if its arguments decide a type variable of its result; else nothing."""
    here = ask.scoping.scopes(function.path)[function.scope]
    if not arguments or "return" not in here.members:
        return NOTHING
    note = here.members["return"][0]
    filled = _filled(note, dict(_decisions(ask, function, arguments, path, scope)))
    if filled == note:
        return NOTHING
    return Answer(ask.annotated(filled, function.path, here.parent).values, sure=False)


def _decisions(
    ask: Ask, function: Function, arguments: Arguments, path: str, scope: int
) -> Iterator[tuple[str, Expr]]:
    """The type variables that a call decides, each with what it is."""
    here = ask.scoping.scopes(function.path)[function.scope]
    first = 1 if _is_bound(ask, function) else 0
    for name, bindings in here.bindings.items():
        match bindings[0]:
            case ("parameter", _, _, note, _, int(n)) if note is not None:
                argument = _argument(arguments, name, n - first)
                if argument is None:
                    continue
            case _:
                continue
        for variable, given in _told(note, argument):
            if _is_variable(ask, function, variable):
                yield variable, ("given", path, scope, given)


def _told(note: Expr, argument: Expr) -> Iterator[tuple[str, Expr]]:
    """What a parameter's annotation and what is passed for it tell of a name in the annotation."""
    match unquoted(note):
        case str(variable):
            yield variable, argument
        case ("item", of, str(variable)) if last_name(of) in _MAKING:
            yield variable, ("call", argument, ())
        case ("item", of, str(variable)) if last_name(of) in _HOLDING:
            yield variable, ("element", argument)
        case ("item", of, ("tuple", (_, str(variable)))) if last_name(of) in _MAKING:
            yield variable, ("call", argument, ())
        case ("item", of, inner) if last_name(of) == "Optional":
            yield from _told(inner, argument)
        case _:
            pass


def _is_bound(ask: Ask, function: Function) -> bool:
    """Whether the first parameter is what the function is looked up on."""
    if function.receiver is None or own_class(ask.scoping, function.path, function.scope) is None:
        return False
    decorators = ask.scoping.scopes(function.path)[function.scope].decorators
    return not isinstance(function.receiver, Class) or "classmethod" in decorators


def _argument(arguments: Arguments, name: str, n: int) -> Expr:
    """What a call passes for a parameter, as far as it says."""
    for argument in arguments:
        match argument:
            case ("keyword", said, value) if said == name:
                return value
            case _:
                pass
    positional = [argument for argument in arguments if not is_keyword(argument)]
    return positional[n] if 0 <= n < len(positional) else None


def _is_variable(ask: Ask, function: Function, name: str) -> bool:
    """Whether a name in a function's annotations is a type variable."""
    places = ask.scoping.places(function.path, function.scope, name)
    return any(
        _makes_variable(binding, is_own=place.scope == function.scope)
        for place in places
        if isinstance(place, Place) and place.scope >= 0
        for binding in ask.scoping.scopes(place.path)[place.scope].bindings.get(place.name, ())
    )


def _makes_variable(binding: Binding, *, is_own: bool) -> bool:
    """Whether a binding makes a type variable; `is_own`: it is in the function's own scope."""
    match binding:
        case ("value", _, _, ("call", maker, _)):
            return last_name(maker) == "TypeVar"
        case ("declared", _, _, _, None):  # `def f[T](…)`
            return is_own
        case _:
            return False


def _filled(note: Expr, decisions: Mapping[str, Expr]) -> Expr:
    """An annotation with what is decided in the place of its variables."""
    match note:
        case str():
            return decisions.get(note, note)
        case ("item", of, index):
            return ("item", of, _filled(index, decisions))
        case ("tuple" | "any" | "either" as kind, items):
            return (kind, tuple(_filled(item, decisions) for item in items))
        case ("text", str(text)):
            return decisions.get(text, note)
        case _:
            return note
