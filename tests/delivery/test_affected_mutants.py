"""Affected tests against the truth: functions are broken one by one, and all tests are run by pytest."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from jupiter.delivery.affected_tests import choose
from jupiter.index.index import build_index
from jupiter.index.reach import Reach

FILES = {
    "shop/__init__.py": "from shop.cart import Cart as Cart\n",
    "shop/prices.py": """\
class Price:
    def __init__(self, cents):
        self.cents = cents

    def __add__(self, other):
        return type(self)(self.cents + other.cents)

    @property
    def text(self):
        return rendered(self)


class Discounted(Price):
    def after(self, rule):
        return getattr(self, "by_" + rule)()

    def by_half(self):
        return Price(self.cents // 2)


def rendered(price):
    return f"{price.cents / 100:.2f}"
""",
    "shop/rules.py": """\
RULES = {}


def rule(function):
    RULES[function.__name__] = function
    return function


@rule
def free(cart):
    return not cart.items


def unused():
    return 1
""",
    "shop/cart.py": """\
from shop import prices
from shop.rules import RULES


class Cart:
    price_class = prices.Price

    def __init__(self):
        self.items = []

    def add(self, cents):
        self.items.append(self.price_class(cents))
        return self

    def total(self):
        return sum(self.items, self.price_class(0))

    def passes(self, name):
        return RULES[name](self)
""",
    "tests/conftest.py": """\
import pytest

from shop import Cart


@pytest.fixture
def cart():
    return Cart().add(100).add(250)
""",
    "tests/test_total.py": "def test_total(cart):\n    assert cart.total().cents == 350\n",
    "tests/test_rules.py": (
        "from shop import Cart\n\n\ndef test_free():\n    assert Cart().passes('free')\n"
    ),
    "tests/test_prices.py": """\
from shop.prices import Discounted, Price


def test_text():
    assert Price(150).text == "1.50"


def test_half():
    assert Discounted(10).after("half").cents == 5
""",
    "tests/test_other.py": "def test_other():\n    assert 1 + 1 == 2\n",
}
CODE = [path for path in FILES if path.startswith("shop/")]
FUNCTIONS = [
    (path, node.lineno, node.name)
    for path in CODE
    for node in ast.walk(ast.parse(FILES[path]))
    if isinstance(node, ast.FunctionDef)
]
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no", "-rfE")


def broken(path: str, line: int) -> str:
    """A file of the shop with a function whose body raises at once."""
    lines = FILES[path].splitlines(keepends=True)
    indent = re.match(" *", lines[line])
    assert indent is not None
    return "".join([*lines[:line], f"{indent[0]}raise OSError\n", *lines[line:]])


def reach(files: Mapping[str, str]) -> Reach:
    return Reach(build_index({path: text.encode() for path, text in files.items()}))


def test_what_turns_red_is_chosen_whatever_function_is_broken(tmp_path: Path) -> None:
    before, left_out, turned = reach(FILES), 0, 0
    for path, line, name in FUNCTIONS:
        files = FILES | {path: broken(path, line)}
        made = choose(before, reach(files), [path], {}, PYTEST)
        red = _red(tmp_path / name, files)
        assert red.isdisjoint(made.left_out), name
        turned += bool(red)
        left_out += len(made.left_out)
    assert turned >= len(FUNCTIONS) - 1  # nobody uses `unused`
    assert left_out > len(FUNCTIONS)


def _red(folder: Path, files: Mapping[str, str]) -> set[str]:
    """The files of tests that are red."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    done = subprocess.run(
        [sys.executable, *PYTEST],
        cwd=folder,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 1, 2}:  # a conftest that cannot be imported: no test is green
        return {path for path in files if "test_" in path}
    return set(re.findall(r"^(?:FAILED|ERROR) ([^:\s]+)", done.stdout, re.MULTILINE))
