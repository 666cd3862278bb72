"""The report's page in a real browser: what a person sees, by eye, by keyboard, by screen reader."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from jupiter.delivery.report_page import page as page_of
from jupiter.fold.file import File
from jupiter.model.tree_events import InterfacePublished

EVIL = "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>"
SYMBOLS = 1000

CONTRASTS = (Path(__file__).parent / "contrasts.js").read_text().rstrip().rstrip(";")

UNNAMED = """
() => [...document.querySelectorAll('a, summary, [tabindex="0"]')]
  .filter(e => !(e.textContent || e.ariaLabel || e.getAttribute("aria-labelledby") || "").trim())
  .map(e => e.outerHTML.slice(0, 99))
"""


def told(story):
    """A run of 1,000 symbols in 40 files, four briefings, one of them evil in what it calls things."""
    lines = "".join(f"def f{n}():\n    return {n}\n\n\n" for n in range(SYMBOLS // 40)).encode()
    paths = [f"pkg/m{n}.py" for n in range(40)]
    one = story()
    one.base.update(dict.fromkeys(paths, File(lines)))
    owned = {f"b{n + 1}": tuple(paths[n::4]) for n in range(4)}
    one.planned(1, **owned)
    for number, path in enumerate(paths):
        owner = number % 4 + 1
        ids = tuple(f"{path}:f{n}" for n in range(SYMBOLS // 40))
        one.written(owner, path, lines.replace(b"return", b"return 1 +"), ids)
        published = InterfacePublished(symbol=f"{path}:f0", before=EVIL, after="def f0(x)")
        one.add(published, owner, after=0.1)
    one.finished(1, 2, 3).failed(4, EVIL)
    return one.report()


@pytest.fixture(scope="module")
def address(story, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page_of(told(story)), encoding="utf-8")
    return path.as_uri()


def opened(browser: Browser, address: str, **how: object) -> Page:
    page = browser.new_page(**how)
    page.goto(address)
    return page


def test_nothing_is_fetched_nothing_is_run_and_no_rule_is_broken(browser, address):
    page = browser.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(address)
    assert asked == [address]
    assert said == []
    assert page.evaluate("document.scripts.length") == 0
    assert "owned" not in page.title()
    assert page.get_by_text(EVIL).count() > 0


def test_a_screen_reader_finds_landmarks_headings_tables_and_names(browser, address):
    page = opened(browser, address)
    for role in ("banner", "navigation", "main", "contentinfo"):
        assert page.get_by_role(role).count() == 1, role
    assert page.get_by_role("heading", level=1).inner_text() == "tidy"
    titles = [page.get_by_role("heading", level=2).nth(n).inner_text() for n in range(8)]
    assert titles[:4] == ["Timeline", "Changes by symbol", "Published interfaces", "Ownership map"]
    for table in page.locator("table").all():
        assert table.locator("caption").inner_text()
        assert table.locator("thead th[scope=col]").count() > 1
    assert page.get_by_role("link", name="briefing 1: tidy, finished, from").count() == 1
    assert page.evaluate(UNNAMED) == []


def test_the_keyboard_reaches_the_content_and_opens_a_difference(browser, address):
    page = opened(browser, address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("Tab")
    assert "briefing 1" in page.evaluate("document.activeElement.ariaLabel")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    file = page.locator("details.file").first
    file.locator("summary").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    difference = file.locator("pre").first
    assert difference.is_visible()
    assert "+    return 1 + 0" in difference.inner_text()


def test_a_bar_leads_to_the_row_of_its_briefing(browser, address):
    page = opened(browser, address)
    page.get_by_role("link", name="briefing 4: tidy, failed, from").press("Enter")
    assert page.url.endswith("#briefing-4")
    row = page.locator("#briefing-4")
    row.scroll_into_view_if_needed()
    assert "failed" in row.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser, address, scheme):
    page = opened(browser, address, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    worst = page.evaluate(CONTRASTS)
    assert len(worst) > 20
    assert {key: ratio for key, ratio in worst.items() if ratio < 4.5} == {}


def test_dark_is_dark_and_light_is_light(browser, address):
    grounds = {
        scheme: opened(browser, address, color_scheme=scheme).evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        for scheme in ("light", "dark")
    }
    assert grounds == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}


@pytest.mark.parametrize("width", [360, 1280])
def test_a_thousand_symbols_fit_into_the_width(browser, address, width):
    page = opened(browser, address, viewport={"width": width, "height": 900})
    assert page.locator("details.change").count() == SYMBOLS * 3 // 4  # one of four has failed
    assert page.evaluate("document.documentElement.scrollWidth") <= width
