"""The evaluation lesson in real JupyterLab: Run All, then move each panel's control by key and by mouse."""

from __future__ import annotations

import pytest
from drawn_figures import figure, press_and_click, wait_for_change

# one language a chapter (conftest.py says why)
NOTEBOOKS = {"zh": "notebooks/zh/05_evaluation.ipynb"}
CARD, RETURN, CHOICE = (f".crmbook-{kind}-figure.js-plotly-plot" for kind in ("card", "return", "choice"))


@pytest.mark.parametrize("language", NOTEBOOKS)
def test_panels_answer_to_key_and_mouse(open_notebook, screenshots, language):
    notebook = open_notebook(NOTEBOOKS[language])
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.page

    page.locator(".crmbook-card-panel").scroll_into_view_if_needed()
    page.wait_for_selector(f"{CARD} .main-svg")
    group = page.locator(".crmbook-card-group button").nth(1)
    group.scroll_into_view_if_needed()
    before = figure(page, CARD)
    group.focus()
    page.keyboard.press("Space")
    wait_for_change(page, CARD, before)
    before = figure(page, CARD)
    page.locator(".crmbook-card-period button").first.click()
    wait_for_change(page, CARD, before)
    page.locator(".crmbook-panel").first.screenshot(path=screenshots / f"evaluation-card-{language}.png")

    said = page.locator(".crmbook-return-panel .crmbook-words").inner_text()
    press_and_click(page, RETURN, ".crmbook-return-uplift")
    press_and_click(page, RETURN, ".crmbook-return-rate")
    assert page.locator(".crmbook-return-panel .crmbook-words").inner_text() != said
    page.locator(".crmbook-return-panel").screenshot(path=screenshots / f"evaluation-return-{language}.png")

    press_and_click(page, CHOICE, ".crmbook-weight-cost")
    page.locator(".crmbook-choice-panel").screenshot(path=screenshots / f"evaluation-choice-{language}.png")
