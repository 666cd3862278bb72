"""Which names are watched, and which files are believed to be the result's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.delivery.origins import Watched, confirm, watched
from jupiter.delivery.origins_evidence import Found, probe, recording
from jupiter.errors import SurroundingsError
from jupiter.system.scratch import ScratchTree

SRC = ("pyproject.toml", "src/pkg/__init__.py", "src/pkg/sub/__init__.py", "src/pkg/sub/a.py")
FLAT = ("setup.py", "pkg/__init__.py", "pkg/a.py", "tests/test_a.py", "tests/conftest.py")


class TestWatched:
    @pytest.mark.parametrize(
        ("changed", "paths", "expected"),
        [
            (["src/pkg/sub/a.py"], SRC, {Watched("pkg", "src", shipped=True)}),
            (["src/pkg/data.txt"], SRC, {Watched("pkg", "src", shipped=True)}),
            (["pkg/a.py"], FLAT, {Watched("pkg", "", shipped=True)}),
            (["pkg/gone.py", "pkg/__init__.py"], ("a",), {Watched("pkg", "", shipped=True)}),
            (["six.py"], FLAT, {Watched("six", "", shipped=True)}),
            (["src/six.py"], ("src/six.py",), {Watched("six", "src", shipped=True)}),
            (["libs/one/src/one/a.py"], ("libs/one/setup.cfg", "libs/one/src/one/__init__.py",
              "libs/one/src/one/a.py"), {Watched("one", "libs/one/src", shipped=True)}),
            (["src/google/cloud/x/a.py"], ("src/google/cloud/x/__init__.py",),
             {Watched("google", "src", shipped=True), Watched("x", "src/google/cloud", shipped=False)}),
            (["scripts/build.py"], FLAT,
             {Watched("build", "scripts", shipped=False), Watched("scripts", "", shipped=False)}),
            (["tests/a/b.py"], ("tests/a/__init__.py", "tests/__init__.py"),
             {Watched("tests", "", shipped=False)}),
            (["lib/a.py"], ("lib/__init__.py", "lib/a.py"), {Watched("lib", "", shipped=True)}),
            (["tests/test_a.py", "tests/conftest.py", "a_test.py"], FLAT, set()),
            (["README.md", "docs/x.txt", ".github/x.yml"], FLAT, set()),
            (["my-scripts/do-it.py"], FLAT, set()),
        ],
        ids=["src layout", "data in a package", "flat layout", "a deleted package",
             "a module at the top", "a module in src", "one of several projects",
             "a namespace package", "a script", "tests that are a package",
             "a package that is called lib", "tests that are none", "no Python",
             "no names of modules"],
    )  # fmt: skip
    def test_the_names_are_those_that_the_files_can_be_imported_under(
        self, changed: list[str], paths: tuple[str, ...], expected: set[Watched]
    ):
        found = watched(changed, paths)
        assert set(found) == expected
        assert list(found) == sorted(found)

    @given(
        st.lists(st.sampled_from(["a", "src", "b-c", "tests"]), max_size=4),
        st.sampled_from(["m.py", "__init__.py", "x.txt"]),
        st.sets(st.sampled_from(["__init__.py", "a/__init__.py", "src/a/__init__.py", "setup.py"])),
    )
    def test_every_name_stands_in_its_folder_on_the_way_to_a_changed_file(
        self, folders: list[str], name: str, others: set[str]
    ):
        path = "/".join([*folders, name])
        for one in watched([path], others):
            start = f"{one.root}/" if one.root else ""
            assert path.startswith((f"{start}{one.name}/", f"{start}{one.name}.py"))


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[ScratchTree]:
    with ScratchTree(tmp_path / "scratch") as scratch:
        scratch.write(
            {"src/pkg/__init__.py": b"", "src/pkg/a.py": b"new", "src/pkg/same.py": b"same"}
        )
        yield scratch


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "site-packages"
    (folder / "pkg").mkdir(parents=True)
    (folder / "pkg/__init__.py").write_bytes(b"")
    (folder / "pkg/a.py").write_bytes(b"new")
    (folder / "pkg/same.py").write_bytes(b"same")
    return folder


class TestConfirm:
    def confirm(
        self,
        tree: ScratchTree,
        *recorded: tuple[str, str | Path],
        found: dict[str, Found] | None = None,
        changed: tuple[str, ...] = ("src/pkg/a.py",),
    ) -> bool:
        asked: list[str] = []

        def answer(names: Sequence[str]) -> dict[str, Found]:
            asked.extend(names)
            return found or {}

        done = confirm(
            "check",
            watched(changed, tree.paths),
            tree=tree,
            changed_paths=changed,
            recorded=[(name, str(file)) for name, file in recorded],
            probe=answer,
        )
        assert not {name.split(".")[0] for name, _ in recorded} & set(asked)
        return done

    def test_modules_of_the_tree_are_believed(self, tree: ScratchTree):
        assert self.confirm(tree, ("pkg.a", tree.root / "src/pkg/a.py"))

    def test_a_copy_with_the_same_bytes_is_believed(self, tree: ScratchTree, elsewhere: Path):
        assert self.confirm(tree, ("pkg", elsewhere / "pkg/__init__.py"))
        assert self.confirm(tree, ("pkg.a", elsewhere / "pkg/a.py"))

    def test_a_copy_with_other_bytes_is_refused_with_its_path_and_a_remedy(
        self, tree: ScratchTree, elsewhere: Path
    ):
        (elsewhere / "pkg/a.py").write_bytes(b"old")
        with pytest.raises(SurroundingsError) as caught:
            self.confirm(tree, ("pkg.a", elsewhere / "pkg/a.py"))
        assert str(caught.value) == (
            f"check was green, but it imported pkg.a from {elsewhere}/pkg/a.py, which is not the "
            "result's src/pkg/a.py; add `environment: {pythonpath: [src]}` to the recipe, or "
            'install the result: `environment: {setup: ["python -m pip install -e ."]}`'
        )
        assert caught.value.exit_code == 3

    def test_a_copy_whose_changed_file_was_not_imported_yet_is_refused_too(
        self, tree: ScratchTree, elsewhere: Path
    ):
        (elsewhere / "pkg/a.py").write_bytes(b"old")
        with pytest.raises(SurroundingsError, match=r"pkg\.a from"):
            self.confirm(tree, ("pkg", elsewhere / "pkg/__init__.py"))

    def test_an_unchanged_module_of_another_release_is_refused(
        self, tree: ScratchTree, elsewhere: Path
    ):
        (elsewhere / "pkg/same.py").write_bytes(b"another")
        with pytest.raises(SurroundingsError, match=r"pkg\.same from"):
            self.confirm(tree, ("pkg.same", elsewhere / "pkg/same.py"))

    def test_a_deleted_module_that_is_imported_from_elsewhere_is_refused(
        self, tree: ScratchTree, elsewhere: Path
    ):
        tree.update({"src/pkg/a.py": None})
        for name, file in (("pkg.a", "a.py"), ("pkg", "__init__.py")):
            with pytest.raises(SurroundingsError, match=r"pkg\.a from"):
                self.confirm(tree, (name, elsewhere / "pkg" / file))

    def test_a_module_that_became_a_package_is_refused_as_the_old_module(
        self, tree: ScratchTree, elsewhere: Path
    ):
        tree.update({"src/pkg/a.py": None, "src/pkg/a/__init__.py": b"x"})
        with pytest.raises(SurroundingsError, match=r"pkg\.a from"):
            self.confirm(
                tree, ("pkg.a", elsewhere / "pkg/a.py"), changed=("src/pkg/a/__init__.py",)
            )

    def test_a_file_that_a_command_has_rewritten_is_refused(self, tree: ScratchTree):
        (tree.root / "src/pkg/a.py").write_bytes(b"formatted")
        with pytest.raises(SurroundingsError, match="rewritten in the scratch tree"):
            self.confirm(tree, ("pkg.a", tree.root / "src/pkg/a.py"))

    @pytest.mark.parametrize("kind", ["zip", "pipe", "compiled", "nothing"])
    def test_what_cannot_be_compared_is_refused(self, tree: ScratchTree, tmp_path: Path, kind: str):
        file = tmp_path / "x/pkg" / ("a.cpython-311.so" if kind == "compiled" else "a.py")
        if kind == "zip":
            (tmp_path / "x").write_bytes(b"PK")
        else:
            file.parent.mkdir(parents=True)
        if kind == "pipe":
            os.mkfifo(file)
        if kind == "compiled":
            file.write_bytes(b"\x7fELF")
        with pytest.raises(SurroundingsError, match=r"pkg\.a from"):
            self.confirm(tree, ("pkg.a", file))

    def test_what_the_result_does_not_have_is_no_evidence(self, tree: ScratchTree, elsewhere: Path):
        assert not self.confirm(tree, ("pkg._version", elsewhere / "pkg/_version.py"))
        assert not self.confirm(tree, ("other.a", elsewhere / "other/a.py"))

    def test_a_script_and_an_installed_package_of_one_name_are_two_things(self, tree: ScratchTree):
        tree.write({"build.py": b"script"})
        recorded = ("build", "/site-packages/build/__init__.py")
        assert not self.confirm(tree, recorded, changed=("build.py",))

    def test_one_of_several_folders_with_the_name_is_enough(self, tree: ScratchTree):
        changed = ("one/app/__init__.py", "two/app/__init__.py")
        tree.write({changed[0]: b"1", changed[1]: b"2"})
        assert self.confirm(tree, ("app", tree.root / changed[1]), changed=changed)

    def test_what_no_process_told_of_is_looked_up(self, tree: ScratchTree, elsewhere: Path):
        def found(folder: Path) -> dict[str, Found]:
            return {"pkg": Found(str(folder / "pkg/__init__.py"), (str(folder / "pkg"),))}

        assert not self.confirm(tree, found={})
        assert self.confirm(tree, found=found(tree.root / "src"))
        assert self.confirm(tree, found=found(elsewhere))
        (elsewhere / "pkg/a.py").unlink()
        with pytest.raises(SurroundingsError, match=r"would look for pkg\.a from"):
            self.confirm(tree, found=found(elsewhere))
        (elsewhere / "pkg/a.py").write_bytes(b"old")
        with pytest.raises(SurroundingsError, match=r"would import pkg\.a from"):
            self.confirm(tree, found=found(elsewhere))

    def test_a_namespace_package_is_compared_file_by_file(self, tree: ScratchTree, tmp_path: Path):
        changed = ("src/ns/one/a.py",)
        tree.write({changed[0]: b"new", "src/ns/one/__init__.py": b""})
        other = tmp_path / "other/ns"
        (other / "two").mkdir(parents=True)
        found = {"ns": Found(None, (str(other),))}
        assert not self.confirm(tree, found=found, changed=changed)
        (other / "one").mkdir()
        (other / "one/a.py").write_bytes(b"old")
        with pytest.raises(SurroundingsError, match=r"ns\.one\.a from"):
            self.confirm(tree, found=found, changed=changed)


class TestRecording:
    def python(
        self, tmp_path: Path, code: str, *, names: str = "pkg", site: str = "", options: str = "-c"
    ) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
        lib = tmp_path / "lib"
        (lib / "pkg").mkdir(parents=True, exist_ok=True)
        (lib / "pkg/__init__.py").write_text("")
        (lib / "pkg/__main__.py").write_text("import pkg.a")
        (lib / "pkg/a.py").write_text("")
        if site:
            (lib / "sitecustomize.py").write_text(site)
        with recording(tmp_path) as record:
            variables = record.variables({"PYTHONPATH": str(lib)}, names.split(","))
            done = subprocess.run(
                [sys.executable, *options.split(), code],
                env=variables, cwd=tmp_path, capture_output=True, text=True, check=False,
            )  # fmt: skip
            return done, dict(record.modules())

    def test_watched_modules_are_noted_with_their_files(self, tmp_path: Path):
        done, modules = self.python(tmp_path, "import pkg.a, json")
        assert (done.returncode, done.stderr) == (0, "")
        lib = tmp_path / "lib/pkg"
        assert modules == {"pkg": str(lib / "__init__.py"), "pkg.a": str(lib / "a.py")}

    def test_the_main_module_is_noted_under_its_own_name(self, tmp_path: Path):
        _, modules = self.python(tmp_path, "pkg", options="-m")
        assert modules["pkg.__main__"] == str(tmp_path / "lib/pkg/__main__.py")

    def test_child_processes_are_noted(self, tmp_path: Path):
        code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import pkg.a'])"
        assert "pkg.a" in self.python(tmp_path, code)[1]

    def test_a_failing_process_keeps_its_exit_code_and_its_output(self, tmp_path: Path):
        done, modules = self.python(tmp_path, "import pkg; print(1); raise SystemExit(7)")
        assert (done.returncode, done.stdout, done.stderr) == (7, "1\n", "")
        assert set(modules) == {"pkg"}

    def test_the_environments_own_sitecustomize_runs(self, tmp_path: Path):
        code = "import sys, pkg, sitecustomize; print(sys.own, sitecustomize.__file__)"
        done, modules = self.python(tmp_path, code, site="import sys; sys.own = 'yes'")
        assert done.stdout.split() == ["yes", str(tmp_path / "lib/sitecustomize.py")]
        assert "pkg" in modules

    def test_an_own_sitecustomize_that_fails_is_reported_as_ever(self, tmp_path: Path):
        done, modules = self.python(tmp_path, "import pkg", site="raise ValueError('broken')")
        assert "broken" in done.stderr
        assert done.returncode == 0
        assert "pkg" in modules

    def test_the_recorder_loads_no_module_that_a_program_could_miss(self, tmp_path: Path):
        code = "import sys; print(*sorted(sys.modules))"
        with_recorder, _ = self.python(tmp_path, code)
        bare = subprocess.run(
            [sys.executable, "-c", code], env={}, capture_output=True, text=True, check=True
        )
        extra = set(with_recorder.stdout.split()) - set(bare.stdout.split())
        assert extra <= {"__future__", "atexit", "sitecustomize"}

    def test_the_recorders_folder_is_not_on_the_search_path(self, tmp_path: Path):
        done, _ = self.python(
            tmp_path, "import sys; print([p for p in sys.path if 'origins' in p])"
        )
        assert done.stdout == "[]\n"

    def test_odd_entries_and_lazy_modules_are_left_alone(self, tmp_path: Path):
        code = """if True:
            import importlib.util, sys, pkg
            sys.modules['pkg.none'] = None
            sys.modules['pkg.odd'] = 3
            spec = importlib.util.find_spec('pkg.lazy')
            spec.loader = importlib.util.LazyLoader(spec.loader)
            lazy = sys.modules['pkg.lazy'] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(lazy)
        """
        (tmp_path / "lib/pkg").mkdir(parents=True)
        (tmp_path / "lib/pkg/lazy.py").write_text("print('loaded')")
        done, modules = self.python(tmp_path, code)
        assert (done.stdout, done.stderr) == ("", "")
        assert set(modules) == {"pkg", "pkg.lazy"}

    def test_what_a_check_writes_into_the_records_is_not_trusted(self, tmp_path: Path):
        code = """if True:
            import os, pkg
            folder = os.environ['JUPITER_ORIGINS_FOLDER']
            for number, text in enumerate(['[', '[1]', '{"pkg": 1}', '[' * 99999, '{"a": "\\\\u0000"}']):
                open(f'{folder}/{number}.json', 'w').write(text)
            os.mkfifo(folder + '/pipe.json'); os.symlink('/dev/zero', folder + '/zero.json')
        """
        done, modules = self.python(tmp_path, code)
        assert (done.returncode, set(modules)) == (0, {"pkg"})

    def test_a_check_that_removes_the_records_has_told_nothing(self, tmp_path: Path):
        code = "import os, pkg, shutil; shutil.rmtree(os.environ['JUPITER_ORIGINS_FOLDER'])"
        done, modules = self.python(tmp_path, code)
        assert (done.returncode, done.stderr, modules) == (0, "", {})


class TestProbe:
    def test_the_current_folder_is_not_searched_and_nothing_is_imported(self, tmp_path: Path):
        for folder in ("here", "lib"):
            (tmp_path / folder / "pkg").mkdir(parents=True)
            (tmp_path / folder / "pkg/__init__.py").write_text("raise SystemExit('imported')")
        (tmp_path / "lib/ns").mkdir()
        found = probe(
            (sys.executable,),
            ["pkg", "ns", "json", "nowhere_to_be_found"],
            variables={"PYTHONPATH": str(tmp_path / "lib")},
            cwd=tmp_path / "here",
        )
        lib = tmp_path / "lib"
        assert found == {
            "pkg": Found(str(lib / "pkg/__init__.py"), (str(lib / "pkg"),)),
            "ns": Found(None, (str(lib / "ns"),)),
        }

    def test_an_interpreter_that_does_not_answer_is_an_error(self, tmp_path: Path):
        with pytest.raises(SurroundingsError, match="could not be asked where it imports pkg"):
            probe(("false",), ["pkg"], variables={"PATH": "/usr/bin:/bin"}, cwd=tmp_path)
