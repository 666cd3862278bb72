"""A command's arguments: what `libcst.tool` would have made of them, or a message that helps."""

import argparse
from collections.abc import Callable

import pytest
from libcst.codemod import CodemodCommand, CodemodContext
from libcst.codemod.commands.ensure_import_present import EnsureImportPresentCommand

from jupiter.engines.arguments import arguments
from jupiter.engines.codemod_command import Command
from jupiter.engines.loading import check_command, instance
from jupiter.errors import RequestError


class Upper(argparse.Action):
    """An action of a command's own."""

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, str(values).upper())


class Many(CodemodCommand):
    @staticmethod
    def add_args(arg_parser: argparse.ArgumentParser) -> None:
        add = arg_parser.add_argument
        add("--text", default="plain")
        add("--count", type=int, default="3")
        add("--share", type=float)
        add("--mode", choices=["fast", "slow"])
        add("--on", dest="switch", action="store_true")
        add("--off", dest="switch", action="store_false")
        add("--both", action=argparse.BooleanOptionalAction)
        add("--names", nargs="*")
        add("--each", action="append")
        add("--loud", action=Upper)
        add("-s", dest="short")
        one_of = arg_parser.add_mutually_exclusive_group()
        one_of.add_argument("--left")
        one_of.add_argument("--right")


DEFAULTS = {
    "text": "plain", "count": 3, "share": None, "mode": None, "switch": False, "both": None,
    "names": None, "each": None, "loud": None, "short": None, "left": None, "right": None,
}  # fmt: skip


def read(loaded: type[CodemodCommand], **given: object) -> dict[str, object]:
    return arguments(Command("tidy", loaded.__name__, tuple(given.items()), "/"), loaded)


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({}, {}),
        ({"text": "a b"}, {"text": "a b"}),
        ({"text": "--on"}, {"text": "--on"}),
        ({"text": ""}, {"text": ""}),
        ({"count": "7"}, {"count": 7}),
        ({"count": -7}, {"count": -7}),
        ({"share": 0.5}, {"share": 0.5}),
        ({"share": 2}, {"share": 2.0}),
        ({"mode": "slow"}, {"mode": "slow"}),
        ({"switch": True}, {"switch": True}),
        ({"switch": False}, {"switch": False}),
        ({"both": True}, {"both": True}),
        ({"both": False}, {"both": False}),
        ({"names": ("a", "b")}, {"names": ["a", "b"]}),
        ({"names": ()}, {"names": []}),
        ({"each": ("-a", "b")}, {"each": ["-a", "b"]}),
        ({"loud": "hey"}, {"loud": "HEY"}),
        ({"short": "-x"}, {"short": "-x"}),
        ({"left": "l", "text": "t"}, {"left": "l", "text": "t"}),
    ],
)
def test_values_become_what_argparse_makes_of_them_and_the_rest_its_defaults(
    given: dict[str, object], made: dict[str, object]
) -> None:
    assert read(Many, **given) == DEFAULTS | made


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"texts": "a"},
            r"tidy.with: Many takes no 'texts'; it takes both, count, each, left, .* text",
        ),
        ({"text": 1}, "tidy.with.text: expected text, found 1; write it in quotes"),
        ({"text": True}, "tidy.with.text: expected text, found True"),
        ({"text": ("a",)}, r"tidy.with.text: expected one value, found \('a',\)"),
        ({"count": "many"}, "tidy.with: argument --count: invalid int value: 'many'"),
        ({"count": True}, "tidy.with.count: expected text, found True"),
        ({"mode": "quick"}, "tidy.with: argument --mode: invalid choice: 'quick'"),
        ({"switch": "yes"}, "tidy.with.switch: 'yes' is none of False, True"),
        ({"switch": 1}, "tidy.with.switch: 1 is none of False, True"),
        ({"both": "no"}, "tidy.with.both: 'no' is none of"),
        ({"names": "a"}, "tidy.with.names: expected a list of texts, found 'a'"),
        ({"each": "a"}, "tidy.with.each: expected a list of texts, found 'a'"),
        ({"left": "a", "right": "b"}, "tidy.with: argument --(left|right): not allowed with"),
    ],
)
def test_what_the_command_does_not_take_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(RequestError, match=rf"^steps\.{message}"):
        read(Many, **given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "EnsureImportPresentCommand needs 'module'; it takes alias, entity, module"),
        ({"alias": "x"}, "needs 'module'; it takes alias, entity, module"),
        ({"modul": "x"}, "takes no 'modul'; it takes alias, entity, module"),
    ],
)
def test_a_required_argument_is_asked_for_by_its_destination(
    given: dict[str, object], message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        read(EnsureImportPresentCommand, **given)


def test_a_command_without_arguments_takes_none() -> None:
    class Bare(CodemodCommand): ...

    assert read(Bare) == {}
    with pytest.raises(RequestError, match="Bare takes no 'x'; it takes no arguments"):
        read(Bare, x="1")


def test_arguments_with_a_place_are_given_by_name_too() -> None:
    class Placed(CodemodCommand):
        @staticmethod
        def add_args(arg_parser: argparse.ArgumentParser) -> None:
            arg_parser.add_argument("old")
            arg_parser.add_argument("new", nargs="?", default="n")

    assert read(Placed, old="-o") == {"old": "-o", "new": "n"}
    assert read(Placed, new="b", old="a") == {"old": "a", "new": "b"}
    with pytest.raises(RequestError, match="needs 'old'"):
        read(Placed, new="b")


def test_arguments_that_the_constructor_does_not_like_are_refused_before_the_run(
    codemod: Callable[..., Command],
) -> None:
    command = codemod(
        "class Mod(CodemodCommand):\n"
        "    add_args = staticmethod(lambda parser: parser.add_argument('--width'))\n"
        "    def __init__(self, context, width):\n"
        "        super().__init__(context)\n"
        "        if width == '0': raise ValueError('width must be positive')\n"
        "    def transform_module_impl(self, tree): return tree\n",
        width="0",
    )
    with pytest.raises(
        RequestError,
        match=r"cannot be made with these arguments: ValueError: width must be positive \(mods.py:",
    ):
        check_command(command)


def test_an_instance_gets_them() -> None:
    given = (("entity", "annotations"), ("module", "__future__"))
    command = Command("tidy", "ensure_import_present.EnsureImportPresentCommand", given, "/")
    made = instance(command, CodemodContext())
    assert made.context.scratch == dict(given) | {"alias": None}
