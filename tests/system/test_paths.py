"""Paths: which globs take which paths in, which paths are safe, which are protected."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.system.paths import PROTECTED, is_git_folder, matches, protected, safe_path

TAKEN = [
    ("src/a.py", "src/a.py"),
    ("src/*.py", "src/a.py"),
    ("src/?.py", "src/a.py"),
    ("src/**/*.py", "src/a.py"),
    ("src/**/*.py", "src/x/y/a.py"),
    ("**/*.py", "a.py"),
    ("**/*.py", "x/y/a.py"),
    ("**", "x/y/a.py"),
    ("**", ".hidden"),
    ("**/**/*.py", "a.py"),
    ("src/**/**/a.py", "src/a.py"),
    ("src/**", "src/x/a.py"),
    ("src/", "src/x/a.py"),
    ("src", "src/x/a.py"),
    ("src", "src"),
    ("./src", "src/a.py"),
    ("/src", "src/a.py"),
    (".", "src/a.py"),
    ("./", "src/a.py"),
    ("src/**/tests", "src/x/tests/a.py"),
    ("*/tests/", "x/tests/a.py"),
    ("src/*/", "src/x/a.py"),
    ("[ab].py", "b.py"),
    ("[!ab].py", "c.py"),
    ("[^ab].py", "c.py"),
    ("[a-c].py", "b.py"),
    ("[]]", "]"),
    ("[[]", "["),
    (r"\*.py", "*.py"),
    ("a[b", "a[b"),
    ("{a,b}.py", "{a,b}.py"),
    ("*.py", ".py"),
    ("*", "new\nline"),
    ("a+b(c)^$.py", "a+b(c)^$.py"),
    ("über/*.py", "über/a.py"),
    ("a**/b", "ax/b"),
]
LEFT = [
    ("src/*.py", "src/x/a.py"),
    ("*.py", "src/a.py"),
    ("src/?", "src/ab"),
    ("src?a.py", "src/a.py"),
    ("src[/]a.py", "src/a.py"),
    ("src[!a]a.py", "src/a.py"),
    ("src/*", "src/x/a.py"),
    ("src/**", "src"),
    ("src/**", "srcs/a.py"),
    ("src/", "src"),
    ("src", "srcs/a.py"),
    ("src", "x/src/a.py"),
    ("src/**/*.py", "src/a.pyi"),
    ("src/**/*.py", "tests/src/a.py"),
    ("SRC/*.py", "src/a.py"),
    ("", "a.py"),
    ("[!ab].py", "a.py"),
    ("[c-a].py", "b.py"),
    (r"\*.py", "a.py"),
    ("a.py", "axpy"),
    ("a.py", "a.py\n"),
    ("a**/**", "a"),
    ("a**/b", "x/b"),
]


@pytest.mark.parametrize(("pattern", "path"), LEFT)
def test_a_pattern_leaves_a_path_out(pattern: str, path: str) -> None:
    assert not matches(path, [pattern])


@pytest.mark.parametrize(("pattern", "path"), TAKEN)
def test_a_pattern_takes_a_path_in(pattern: str, path: str) -> None:
    assert matches(path, [pattern])


def test_any_of_several_patterns_is_enough_and_none_takes_nothing() -> None:
    assert matches("b", ["a", "b"])
    assert not matches("b", [])


parts = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1)
paths = st.lists(parts, min_size=1, max_size=5).map("/".join)


@given(paths)
def test_a_path_with_its_wildcards_escaped_takes_itself_in(path: str) -> None:
    escaped = re.sub(r"([\\*?\[])", r"\\\1", path)
    assert matches(path, [escaped]) or escaped.startswith("./") or escaped == "."


@given(st.text(alphabet="ab/*?[]!^-\\.", max_size=20), paths)
def test_every_text_is_a_pattern(pattern: str, path: str) -> None:
    assert matches(path, [pattern]) in {True, False}


SAFE = [
    *("a.py", "src/a.py", ".gitignore", ".github/x", "a b/c'\"d", "über/ñ.py", ".gitx", "a..b"),
    *("git~", "x.git", "..a", "a.", "~", "-rf", "日本/語.py"),
]
UNSAFE = [
    *("", "/", "/etc/passwd", "a//b", "a/", "/a", ".", "..", "../a", "a/../b", "a/./b"),
    *(".git", ".git/config", "sub/.git/config", ".GIT/config", ".Git/hooks/x", "GIT~1/config"),
    *("git~1", "git~2/x", ".git ", ".git.", ".git. ./config", ".g\u200cit/config"),
    *("\ufeff.git/x", ".git::$INDEX_ALLOCATION/x", "C:/x", "a\\b", ".git\\config", "a\0b"),
    *("a\nb", "a\tb", "a\x7fb", "a\x85b", "...", " ", "a/ /b", "\udcff.py", ". ./a", "\u200d"),
]


@pytest.mark.parametrize("path", SAFE)
def test_a_path_inside_the_repository_is_safe(path: str) -> None:
    assert safe_path(path)


@pytest.mark.parametrize("path", UNSAFE, ids=ascii)
def test_a_path_that_leaves_the_repository_or_folds_to_its_git_folder_is_not(path: str) -> None:
    assert not safe_path(path)


@given(st.text(alphabet="./gGiItT~1\u200c \\:", max_size=12))
def test_no_safe_path_has_a_part_that_is_a_git_folder(path: str) -> None:
    if safe_path(path):
        assert ".." not in path.split("/")
        assert not any(is_git_folder(part) for part in path.split("/"))


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        ".GitHub/workflows/ci.yml",
        ".github",
        ".gitattributes",
        "sub/.gitattributes",
        ".gitmodules",
        ".pre-commit-config.yaml",
        "src/site.pth",
        "src/X.PTH",
        "src/sitecustomize.py",
        ".gitlab-ci.yml",
    ],
)
def test_what_would_run_code_elsewhere_is_protected(path: str) -> None:
    assert protected(path)
    assert protected(path, ["**", "**/*", "*", ".g*/**", "*/*.pt?", ""])


@pytest.mark.parametrize("path", ["src/a.py", "github/x", ".githubx", "pth", "docs/.gitignore"])
def test_other_paths_are_not_protected(path: str) -> None:
    assert not protected(path)


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (".github/workflows/ci.yml", ".github/workflows/ci.yml"),
        (".github/workflows/ci.yml", ".github/workflows/*.yml"),
        (".github/workflows/ci.yml", ".github/"),
        ("x/.gitattributes", "**/.gitattributes"),
        ("src/site.pth", "src/site.pth"),
        ("src/site.pth", "**/*.pth"),
    ],
)
def test_a_recipe_that_spells_it_out_lifts_the_protection(path: str, named: str) -> None:
    assert not protected(path, ["src/**/*.py", named])


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (".github/workflows/ci.yml", ".gitmodules"),
        (".github/workflows/ci.yml", ".github/dependabot.yml"),
        (".github/.gitattributes", ".github/**"),
        ("src/site.pth", "src/other.pth"),
        ("src/site.pth", "src/"),
    ],
)
def test_spelling_out_something_else_does_not(path: str, named: str) -> None:
    assert protected(path, [named])


def test_every_protected_name_is_folded_already() -> None:
    assert [name.casefold() for name in PROTECTED] == list(PROTECTED)
