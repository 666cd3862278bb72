"""The kinds of mistakes that a recipe can have: one code each, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Code(StrEnum):
    """What stands in `error[…]`; a code never changes its meaning."""

    UNREADABLE = "J101"
    SYNTAX = "J102"
    UNKNOWN_KEY = "J103"
    MISSING_KEY = "J104"
    WRONG_KIND = "J105"
    NOT_ALLOWED = "J106"
    VERSION = "J107"
    NOT_YET = "J108"
    YAML_FEATURE = "J109"
    DUPLICATE_KEY = "J110"
    TOO_BIG = "J111"
    AMBIGUOUS = "J112"
    STEP_KIND = "J113"
    NEEDS = "J114"
    EXPRESSION = "J115"
    EXPRESSION_PLACE = "J116"
    COMMAND = "J117"
    PATH = "J118"
    SECRET = "J119"  # noqa: S105 # the code of a mistake, not a password
    PARAMETER = "J120"
    DEFAULT = "J121"
    CODEMOD = "J122"
    DELIVERY = "J123"
    SCHEDULE = "J124"


MEANING: Mapping[Code, str] = MappingProxyType(
    {
        Code.UNREADABLE: "Not UTF-8 text, or with a byte order mark or control characters.",
        Code.SYNTAX: "The text is not YAML.",
        Code.UNKNOWN_KEY: "A key that no recipe has, or that has no place here.",
        Code.MISSING_KEY: "A key that must be there is not.",
        Code.WRONG_KIND: "A value of another kind is expected: text, number, list, mapping.",
        Code.NOT_ALLOWED: "The kind of the value is right, the value itself is not allowed.",
        Code.VERSION: "The recipe format's version is missing or unknown; the rest is not read.",
        Code.NOT_YET: "A part of the language that is planned, but is not built yet.",
        Code.YAML_FEATURE: "A feature of YAML that recipes do without, as tags and merge keys.",
        Code.DUPLICATE_KEY: "A key stands twice in one mapping.",
        Code.TOO_BIG: "The document is larger, deeper or longer than a recipe can be.",
        Code.AMBIGUOUS: "A value that YAML reads otherwise than people do; quotes settle it.",
        Code.STEP_KIND: "A step has no key that says its kind, or two.",
        Code.NEEDS: "`needs` names an unknown step, one twice, or makes steps wait in a circle.",
        Code.EXPRESSION: "An expression `${{ … }}` is malformed or looks up an unknown name.",
        Code.EXPRESSION_PLACE: "An expression where none is substituted, or a list within text.",
        Code.COMMAND: "A command needs a shell, is not closed, or has no fixed program.",
        Code.PATH: "A path or glob is malformed, or leaves the repository.",
        Code.SECRET: "An environment variable that no child process is given.",
        Code.PARAMETER: "A parameter's declaration contradicts itself, or its name is reserved.",
        Code.DEFAULT: "A default does not match the declaration of its parameter.",
        Code.CODEMOD: "A codemod is neither a dotted name nor `path.py:Name`.",
        Code.DELIVERY: "The place of delivery is not one branch that git allows, nor one patch.",
        Code.SCHEDULE: "Not one of cron, interval and rrule, or no such expression, rule or time zone.",
    }
)
