"""The tiering lesson in real JupyterLab: Run All, then move each panel's control by key and by mouse."""

from __future__ import annotations

import statistics

import nbformat
import pytest
from crmbook.locale import LANGUAGES
from drawn_figures import figure, wait_for_change

NOTEBOOKS = {"en": "notebooks/01_tiering.ipynb", "zh": "notebooks/zh/01_tiering.ipynb"}
ABC, RFM = ".crmbook-abc-figure.js-plotly-plot", ".crmbook-rfm-map.js-plotly-plot"

# 100,000 customers and a panel: what a redraw costs in the browser, from the key press to the drawn figure
LARGE = """
import numpy as np
import pandas as pd
from crmbook.tiering import panels
rng = np.random.default_rng(0)
size = 100_000
customers = pd.DataFrame({
    "recency": rng.integers(0, 1000, size),
    "frequency": rng.geometric(0.3, size),
    "monetary": rng.lognormal(5, 1.3, size).round(2),
})
"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_panels_answer_to_key_and_mouse(open_notebook, screenshots, language):
    notebook = open_notebook(NOTEBOOKS[language])
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.page

    page.wait_for_selector(f"{ABC} .main-svg")
    handle = page.locator(".crmbook-abc-cut-a [role=slider]")
    handle.scroll_into_view_if_needed()
    before = figure(page, ABC)
    handle.focus()
    page.keyboard.press("ArrowLeft")
    wait_for_change(page, ABC, before)

    before = figure(page, ABC)
    box = page.locator(".crmbook-abc-cut-a .noUi-base").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.35, box["y"] + box["height"] / 2)
    wait_for_change(page, ABC, before)
    page.locator(".crmbook-panel").first.screenshot(path=screenshots / f"tiering-abc-{language}.png")

    page.wait_for_selector(f"{RFM} .main-svg")
    choice = page.locator(".crmbook-rfm-method button").nth(1)
    choice.scroll_into_view_if_needed()
    before = figure(page, RFM)
    choice.focus()
    page.keyboard.press("Space")
    wait_for_change(page, RFM, before)

    before = figure(page, RFM)
    box = page.locator(".crmbook-rfm-bins .noUi-base").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.05, box["y"] + box["height"] / 2)
    wait_for_change(page, RFM, before)
    page.locator(".crmbook-panel").nth(1).screenshot(path=screenshots / f"tiering-rfm-{language}.png")


def test_redraw_with_a_hundred_thousand_customers(open_notebook, lab, record_property, capsys):
    """What a reader feels is written to the log, not asserted: machines differ."""
    cells = [LARGE, 'panels.abc(customers["monetary"])', "panels.rfm(customers)"]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, lab.folder / "large.ipynb")
    notebook = open_notebook("large.ipynb")
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.page
    for where, control in ((ABC, ".crmbook-abc-cut-a"), (RFM, ".crmbook-rfm-bins")):
        page.wait_for_selector(f"{where} .main-svg")
        handle = page.locator(f"{control} [role=slider]")
        handle.scroll_into_view_if_needed()
        handle.focus()
        page.evaluate(
            """where => {
                window.pressed = 0; window.redraws = [];
                addEventListener('keydown', () => { window.pressed = performance.now(); }, true);
                document.querySelectorAll(where).forEach(drawn => drawn.on('plotly_afterplot',
                    () => {
                        if (window.pressed) { window.redraws.push(performance.now() - window.pressed); }
                        window.pressed = 0;
                    }));
            }""",
            where,
        )
        keys = ["ArrowLeft"] * 6 + ["ArrowRight"] * 6 if where == ABC else ["ArrowLeft", "ArrowRight"] * 6
        for key in keys:
            page.keyboard.press(key)
            page.wait_for_timeout(400)
        redraws = page.evaluate("window.redraws")
        assert len(redraws) >= len(keys) // 2, f"{where} did not redraw"
        median = statistics.median(redraws)
        record_property(f"redraw_ms{where}", round(median))
        with capsys.disabled():
            print(f"\nredraw of {where} with 100,000 customers: median {median:.0f} ms of {len(redraws)}")
