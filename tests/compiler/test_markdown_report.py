"""The report as Markdown: bounded, and nothing of a repository is more than text in it."""

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from jupiter.compiler.markdown_report import report_text
from jupiter.delivery.report_full import full_report
from jupiter.fold.file import File
from jupiter.model.briefing_events import BriefingFailed, BriefingFinished, BriefingStarted
from jupiter.model.edit import FileText, Replace
from jupiter.model.event import Event
from jupiter.model.report import FullReport
from jupiter.model.run_events import Owned, RunStarted, RunVerified, WavePlanned
from jupiter.model.tree_events import EditAccepted, EditRefused, InterfacePublished

PAGE = MarkdownIt("commonmark").enable("table")
BEGUN = datetime(2026, 11, 26, 12, tzinfo=UTC)
STARTED = RunStarted(
    recipe="tidy",
    recipe_text="0" * 64,
    parameters={},
    repository="/src/mine",
    ref="HEAD",
    base_commit="a" * 40,
    jupiter="0.1.0",
)


def told(name: str = "f", text: str = "x = 1", functions: int = 1) -> FullReport:
    """Two briefings: one has written functions with this text in them, one has failed for that reason."""
    before = "".join(f"def f{n}():\n    pass\n\n\n" for n in range(functions)).encode()
    after = before.replace(b"pass", text.encode(errors="replace"))
    symbols = tuple(f"a.py:f{n}" for n in range(functions))
    owned = [
        Owned(briefing=n, steps=("tidy",), symbols=(path,), constraints=())
        for n, path in ((1, "a.py"), (2, "b.py"))
    ]
    refused = Replace(symbol=f"b.py:{name}", base="0" * 64, text="0" * 64)
    written = FileText(path="a.py", base="0" * 64, text="1" * 64, symbols=symbols)
    records = [
        (STARTED, None),
        (WavePlanned(wave=1, steps=("tidy",), workers=2, owned=tuple(owned)), None),
        (BriefingStarted(), 1),
        (BriefingStarted(), 2),
        (EditAccepted(edit=written, follows=("a.py:f0",)), 1),
        (InterfacePublished(symbol=f"a.py:{name}", before=text, after=None), 1),
        (EditRefused(edit=refused, reason="stale", message=text), 2),
        (BriefingFinished(), 1),
        (BriefingFailed(reason=text), 2),
        (RunVerified(green=False, reason=text), None),
    ]
    events = [
        Event(
            seq=seq,
            time=BEGUN + timedelta(seconds=seq),
            run="20261126-1200-mine-abcd",
            step="tidy",
            briefing=briefing,
            worker=None if briefing is None else f"worker-{briefing}",
            data=data,
        )
        for seq, (data, briefing) in enumerate(records, start=1)
    ]
    blobs = {"1" * 64: after, "0" * 64: b""}
    return full_report(
        events, log="/runs/x", base={"a.py": File(before)}.get, blob=blobs.__getitem__
    )


def kinds(markdown: str) -> set[str]:
    tokens = PAGE.parse(markdown)
    return {one.type for token in tokens for one in (token, *(token.children or ()))}


def test_it_has_the_diff_by_symbol_with_its_owner_refusals_cost_and_timeline() -> None:
    text = report_text(told())
    assert "`a.py:f0` changed, by #1\n\n```diff\n@@" in text
    assert "-    pass\n+    x = 1" in text
    assert "| `b.py:f` | stale | 2 | `x = 1` |" in text
    assert re.search(r"^worker-1 +█+$", text, re.MULTILINE)
    assert re.search(r"^ +◆? *▲$", text, re.MULTILINE)
    assert "0.00 USD" in text
    titles = re.findall("^## (.*)$", text, re.MULTILINE)
    assert titles == ["Timeline", "Briefings", "Published interfaces", "Refused edits", "Changes"]


@settings(max_examples=60, deadline=None)
@given(name=st.text(max_size=30), text=st.text(min_size=1, max_size=30))
def test_no_name_and_no_text_makes_an_element(name: str, text: str) -> None:
    found = kinds(report_text(told(name, text)))
    assert found <= kinds(report_text(told("f", "x")))


def test_fences_within_a_difference_do_not_end_it() -> None:
    text = "'''\n    ````\n    <script>alert(1)</script>\n    '''"
    found = PAGE.parse(report_text(told(text=text)))
    (diff,) = [token.content for token in found if token.type == "fence" and token.info == "diff"]
    assert "+    <script>alert(1)</script>" in diff
    assert "html_block" not in {token.type for token in found}


def test_a_thousand_symbols_are_cut_to_what_can_be_shown() -> None:
    report = told(functions=1000)
    text = report_text(report)
    assert len(report.changes) == 1000
    assert text.count("```diff") == 40
    assert len(text) < 50_000
