"""A tiny workbook for the tests of run and report: a notebook with one of everything, and one that stops when told."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

HOSTILE = '</script><script>window.stolen = 1</script><img src="http://example.com/x.png" onerror="window.stolen = 1">'

_PARAMETERS = {
    "en": """data: str = ""  # your own data: a folder or a file; empty: the sample
as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the last order
method: str = "mean"  # how amounts are added up (choose: mean, median, sum)
cuts: list[float] = [0.8, 0.95]  # shares at which tiers end
bins: int = 2  # how many bars
share: float = 0.5  # a share
loud: bool = False  # whether to say more
weights: dict = {"recency": 2}  # how much each criterion weighs
out: str = ""  # folder for the tables""",
    "zh": """data: str = ""  # 您的数据：文件夹或文件；留空则用示例数据
as_of: str = ""  # 截止日期，YYYY-MM-DD；留空则取最后一笔订单
method: str = "mean"  # 汇总方式（可选：mean、median、sum）
cuts: list[float] = [0.8, 0.95]  # 各级的切点
bins: int = 2  # 条形数
share: float = 0.5  # 占比
loud: bool = False  # 是否多说几句
weights: dict = {"recency": 2}  # 各指标的权重
out: str = ""  # 表格的输出文件夹""",
}

_SET_UP = """import pandas as pd
from crmbook import load
from crmbook.data import sample
from crmbook.locale import use

use("en")
book = load(data or sample.folder("retail"), as_of=as_of or None)
settings = {"data": data, "as_of": as_of, "method": method, "cuts": str(cuts), "bins": bins, "share": share}
pd.Series(settings, name="value").to_frame()"""

_FIGURE = """import plotly.graph_objects as go

figure = go.Figure(go.Bar(x=["C1", "C2"], y=book.orders.groupby("customer_id")["amount"].sum()))
figure.update_layout(title="TITLE", meta={"alt": "ALT"}, height=300)
figure"""

_PANEL = """import ipywidgets
import numpy as np

drawn = go.FigureWidget()
cut = ipywidgets.FloatSlider(value=0.8, min=0, max=1, description="CUT", readout_format=".0%")
kind = ipywidgets.Dropdown(options=[("ONE", 1), ("TWO", 2)], value=2, description="KIND")
with drawn.batch_update():
    drawn.add_scatter(x=np.array([1.0, 2.0, 3.0]), y=np.array([2.0, 4.0, 8.0]))
    drawn.layout.title.text = "PANEL"
ipywidgets.VBox([ipywidgets.HBox([cut, kind]), drawn, ipywidgets.Label("SAID")])"""

_WORDS = {
    "en": {"TITLE": "C1 brings most", "ALT": "Two bars: C1 is higher", "CUT": "Cut", "ONE": "one", "TWO": "two",
           "KIND": "Kind", "PANEL": "The curve bends upwards", "SAID": "four customers"},
    "zh": {"TITLE": "C1 贡献最多", "ALT": "两根条形，C1 较高", "CUT": "切点", "ONE": "一", "TWO": "二",
           "KIND": "种类", "PANEL": "曲线向上弯曲", "SAID": "四位客户"},
}  # fmt: skip

_FORMULA = r"$$s_k = \frac{v_1 + \dots + v_k}{\sum_i v_i}$$"
_PROSE = {
    "en": {
        "title": "# A tiny report\n\nWho brings the money?",
        "formula": f"## How it is computed\n\nCustomer $k$ stands at {_FORMULA} where $v_i > 0$.",
        "figure": "## Who brings the money\n\nSee [the other one](11_stops.ipynb), [the terms](../docs/glossary.csv).",
        "default": "In the sample C1 brings three times as much.",
        "panel": "## Move it\n\nWhere does it bend?",
        "exercises": "## Exercises",
        "task": "### Exercise 1\n\nYour turn.",
        "end": "## Take-aways\n\nFew bring much.",
    },
    "zh": {
        "title": "# 小报告\n\n钱从谁那里来？",
        "formula": f"## 怎么算\n\n第 $k$ 位客户的累计占比是 {_FORMULA} 其中 $v_i > 0$。",
        "figure": "## 钱从谁那里来\n\n参见[另一份](11_stops.ipynb)和[术语](../docs/glossary.csv)。",
        "default": "在示例数据中，C1 的消费额是另一位的三倍。",
        "panel": "## 动手试试\n\n在哪里拐弯？",
        "exercises": "## 练习",
        "task": "### 练习 1\n\n轮到您了。",
        "end": "## 要点回顾\n\n少数客户贡献大头。",
    },
}

_STOPS = """import os, time
from crmbook.data.faults import DataError

if fault == "data":
    raise DataError("no_source", source="orders.csv")
if fault == "bug":
    1 / 0
if fault == "slow":
    time.sleep(60)
if fault == "dead":
    os._exit(1)"""


def tiny(language: str) -> nbformat.NotebookNode:
    """Return the notebook with one of everything."""
    prose = _PROSE[language]
    return _notebook(
        new_markdown_cell(prose["title"]),
        new_code_cell(_PARAMETERS[language], metadata={"tags": ["parameters"]}),
        new_code_cell(_SET_UP.replace('"en"', f'"{language}"')),
        new_markdown_cell(prose["formula"]),
        new_markdown_cell(prose["figure"]),
        new_code_cell(_in(language, _FIGURE)),
        new_markdown_cell(prose["default"], metadata={"tags": ["default-only"]}),
        new_markdown_cell(prose["panel"]),
        new_code_cell(_in(language, _PANEL), metadata={"tags": ["panel"]}),
        new_code_cell(
            "from crmbook.reports.tables import save\n\nsave('tier-list', book.orders.set_index('order_id'), out)"
        ),
        new_code_cell("book.orders"),
        new_markdown_cell(prose["exercises"]),
        new_markdown_cell(prose["task"], metadata={"tags": ["exercise"]}),
        new_code_cell("answer = ...", metadata={"tags": ["exercise"]}),
        new_code_cell("print('a report runs no check')", metadata={"tags": ["check"]}),
        new_markdown_cell(prose["end"]),
    )


def stops(language: str) -> nbformat.NotebookNode:
    """Return the notebook that stops: ``fault`` says how."""
    return _notebook(
        new_markdown_cell("# Stops" if language == "en" else "# 中断"),
        new_code_cell(
            'fault: str = "none"  # (choose: none, data, bug, slow, dead)\n'
            'data: str = ""  # the data\n'
            'out: str = ""  # folder for the tables',
            metadata={"tags": ["parameters"]},
        ),
        new_code_cell("print('so far')"),
        new_markdown_cell("## The hard part" if language == "en" else "## 难点"),
        new_code_cell(_STOPS),
        new_markdown_cell("Now we know."),
        new_code_cell("print('the end')"),
    )


def workbook(folder: Path) -> Path:
    """Write a workbook with both notebooks in both languages and a sample of three orders."""
    for language in ("en", "zh"):
        place = folder / "notebooks" / ("" if language == "en" else language)
        place.mkdir(parents=True, exist_ok=True)
        nbformat.write(tiny(language), place / "10_tiny.ipynb")
        nbformat.write(stops(language), place / "11_stops.ipynb")
    sample = folder / "data" / "sample" / "retail"
    sample.mkdir(parents=True)
    (sample / "customers.csv").write_text("customer_id,name\nC1,Lin\nC2,Wang\n", encoding="utf-8")
    (sample / "orders.csv").write_text(orders(), encoding="utf-8")
    return folder


def orders(text: str = "tea") -> str:
    """Return an orders file of three lines, one with a text of one's own."""
    quoted = text.replace('"', '""')
    return (
        "order_id,customer_id,order_date,amount,category\n"
        f'O1,C1,2024-01-05,200,"{quoted}"\n'
        "O2,C2,2024-02-06,100,tea\n"
        "O3,C1,2024-03-07,100,=1+1\n"
    )


def _notebook(*cells: nbformat.NotebookNode) -> nbformat.NotebookNode:
    made = new_notebook(cells=list(cells))
    made.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return made


def _in(language: str, source: str) -> str:
    for word, said in _WORDS[language].items():
        source = source.replace(f'"{word}"', f'"{said}"')
    return source
