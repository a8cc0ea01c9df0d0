"""A notebook opened in JupyterLab and looked at: nothing pops up, and nothing is marked as changed."""

from __future__ import annotations

import pytest


@pytest.mark.browser
def test_opening_a_notebook_pops_nothing_up_and_marks_nothing_as_changed(open_notebook):
    notebook = open_notebook("notebooks/01_tiering.ipynb")
    notebook.page.wait_for_timeout(4000)  # the question about news comes after a while
    assert notebook.page.locator(".Toastify__toast").all_inner_texts() == []
    assert notebook.page.locator(".jp-Dialog").count() == 0
    assert notebook.page.locator(".lm-TabBar-tab.jp-mod-dirty").count() == 0
