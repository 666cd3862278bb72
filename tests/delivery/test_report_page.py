"""The page of a report: nothing of a repository is more than text on it, and everybody can read it."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupiter.delivery.report_page import page
from jupiter.delivery.report_text import visible
from jupiter.errors import LogError
from jupiter.model.briefing_events import BriefingFinished, FileFailure
from jupiter.model.edit import Replace
from jupiter.model.run_events import CheckFinished, RunVerified
from jupiter.model.tree_events import EditRefused, InterfacePublished

EVIL = "</script></style></pre><script>alert(1)</script><img src=x onerror=alert(1)>&\"'"


class Seen(HTMLParser):
    """The elements and the ids, links and attributes of a page, and that every element is closed."""

    VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.ids, self.links, self.attributes = set(), [], [], set()
        self.text = ""
        self.open = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def told_with(story, text):
    """A report that has this text wherever text can come from a repository, a recipe or a worker."""
    symbol = f"a.py:{text}"
    told = story(a_py=f"x = {text!r}\n".encode(errors="replace")).planned(1, b1=("a.py", symbol))
    told.add(InterfacePublished(symbol=symbol, before=text, after=text + "2"), 1, step=text)
    edit = Replace(symbol=symbol, base="0" * 64, text="0" * 64)
    told.add(EditRefused(edit=edit, reason="stale", message=text), 1)
    told.written(1, "a.py", f"y = {text!r}\n".encode(errors="replace"), ("a.py:y",))
    told.add(CheckFinished(command=(text,), exit_code=1, seconds=1.0, output=text), step=text)
    failure = FileFailure(path=text, step="tidy", reason=text)
    told.add(BriefingFinished(failures=(failure,), warnings=(text,)), 1)
    told.add(RunVerified(green=False, reason=text))
    return told.report()


def test_what_a_repository_calls_things_does_nothing_on_the_page(story):
    text = page(told_with(story, EVIL))
    seen = Seen(text)
    assert "<script" not in text
    assert not seen.tags & {"script", "img", "iframe", "object", "embed", "link", "form"}
    assert not {name for name in seen.attributes if name.startswith("on")}
    assert seen.open == []
    assert seen.text.count(EVIL) >= 10


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=40))
def test_whatever_text_is_filled_in_the_elements_stay_the_same(story, text):
    plain, filled = Seen(page(told_with(story, "z"))), Seen(page(told_with(story, text)))
    assert (filled.tags, filled.attributes, filled.open) <= (plain.tags, plain.attributes, [])
    assert filled.ids == plain.ids


def test_the_page_fetches_nothing_and_forbids_to_run_anything(story):
    text = page(told_with(story, "z"))
    assert "default-src 'none'" in text
    assert all(link.startswith("#") for link in Seen(text).links)
    assert "url(" not in text
    assert "@import" not in text


def test_every_link_leads_to_a_place_on_the_page_and_no_id_stands_twice(story):
    seen = Seen(page(told_with(story, "z")))
    assert {link.removeprefix("#") for link in seen.links} <= set(seen.ids)
    assert len(seen.ids) == len(set(seen.ids))


def test_what_would_turn_the_text_around_is_made_visible(story):
    assert (
        visible("a\u202eb\u2066c\x1b[2J\x00\td\n") == r"a\u{202e}b\u{2066}c\u{1b}[2J\u{0}" + "\td\n"
    )
    assert "\u202e" not in page(told_with(story, "x\u202ey"))


def test_without_the_base_the_page_says_why_there_are_no_changes(story):
    told = story(a_py=b"x = 1\n").planned(1, b1=("a.py",))
    told.written(1, "a.py", b"x = 2\n", ("a.py:x",)).finished(1)
    report = told.report(base=None, missing="the repository is gone")
    assert report.changes == ()
    assert (report.files_changed, report.symbols_changed) == (1, 1)
    assert "the repository is gone" in page(report)


def test_a_run_that_has_only_begun_has_a_page(story):
    report = story().report()
    assert report.status == "unfinished"
    assert "No worker has begun yet." in page(report)


def test_an_empty_log_has_no_report(story):
    told = story()
    told.events.clear()
    with pytest.raises(LogError, match="has not begun"):
        told.report()


def test_interfaces_say_who_adapted_to_them_besides_their_owner(story):
    told = story(a_py=b"def f(): 1\ndef g(): f()\n").planned(1, b1=("a.py:f",), b2=("a.py:g",))
    told.replaced(1, "a.py:f", b"def f(x): 1\n", follows=("a.py:f",))
    told.add(InterfacePublished(symbol="a.py:f", before="def f()", after="def f(x)"), 1)
    told.replaced(2, "a.py:g", b"def g(): f(1)\n", follows=("a.py:f",)).finished(1, 2)
    (one,) = told.report().published
    assert (one.briefing, one.worker, one.adapted) == (1, "worker-1", (2,))
