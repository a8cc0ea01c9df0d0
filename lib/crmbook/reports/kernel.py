"""What happens inside a notebook's kernel while a report is made of it: panels and data are noted for the page.

A notebook keeps only how a figure in a panel was when it was made: later changes go to the browser as messages. So the
figures are noted as they are at the moment the panel is shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from crmbook.data import load, read
from crmbook.data.group import only
from crmbook.reports.inputs import Inputs, noting, recalled

FIGURES = "application/vnd.crmbook.figures+json"
"""The figures of a panel, by the widget's model id, beside the panel's own output."""
BOOK = "application/vnd.crmbook.book+json"
"""What a lesson's ``book`` holds; see `facts`."""

RUN_TAG = "crmbook-run"
"""The tag of the cell that a run adds to call `attend`; it never reaches a page."""


def attend(group: tuple[str, str] | None = None) -> None:
    """Note, from here on, the figures of each panel shown and the facts of the ``book`` that the lesson loads.

    Parameters
    ----------
    group : tuple of str, optional
        Column and value of the customers that every book is to hold alone.
    """
    from IPython import get_ipython

    shell = get_ipython()
    shell.display_formatter.mimebundle_formatter.for_type_by_name("ipywidgets.widgets.widget", "Widget", _with_figures)

    inputs: Inputs = {}
    read.watch = partial(noting, inputs)

    load.recall = lambda source, settings: recalled(source, settings, inputs)
    if group:
        load.finish = lambda book: only(book, *group)

    def note_book(result) -> None:  # type: ignore[no-untyped-def]
        if "book" in shell.user_ns:
            shell.events.unregister("post_run_cell", note_book)
            shell.display_pub.publish({BOOK: facts(shell.user_ns["book"], inputs)})
        elif result.error_in_exec and inputs:  # data that were refused are known by their bytes too
            shell.display_pub.publish({BOOK: {"inputs": inputs}})

    shell.events.register("post_run_cell", note_book)


def _with_figures(widget, include=None, exclude=None):  # type: ignore[no-untyped-def]
    shown = widget._repr_mimebundle_(include=include, exclude=exclude)
    bundle, metadata = shown if isinstance(shown, tuple) else (shown, {})
    figures = {figure.model_id: json.loads(figure.to_json()) for figure in _figures(widget)}
    return {**bundle, FIGURES: figures}, metadata


def _figures(widget) -> Iterator:  # type: ignore[no-untyped-def]
    if hasattr(widget, "to_plotly_json"):
        yield widget
    for child in getattr(widget, "children", ()):
        yield from _figures(child)


def facts(book, inputs: Inputs) -> dict[str, object]:  # type: ignore[no-untyped-def]
    """Return what a report says of its data.

    Parameters
    ----------
    book : crmbook.Book
    inputs : dict
        From `noting`: what was read, for this book and others.

    Returns
    -------
    dict
        ``as_of`` and ``data_to`` (the last order) as ISO dates, ``rows_read`` and ``rows_used`` (order lines),
        ``findings`` (how many), ``inputs`` (of the files of this book). What the data do not say is None.
    """
    counts = (
        dict(zip(book.reconciliation["part"], book.reconciliation["rows"], strict=True))
        if len(book.reconciliation)
        else {}
    )
    files = set(book.matches["file"]) if len(book.matches) else set()
    last = book.orders["order_date"].max() if book.orders is not None else None
    return {
        "as_of": f"{book.as_of:%Y-%m-%d}",
        "data_to": None if last is None else f"{last:%Y-%m-%d}",
        "rows_read": int(counts["rows_read"]) if counts else None,
        "rows_used": int(counts["kept"]) if counts else None,
        "findings": len(book.noticed),
        "inputs": {name: inputs[name] for name in sorted(files & inputs.keys())},
    }
