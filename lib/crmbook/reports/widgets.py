"""What a panel shows when there is no kernel behind it: its figures, its controls in words, its texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crmbook.locale import text

State = Mapping[str, Mapping]
"""A notebook's widget models by their id, as Jupyter stores them."""

_DTYPES = {
    "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4",
    "float32": "f4", "float64": "f8",
}  # fmt: skip
_SILENT = ("ButtonModel", "ProgressModel", "OutputModel", "PlayModel", "ImageModel")


@dataclass(frozen=True)
class Figure:
    """A plotly figure as plotly.js takes it."""

    spec: Mapping


@dataclass(frozen=True)
class Control:
    """A slider, a list or the like: its label and its value, both in words."""

    label: str
    value: str


@dataclass(frozen=True)
class Html:
    """A text of the panel, as HTML that has not been made safe yet."""

    html: str


@dataclass(frozen=True)
class Words:
    """A text of the panel without any markup."""

    words: str


def shown(model_id: str, state: State, figures: Mapping[str, Mapping]) -> Iterator[Figure | Control | Html | Words]:
    """Yield what a widget shows, from top to bottom.

    Parameters
    ----------
    model_id : str
        The widget's model.
    state : mapping
        The notebook's widget models.
    figures : mapping
        Figures by model id as they were when shown (`crmbook.reports.kernel`); one that is not there is built from the
        state.
    """
    model = state.get(model_id, {})
    values = model.get("state", {})
    kind = model.get("model_name", "")
    if model_id in figures:
        yield Figure(figures[model_id])
    elif "_widget_data" in values:
        yield Figure(_from_state(model))
    elif "children" in values:
        for child in values["children"]:
            yield from shown(child.removeprefix("IPY_MODEL_"), state, figures)
    elif kind in ("HTMLModel", "HTMLMathModel"):
        yield Html(values.get("value", ""))
    elif kind == "LabelModel":
        yield Words(values.get("value", ""))
    elif not kind.endswith(_SILENT) and ("value" in values or "_options_labels" in values):
        yield Control(_label(values), _value(values))


def _label(values: Mapping) -> str:
    return str(values.get("description") or "").strip().rstrip(":：")


def _value(values: Mapping) -> str:
    if "_options_labels" in values:
        chosen = values.get("index")
        places = chosen if isinstance(chosen, list) else [] if chosen is None else [chosen]
        words = [values["_options_labels"][place] for place in places]
    else:
        value = values["value"]
        parts = value if isinstance(value, list) else [value]
        words = [_in_words(part, values.get("readout_format") or "") for part in parts]
    return text("reports.to" if "Range" in values["_model_name"] else "reports.comma").join(words) or "–"


def _in_words(value: object, form: str) -> str:
    if isinstance(value, bool):
        return text("charts.yes" if value else "charts.no")
    if isinstance(value, Mapping):  # a date; its months count from 0
        return f"{value['year']}-{value['month'] + 1:02}-{value['date']:02}" if "year" in value else "–"
    if isinstance(value, int | float):
        try:
            return format(value, form)
        except ValueError:  # a d3 format that Python does not know
            return f"{value:g}"
    return "–" if value is None else str(value)


def _from_state(model: Mapping) -> dict:
    values = model["state"]
    spec = {"data": values["_widget_data"], "layout": values.get("_widget_layout", {})}
    for buffer in model.get("buffers", []):
        first, *path, last = buffer["path"]
        if first in ("_widget_data", "_widget_layout") and last == "buffer":
            spec = _with_array(spec, [first.removeprefix("_widget_"), *path], buffer["data"])
    return spec


def _with_array(node, path: list, encoded: str):  # type: ignore[no-untyped-def]
    """Return the spec with one array put in: widgets keep arrays as buffers, plotly.js reads them as ``bdata``."""
    if not path:
        return {"bdata": encoded, "dtype": _DTYPES[node["dtype"]]}
    key, *rest = path
    changed = list(node) if isinstance(node, list) else dict(node)
    changed[key] = _with_array(node[key], rest, encoded)
    return changed
