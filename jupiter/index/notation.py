"""Reading expressions in the notation of `jupiter.code.scopes`."""

from __future__ import annotations

from jupiter.code.scopes import Expr


def last_name(expr: Expr) -> str:
    """The last name of a dotted expression, or of what a call calls; empty for all else."""
    match expr:
        case str():
            return expr
        case ("attribute", _, name):
            return str(name)
        case ("call", function, _):
            return last_name(function)
        case _:
            return ""


def dotted_expr(text: str) -> Expr:
    """A dotted name as an expression."""
    first, *rest = text.split(".")
    expr: Expr = first
    for name in rest:
        expr = ("attribute", expr, name)
    return expr


def unquoted(expr: Expr) -> Expr:
    """A dotted name that stands as a string where an expression is meant."""
    match expr:
        case ("text", str(text)) if text.replace(".", "").isidentifier():
            return dotted_expr(text)
        case _:
            return expr


def called(expr: Expr) -> Expr:
    """What a decorator is without its arguments."""
    match expr:
        case ("call", function, _):
            return function
        case _:
            return expr


def without_index(expr: Expr) -> Expr:
    """A base class without its type arguments."""
    match expr:
        case ("item", of, _):
            return of
        case _:
            return expr


def alternatives(expr: Expr) -> tuple[Expr, ...]:
    """The items of a tuple or of a union; of all else the expression itself."""
    match expr:
        case ("tuple" | "any" | "either", items):
            return items
        case _:
            return (expr,)


def items_of(expr: Expr) -> tuple[Expr, ...]:
    """The items of a tuple; of all else the expression itself."""
    match expr:
        case ("tuple", items):
            return items
        case _:
            return (expr,)


def is_keyword(expr: Expr) -> bool:
    """Whether an argument of a call is a keyword argument."""
    match expr:
        case ("keyword", _, _):
            return True
        case _:
            return False
