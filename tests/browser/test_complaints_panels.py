"""The complaints lesson in real JupyterLab: Run All, then move each panel's control by key and by mouse."""

from __future__ import annotations

import pytest
from drawn_figures import figure, wait_for_change

# one language a chapter (conftest.py says why)
NOTEBOOKS = {"zh": "notebooks/zh/04b_complaints.ipynb"}
KEPT = ".crmbook-sla-figure.js-plotly-plot"
CAUSES, MONTHS = ".crmbook-where-causes.js-plotly-plot", ".crmbook-where-months.js-plotly-plot"


@pytest.mark.parametrize("language", NOTEBOOKS)
def test_panels_answer_to_key_and_mouse(open_notebook, screenshots, language):
    notebook = open_notebook(NOTEBOOKS[language])
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.page

    page.wait_for_selector(f"{KEPT} .main-svg")
    handle = page.locator(".crmbook-sla-hours [role=slider]").first
    handle.scroll_into_view_if_needed()
    before = figure(page, KEPT)
    handle.focus()
    page.keyboard.press("ArrowLeft")
    wait_for_change(page, KEPT, before)

    before = figure(page, KEPT)
    box = page.locator(".crmbook-sla-hours .noUi-base").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    wait_for_change(page, KEPT, before)

    before = figure(page, KEPT)
    page.locator(".crmbook-sla-step button").nth(1).focus()
    page.keyboard.press("Space")
    wait_for_change(page, KEPT, before)
    page.locator(".crmbook-panel").first.screenshot(path=screenshots / f"complaints-sla-{language}.png")

    page.wait_for_selector(f"{MONTHS} .main-svg")
    handle = page.locator(".crmbook-where-which [role=slider]")
    handle.scroll_into_view_if_needed()
    before = figure(page, MONTHS)
    handle.focus()
    page.keyboard.press("ArrowRight")
    wait_for_change(page, MONTHS, before)

    before, followed = figure(page, CAUSES), figure(page, MONTHS)
    page.locator(".crmbook-where-group button").nth(1).focus()
    page.keyboard.press("Space")
    wait_for_change(page, CAUSES, before)
    wait_for_change(page, MONTHS, followed)

    followed = figure(page, MONTHS)
    box = page.locator(".crmbook-where-which .noUi-base").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    wait_for_change(page, MONTHS, followed)
    page.locator(".crmbook-panel").nth(1).screenshot(path=screenshots / f"complaints-where-{language}.png")
