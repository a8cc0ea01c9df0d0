"""The clustering lesson in real JupyterLab: Run All, then move each panel's control by key and by mouse."""

from __future__ import annotations

import pytest
from crmbook.locale import LANGUAGES
from drawn_figures import figure, wait_for_change

NOTEBOOKS = {"en": "notebooks/03_clustering.ipynb", "zh": "notebooks/zh/03_clustering.ipynb"}
MAP, PROFILE, PORTRAIT, OFFERS = (
    f".crmbook-{kind}.js-plotly-plot" for kind in ("k-map", "k-profile", "portrait", "offers")
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_panels_answer_to_key_and_mouse(open_notebook, screenshots, language):
    notebook = open_notebook(NOTEBOOKS[language])
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.page

    page.wait_for_selector(f"{MAP} .main-svg")
    handle = page.locator(".crmbook-k [role=slider]")
    handle.scroll_into_view_if_needed()
    before = figure(page, PROFILE)
    handle.focus()
    page.keyboard.press("ArrowLeft")
    wait_for_change(page, PROFILE, before)

    before = figure(page, PROFILE)
    page.locator(".crmbook-features button").first.click()
    wait_for_change(page, PROFILE, before)
    page.locator(".crmbook-k-panel").screenshot(path=screenshots / f"clustering-k-{language}.png")

    page.wait_for_selector(f"{PORTRAIT} .main-svg")
    choice = page.locator(".crmbook-segment button")
    choice.nth(1).scroll_into_view_if_needed()
    before = figure(page, PORTRAIT)
    choice.nth(1).focus()
    page.keyboard.press("Space")
    wait_for_change(page, PORTRAIT, before)

    page.wait_for_selector(f"{OFFERS} .main-svg")
    before = figure(page, PORTRAIT)
    choice.nth(2).click()
    wait_for_change(page, PORTRAIT, before)
    page.locator(".crmbook-portrait-panel").screenshot(path=screenshots / f"clustering-portrait-{language}.png")
