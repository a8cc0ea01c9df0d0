"""Comments: words, themes, and a model judged on sentence patterns that it has not read."""

from __future__ import annotations

import math
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from crmbook import comments
from crmbook.data import sample
from crmbook.data.faults import DataError
from crmbook.data.sample import comments as patterns
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import accuracy_score, f1_score

FIXTURES = Path(__file__).parents[1] / "fixtures"


@contextmanager
def refused(code: str):
    with pytest.raises(DataError) as error:
        yield error
    assert error.value.code == code
    assert len(str(error.value)) > 20


@pytest.fixture(scope="module")
def labelled() -> pd.DataFrame:
    """Comments worded by the sample's generator, with the theme, tone and pattern that it drew."""
    rng = np.random.default_rng(6)
    language = rng.choice(["zh", "en"], 900, p=[0.6, 0.4])
    theme = rng.choice(patterns.THEMES, 900)
    tone = rng.choice(patterns.SENTIMENTS, 900, p=[0.3, 0.15, 0.55])
    words, templates = patterns.write(rng, language, theme, tone)
    return pd.DataFrame(
        {"comment": words, "language": language, "theme": theme, "sentiment": tone, "template": templates}
    )


@pytest.fixture(scope="module")
def everyday() -> pd.DataFrame:
    """Comments written by hand, in words that no pattern of the generator has."""
    return pd.read_csv(FIXTURES / "everyday_comments.csv", keep_default_na=False)


@pytest.fixture(scope="module")
def sentiment(labelled) -> comments.Evaluation:
    return comments.evaluate(labelled["comment"], labelled["sentiment"], labelled["template"])


# Languages and words


def test_language_is_told_by_the_characters():
    texts = pd.Series(["快递很快", "Fast parcel", "iPhone 手机很好用", "OK 吧", "very nice 好", "666！！", "", None])
    assert comments.language_of(texts).tolist() == ["zh", "en", "zh", "zh", "en", "", "", ""]


def test_language_of_the_sample_is_always_told(labelled):
    assert (comments.language_of(labelled["comment"]) == labelled["language"]).all()


def test_words_lose_fillers_numbers_and_punctuation_but_no_negation():
    found = comments.tokens(
        pd.Series(["快递太慢了，等了10天，不满意！", "The staff was NOT friendly, 2 of them.", None, "！！"])
    )
    assert "快递" in found[0] and "不" in "".join(found[0]) and not {"了", "，", "10"} & set(found[0])
    assert found[1] == ["staff", "not", "friendly"]
    assert found[2] == [] and found[3] == []


def test_equal_comments_get_equal_words_in_their_own_rows():
    found = comments.tokens(pd.Series(["好评", "差评", "好评"], index=["x", "y", "z"]))
    assert found.index.tolist() == ["x", "y", "z"] and found["x"] == found["z"] != found["y"]


def test_own_stop_words_are_left_out():
    assert comments.tokens(pd.Series(["shop staff"]), frozenset({"shop"})).tolist() == [["staff"]]


def test_keywords_are_the_mean_tf_idf():
    words = pd.Series([["slow", "parcel"], ["slow", "staff", "staff"], ["price"], []])
    groups = pd.Series(["a", "a", "b", "b"])
    found = comments.keywords(words, groups, top=3).set_index(["group", "word"])
    vectoriser = TfidfVectorizer(analyzer=lambda parts: parts)
    expected = vectoriser.fit_transform(words[:3]).toarray()
    columns = vectoriser.vocabulary_
    assert found.loc[("a", "slow"), "weight"] == pytest.approx(expected[:2, columns["slow"]].mean())
    assert found.loc[("b", "price"), "weight"] == pytest.approx(expected[2, columns["price"]] / 2)
    assert found.loc[("a", "staff"), ["comments", "share"]].tolist() == [1, 0.5]
    with refused("comments_no_words"):
        comments.keywords(pd.Series([[], []]))


def test_words_of_the_unhappy_have_the_odds_ratio_of_the_counts():
    # slow: in 12 of 20 unhappy and 2 of 30 happy comments: (12.5·28.5)/(8.5·2.5) = 16.76
    words = pd.Series([["slow"]] * 12 + [["shop"]] * 8 + [["slow"]] * 2 + [["shop", "shop"]] * 28)
    found = comments.dissatisfaction_words(words, pd.Series([True] * 20 + [False] * 30))
    assert found.index.tolist() == ["slow"]
    row = found.loc["slow"]
    assert row[["unhappy", "happy"]].tolist() == [12, 2]
    assert row["odds_ratio"] == pytest.approx(12.5 * 28.5 / (8.5 * 2.5))
    error = math.sqrt(1 / 12.5 + 1 / 8.5 + 1 / 2.5 + 1 / 28.5)
    assert row["low"] == pytest.approx(row["odds_ratio"] * math.exp(-1.959964 * error))


def test_words_need_both_happy_and_unhappy_writers():
    with refused("comments_one_side"):
        comments.dissatisfaction_words(pd.Series([["slow"]]), pd.Series([True]))


# Themes by rules


def test_rules_find_themes_in_both_languages():
    texts = pd.Series(
        ["快递太慢，客服也不理人", "The courier was late and the refund slow", "就这样", "售后服务很好", None]
    )
    found = comments.code_themes(texts)
    themes = [sorted(found.columns[row]) for row in found.to_numpy()]
    assert themes == [["delivery", "service"], ["after_sales", "delivery"], [], ["after_sales"], []]


def test_english_rules_match_whole_words_in_any_case():
    found = comments.code_themes(pd.Series(["RETURN desk closed", "I returned it", "turned out fine", "costume"]))
    assert found["after_sales"].tolist() == [True, True, False, False]
    assert not found.loc[3].any()


def test_own_rules_replace_the_given_ones():
    found = comments.code_themes(pd.Series(["停车难", "No parking"]), {"parking": ("停车", "parking")})
    assert found["parking"].tolist() == [True, True]


def test_rules_find_the_planted_themes(labelled):
    found = comments.code_themes(labelled["comment"])
    scores = [f1_score(labelled["theme"] == theme, found[theme]) for theme in patterns.THEMES]
    assert np.mean(scores) >= 0.85


def test_rules_find_themes_in_everyday_wording_and_seldom_a_wrong_one(everyday):
    found, meant = comments.code_themes(everyday["comment"]), pd.get_dummies(everyday["theme"]).astype(bool)
    meant = meant.reindex(columns=found.columns, fill_value=False)
    named = meant.any(axis=1)
    for language in ("zh", "en"):
        here = named & everyday["language"].eq(language)
        assert (found & meant)[here].any(axis=1).mean() >= 0.6
    assert (found & ~meant).any(axis=1).mean() <= 0.05


def test_your_esteemed_company_is_no_complaint_about_the_price():
    found = comments.code_themes(pd.Series(["感谢贵公司", "宝贵意见", "有点贵"]))
    assert found["price"].tolist() == [False, False, True]


def test_pareto_of_themes_counts_the_unhappy_mentions():
    flags = pd.DataFrame({"price": [True, True, True, False], "service": [True, False, False, True]})
    found = comments.theme_counts(flags, pd.Series([True, False, False, True]))
    assert found["count"].to_dict() == {"service": 2, "price": 1}
    assert found["mentions"].to_dict() == {"service": 2, "price": 3}
    assert found.loc["price", "unhappy_share"] == pytest.approx(1 / 3)
    assert comments.theme_counts(flags)["count"].to_dict() == {"price": 3, "service": 2}


def test_pareto_keeps_the_cause_that_crosses_the_cut():
    # 60 + 25 = 85 of 100 crosses .8; equal counts stand by name
    found = comments.pareto(pd.Series({"b": 5, "a": 5, "late": 60, "broken": 25, "c": 5}))
    assert found.index.tolist() == ["late", "broken", "a", "b", "c"]
    assert found["vital"].tolist() == [True, True, False, False, False]
    assert found["cumulative"].iloc[-1] == pytest.approx(1)
    assert comments.pareto(pd.Series({"a": 0}))["share"].isna().all()


def test_trend_hides_shares_of_few_comments():
    flags = pd.DataFrame({"price": [True] * 5 + [False] * 5 + [True] * 9})
    found = comments.theme_trend(flags, pd.Series(["2024H1"] * 10 + ["2024H2"] * 9))
    assert found["share"].tolist()[0] == 0.5 and math.isnan(found["share"].tolist()[1])
    assert found["note"].tolist() == ["", "too_few"]
    assert found["n"].tolist() == [10, 9]


# Models


def test_sentiment_is_right_on_patterns_it_has_not_read(sentiment):
    scores = sentiment.scores
    assert sentiment.held_out == "templates" and sentiment.folds == 5
    assert (scores.loc[["zh", "en"], "accuracy"] >= 0.85).all()
    assert (scores["accuracy"] > scores["majority"] + 0.2).all()
    assert scores.loc["all", "n"] == 900


def test_themes_are_found_on_patterns_not_read(labelled):
    found = comments.evaluate(labelled["comment"], labelled["theme"], labelled["template"], folds=3)
    assert found.scores.loc["all", "macro_f1"] >= 0.85


def test_scores_agree_with_scikit_learn(labelled, sentiment):
    # the errors listed are all errors: put them in, everything else was right
    predicted = labelled["sentiment"].copy()
    predicted[sentiment.errors.index] = sentiment.errors["predicted"]
    truth = labelled["sentiment"]
    assert sentiment.scores.loc["all", "accuracy"] == pytest.approx(accuracy_score(truth, predicted))
    assert sentiment.scores.loc["all", "macro_f1"] == pytest.approx(f1_score(truth, predicted, average="macro"))
    chinese = labelled["language"] == "zh"
    assert sentiment.scores.loc["zh", "accuracy"] == pytest.approx(accuracy_score(truth[chinese], predicted[chinese]))
    assert sentiment.confusion.to_numpy().sum() == 900
    assert sentiment.by_label["n"].to_dict() == truth.value_counts().to_dict()
    assert (sentiment.errors["label"] != sentiment.errors["predicted"]).all()
    assert sentiment.errors["certainty"].is_monotonic_decreasing


def test_majority_is_the_most_frequent_label(labelled, sentiment):
    chinese = labelled[labelled["language"] == "zh"]
    assert sentiment.scores.loc["zh", "majority"] == pytest.approx((chinese["sentiment"] == "positive").mean())


def test_a_label_that_only_one_pattern_has_cannot_be_learnt_from_others():
    # every negative comment is of one pattern: held out, the model never saw a negative one
    texts = pd.Series(["快递很慢"] * 15 + ["质量很好", "服务很好", "价格很好"] * 10)
    labels = pd.Series(["negative"] * 15 + ["positive"] * 30)
    templates = pd.Series(["n1"] * 15 + ["p1", "p2", "p3"] * 10)
    with refused("comments_few_templates"):
        comments.evaluate(texts, labels, templates, folds=4)


def test_on_everyday_wording_the_tone_is_right_in_about_six_of_ten_as_the_lesson_says(everyday):
    labelled = sample.labelled_comments()
    told = comments.train(labelled["comment"], labelled["sentiment"]).predict(everyday["comment"])
    assert told["language"].eq(everyday["language"]).all()
    right, majority = told["label"].eq(everyday["sentiment"]).mean(), everyday["sentiment"].value_counts(normalize=True)
    assert len(everyday) == 180 and 0.55 <= right < 0.7 and right > majority.max()


def test_order_of_rows_does_not_matter(labelled):
    few = labelled[labelled["language"] == "zh"].head(200)
    mixed = few.sample(frac=1, random_state=3)
    one, other = (
        comments.evaluate(frame["comment"], frame["sentiment"], frame["template"], folds=2) for frame in (few, mixed)
    )
    pd.testing.assert_frame_equal(one.scores, other.scores)


def test_trained_model_labels_both_languages_and_leaves_the_rest_blank(labelled):
    model = comments.train(labelled["comment"], labelled["sentiment"])
    assert model.classes == patterns.SENTIMENTS and set(model.languages) == {"zh", "en"} and model.n == 900
    asked = pd.Series(["物流非常慢，差评。", "Rude staff. Never again.", "", None, "123"], index=list("abcde"))
    found = model.predict(asked)
    assert found["label"].tolist() == ["negative", "negative", "", "", ""]
    assert found.index.tolist() == list("abcde")
    assert found["certainty"].notna().tolist() == [True, True, False, False, False]


def test_language_without_enough_labels_gets_no_model(labelled):
    chinese = labelled[labelled["language"] == "zh"].head(100)
    model = comments.train(chinese["comment"], chinese["sentiment"])
    assert model.languages == ("zh",)
    assert model.predict(pd.Series(["Rude staff"]))["label"].item() == ""


def test_few_labels_train_nothing():
    with refused("comments_few_labels"):
        comments.train(pd.Series(["很好", "很差"]), pd.Series(["positive", "negative"]))
    with refused("comments_few_labels"):
        comments.train(pd.Series(["很好"] * 30), pd.Series(["positive"] * 30))
    with refused("rows_labels"):
        comments.train(pd.Series(["很好"]), pd.Series(["positive"], index=["x"]))


def test_without_patterns_equal_comments_are_held_out_together():
    texts = pd.Series(["很好呀", "真不错", "太差了", "很糟糕"] * 10)
    found = comments.evaluate(texts, pd.Series(["positive", "positive", "negative", "negative"] * 10), folds=2)
    assert found.held_out == "comments" and found.scores.loc["zh", "n"] == 40


# Tone and score


def test_agreement_of_tone_and_score():
    tone = pd.Series(["positive", "negative", "neutral", "positive", "", "negative"])
    score = pd.Series([5, 2, 3, 1, 4, None])
    found = comments.agreement(tone, score)
    # of four pairs three agree; by chance (2·1 + 1·2 + 1·1)/16 = 5/16: kappa (.75 − .3125)/(1 − .3125) = .636
    assert found.agree.value == 0.75 and found.agree.n == 4
    assert found.kappa.value == pytest.approx(0.636, abs=5e-4)
    assert found.apart.to_dict("list") == {"sentiment": ["positive"], "score": [1.0]}
    assert found.table.loc["positive", "negative"] == 1
    with refused("comments_no_scores"):
        comments.agreement(pd.Series([""]), pd.Series([5]))


def test_a_comment_of_several_themes_counts_for_the_first():
    flags = pd.DataFrame({"quality": [False, True, False], "price": [True, True, False]})
    found = comments.first_theme(flags)
    assert found.tolist()[:2] == ["price", "quality"] and found.isna().tolist() == [False, False, True]
