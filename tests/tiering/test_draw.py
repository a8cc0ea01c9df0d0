"""`crmbook experiment draw`: drawn once, kept in the form that the evaluation reads, refused in words."""

from __future__ import annotations

import pandas as pd
from crmbook import cli
from crmbook.locale import use


def test_a_list_is_drawn_once_and_kept(tmp_path, capsys):
    use("en")
    listed = pd.DataFrame({"customer_id": [f"{i:03}" for i in range(50)], "tier": ["vip"] * 10 + ["ordinary"] * 40})
    listed.to_csv(tmp_path / "spring.csv", index=False)
    order = ["experiment", "draw", str(tmp_path / "spring.csv"), "--holdout", "0.2", "--by", "tier", "--seed", "3"]
    order += ["--out", str(tmp_path / "campaigns.csv"), "--language", "en"]
    assert cli.main(order) == 0
    assert "10 customers are left alone, 40 are treated (seed 3)" in capsys.readouterr().out
    kept = pd.read_csv(tmp_path / "campaigns.csv", dtype=str)
    assert kept["campaign"].unique().tolist() == ["spring"] and kept["customer_id"].str.len().eq(3).all()
    held = kept[kept["arm"] == "holdout"]
    assert held["tier"].value_counts().to_dict() == {"vip": 2, "ordinary": 8}
    before = (tmp_path / "campaigns.csv").read_bytes()
    assert cli.main(order) == 1  # nobody draws until it pleases
    assert "a draw is made once" in capsys.readouterr().err
    assert (tmp_path / "campaigns.csv").read_bytes() == before


def test_a_list_without_customers_and_a_share_that_leaves_nobody_are_refused(tmp_path, capsys):
    pd.DataFrame({"id": ["u"]}).to_csv(tmp_path / "list.csv", index=False)
    call = ["experiment", "draw", str(tmp_path / "list.csv"), "--out", str(tmp_path / "out.csv"), "--language", "zh"]
    assert cli.main([*call, "--holdout", "0.5"]) == 1
    assert "customer_id" in capsys.readouterr().err
    pd.DataFrame({"customer_id": ["u", "v"]}).to_csv(tmp_path / "list.csv", index=False)
    assert cli.main([*call, "--holdout", "0.01"]) == 1
    assert "对照组" in capsys.readouterr().err
    assert cli.main(["experiment", "draw", str(tmp_path / "none.csv"), "--holdout", "0.5", "--language", "en"]) == 2
    assert not (tmp_path / "out.csv").exists()
    use("en")
