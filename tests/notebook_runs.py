"""What the notebooks are run with: a second set of parameters each, and a folder as a user would have it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import papermill
from local_kernels import settings
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
LESSONS = sorted(file.stem for file in (ROOT / "lessons").glob("[0-9]*.py"))

# Another day, other cuts, another method: prose and code must hold for these too.
SECOND: dict[str, dict[str, Any]] = {
    "00_start": {"as_of": "2024-06-20", "period": "M"},
    "01_tiering": {
        "as_of": "2024-06-30",
        "cuts": [0.6, 0.9],
        "bins": 4,
        "method": "natural",
        "weights": {"recency": 1, "monetary": 1},
        "scheme": "rfm",
        "months": 6,
        "hours": 200.0,
    },
    "01b_tiering_upkeep": {
        "as_of": "2024-06-30",
        "scheme": "members",
        "months": 6,
        "periods": 3,
        "draws": 5,
        "group": "gender",
    },
    "01c_tiering_defects": {"as_of": "2024-06-30", "seed": 3},
    "01d_tiering_shop": {"as_of": "2024-06-30"},
    "01e_tiering_members": {"as_of": "2024-06-30", "months": 6, "voucher": 200, "point_months": 6},
    "01f_tiering_bank": {"seed": 5},
    "01g_tiering_chain": {"as_of": "2024-06-30", "seed": 2},
    "01h_tiering_technology": {"seed": 4, "months": 9},
    "01i_tiering_week": {
        "as_of": "2024-06-30",
        "scheme": "rfm",
        "capacity": 2,
        "days_off": ["2024-07-01", "2024-07-02"],
        "days_made_up": ["2024-07-06"],
        "idle_days": 180,
        "holdout": 0.5,
        "lot": 7,
    },
    "02_lifecycle": {
        "as_of": "2024-06-30",
        "churn_days": 120,
        "window_quantile": 0.8,
        "loyal_purchases": 3,
        "lead_days": 60,
        "coupon_campaign": "autumn",
        "winback_campaign": "win_back",  # not over by then, which the notebook has to say
        "uplift": 0.05,
        "call_cost": 6.0,
        "budget": 300.0,
    },
    "03_clustering": {
        "as_of": "2024-06-30",
        "features": ["share_online", "discount_share", "pieces", "main_category_share"],
        "least_orders": 4,
        "k": 3,
        "most": 5,
        "months": 12,
    },
    "03b_offers": {
        "as_of": "2024-06-30",
        "features": ["share_online", "discount_share", "pieces", "main_category_share"],
        "least_orders": 4,
        "k": 3,
        "most": 5,
        "high_from": 0.8,
        "days": 60,
        "offers_each": 5,
        "watched": [["2024-05-20", "shop_north", "P01", 26.0, "", "website"]],
    },
    "04_satisfaction": {
        "as_of": "2024-06-30",
        "margin": 0.03,
        "top": 1,
        "group": "channel",
        "method": "lmg",
        "draws": 200,
        "contradictions": True,
    },
    "04b_complaints": {
        "as_of": "2024-06-30",
        "promised": {1: 120, 2: 48, 3: 12},
        "step": "first_response",
        "remedies": ["refund", "exchange"],
        "place": "category",
        "window": 14,
        "follow_up": 90,
        "days": 90,
    },
    "02b_value": {
        "as_of": "2024-06-30",
        "yearly_rate": 0.05,
        "horizon": 24,
        "stay": 0.6,
        "margin": 0.3,
        "test_days": 90,
        "campaign": "coupon",
    },
    "05_evaluation": {
        "as_of": "2024-06-20",  # within a quarter, which is not over then
        "period": "Q",
        "periods": 3,
        "months": 6,
        "uplift": 0.05,
        "cost_per_customer": 90.0,
        "fixed_cost": 12000.0,
        "rate": 0.05,
        "by": "store",
        "weights": {"integration": 2, "ease_of_use": 3, "cost": 5},
    },
}

HEADERS = {"order_id": "订单编号", "customer_id": "客户编号", "order_date": "下单日期", "amount": "订单金额"}


def users_folder(folder: Path) -> Path:
    """Write a folder as a user would have it: one orders file with Chinese headers, the rest missing."""
    orders = pd.read_csv(ROOT / "data" / "sample" / "retail" / "orders.csv", dtype=str)
    some = orders[orders["customer_id"].isin(sorted(orders["customer_id"].dropna().unique())[:400])]
    folder.mkdir(parents=True, exist_ok=True)
    some[list(HEADERS)].rename(columns=HEADERS).to_csv(folder / "orders.csv", index=False, encoding="gb18030")
    return folder


def run(lesson: str, language: str, folder: Path, **parameters: object) -> NotebookNode:
    """Run a built notebook with papermill, as an analyst would, and return it with its outputs."""
    source = ROOT / "notebooks" / ("zh" if language == "zh" else "") / f"{lesson}.ipynb"
    target = folder / f"{lesson}.{language}.ipynb"
    kernel = {"kernel_name": "python3", "config": settings(), "start_timeout": 120, "execution_timeout": 300}
    # the notebook is written once, at the end: after each cell would take longer than some notebooks run
    writing = {"request_save_on_cell_execute": False, "progress_bar": False, "cwd": folder}
    papermill.execute_notebook(source, target, parameters, **kernel, **writing)
    return nbformat.read(target, as_version=4)


def outputs(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """Yield every output of every cell."""
    for cell in notebook.cells:
        yield from cell.get("outputs", [])


def figures(notebook: NotebookNode) -> list[dict]:
    """Return the plotly figures that the notebook shows."""
    kind = "application/vnd.plotly.v1+json"
    return [output["data"][kind] for output in outputs(notebook) if kind in output.get("data", {})]


def words(figure: dict) -> list[str]:
    """Return what a reader reads on a figure: its title, its axis names, its legend."""
    layout = figure["layout"]
    found = [layout.get("title", {}).get("text")]
    found += [layout[axis].get("title", {}).get("text") for axis in layout if re.fullmatch(r"[xy]axis\d*", axis)]
    found += [trace.get("name") for trace in figure["data"] if trace.get("showlegend", True)]
    return [text for text in found if text]
