"""Reports on books that are not ours: nothing of the sample, no verdict without its setting, no explanation alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from crmbook import DataError, setting
from crmbook.data import sample
from crmbook.locale import use
from crmbook.reports import html
from crmbook.reports import run as runs
from crmbook.reports.jobs import plan

ROOT = Path(__file__).parents[2]
LESSONS = [file.stem for file in sorted((ROOT / "lessons").glob("0[1-9]*.py")) if file.stem.count("_") == 1]
OF_THE_SAMPLE = re.compile(r"shop_north|\bP0?8\b|\bS3\b|\bF2\b|made up|Ann\b|Bo and Dai|the sample|E0[1-8]\b")
VERDICTS = re.compile(r"net present value|does not pay|hours more|approved|effect checked")
NOT_SHOWN = re.compile(
    r"<style.*?</style>|<script.*?</script>|<details class=\"code\">.*?</details>|<h2 id=\"Settings\".*", re.S
)


@pytest.fixture(autouse=True)
def english():
    use("en")
    yield
    use("en")


def words(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", NOT_SHOWN.sub("", page))


@pytest.fixture(scope="module")
def orders_only(tmp_path_factory):
    """A third of the sample's customers as a shop would have them: four columns, other names, no currency."""
    use("en")
    folder = tmp_path_factory.mktemp("shop")
    lines = pd.read_csv(sample.folder("retail") / "orders.csv", encoding="utf-8-sig", dtype=str)
    mine = lines[lines["customer_id"].str[-1].isin(list("147"))]
    (folder / "data").mkdir()
    mine = mine[["order_id", "customer_id", "order_date", "amount"]]
    mine.assign(customer_id="K" + mine["customer_id"].str[1:]).to_csv(folder / "data" / "orders.csv", index=False)
    outcomes = runs.run(plan(LESSONS, ["en"], data=folder / "data"), folder / "out", progress=False)
    assert [outcome.failure for outcome in outcomes if outcome.failure] == []
    return folder / "out"


def pages(out: Path) -> dict[str, str]:
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted((out / "en").glob("*.html"))}


@pytest.mark.notebook
def test_no_word_of_the_sample_is_on_a_page(orders_only):
    for name, page in pages(orders_only).items():
        assert OF_THE_SAMPLE.findall(words(page)) == [], name


@pytest.mark.notebook
def test_no_verdict_rests_on_a_figure_that_nobody_set(orders_only):
    for name, page in pages(orders_only).items():
        assert VERDICTS.findall(words(page)) == [], name
    for lesson, name in (("01_tiering", "hours"), ("02b_value", "margin"), ("05_evaluation", "cost_per_customer")):
        assert f"figure that nobody has set: {name}." in words(pages(orders_only)[lesson]), lesson


@pytest.mark.notebook
def test_a_lesson_of_which_nothing_opens_is_not_applicable(orders_only):
    status = json.loads((orders_only / "manifest.json").read_text(encoding="utf-8"))["notebooks"]
    assert {name for name, noted in status.items() if noted["status"] != "done"} == {"en/04_satisfaction"}
    index = words((orders_only / "index.html").read_text(encoding="utf-8"))
    assert "not applicable: Not in the data: Satisfaction survey. Send survey.xlsx or survey.csv" in index
    page = words(pages(orders_only)["04_satisfaction"])
    for explanation in ("NPS is the share", "If it is there", "Johnson", "Each feature is asked about twice"):
        assert explanation not in page


@pytest.mark.notebook
def test_each_report_opens_with_findings_and_the_index_with_all_of_them(orders_only):
    found = pages(orders_only)
    del found["04_satisfaction"]
    for name, page in found.items():
        header = page.split("<main>")[0]
        assert '<ol class="findings">' in header or '<p class="lead">' in header, name
        assert "You will be able to" not in page and "Next lesson" not in page and "Take-aways" not in page, name
    index = (orders_only / "index.html").read_text(encoding="utf-8")
    assert index.index('<ol class="findings">') < index.index("<table")


@pytest.mark.notebook
def test_no_key_figure_has_two_values_in_the_reports_of_one_run(orders_only):
    noted = json.loads((orders_only / "manifest.json").read_text(encoding="utf-8"))["notebooks"]
    told: dict[tuple[str, str], set[str]] = {}
    for report in noted.values():
        figures = report["summary"].get("figures") or {"heads": [], "rows": []}
        for name, *values in figures["rows"]:
            for head, value in zip(figures["heads"][1:], values, strict=True):
                told.setdefault((name, head), set()).add(value)
    assert len(told) >= 12  # four figures, this month and against two others
    assert {key: sorted(values) for key, values in told.items() if len(values) > 1} == {}


@pytest.mark.notebook
def test_every_link_to_a_picture_and_a_list_leads_somewhere(orders_only):
    for name, page in pages(orders_only).items():
        header = page.split("<main>")[0]
        for anchor in re.findall(r'href="#([\w-]+)"', header):
            assert f'id="{anchor}"' in page, (name, anchor)
        for address in re.findall(r'href="([^"#]+)" download', header):
            assert (orders_only / "en" / address).is_file(), (name, address)


def test_a_setting_is_used_or_taken_from_the_sample_and_never_guessed_on_own_data():
    assert setting("hours", 80.0, 600.0, "shop") == 80 and setting("hours", 0.0, 600.0) == 600
    with pytest.raises(DataError, match=r"nobody has set: hours.*-p hours=600"):
        setting("hours", 0.0, 600.0, "shop")
    use("zh")
    with pytest.raises(DataError, match="hours，而它还没有设定"):
        setting("hours", 0.0, 600.0, "shop")


def test_a_page_without_a_summary_still_shows_its_facts():
    from nbformat.v4 import new_markdown_cell, new_notebook

    page = html.page(new_notebook(cells=[new_markdown_cell("# T")]), facts=[("Data", "mine")])
    assert '<details class="scope" open>' in page and "mine" in page
