"""Every notebook in both languages: on the sample, with other parameters, and on a user's folder."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from notebook_runs import LESSONS, SECOND, figures, outputs, run, users_folder, words

pytestmark = pytest.mark.notebook
CHAPTERS = [lesson for lesson in LESSONS if lesson.count("_") == 1]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NOT_WORDS = re.compile(r"[\W\d_A-Z]*(?:<br>)?[\W\d_A-Z]*")  # numbers, codes such as A or R5: the same in every language


def check(notebook, language):
    shown = list(outputs(notebook))
    assert [output for output in shown if output.output_type == "error" or output.get("name") == "stderr"] == []
    drawn = figures(notebook)
    assert drawn, "the notebook shows no figure"
    for figure in drawn:
        assert figure["layout"]["meta"]["alt"], "a figure without a line for readers who cannot see it"
    tables = [output["data"]["text/html"] for output in outputs(notebook) if "text/html" in output.get("data", {})]
    assert not [table for table in tables if re.search(r">\s*(nan|NaN|inf|None|NaT)\s*<", table)]
    assert not [table for table in tables if re.search(r"\d\.\d{5}", table)], (
        "a table with more digits than one can read"
    )
    read = [word for figure in drawn for word in words(figure)]
    if language == "zh":
        assert [word for word in read if not CHINESE.search(word) and not NOT_WORDS.fullmatch(word)] == []
    else:
        assert [word for word in read if CHINESE.search(word)] == []


def test_every_lesson_has_a_second_set_of_parameters():
    assert sorted(SECOND) == LESSONS


class Runs:
    language: str

    @pytest.mark.parametrize("lesson", LESSONS)
    def test_with_other_parameters(self, lesson, tmp_path):
        check(run(lesson, self.language, tmp_path, **SECOND[lesson]), self.language)

    @pytest.mark.parametrize("lesson", LESSONS)
    def test_on_a_users_folder_with_tables_missing(self, lesson, tmp_path):
        folder = users_folder(tmp_path / "mine")
        notebook = run(lesson, self.language, tmp_path, data=str(folder), out=str(tmp_path / "tables"))
        check(notebook, self.language)
        written = {file.suffix for file in (tmp_path / "tables").iterdir()}
        assert ".csv" in written, "no result table was written"
        # where the exercises close too, for want of owners, only a run writes the workbook, at the notebook's end
        assert ".xlsx" in written or lesson == "01i_tiering_week", "no lists for people"


class TestEnglish(Runs):
    language = "en"

    def test_the_clustering_lesson_says_in_words_that_nobody_bought_often_enough(self, tmp_path):
        days = [f"2024-01-{day:02}" for day in range(1, 29)]
        once = pd.DataFrame({"order_id": range(28), "customer_id": range(28), "order_date": days, "amount": 10.0})
        once.to_csv(tmp_path / "orders.csv", index=False)
        notebook = run("03_clustering", self.language, tmp_path, data=str(tmp_path / "orders.csv"))
        said = [output["data"]["text/plain"] for output in outputs(notebook) if "text/plain" in output.get("data", {})]
        assert [output for output in outputs(notebook) if output.output_type == "error"] == []
        assert [text for text in said if text.startswith("No customer has 3 orders or more.")]


class TestChinese(Runs):
    language = "zh"

    # on the sample the stored outputs are compared (`make test` runs nbval) in both languages; the chapters' own
    # lessons run once more, to read every word of their pictures
    @pytest.mark.parametrize("lesson", CHAPTERS)
    def test_on_the_sample(self, lesson, tmp_path):
        check(run(lesson, self.language, tmp_path), self.language)
