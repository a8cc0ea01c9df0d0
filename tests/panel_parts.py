"""What tests ask of a panel: its parts, found as a page finds them, and whether its figure is the right one."""

from __future__ import annotations

import json


def child(panel, kind: str):
    """The one child with a CSS class: how a browser test finds it as well."""
    (found,) = [each for each in panel.children if kind in each._dom_classes]
    return found


def properties(figure) -> dict:
    """What a figure shows, without what never changes."""
    content = json.loads(figure.to_json())
    content["layout"].pop("template")
    for trace in content["data"]:
        trace.pop("uid", None)
    return {"data": content["data"], "layout": content["layout"]}


def same(shown, fresh) -> None:
    """The figure on the page is the one that the chart function would draw anew."""
    assert properties(shown) == properties(fresh)
