"""Titles of several lines, in a real browser: they stay inside the figure and clear of what is drawn."""

from __future__ import annotations

from importlib import resources

import pytest
from crmbook.figures import style

_PLACE = """name => [...document.querySelectorAll(name)].map(part => part.getBoundingClientRect())
    .map(at => [at.left, at.top, at.right, at.bottom])[0]"""


@pytest.mark.browser
@pytest.mark.parametrize("lines", [1, 2, 4])
def test_a_title_keeps_clear_of_the_edge_and_of_the_legend(lines, offline, tmp_path):
    made = style.figure(" ".join(["customers bring"] * 4 * lines))
    made.add_bar(y=[1], name="web").add_bar(y=[2], name="shop")
    assert made.layout.title.text.count("<br>") == lines - 1
    plotly = resources.files("plotly") / "package_data" / "plotly.min.js"
    page = tmp_path / "page.html"
    page.write_text(
        f'<meta charset="utf-8"><div id="plot" style="width: 900px"></div><script src="{plotly.as_uri()}"></script>'
        f"<script>const made = {made.to_json()}; Plotly.newPlot('plot', made.data, made.layout)</script>",
        encoding="utf-8",
    )
    offline.goto(page.as_uri())
    offline.wait_for_selector(".gtitle")
    title, plot, legend = (offline.evaluate(_PLACE, name) for name in (".gtitle", "#plot", ".legend"))
    assert title[1] >= plot[1] + 4 and title[2] <= plot[2]
    assert title[3] <= legend[1]
