"""What an expression may be. In each case `it` is asked for; `Job` is the class of the codebase."""

import pytest

from jupiter.index.codebase import Codebase
from jupiter.index.references import references
from jupiter.index.values import Class, External, Function, Generic, Instance, Module, Value

START = """\
import asyncio, contextlib, copy, enum, functools, pickle, pytest, typing
from typing import *
class Job:
    def __enter__(self): return self
    def me(self) -> Self: ...
    def __call__(self) -> "Job": ...
    @property
    def own(self): return self
    @functools.cached_property
    def kept(self) -> "Job": ...
    @classmethod
    def make(cls): return cls()
    def __new__(cls): return super().__new__(cls)
    def __iter__(self) -> Iterator["Job"]: ...
    def __getitem__(self, key) -> "Job": ...
class Sub(Job): ...
class Color(enum.Enum):
    RED = 1
job = Job()
jobs: list[Job] = []
"""

ONE = {
    "a call of a class": "it = Job()",
    "an annotation": "it: Job = f()",
    "a string annotation": "it: 'Job' = f()",
    "an optional": "it: Optional[Job] = None",
    "a union with None": "it: Job | None = None",
    "an alias of a type": "Alias = Optional[Job]\nit: Alias",
    "a type variable, by its bound": "T = TypeVar('T', bound=Job)\nit: T",
    "what a class that is passed decides": (
        "T = TypeVar('T')\ndef f(cls: Type[T], n: int = 0) -> Optional[T]: ...\nit = f(Job)"
    ),
    "what a class that is passed by its keyword decides": (
        "T = TypeVar('T')\ndef f(n: int, *, cls: 'type[T]') -> list[T]: ...\nit = f(1, cls=Job)[0]"
    ),
    "what is passed and given back": (
        "T = TypeVar('T')\ndef f(n: int, one: T) -> T: ...\nit = f(1, job)"
    ),
    "what a container of it is passed": (
        "T = TypeVar('T')\ndef f(x: Iterable[T]) -> Iterable[Tuple[bool, T]]: ...\n"
        "for first, it in f(jobs): ..."
    ),
    "what a function that is passed gives": (
        "T = TypeVar('T')\ndef f(make: Callable[[int], T]) -> T: ...\n"
        "def g(n: int) -> Job: ...\nit = f(g)"
    ),
    "what a method gives back of what it is given": (
        "T = TypeVar('T')\nclass C:\n    def f(self, cls: type[T]) -> T: ...\nit = C().f(Job)"
    ),
    "what a function that is called with a class gives": (
        "T = TypeVar('T')\ndef f(cls: Type[T]) -> Callable[[str], T]: ...\nit = f(Job)('x')"
    ),
    "what a decorator with a class makes of a function": (
        "T = TypeVar('T', bound=Sub)\n@overload\ndef f(name: Callable) -> Color: ...\n"
        "@overload\ndef f(name: None = None, *, cls: Type[T]) -> Callable[[str], T]: ...\n"
        "@f(cls=Job)\ndef it(): ..."
    ),
    "a new type": "Made = NewType('Made', Job)\nit: Made",
    "a cast": "it = typing.cast(Job, f())",
    "a cast to a string": "it = typing.cast('Job', f())",
    "what a method on self returns": "it = job.me()",
    "a call of an instance": "it = job()",
    "a property": "it = job.own",
    "a cached property": "it = job.kept",
    "a class method that makes one": "it = Job.make()",
    "a function without annotations": "def f(): return Job()\nit = f()",
    "a function with two returns": "def f(x):\n    if x: return None\n    return Job()\nit = f()",
    "what is awaited": "async def f() -> Job: ...\nasync def g():\n    it = await f()",
    "an item of a list": "it = jobs[0]",
    "an item of a dict": "d: dict[str, Job] = {}\nit = d['x']",
    "a value of a dict": "d: dict[str, Job] = {}\nfor it in d.values(): ...",
    "the value of an item of a dict": "d: dict[str, Job] = {}\nfor _, it in d.items(): ...",
    "what a dict gets": "d: dict[str, Job] = {}\nit = d.get('x')",
    "an element": "for it in jobs: ...",
    "an element of a display": "for it in [job]: ...",
    "an element of an instance": "for it in job: ...",
    "an item of an instance": "it = job[1]",
    "the next element": "it = next(iter(jobs))",
    "the largest": "it = max(jobs, key=f)",
    "an element of what is sorted": "it = sorted(jobs)[0]",
    "what is enumerated": "for _, it in enumerate(jobs): ...",
    "what is zipped": "for _, it in zip(range(3), jobs): ...",
    "what is unpacked": "_, it = 1, job",
    "what is unpacked from a tuple type": "t: tuple[int, Job]\n_, it = t",
    "what is unpacked from typing's tuple": "t: typing.Tuple[int, Job]\n_, it = t",
    "what is unpacked from a tuple of any length": "t: tuple[Job, ...]\n_, it = t",
    "what is taken from a list": "it = jobs.pop()",
    "a copy": "it = copy.copy(job)",
    "what was pickled": "data = pickle.dumps(job)\nit = pickle.loads(data)",
    "what pytest.raises caught": "with pytest.raises(Job) as caught: ...\nit = caught.value",
    "what `with` gives": "with Job() as it: ...",
    "a context manager made of a generator": (
        "@contextlib.contextmanager\ndef f() -> Iterator[Job]: ...\nwith f() as it: ..."
    ),
    "what a generator yields": "def f():\n    yield Job()\nfor it in f(): ...",
    "a walrus": "if (it := job): ...",
    "a walrus in a comprehension": "[x for x in jobs if (it := job)]",
    "either of two": "it = None or job",
    "one or the other": "it = job if x else None",
    "a member of a module": "import m\nit = m.job",
    "a class as an argument": "def f(cls: type[Job]):\n    it = cls()",
    "an element of many arguments": "def f(*all: Job):\n    it = all[0]",
    "a value of named arguments": "def f(**all: Job):\n    it = all['x']",
    "what goes round in circles": "it = job\nit = it.me()",
}


OTHERS: dict[str, tuple[str, list[Value]]] = {
    "a class": ("it = Job", [Class("m.py", 1)]),
    "the class of an instance": ("it = type(job)", [Class("m.py", 1)]),
    "a function": ("def f(): ...\nit = f", []),
    "a module": ("import m\nit = m", [Module("m.py")]),
    "what stands outside": ("import os.path\nit = os.path", [External("os.path")]),
    "an inherited method": ("it = Sub().me()", [Instance("m.py", 11)]),
    "a class method of a subclass": ("it = Sub.make()", [Instance("m.py", 11)]),
    "a member of an enum": ("it = Color.RED", [Instance("m.py", 12)]),
    "an item of an enum": ("it = Color['RED']", [Instance("m.py", 12)]),
    "an element of an enum": ("for it in Color: ...", [Instance("m.py", 12)]),
    "one of two classes": (
        "it = job if x else Sub()",
        [Instance("m.py", 1), Instance("m.py", 11)],
    ),
    "a literal": ("it = 'x'", [Generic("str")]),
    "None": ("it = None", []),
    "what nobody knows": ("it = unknown.thing()", []),
    "a parameter without a word": ("def f(it): ...", []),
    "a part of a tuple that only a type variable names": (
        "T = typing.TypeVar('T')\ndef f(x) -> typing.Tuple[bool, T]: ...\n_, it = f(job)",
        [],
    ),
    "itself": ("it = it", []),
    "each other": ("def f(): return g()\ndef g(): return f()\nit = f()", []),
    "a lambda's result": ("it = (lambda: job)()", []),
}


@pytest.mark.parametrize("text", ONE.values(), ids=ONE)
def test_it_is_an_instance_of_the_class(text: str) -> None:
    assert values(text) == (Instance("m.py", 1),)


@pytest.mark.parametrize(("text", "expected"), OTHERS.values(), ids=OTHERS)
def test_it_is_something_else(text: str, expected: list[Value]) -> None:
    assert [v for v in values(text) if not isinstance(v, Function)] == expected


CIRCLES = {
    "functions that return each other": "".join(
        f"def f{n}(x):\n" + "".join(f"    if x: return f{m}()\n" for m in range(12))
        for n in range(12)
    ),
    "a list that holds itself": "x = [x]\nx = (x, x, [x])\nx = {1: (x, x)}\nx[0][0].m\n",
    "a function that decorates itself": "@f\ndef f() -> f: return f()\n@f\nclass f: ...\nf().x\n",
    "members of self from each other": (
        "class A:\n    def f(self):\n        self.a = self.b\n        self.b = self.c.a\n"
        "        self.c = self.a()\n        self.a.f()\n"
    ),
    "a class inside of its base": "class A(A.B):\n    class B(A): ...\nA.B().x\n",
    "a fixture that asks for itself": "import pytest\n@pytest.fixture\ndef f(f): return f\n",
    "an alias of itself": "A = Optional[A]\nB: B\nx: A\nx.y\n",
    "global and nonlocal for nothing": "def f():\n    global y\n    nonlocal z\n    y = z\nnonlocal q\n",
    "a hundred calls in a row": "x = a" + ".b()" * 100 + "\n",
    "four hundred calls in a row": "x = a" + ".b()" * 400 + "\n",
    "many names after one another": "".join(f"x{n} = x{n + 1}\n" for n in range(500)),
    "three thousand terms": "x = " + " + ".join(["x"] * 3000) + "\n",
    "ninety lists in one another": "x = " + "[" * 90 + "x" + "]" * 90 + "\nx[0].y\n",
    "ninety classes in one another": "".join(" " * n + f"class A{n}:\n" for n in range(90))
    + " " * 90
    + "x = 1\n",
}


@pytest.mark.parametrize("text", CIRCLES.values(), ids=CIRCLES)
def test_what_goes_deep_or_in_circles_is_answered(text: str) -> None:
    codebase = Codebase({"m.py": text.encode()})
    for symbol in codebase.definitions:
        references(codebase, symbol)


def test_what_does_not_parse_has_no_names() -> None:
    texts = {
        "a.py": b"def f(:",
        "b.py": b"x\0",
        "c.py": b"print 1",
        "d.py": b"from a import f\nf()\n",
    }
    assert set(Codebase(texts).definitions) == set()


def values(text: str) -> tuple[Value, ...]:
    """What `it` may be in the last scope that binds it."""
    codebase = Codebase({"m.py": (START + text + "\n").encode()})
    scopes = codebase.scoping.scopes("m.py")
    scope = max(n for n, one in enumerate(scopes) if "it" in one.bindings)
    return codebase.evaluator.value("it", "m.py", scope).values
