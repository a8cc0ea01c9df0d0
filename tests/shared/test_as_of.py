"""Nothing reads today's date: every chapter refuses an as-of day that only a clock could tell, in words."""

from __future__ import annotations

import pytest
from crmbook import DataError, complaints, evaluation, lifecycle, load, tiering
from crmbook.clustering import profiles
from crmbook.data import sample, schemes
from crmbook.data.customers import summarise
from crmbook.offers import contact, regression

ASKED = {
    "customers": lambda book, day: summarise(book.orders, day),
    "tiers": lambda book, day: tiering.tiers_at(book.orders, day, schemes.read("abc")),
    "stages": lambda book, day: lifecycle.stages(book, day),
    "cohorts": lambda book, day: lifecycle.cohorts(book.orders, day),
    "ages": lambda book, day: profiles.ages(book.customers["birth_date"], day),
    "usage": lambda book, day: contact.usage_tiers(book.usage, day),
    "forecast": lambda book, day: regression.forecast(book.orders, day),
    "resolution": lambda book, day: complaints.resolution(book.tickets, day),
    "scorecard": lambda book, day: evaluation.scorecard(book, day),
    "programme": lambda book, day: evaluation.programme_months(book, as_of=day),
    "owners": lambda book, day: evaluation.assignments(book, as_of=day),
    "two years": lambda book, day: evaluation.two_years(book.orders, day),
    "acquired": lambda book, day: evaluation.keep_or_acquire(book, day),
}


@pytest.fixture(scope="module")
def book():
    return load(sample.folder("retail"))


@pytest.mark.parametrize("day", ["today", "05/02/2024", 20240630, float("nan")])
@pytest.mark.parametrize("asked", ASKED)
def test_what_names_no_day_or_two_is_refused_in_words(book, asked, day):
    with pytest.raises(DataError) as refused:
        ASKED[asked](book, day)
    assert str(day) in str(refused.value)
