"""What the rows of an order list mean is applied: what is no sale is set aside, what went back is taken off."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.data.findings import Finding
from crmbook.data.sheet import Sheet
from crmbook.data.states import States, combined, is_order_total, meanings
from crmbook.data.typed import NOT_DATA, Typed, shown

LEAST_NAMED = 0.05  # a file in which fewer rows than this say who the customer is tells nothing about customers
MOSTLY = 0.9
CENT = 0.005
MOST_NEGATIVE = 0.5  # where more quantities than this are below zero, the sign says something else than a return


def apply(result: Typed, sheet: Sheet, read: Mapping[str, int], saying: Mapping[int, str], states: States) -> None:
    """Set aside what is neither sale nor return, make returns negative, take refunds off; all with rows and money.

    Parameters
    ----------
    result : Typed
        Its amounts are read, its rows not judged yet.
    sheet : Sheet
    read : mapping of str to int
        The column of the sheet that each of our columns was read from.
    saying : mapping of int to str
        The columns of the sheet that say what a row means, as ``states.columns`` gives them.
    states : mapping of str to str
        What the user said about single values.

    Raises
    ------
    DataError
        Where a state, a refund or the sign of the quantities can only be understood by asking.
    """
    data = np.isin(result.part, NOT_DATA, invert=True)
    found = meanings(sheet, saying, states, data)
    meaning, decided = combined(found, len(data))
    amount = result.frame["amount"].to_numpy(dtype=float, copy=True)
    refund = np.zeros(len(amount))
    if "refund" in result.frame:
        refund = np.abs(np.nan_to_num(result.frame["refund"].to_numpy(dtype=float)))
    of_order = _of_order(result, refund)
    partly = data & (meaning == "partly") & (of_order == 0) & (amount != 0)
    if partly.any():
        raise _how_much(result, sheet, decided, partly)
    aside = data & ((meaning == "neither") | ((meaning == "refunded") & (of_order == 0)))
    _set_aside(result, sheet, decided, aside)
    live = data & ~aside
    back = live & (meaning == "return")
    turned = back & (amount > 0)
    amount[back] = -np.abs(amount[back])
    owed = back & (np.nan_to_num(amount) == 0)  # the row of a refund has it in the column of refunds only
    amount[owed] = np.where(refund[owed] > 0, -refund[owed], amount[owed])
    result.frame["amount"] = amount
    for position in found:
        header, values = sheet.headers[position].strip(), found[position]
        where = turned & (decided == position)
        if where.any():
            result.note("return_turned", where, header, shown(sheet.frame[position].iloc[int(np.argmax(where))]))
        blank = live & values.eq("").to_numpy(dtype=bool)
        if blank.any() and not blank[live].all() and not _speaks_of_refunds(values):
            result.note("state_blank", blank, header)
    _turn_negative_quantities(result, live & (meaning != "return"))
    _take_off(result, sheet, read, live & ~back, refund)


def count_totals_once(result: Typed, sheet: Sheet, how: str, continued: np.ndarray) -> None:
    """Count the total of an order once where it stands on each of its lines; what cannot be told is asked.

    Parameters
    ----------
    result : Typed
    sheet : Sheet
    how : str
        How the amount was recognised: ``"columns"`` (it is a line's, says the user) and ``"order_total"`` settle it.
    continued : numpy.ndarray of bool
        Rows whose head stands on the first line of their order only: an amount that stands on each is a line's.

    Raises
    ------
    DataError
        ``load_total_or_line`` where all lines of each order bring the same amount and nothing tells why.
    """
    if how == "columns" or "order_id" not in result.frame:
        return
    frame, header = result.frame, result.header("amount")
    lines = (result.part == "") & frame["order_id"].notna().to_numpy() & frame["amount"].fillna(0).ne(0).to_numpy()
    of_order = frame["amount"][lines].groupby(frame["order_id"][lines])
    shared = lines & frame["order_id"].isin(of_order.size().loc[lambda sizes: sizes > 1].index).to_numpy()
    if not shared.any() or (how != "order_total" and (of_order.max() - of_order.min() > CENT).any()):
        return
    if how != "order_total":
        verdict = _by_line_prices(frame[shared]) or ("total" if is_order_total(header) else "")
        heads_once = bool((shared & continued).any())
        if verdict == "line" or (not verdict and (heads_once or not _differ_otherwise(frame, sheet, lines, shared))):
            return
        if not verdict:
            row, value = int(result.rows[np.argmax(shared)]), shown(frame["order_id"][shared].iloc[0])
            raise DataError("load_total_or_line", file=result.file, row=row, value=value, header=header)
    later = shared & frame["order_id"].where(shared).duplicated().to_numpy()
    money, first = float(frame["amount"][later].sum()), int(np.argmax(later))
    frame["amount"] = frame["amount"].mask(later, 0.0)
    if "refund" in frame:
        frame["refund"] = frame["refund"].mask(later, 0.0)
    row, rows = int(result.rows[first]), int(later.sum())
    value = shown(frame["order_id"].iloc[first])
    result.findings.append(Finding(result.file, "total_once", "note", row, header, value, rows, round(money, 6)))


def _by_line_prices(lines: pd.DataFrame) -> str:
    """Return whether quantity × price is a line's amount or, added up, that of the order; empty where it is neither."""
    if not {"quantity", "unit_price"} <= set(lines):
        return ""
    made = lines["quantity"] * lines["unit_price"]
    if (made - lines["amount"]).abs().le(CENT).mean() > MOSTLY:
        return "line"
    whole = made.groupby(lines["order_id"]).transform("sum")
    return "total" if (whole - lines["amount"]).abs().le(CENT).mean() > MOSTLY else ""


def _differ_otherwise(frame: pd.DataFrame, sheet: Sheet, lines: np.ndarray, shared: np.ndarray) -> bool:
    """Whether the lines of an order differ in something else, and the amounts of the orders differ from one another."""
    several = frame["amount"][lines].nunique() > 1 or frame["order_id"][lines].nunique() == 1
    rows = sheet.frame[shared].astype("str")
    orders = frame["order_id"][shared].drop_duplicates()
    return bool(several) and len(rows.drop_duplicates()) > len(orders)


def set_anonymous_aside(result: Typed) -> None:
    """Set sales without a customer aside, with their share of rows and of money.

    Raises
    ------
    DataError
        ``load_nobody`` where hardly any row says who the customer is.
    """
    live = result.part == ""
    nobody = live & result.frame["customer_id"].isna().to_numpy()
    if not nobody.any():
        return
    if 1 - nobody.sum() / live.sum() < LEAST_NAMED:
        named, header = int(live.sum() - nobody.sum()), result.header("customer_id")
        raise DataError("load_nobody", file=result.file, rows=int(live.sum()), named=named, header=header)
    result.part[nobody] = "anonymous"
    turnover = result.money(np.flatnonzero(live))
    of_money = result.money(np.flatnonzero(nobody)) / turnover if turnover else 0.0
    result.note("anonymous", nobody, "customer_id", f"{nobody.sum() / live.sum():.1%} / {of_money:.1%}", "set_aside")


def _of_order(result: Typed, refund: np.ndarray) -> np.ndarray:
    """What was paid back of each row's whole order."""
    if "order_id" not in result.frame or not refund.any():
        return refund
    order = result.frame["order_id"]
    whole = pd.Series(refund).groupby(order).transform("sum").to_numpy()
    return np.where(order.isna(), refund, whole)


def _speaks_of_refunds(values: pd.Series) -> bool:
    return bool(values.isin(["refunded", "partly"]).any())


def _set_aside(result: Typed, sheet: Sheet, decided: np.ndarray, aside: np.ndarray) -> None:
    """Count what is set aside, with its money, by state."""
    for position in np.unique(decided[aside]):
        header, texts = sheet.headers[position].strip(), sheet.frame[position].astype("str").str.strip()
        mine = aside & (decided == position)
        for value in texts[mine].unique():
            result.note("state_aside", mine & texts.eq(value).to_numpy(), header, shown(value), "set_aside")
    result.part[aside] = "not_sale"


def _how_much(result: Typed, sheet: Sheet, decided: np.ndarray, partly: np.ndarray) -> DataError:
    first = int(np.argmax(partly))
    return DataError(
        "load_refund_unknown",
        file=result.file,
        row=int(result.rows[first]),
        column=sheet.headers[decided[first]].strip(),
        value=shown(sheet.frame[decided[first]].iloc[first]),
        rows=int(partly.sum()),
    )


def _turn_negative_quantities(result: Typed, where: np.ndarray) -> None:
    """A quantity below zero beside an amount above zero is a return; where most are so, only the user knows."""
    if "quantity" not in result.frame:
        return
    amount, quantity = result.frame["amount"], result.frame["quantity"]
    turned = where & ((quantity < 0) & (amount > 0)).to_numpy(dtype=bool)
    if not turned.any():
        return
    first = int(np.argmax(turned))
    if turned.sum() > MOST_NEGATIVE * where.sum() and where.sum() > 1:
        raise DataError(
            "load_quantity_sign",
            file=result.file,
            row=int(result.rows[first]),
            rows=int(turned.sum()),
            header=result.header("quantity"),
        )
    result.frame["amount"] = amount.mask(turned, -amount)
    result.note("quantity_turned", turned, "quantity")


def _take_off(result: Typed, sheet: Sheet, read: Mapping[str, int], live: np.ndarray, refund: np.ndarray) -> None:
    result.refunds = np.where(live & np.isfinite(result.frame["amount"].to_numpy(dtype=float)), refund, 0.0)
    where = np.flatnonzero(result.refunds)
    if len(where):
        result.frame["amount"] -= result.refunds
        header, first = sheet.headers[read["refund"]].strip(), int(where[0])
        money, row = round(float(result.refunds.sum()), 6), int(result.rows[first])
        result.findings.append(
            Finding(result.file, "refund_off", "note", row, header, shown(refund[first]), len(where), money)
        )
