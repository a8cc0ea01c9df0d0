"""The lessons on lifecycle and value with awkward data: words where nothing can be counted, and on to the end."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from notebook_runs import outputs, run

pytestmark = pytest.mark.notebook


def nobody_repeats() -> pd.DataFrame:
    day = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.arange(0, 600, 5), "D")
    return pd.DataFrame({"customer_id": [f"C{n}" for n in range(len(day))], "order_date": day, "amount": 50.0})


def returns_outweigh_purchases() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    who = np.repeat([f"C{n}" for n in range(60)], 4)
    day = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 700, len(who)), "D")
    return pd.DataFrame({"customer_id": who, "order_date": day, "amount": rng.normal(-5, 40, len(who)).round(2)})


@pytest.mark.parametrize(
    ("lesson", "orders", "told"),
    [
        ("02_lifecycle", nobody_repeats, "has bought"),
        ("02b_value", nobody_repeats, "has bought"),
        ("02b_value", returns_outweigh_purchases, "needs a table that is not there"),
    ],
)
def test_awkward_data_get_words_and_the_lesson_goes_on(lesson, orders, told, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    orders().assign(order_id=lambda lines: [f"O{n}" for n in range(len(lines))]).to_csv(folder / "orders.csv")
    shown = list(outputs(run(lesson, "en", tmp_path, data=str(folder))))
    assert [output for output in shown if output.output_type == "error" or output.get("name") == "stderr"] == []
    words = " ".join(output.get("data", {}).get("text/plain", "") for output in shown)
    assert told in words and "The rest goes on." in words
    assert not re.search(r"\b(nan|inf)\b", words + " ".join(output.get("text", "") for output in shown))
