"""What plotly has drawn in a page."""

from __future__ import annotations

from playwright.sync_api import Page

_READ = """where => {
    const drawn = document.querySelector(where);
    const values = trace => ['x', 'y', 'z', 'values', 'text'].map(key => trace[key] && JSON.stringify(trace[key]));
    return JSON.stringify([drawn.layout.title.text, drawn._fullData.map(values)]);
}"""


def figure(page: Page, where: str) -> str:
    """The title and the data of a figure, as plotly drew it in the page."""
    return page.evaluate(_READ, where)


def wait_for_change(page: Page, where: str, before: str) -> None:
    """Wait until the figure differs from what `figure` read before."""
    page.wait_for_function(f"([where, before]) => ({_READ})(where) !== before", arg=[where, before])


def press_and_click(page: Page, where: str, slider: str, press: str | None = None) -> None:
    """Move a slider by mouse and before it, by key, the same or the one named; the figure answers both times."""
    page.wait_for_selector(f"{where} .main-svg")
    handle = page.locator(f"{press or slider} [role=slider]")
    handle.scroll_into_view_if_needed()
    before = figure(page, where)
    handle.focus()
    page.keyboard.press("ArrowLeft")
    wait_for_change(page, where, before)
    before = figure(page, where)
    box = page.locator(f"{slider} .noUi-base").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    wait_for_change(page, where, before)
