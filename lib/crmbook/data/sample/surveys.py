"""What customers answer: satisfaction waves, Kano pairs and lifestyle items."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmbook.data.sample import calendar, comments, places
from crmbook.data.sample.planted import DRIVER_WEIGHTS, KANO_CLASSES, LIFESTYLE_FACTORS, LIFESTYLE_MEANS
from crmbook.data.schema import LIKERT_ITEMS, SATISFACTION_ITEMS

WAVES = {
    "2022H1": "2022-06-20",
    "2022H2": "2022-12-05",
    "2023H1": "2023-06-20",
    "2023H2": "2023-12-05",
    "2024H1": "2024-06-20",
    "2024H2": "2024-12-05",
}
_CHANNELS = {"sms": 0.62, "app": 0.78, "phone": 0.93}
"""Share of the invited who answer, by channel."""

_KANO_CELLS = {
    "M": [(2, 5), (3, 5), (4, 5)],
    "O": [(1, 5)],
    "A": [(1, 2), (1, 3), (1, 4)],
    "I": [(3, 3), (2, 3), (3, 4), (3, 2), (4, 3)],
    "R": [(5, 1), (5, 2), (4, 1), (3, 1), (5, 3)],
    "Q": [(1, 1), (5, 5)],
}
_KANO_OTHERS = {"M": 0.12, "O": 0.12, "A": 0.12, "I": 0.12, "R": 0.03, "Q": 0.015}
_KANO_PLANTED = 0.60
"""How often a respondent sees a feature in its planted class, beside the weights of the other classes."""


def satisfaction(rng: np.random.Generator, people: pd.DataFrame, orders: pd.DataFrame, share: float) -> pd.DataFrame:
    """Draw the six waves: who is invited and answers, the items, and a comment with its theme and sentiment.

    Answers follow what happened in the half year before: late deliveries, faulty goods, complaints resolved or not, and
    the store. An invited customer who does not answer has a row without answers.
    """
    waves = [_wave(rng, people, orders, share, wave, calendar.day(date)) for wave, date in WAVES.items()]
    frame = pd.concat(waves, ignore_index=True).sort_values(["day", "person"], kind="stable", ignore_index=True)
    frame = _answers(rng, people, frame)
    return _comments(rng, frame)


def _wave(
    rng: np.random.Generator, people: pd.DataFrame, orders: pd.DataFrame, share: float, wave: str, start: int
) -> pd.DataFrame:
    recent = orders[(orders["day"] >= start - 365) & (orders["day"] < start)]
    bought = np.zeros(len(people), dtype=bool)
    bought[recent["person"]] = True
    bought &= people["account_type"].isin(["consumer", "partner"]).to_numpy()
    invited = np.flatnonzero(bought & (rng.random(len(people)) < share))
    channel = rng.choice(list(_CHANNELS), size=len(invited), p=[0.45, 0.35, 0.20])
    answers = rng.random(len(invited)) < pd.Series(channel).map(_CHANNELS).to_numpy()
    near = orders[(orders["day"] >= start - 184) & (orders["day"] < start)]
    frame = pd.DataFrame(
        {
            "person": invited,
            "day": start + rng.integers(0, 12, len(invited)),
            "wave": wave,
            "number": list(WAVES).index(wave),
            "channel": channel,
            "answers": answers,
        }
    )
    for event, happened in {
        "late": near["days_late"] > 0,
        "faulty": near["faulty"],
        "resolved": near["complaint"] & near["resolved"],
        "unresolved": near["complaint"] & ~near["resolved"],
    }.items():
        counted = np.bincount(near["person"].to_numpy()[happened], minlength=len(people))
        frame[event] = np.minimum(counted[invited], 2)
    return frame


def _answers(rng: np.random.Generator, people: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    count, who = len(frame), frame["person"].to_numpy()
    mood = 0.62 * people["satisfaction"].to_numpy()[who] - 0.2 * frame["resolved"] - 0.6 * frame["unresolved"]
    store = places.STORES["service"].to_numpy()[people["store_number"].to_numpy()[who]]
    bargain = people["segment"].eq(1).to_numpy()[who]
    experience = {
        "product_quality": 0.15 - 0.9 * frame["faulty"],
        "service_attitude": 2.0 * store - 0.5 * frame["unresolved"] + 0.05 * frame["number"],
        "delivery_speed": 0.1 - 0.8 * frame["late"] + 0.06 * frame["number"],
        "after_sales": 0.2 * frame["resolved"] - 1.1 * frame["unresolved"],
        "price": -0.15 + 0.3 * bargain,
    }
    weighted = np.zeros(count)
    for item in SATISFACTION_ITEMS:
        latent = 3.75 + mood + experience[item] + rng.normal(0, 0.70, count)
        frame[item] = np.clip(np.floor(latent + 0.5), 1, 5)
        weighted += DRIVER_WEIGHTS[item] * (frame[item] - 3.75)
    overall = 3.7 + 1.3 * weighted + rng.normal(0, 0.45, count)
    frame["overall"] = np.clip(np.floor(overall + 0.5), 1, 5)
    phone = 0.5 * frame["channel"].eq("phone")
    recommend = 7.8 + phone + 1.7 * (overall - 3.7) + rng.normal(0, 1.3, count)
    frame["recommend"] = np.clip(np.floor(recommend + 0.5), 0, 10)
    trouble = 0.7 * frame["resolved"] + 1.2 * frame["unresolved"]
    frame["effort"] = np.clip(np.floor(5.6 + 0.7 * mood - trouble + rng.normal(0, 1.0, count)), 1, 7)
    straight = rng.random(count) < 0.025
    same = rng.integers(3, 6, count)
    for item in (*SATISFACTION_ITEMS, "overall"):
        frame[item] = np.where(straight, same, frame[item])
    for item in (*SATISFACTION_ITEMS, "recommend", "effort"):
        frame.loc[~frame["answers"] | (rng.random(count) < 0.018), item] = np.nan
    frame.loc[~frame["answers"], "overall"] = np.nan
    return frame


def _comments(rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """Let four in five who answer write, mostly about the item that stands out, in the tone of its score."""
    writes = frame["answers"].to_numpy() & (rng.random(len(frame)) < 0.80)
    chosen = frame[writes]
    scores = chosen[list(SATISFACTION_ITEMS)].fillna(chosen[list(SATISFACTION_ITEMS)].mean()).to_numpy()
    overall = chosen["overall"].to_numpy()
    away = np.abs(scores - 3.6) + 0.9 * rng.random(scores.shape)
    about = away.argmax(axis=1)
    score = scores[np.arange(len(chosen)), about]
    elsewhere = rng.random(len(chosen)) < 0.14
    about = np.where(elsewhere, comments.THEMES.index("assortment"), about)
    score = np.where(elsewhere, overall, score)
    middle = np.where(rng.random(len(chosen)) < 0.6, 1, np.where(overall >= 4, 2, 0))
    tone = np.select([score <= 2, score >= 4], [0, 2], middle)
    tone = np.where(rng.random(len(chosen)) < 0.04, rng.integers(0, 3, len(chosen)), tone)
    language = np.where(rng.random(len(chosen)) < 0.62, "zh", "en")
    theme, sentiment = np.array(comments.THEMES)[about], np.array(comments.SENTIMENTS)[tone]
    words, templates = comments.write(rng, language, theme, sentiment)
    columns = {"comment": words, "theme": theme, "sentiment": sentiment, "template": templates}
    for column, values in columns.items():
        frame[column] = ""
        frame.loc[writes, column] = values
    return frame


def kano_respondents(answers: pd.DataFrame, count: int) -> np.ndarray:
    """Return the rows of the latest ``count`` answer sheets of the last year: they go on to the Kano questions."""
    return np.flatnonzero(answers["answers"] & answers["number"].ge(len(WAVES) - 2))[-count:]


def kano(rng: np.random.Generator, respondents: np.ndarray) -> pd.DataFrame:
    """Draw the pairs of answers of each respondent to each feature; most see the feature in its planted class."""
    count = len(respondents)
    frames = []
    for feature, planted in KANO_CLASSES.items():
        weight = np.where(np.array(list(_KANO_CELLS)) == planted, _KANO_PLANTED, list(_KANO_OTHERS.values()))
        drawn = rng.choice(list(_KANO_CELLS), size=count, p=weight / weight.sum())
        cell = rng.random(count)
        pairs = [_KANO_CELLS[one][int(draw * len(_KANO_CELLS[one]))] for one, draw in zip(drawn, cell, strict=True)]
        functional, dysfunctional = np.array(pairs).reshape(-1, 2).T
        frames.append(
            pd.DataFrame(
                {
                    "response": respondents,
                    "feature": feature,
                    "functional": functional,
                    "dysfunctional": dysfunctional,
                    "position": np.arange(count),
                }
            )
        )
    frame = pd.concat(frames, ignore_index=True).sort_values("position", kind="stable", ignore_index=True)
    return frame.drop(columns="position")


def lifestyle(rng: np.random.Generator, people: pd.DataFrame, share: float) -> pd.DataFrame:
    """Draw the Likert items of a share of the consumers who bought: three factors, moved by the psychographic group."""
    buyers = people["account_type"].eq("consumer").to_numpy() & people["first"].ge(0).to_numpy()
    chosen = np.flatnonzero(buyers & (rng.random(len(people)) < share))
    means = pd.DataFrame(LIFESTYLE_MEANS, index=list(LIFESTYLE_FACTORS)).T
    factors = means.loc[people["psychographic"].to_numpy()[chosen]].to_numpy() + rng.normal(0, 0.45, (len(chosen), 3))
    frame = pd.DataFrame({"person": chosen})
    for item in LIKERT_ITEMS:
        factor = next(number for number, items in enumerate(LIFESTYLE_FACTORS.values()) if item in items)
        latent = 3.1 + 0.85 * factors[:, factor] + rng.normal(0, 0.65, len(chosen))
        frame[item] = np.clip(np.floor(latent + 0.5), 1, 5).astype(int)
    return frame


def usage(rng: np.random.Generator, people: pd.DataFrame, orders: pd.DataFrame, lapse: np.ndarray) -> pd.DataFrame:
    """Draw the app use of the last quarter of customers who order in the app; a lost customer soon stops opening it."""
    app = orders[orders["channel"].eq(1) & orders["day"].ge(calendar.day("2024-03-01"))]
    often = np.bincount(app["person"], minlength=len(people))
    users = np.flatnonzero((often >= 2) & people["account_type"].eq("consumer").to_numpy())
    keen = rng.gamma(2.0, 1.6, len(users)) + 0.4 * often[users]
    frames = []
    for month in range(10, 13):
        start = calendar.day(f"2024-{month:02d}-01")
        lost = (lapse[users] >= 0) & (lapse[users] < start)
        days = np.minimum(rng.poisson(np.where(lost, 0.08, 1.0) * keen), 28)
        sessions = days + rng.poisson(0.5 * days)
        minutes = np.round(sessions * rng.gamma(3.0, 1.5, len(users)))
        columns = {"person": users, "month": start, "active_days": days, "sessions": sessions, "minutes": minutes}
        frames.append(pd.DataFrame(columns)[days > 0])
    return pd.concat(frames, ignore_index=True)
