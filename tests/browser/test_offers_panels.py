"""The offers lesson in real JupyterLab: Run All, then turn from segment to segment by key and by mouse."""

from __future__ import annotations

import pytest
from drawn_figures import figure, wait_for_change

# one language a chapter (conftest.py says why)
NOTEBOOKS = {"en": "notebooks/03b_offers.ipynb"}
PORTRAIT, OFFERS = (f".crmbook-{kind}.js-plotly-plot" for kind in ("portrait", "offers"))


@pytest.mark.parametrize("language", NOTEBOOKS)
def test_portrait_and_offers_answer_to_key_and_mouse(open_notebook, screenshots, language):
    notebook = open_notebook(NOTEBOOKS[language])
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.page

    page.wait_for_selector(f"{PORTRAIT} .main-svg")
    page.wait_for_selector(f"{OFFERS} .main-svg")
    choice = page.locator(".crmbook-segment button")
    choice.nth(1).scroll_into_view_if_needed()
    before, offered = figure(page, PORTRAIT), figure(page, OFFERS)
    choice.nth(1).focus()
    page.keyboard.press("Space")
    wait_for_change(page, PORTRAIT, before)
    wait_for_change(page, OFFERS, offered)

    before = figure(page, PORTRAIT)
    choice.nth(2).click()
    wait_for_change(page, PORTRAIT, before)
    page.locator(".crmbook-portrait-panel").screenshot(path=screenshots / f"offers-portrait-{language}.png")
