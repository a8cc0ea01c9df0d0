"""What to tell the manager: findings, actions and key figures, in a notebook and on a report's first screen."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crmbook.data.load import Book
from crmbook.figures import sections
from crmbook.figures.wording import amount, percent
from crmbook.locale import label, name, text
from crmbook.shared.told import Told, key_figures

SUMMARY = "application/vnd.crmbook.summary+json"
"""What a report reads of a summary, in the notebook's language, beside the summary's own output."""

_USED = ("rows_read", "kept")


@dataclass(frozen=True)
class Summary:
    """A first screen: Jupyter shows it as lists, a report lays it out.

    Attributes
    ----------
    content : dict
        ``period``, ``used``, ``aside``, ``lead`` (what is said when nothing is certain), ``findings``, ``actions`` and
        ``figures``, all in words.
    """

    content: dict[str, Any]

    def __repr__(self) -> str:
        return "\n".join(finding["said"] for finding in self.content["findings"]) or self.content["lead"]

    def _repr_html_(self) -> str:
        content = self.content
        parts = [
            f"<p>{html.escape(line)}</p>" for line in (content["lead"], content["used"], *content["aside"]) if line
        ]
        for heading, lines in (("findings", content["findings"]), ("actions", content["actions"])):
            if lines:
                listed = "".join(f"<li>{html.escape(_line(line))}</li>" for line in lines)
                parts.append(f"<h4>{html.escape(text(f'summary.{heading}'))}</h4><ol>{listed}</ol>")
        return "".join(parts) + _table(content["figures"])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {"text/plain": repr(self), "text/html": self._repr_html_(), SUMMARY: self.content}


def summary(book: Book, told: Told) -> Summary:
    """Return what a lesson tells the manager, in the language in use.

    Parameters
    ----------
    book : crmbook.Book
        What was read: its period, what was used and set aside, and the key figures of its last whole month.
    told : Told
        From the chapter: ``tiering.manager.findings(**globals())``.
    """
    sections.finish()
    currency = book.currency
    lead = "" if told.is_certain else text("summary.nothing_certain" if told.findings else "summary.nothing")
    findings = [
        {
            "said": finding.said,
            "beside": finding.beside,
            "money": "" if finding.money != finding.money else amount(finding.money, currency),
            "certain": bool(finding.certain),
            "section": int(finding.section),
            "size": round(float(finding.size), 4),
        }
        for finding in told.findings
    ]
    actions = [
        {
            "said": action.said,
            "who": text(f"summary.who_{action.who}"),
            "customers": _customers(action.customers),
            "by": text("summary.by", day=f"{action.by:%Y-%m-%d}"),
            "listed": action.listed,
            "money": "" if action.money != action.money else amount(action.money, currency),
        }
        for action in told.actions
    ]
    figures = _key_figures(book)
    return Summary({**_scope(book), "lead": lead, "findings": findings, "actions": actions, "figures": figures})


def _scope(book: Book) -> dict[str, Any]:
    """Return the period, what of the order lines was used, and each part that was set aside with its money."""
    dates = book.orders["order_date"].dropna() if book.orders is not None else pd.Series(dtype="datetime64[ns]")
    period = (
        text("summary.period", first=f"{dates.min():%Y-%m-%d}", last=f"{book.as_of:%Y-%m-%d}") if len(dates) else ""
    )
    if not len(book.reconciliation):
        return {"period": period, "used": "", "aside": []}
    parts = book.reconciliation.set_index("part")
    read, kept = (int(parts["rows"].loc[part]) for part in _USED)
    used = text("summary.used", used=kept, read=read, money=amount(float(parts["money"].loc["kept"]), book.currency))
    aside = [
        text("summary.aside", part=name(part), rows=int(row["rows"]), money=amount(row["money"], book.currency))
        for part, row in parts.drop(index=list(_USED)).iterrows()
        if row["rows"]
    ]
    return {"period": period, "used": used, "aside": aside}


def _key_figures(book: Book) -> dict[str, Any]:
    if book.orders is None:
        return {}
    found = key_figures(book.orders, book.as_of)
    if found.empty:
        return {}
    month = f"{found.attrs['month']:%Y-%m}"
    heads = ["", month, text("summary.against_previous"), text("summary.against_year_ago")]
    rows = [
        [
            label(str(key)),
            amount(row["value"], book.currency) if key in ("revenue", "mean_order") else f"{row['value']:,.0f}",
            _change(row["value"], row["previous"]),
            _change(row["value"], row["year_ago"]),
        ]
        for key, row in found.iterrows()
    ]
    return {"heads": heads, "rows": rows}


def _customers(count: int | None) -> str:
    return text("summary.customer_one") if count == 1 else text("summary.customers", count=count) if count else ""


def _change(value: float, before: float) -> str:
    if before != before or value != value or not before:
        return "–"
    share = value / before - 1
    return f"{'+' if share > 0 else '−' if share < 0 else ''}{percent(abs(share))}"


def _line(line: dict[str, Any]) -> str:
    around = [line[part] for part in ("beside", "who", "customers", "by", "money", "listed") if line.get(part)]
    return f"{line['said']} ({' · '.join(around)})" if around else line["said"]


def _table(figures: dict[str, Any]) -> str:
    if not figures:
        return ""
    rows = [
        "".join(f"<{kind}>{html.escape(cell)}</{kind}>" for cell in cells)
        for kind, cells in [("th", figures["heads"]), *(("td", row) for row in figures["rows"])]
    ]
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
