"""The value lesson in real JupyterLab: Run All, then move each panel's control by key and by mouse."""

from __future__ import annotations

import pytest
from drawn_figures import figure, wait_for_change

# one language a chapter (conftest.py says why)
NOTEBOOKS = {"en": "notebooks/02b_value.ipynb"}
HORIZON, PAYBACK = ".crmbook-horizon-figure.js-plotly-plot", ".crmbook-payback-figure.js-plotly-plot"


@pytest.mark.parametrize("language", NOTEBOOKS)
def test_panels_answer_to_key_and_mouse(open_notebook, screenshots, language):
    notebook = open_notebook(NOTEBOOKS[language])
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.page

    for place, (where, first, second) in enumerate(
        (
            (HORIZON, ".crmbook-horizon-rate", ".crmbook-horizon-months"),
            (PAYBACK, ".crmbook-payback-cost", ".crmbook-payback-margin"),
        )
    ):
        page.wait_for_selector(f"{where} .main-svg")
        handle = page.locator(f"{first} [role=slider]")
        handle.scroll_into_view_if_needed()
        before = figure(page, where)
        handle.focus()
        page.keyboard.press("ArrowRight")
        wait_for_change(page, where, before)

        before = figure(page, where)
        box = page.locator(f"{second} .noUi-base").bounding_box()
        page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
        wait_for_change(page, where, before)
        page.locator(".crmbook-panel").nth(place).screenshot(path=screenshots / f"value-{place}-{language}.png")
