"""A change is named by its symbol, says what became of it, and who wrote it."""

from jupiter.delivery.report_changes import symbol_changes

BASE = (
    b"import os\n\n\ndef f():\n    return 1\n\n\nclass C:\n    def m(self):\n        return f()\n"
)


def changes(story):
    return tuple(symbol_changes(story.state, story.base.get, story.blobs.__getitem__))


def shown(story):
    return [(c.symbol, c.was, c.kind, c.briefings) for c in changes(story)]


def test_each_symbol_has_the_briefing_that_wrote_it(story):
    told = story(a_py=BASE).planned(1, b1=("a.py:f",), b2=("a.py:C.m",))
    told.replaced(2, "a.py:C.m", b"    def m(self):\n        return f() + 1\n")
    told.replaced(1, "a.py:f", b"def f():\n    return 2\n").finished(1, 2)
    assert shown(told) == [
        ("a.py:f", "a.py:f", "changed", (1,)),
        ("a.py:C.m", "a.py:C.m", "changed", (2,)),
    ]
    assert changes(told)[0].diff[1:] == (" def f():", "-    return 1", "+    return 2")
    assert (changes(told)[0].added, changes(told)[0].removed) == (1, 1)


def test_what_a_failed_briefing_wrote_is_no_change(story):
    told = story(a_py=BASE).planned(1, b1=("a.py:f",))
    told.replaced(1, "a.py:f", b"def f():\n    return 2\n").failed(1, "no")
    assert changes(told) == ()


def test_what_was_written_back_is_no_change(story):
    told = story(a_py=BASE).planned(1, b1=("a.py:f",))
    told.replaced(1, "a.py:f", b"def f():\n    return 2\n")
    told.replaced(1, "a.py:f", b"def f():\n    return 1\n").finished(1)
    assert changes(told) == ()


def test_a_renamed_class_takes_its_members_along(story):
    told = story(a_py=BASE).planned(1, b1=("a.py:C", "a.py:C.m"))
    told.renamed(1, "a.py:C", "D", b"class D:\n")
    told.replaced(1, "a.py:C.m", b"    def m(self):\n        return 0\n").finished(1)
    assert shown(told) == [
        ("a.py:D", "a.py:C", "renamed", (1,)),
        ("a.py:D.m", "a.py:C.m", "renamed", (1,)),
    ]


def test_a_symbol_renamed_in_two_waves_is_one_change_of_two_briefings(story):
    told = story(a_py=BASE).planned(1, b1=("a.py:f",))
    told.renamed(1, "a.py:f", "g", b"def g():\n    return 1\n").finished(1)
    told.planned(2, b2=("a.py:g",))
    told.renamed(2, "a.py:g", "h", b"def h():\n    return 1\n").finished(2)
    assert shown(told) == [("a.py:h", "a.py:f", "renamed", (1, 2))]


def test_what_is_new_and_what_is_gone_says_so(story):
    text = BASE.replace(b"def f():\n    return 1\n", b"def g():\n    return 1\n")
    told = story(a_py=BASE).planned(1, b1=("a.py",))
    told.written(1, "a.py", text, ("a.py:f", "a.py:g")).finished(1)
    assert shown(told) == [("a.py:f", "a.py:f", "gone", (1,)), ("a.py:g", None, "new", (1,))]


def test_a_statement_without_a_name_has_changed_not_come_and_gone(story):
    told = story(a_py=b"x = 1\nprint(x)\n").planned(1, b1=("a.py",))
    told.written(1, "a.py", b"x = 1\nprint(x, x)\n", ("a.py:<statement 1>",)).finished(1)
    (change,) = changes(told)
    assert (change.kind, change.added, change.removed) == ("changed", 1, 1)
    assert change.briefings == (1,)


def test_a_file_that_was_moved_is_compared_with_where_it_was(story):
    told = story(a_py=BASE).planned(1, b1=("a.py",))
    told.written(1, "a.py", BASE, (), to="b.py").finished(1)
    assert shown(told) == [("b.py", "a.py", "moved", (1,))]
    told.planned(2, b2=("b.py:f",))
    told.replaced(2, "b.py:f", b"def f():\n    return 2\n").finished(2)
    assert shown(told) == [("b.py:f", "a.py:f", "changed", (2,))]


def test_a_long_diff_is_cut_and_says_by_how_much(story):
    told = story(a_py=b"def f():\n    return 1\n").planned(1, b1=("a.py:f",))
    text = b"def f():\n" + b"".join(b"    g(%d)\n" % n for n in range(1000))
    told.replaced(1, "a.py:f", text).finished(1)
    (change,) = changes(told)
    assert (change.added, change.removed) == (1000, 1)
    assert len(change.diff) + change.left_out == 1003


def test_a_text_too_long_to_compare_is_counted(story):
    lines = [b"%d\n" % n for n in range(9000)]
    told = story(data=b"".join(lines)).planned(1, b1=("data",))
    told.written(1, "data", b"".join([*lines[1:], b"x\n", b"y\n"]), ("data",)).finished(1)
    (change,) = changes(told)
    assert (change.diff, change.added, change.removed) == ((), 2, 1)


def test_bytes_that_are_no_text_do_not_stop_the_report(story):
    told = story(a_py=b"x = 1\n").planned(1, b1=("a.py",))
    told.written(1, "a.py", b"# coding: latin-1\nx = '\xe9'\n", ("a.py:x",)).finished(1)
    assert any("\ufffd" in line for change in changes(told) for line in change.diff)
