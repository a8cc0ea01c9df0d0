"""The value lesson in real JupyterLab: Run All, then move each panel's control by key and by mouse."""

from __future__ import annotations

import pytest
from drawn_figures import press_and_click

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
        press_and_click(page, where, second, press=first)
        page.locator(".crmbook-panel").nth(place).screenshot(path=screenshots / f"value-{place}-{language}.png")
