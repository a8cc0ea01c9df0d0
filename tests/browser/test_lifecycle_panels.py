"""The lifecycle lesson in real JupyterLab: Run All, then move each panel's control by key and by mouse."""

from __future__ import annotations

import pytest
from drawn_figures import press_and_click

# one language a chapter (conftest.py says why)
NOTEBOOKS = {"zh": "notebooks/zh/02_lifecycle.ipynb"}
WINDOW, CALLS = ".crmbook-window-figure.js-plotly-plot", ".crmbook-call-figure.js-plotly-plot"


@pytest.mark.parametrize("language", NOTEBOOKS)
def test_panels_answer_to_key_and_mouse(open_notebook, screenshots, language):
    notebook = open_notebook(NOTEBOOKS[language])
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.page

    said = page.locator(".crmbook-window-panel .crmbook-words").inner_text()
    press_and_click(page, WINDOW, ".crmbook-window-days")
    assert page.locator(".crmbook-window-panel .crmbook-words").inner_text() != said
    page.locator(".crmbook-panel").first.screenshot(path=screenshots / f"lifecycle-window-{language}.png")

    called = page.locator(".crmbook-call-panel .crmbook-words").inner_text()
    press_and_click(page, CALLS, ".crmbook-call-budget")
    assert page.locator(".crmbook-call-panel .crmbook-words").inner_text() != called
    assert page.locator(".crmbook-call-list table").count() == 1
    page.locator(".crmbook-panel").nth(1).screenshot(path=screenshots / f"lifecycle-calls-{language}.png")
