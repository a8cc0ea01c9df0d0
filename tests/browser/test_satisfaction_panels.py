"""The satisfaction lesson in real JupyterLab: Run All, then choose by key and mouse and move what each panel offers."""

from __future__ import annotations

import pytest
from drawn_figures import figure, wait_for_change

# one language a chapter (conftest.py says why)
NOTEBOOKS = {"en": "notebooks/04_satisfaction.ipynb"}
NPS, WHATIF, THEME = (f".crmbook-{kind}-figure.js-plotly-plot" for kind in ("nps", "whatif", "theme"))


SAID_OTHERWISE = "([where, before]) => document.querySelector(where).innerText !== before"


@pytest.mark.parametrize("language", NOTEBOOKS)
def test_panels_answer_to_choice_key_and_mouse(open_notebook, screenshots, language):
    notebook = open_notebook(NOTEBOOKS[language])
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.page

    page.wait_for_selector(f"{NPS} .main-svg")
    for control in ("group", "wave"):
        chosen = page.locator(f".crmbook-nps-{control} button")
        chosen.first.scroll_into_view_if_needed()
        before = figure(page, NPS)
        chosen.nth(1).focus()
        page.keyboard.press("Space")
        wait_for_change(page, NPS, before)
        before = figure(page, NPS)
        chosen.nth(2).click()
        wait_for_change(page, NPS, before)
    page.locator(".crmbook-nps-panel").screenshot(path=screenshots / f"satisfaction-nps-{language}.png")

    page.wait_for_selector(f"{WHATIF} .main-svg")
    unchosen = page.locator(".crmbook-whatif-item button:not(.mod-active)")
    unchosen.first.scroll_into_view_if_needed()
    words = page.locator(".crmbook-whatif-panel .crmbook-words")
    before = words.inner_text()
    unchosen.first.focus()
    page.keyboard.press("Space")
    page.wait_for_function(SAID_OTHERWISE, arg=[".crmbook-whatif-panel .crmbook-words", before])
    handle = page.locator(".crmbook-whatif-points [role=slider]")
    handle.scroll_into_view_if_needed()
    before = figure(page, WHATIF)
    handle.focus()
    page.keyboard.press("ArrowRight")
    wait_for_change(page, WHATIF, before)
    before = figure(page, WHATIF)
    box = page.locator(".crmbook-whatif-points .noUi-base").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    wait_for_change(page, WHATIF, before)
    page.locator(".crmbook-whatif-panel").screenshot(path=screenshots / f"satisfaction-whatif-{language}.png")

    page.wait_for_selector(f"{THEME} .main-svg")
    unchosen = page.locator(".crmbook-theme-choice button:not(.mod-active)")
    unchosen.first.scroll_into_view_if_needed()
    listed = page.locator(".crmbook-theme-comments")
    before, comments = figure(page, THEME), listed.inner_text()
    unchosen.first.focus()
    page.keyboard.press("Space")
    wait_for_change(page, THEME, before)
    assert listed.inner_text() != comments
    before = figure(page, THEME)
    page.locator(".crmbook-theme-tone button").nth(1).click()
    wait_for_change(page, THEME, before)
    page.locator(".crmbook-theme-panel").screenshot(path=screenshots / f"satisfaction-theme-{language}.png")
