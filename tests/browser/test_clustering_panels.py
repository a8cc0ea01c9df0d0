"""The clustering lesson in real JupyterLab: Run All, then move the panel's controls by key and by mouse."""

from __future__ import annotations

import statistics

import nbformat
import pytest
from drawn_figures import figure, wait_for_change

# one language a chapter (conftest.py says why)
NOTEBOOKS = {"zh": "notebooks/zh/03_clustering.ipynb"}
MAP, PROFILE, WORDS = ".crmbook-k-map.js-plotly-plot", ".crmbook-k-profile", ".crmbook-k-panel .crmbook-words"
SAID_OTHERWISE = "([where, before]) => document.querySelector(where).innerText !== before"

# 20,000 customers and the panel: what a redraw costs, from the key press to the last thing drawn
LARGE = """
import numpy as np
import pandas as pd
from crmbook.clustering import panels
rng = np.random.default_rng(0)
spots = rng.normal(size=(20_000, 8))
spots[:, :4] += 4 * np.eye(5, 4)[rng.choice(5, 20_000, p=[0.35, 0.25, 0.2, 0.12, 0.08])]
columns = ["recency", "frequency", "monetary", "categories", "pieces", "share_online", "discount_share", "tenure"]
"""

MEASURE = """([drawn, profile, words]) => {
    window.pressed = 0; window.redraws = [];
    addEventListener('keydown', () => { window.pressed = performance.now(); window.redraws.push(0); }, true);
    const seen = () => { window.redraws[window.redraws.length - 1] = performance.now() - window.pressed; };
    document.querySelector(drawn).on('plotly_afterplot', seen);
    for (const where of [profile, words]) {
        new MutationObserver(seen).observe(document.querySelector(where), {childList: true, subtree: true});
    }
}"""


@pytest.mark.parametrize("language", NOTEBOOKS)
def test_panel_answers_to_key_and_mouse(open_notebook, screenshots, language):
    notebook = open_notebook(NOTEBOOKS[language])
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.page

    page.wait_for_selector(f"{MAP} .main-svg")
    handle = page.locator(".crmbook-k [role=slider]")
    handle.scroll_into_view_if_needed()
    before, told = figure(page, MAP), page.inner_text(PROFILE)
    handle.focus()
    page.keyboard.press("ArrowLeft")
    wait_for_change(page, MAP, before)
    page.wait_for_function(SAID_OTHERWISE, arg=[PROFILE, told])

    told, said = page.inner_text(PROFILE), page.inner_text(WORDS)
    page.locator(".crmbook-features button").first.click()
    page.wait_for_function(SAID_OTHERWISE, arg=[PROFILE, told])
    page.wait_for_function(SAID_OTHERWISE, arg=[WORDS, said])
    page.locator(".crmbook-k-panel").screenshot(path=screenshots / f"clustering-k-{language}.png")


def test_redraw_with_twenty_thousand_customers(open_notebook, lab, record_property, capsys):
    """What a reader feels is written to the log, not asserted: machines differ."""
    cells = [LARGE, "panels.k(pd.DataFrame(spots, columns=columns))"]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, lab.folder / "clustering_large.ipynb")
    notebook = open_notebook("clustering_large.ipynb")
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.page
    page.wait_for_selector(f"{MAP} .main-svg")
    page.evaluate(MEASURE, [MAP, PROFILE, WORDS])
    handle = page.locator(".crmbook-k [role=slider]")
    handle.scroll_into_view_if_needed()
    for control, where, keys in (
        ("k", handle, ["ArrowRight"] * 3 + ["ArrowLeft"] * 5),
        ("feature", page.locator(".crmbook-features button").first, ["Space"] * 2),
    ):
        where.focus()
        page.evaluate("window.redraws = []")
        for key in keys:
            page.keyboard.press(key)
            page.wait_for_timeout(500)
        redraws = page.evaluate("window.redraws")
        assert len(redraws) == len(keys) and min(redraws) > 0, f"{control}: not every key redrew the panel"
        record_property(f"redraw_ms_{control}", round(statistics.median(redraws)))
        with capsys.disabled():
            median = f"median {statistics.median(redraws):.0f} ms of {len(redraws)}"
            print(f"\nredraw of the clustering panel with 20,000 customers, {control} changed: {median}")
