"""The report as one HTML page: no script, nothing from elsewhere, and nothing of a repository that is
more than text.

Its template and its style are data files beside this module. Everything that is filled in is escaped,
and what would not be seen, or would turn the text around it, is made visible before.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jupiter.delivery.report_layout import borders, by_file, lanes, ownership, ticks
from jupiter.delivery.report_text import visible
from jupiter.model.report import FullReport
from jupiter.model.version import __version__

_FOLDER = Path(__file__).parent
_OPEN = 12  # files whose changes are shown at once; of more the page shows the names first


def page(report: FullReport) -> str:
    """The whole page."""
    files = by_file(report.changes)
    template = _environment().get_template("report_page.html.jinja")
    return template.render(
        report=report,
        style=(_FOLDER / "report_page.css").read_text(encoding="utf-8"),
        lanes=lanes(report.timeline),
        ticks=ticks(report.timeline),
        borders=borders(report.timeline),
        ownership=ownership(report.holdings),
        files=files,
        is_open=len(files) <= _OPEN,
        spans={s.briefing: s for s in report.timeline.spans if s.briefing is not None},
        version=__version__,
        hue=_hue,
        many=_many,
        sign=_sign,
    )


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )


def _finalize(value: object) -> object:
    """What is filled in; what macros and our own style have made is marked up already."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _hue(briefing: int | None) -> str:
    """The class of a briefing's colour; its number is always shown as well."""
    return "hue-run" if briefing is None else f"hue-{briefing % 8}"


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _sign(line: str) -> str:
    """The element that a line of a diff is."""
    return {"+": "ins", "-": "del", "@": "b"}.get(line[:1], "span")
