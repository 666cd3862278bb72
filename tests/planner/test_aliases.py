"""Deprecated aliases: after a rename with `alias: true` the old names still mean the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from jupiter.conductor import Threads
from jupiter.errors import RequestError
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.run import execute

RECIPE = """\
version: 1
name: aliased
codebase: {include: ["**"]}
steps:
  one:
    codemod: rename
    with: {symbol: "%s", to: %s, alias: true}
deliver: {branch: jupiter/aliased}
"""
PACKAGE = {
    "p/__init__.py": """\
        from .say import CODE, Talker, hush
        from .say import speak as speak

        __all__ = [
            "Talker",
            "speak",
            "hush",
        ]
        """,
    "p/say.py": """\
        import os

        __all__ = ["Talker", "speak", "hush", "CODE"]

        CODE = 7
        OTHER = 8


        class Talker:
            def talk(self):
                return speak()

            @property
            def loud(self):
                return True

            volume = 3


        class Shouter(Talker):
            def talk(self):
                return "SHOUT"


        def speak():
            return "spoken"


        if os.name:
            def hush():
                return ""
        """,
    "p/private.py": "from p.say import speak\n\n\ndef again():\n    return speak()\n",
}


def repository(folder: Path, files: Mapping[str, str]) -> Path:
    top = folder / "repository"
    for path, text in files.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(dedent(text))
    for command in (
        ("init", "-q", "-b", "main"),
        ("add", "."),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first"),
    ):
        subprocess.run(["git", *command], cwd=top, check=True)
    return top


def renamed(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    symbol: str,
    to: str,
    *,
    files: Mapping[str, str] = PACKAGE,
    workers: int = 3,
) -> Path:
    """The repository with the delivered branch checked out."""
    monkeypatch.setenv("JUPITER_HOME", str(folder / f"home-{workers}"))
    top = repository(folder, files)
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE % (symbol, to))
    run = start(load(Request(recipe, top, workers=workers)), lambda _notice: None)
    report = execute(run, Threads())
    assert report.status == "done", report.reason
    subprocess.run(["git", "checkout", "-q", "jupiter/aliased"], cwd=top, check=True)
    return top


def python(top: Path, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=top, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("symbol", "to", "code", "said"),
    [
        (
            "p/say.py:speak",
            "utter",
            (
                "import p, p.say, p.private; from p import *; from p.say import *\n"
                "print(p.speak is p.utter is p.say.speak is p.say.utter, speak(), p.private.again())"
            ),
            "True spoken spoken",
        ),
        (
            "p/say.py:Talker.talk",
            "say",
            (
                "from p.say import *; from p.say import Shouter\n"
                "print(Talker().talk(), Talker().say(), Shouter().talk(), Shouter().say())"
            ),
            "spoken spoken SHOUT SHOUT",
        ),
        (
            "p/say.py:Talker.loud",
            "noisy",
            "from p import Talker; print(Talker().loud, Talker().noisy)",
            "True True",
        ),
        (
            "p/say.py:Talker",
            "Speaker",
            (
                "import p; from p import *; from p.say import Shouter\n"
                "print(Talker is p.Speaker, issubclass(Shouter, Talker))"
            ),
            "True True",
        ),
        ("p/say.py:CODE", "NUMBER", "import p; print(p.CODE, p.NUMBER)", "7 7"),
    ],
    ids=["function", "method", "property", "class", "constant"],
)
def test_the_old_name_still_means_the_same_wherever_it_was_offered(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    symbol: str,
    to: str,
    code: str,
    said: str,
) -> None:
    assert python(renamed(tmp_path, monkeypatch, symbol, to), code) == said


def test_an_alias_stands_where_a_person_would_put_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = renamed(tmp_path, monkeypatch, "p/say.py:speak", "utter")
    assert (top / "p/__init__.py").read_text() == dedent("""\
        from .say import CODE, Talker, hush
        from .say import utter as utter

        speak = utter  # deprecated alias

        __all__ = [
            "Talker",
            "utter",
            "speak",
            "hush",
        ]
        """)
    said = (top / "p/say.py").read_text()
    assert '__all__ = ["Talker", "utter", "speak", "hush", "CODE"]' in said
    assert (
        'def utter():\n    return "spoken"\n\n\nspeak = utter  # deprecated alias\n\n\nif' in said
    )
    assert "speak" not in (top / "p/private.py").read_text()


def test_the_tree_is_the_same_for_one_three_and_eight_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trees = set[str]()
    for workers in (1, 3, 8):
        folder = tmp_path / str(workers)
        folder.mkdir()
        top = renamed(folder, monkeypatch, "p/say.py:Talker.talk", "say", workers=workers)
        trees.add(
            subprocess.run(
                ["git", "rev-parse", "HEAD^{tree}"],
                cwd=top,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
    assert len(trees) == 1


@pytest.mark.parametrize(
    ("symbol", "why"),
    [
        (
            "p/say.py:Talker.volume",
            r"steps\.one: .*volume cannot leave an alias: it is no function",
        ),
        ("p/say.py:hush", r"hush cannot leave an alias: it is defined under a condition"),
    ],
    ids=["a class's attribute", "defined under a condition"],
)
def test_what_cannot_have_an_alias_is_refused_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, symbol: str, why: str
) -> None:
    with pytest.raises(RequestError, match=why):
        renamed(tmp_path, monkeypatch, symbol, "other")
