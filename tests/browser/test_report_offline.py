"""A report opened from disk in a real browser, the network off: figures drawn, code one click away."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_notebooks
from crmbook.figures.first_screen import SUMMARY
from crmbook.locale import use
from crmbook.reports import html, run
from crmbook.reports.jobs import plan
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

CHINESE_TEXT = "[\\u4e00-\\u9fff]"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports of the tiny notebook in both languages, on data that try to break the page."""
    folder = tiny_notebooks.workbook(tmp_path_factory.mktemp("workbook"))
    (folder / "mine").mkdir()
    (folder / "mine" / "orders.csv").write_text(tiny_notebooks.orders(tiny_notebooks.HOSTILE), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRMBOOK_HOME", str(folder))
        outcomes = run.run(plan(["10_tiny"], data=folder / "mine"), folder / "reports", progress=False)
    assert [outcome.failure for outcome in outcomes] == [None, None]
    return folder / "reports"


def drawn(page) -> list[dict]:
    """Return, for each figure of the page, how many drawn shapes it has and what it holds."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".plot")].map(plot => ({
            name: plot.getAttribute("aria-label"),
            shapes: plot.querySelectorAll("svg.main-svg .point path, svg.main-svg path.js-line").length,
            title: plot.layout.title.text,
            y: Array.from(plot._fullData[0].y),
            width: plot.getBoundingClientRect().width,
        }))"""
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_figure_is_drawn_without_a_network(language, reports, offline, screenshots):
    offline.goto((reports / language / "10_tiny.html").as_uri())
    figures = drawn(offline)
    offline.screenshot(path=screenshots / f"report-{language}.png", full_page=True)
    assert len(figures) == 2
    assert [figure["shapes"] > 0 for figure in figures] == [True, True]
    assert figures[0]["y"] == [300, 100]  # C1: 200 + 100, C2: 100
    assert figures[1]["y"] == [2, 4, 8]  # as the panel was when shown, not as it was made: empty
    assert figures[0]["name"] == {"en": "Two bars: C1 is higher", "zh": "两根条形，C1 较高"}[language]
    assert offline.evaluate("document.documentElement.lang") == {"en": "en", "zh": "zh-CN"}[language]
    assert offline.evaluate("document.querySelectorAll('math mfrac').length") == 1


def test_hostile_text_in_the_data_stays_text(reports, offline):
    offline.goto((reports / "en" / "10_tiny.html").as_uri())
    assert offline.evaluate("window.stolen") is None
    assert offline.evaluate("document.querySelectorAll('main img').length") == 0
    assert "window.stolen = 1" in offline.inner_text("main .output table.dataframe >> nth=0")


def test_no_script_runs_that_is_not_the_pages_own(reports, offline):
    page = (reports / "en" / "10_tiny.html").read_text(encoding="utf-8")
    smuggled = reports / "en" / "smuggled.html"
    smuggled.write_text(
        page.replace("<main>", "<main><b id='b'>x</b><script>window.stolen = 1</script>"), encoding="utf-8"
    )
    errors = []
    with offline.context.new_page() as other:  # its complaint is the point, so it is not one of the watched page
        other.on("console", lambda message: errors.append(message.text))
        other.goto(smuggled.as_uri())
        assert other.evaluate("window.stolen") is None
    assert any("Content Security Policy" in error for error in errors)


def test_code_is_hidden_and_one_click_away(reports, offline):
    offline.goto((reports / "zh" / "10_tiny.html").as_uri())
    codes = offline.locator("details.code pre")
    assert codes.count() > 3 and not any(code.is_visible() for code in codes.all())
    offline.locator("details.code summary").first.click()
    assert codes.first.is_visible()
    offline.click("#all-code")
    assert all(code.is_visible() for code in codes.all())
    offline.click("#all-code")
    assert not any(code.is_visible() for code in codes.all())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_figures_own_buttons_speak_the_pages_language_and_none_uploads(language, reports, offline):
    offline.goto((reports / language / "10_tiny.html").as_uri())
    offline.hover(".plot >> nth=0")
    titles = offline.evaluate("[...document.querySelectorAll('.modebar-btn')].map(button => button.dataset.title)")
    assert len(titles) > 4
    chinese = offline.evaluate(f"titles => titles.map(title => /{CHINESE_TEXT}/.test(title))", titles)
    assert chinese == [language == "zh"] * len(titles)
    assert offline.locator('[data-attr="sendChartToCloud"], .modebar-btn[data-title*="loud"]').count() == 0


def test_a_telephone_shows_the_page_without_scrolling_sideways(reports, offline, screenshots):
    offline.set_viewport_size({"width": 375, "height": 800})
    offline.goto((reports / "zh" / "10_tiny.html").as_uri())
    offline.screenshot(path=screenshots / "report-telephone.png")
    assert offline.evaluate("document.documentElement.scrollWidth") <= 375
    assert all(figure["width"] <= 375 for figure in drawn(offline))


def test_the_index_leads_to_each_page_and_back(reports, offline, screenshots):
    offline.goto((reports / "index.html").as_uri())
    offline.screenshot(path=screenshots / "report-index.png")
    links = offline.evaluate("[...document.querySelectorAll('main a')].map(link => link.getAttribute('href'))")
    assert links == ["en/10_tiny.html", "zh/10_tiny.html"]
    assert not offline.locator("main a >> nth=1").is_visible()  # one language at a time
    offline.check("#in-zh")
    assert offline.locator("main a >> nth=1").is_visible() and not offline.locator("main a >> nth=0").is_visible()
    offline.click("main a >> nth=1")
    assert offline.title() == "小报告"
    offline.click(".back a")
    assert offline.url.endswith("/index.html")
    assert offline.evaluate("[...document.querySelectorAll('section')].map(section => section.lang)") == ["en", "zh-CN"]


LONG = "Half of the revenue comes from 208 of 2,244 customers, and 417 who bought often stopped coming."
LONG_ZH = "一半的收入来自 2,244 位客户中的 208 位，另有 417 位以前常买的客户最近不再来了，需要尽快联系。"


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
@pytest.mark.parametrize(("language", "words"), [("en", LONG), ("zh", LONG_ZH)])
def test_the_first_screen_holds_findings_and_actions(width, height, language, words, tmp_path, offline, screenshots):
    finding = {"said": words, "beside": "4.9% – 7.3%", "money": "1.37 M", "certain": True, "section": 1, "size": 0.5}
    action = {"said": words, "who": "A", "customers": "417", "by": "2025-01-14", "listed": "calls", "money": "286,014"}
    told = {"period": "2022 – 2024", "used": "", "aside": [], "lead": "", "figures": {}}
    told |= {"findings": [finding] * 4, "actions": [action] * 3}
    cell = new_code_cell("1", metadata={"tags": ["summary"]}, outputs=[new_output("display_data", {SUMMARY: told})])
    use(language)
    page = html.page(new_notebook(cells=[new_markdown_cell("# Tiers"), cell]), tables=["t/calls.csv", "t/lists.xlsx"])
    use("en")
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    offline.set_viewport_size({"width": width, "height": height})
    offline.goto((tmp_path / "page.html").as_uri())
    offline.screenshot(path=screenshots / f"first-screen-{language}-{width}.png")
    assert offline.evaluate("document.querySelector('.findings').getBoundingClientRect().bottom") <= height
    assert offline.evaluate("document.querySelector('.actions').getBoundingClientRect().bottom") <= height
    assert offline.evaluate("document.documentElement.scrollWidth") <= width


def test_without_plotly_beside_it_the_page_says_so_and_describes_the_figures(reports, offline):
    alone = reports.parent / "mailed.html"
    alone.write_bytes((reports / "en" / "10_tiny.html").read_bytes())
    with offline.context.new_page() as other:  # the missing file is an error on the console
        other.goto(alone.as_uri())
        assert "plotly.min.js is missing" in other.inner_text("header .failure")
        assert other.inner_text(".plot >> nth=0") == "Two bars: C1 is higher"
