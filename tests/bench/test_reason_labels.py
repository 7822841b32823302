import re

import polars as pl
import pytest
from score_reason_labels import BEFORE, LABELS, REASON, bootstrap, line, main, wilson

KINDS = "history cited attribute shared co-occurrence search neighbours popularity other"
KNOWN = {
    "by": {"model", "template"},
    "kind": set(KINDS.split()),
    "label": {"true", "false", "unclear"},
    "english": {"fine", "clumsy", "wrong"},
}
CODES = "no bare word-only broken-search disliked year-only vacuous part-vacuous other-branch catalogue-wrong"
CODES += " no-tie"
README = LABELS.with_name("README.md")


@pytest.fixture(scope="module", params=[LABELS, BEFORE], ids=["now", "before"])
def labels(request: pytest.FixtureRequest) -> pl.DataFrame:
    return pl.read_csv(request.param, infer_schema=False)


def test_every_drawn_reason_is_labelled(labels: pl.DataFrame) -> None:
    assert labels.null_count().sum_horizontal().item() == 0
    assert f"{len(labels)} statements" in README.read_text(encoding="utf-8")
    reasons = labels.unique(REASON)
    assert dict(reasons.group_by("data").len().iter_rows()) == {"ml-100k": 100, "beauty": 100}
    ranks = reasons.group_by("data", "user_id").agg(pl.col("rank").cast(pl.Int64).sort())
    assert ranks["rank"].to_list() == [list(range(1, 11))] * 20


def test_labels_are_of_the_known_ones_and_one_a_statement(labels: pl.DataFrame) -> None:
    for column, known in KNOWN.items():
        assert set(labels[column]) <= known, column
    assert {code for each in labels["misleading"] for code in each.split("+")} <= set(CODES.split())
    of_a_reason = labels.group_by(REASON).agg(
        pl.col("statement").cast(pl.Int64), pl.n_unique("rank", "by", "english", "misleading")
    )
    assert all(each == list(range(1, len(each) + 1)) for each in of_a_reason["statement"].to_list())
    assert set(of_a_reason.select("rank", "by", "english", "misleading").rows()) == {(1, 1, 1, 1)}


def test_wilson_gives_the_textbook_interval() -> None:
    assert wilson(10, 10) == pytest.approx((10 / (10 + 1.959964**2), 1))  # n / (n + z^2) where none failed
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe, Stat. Med. 1998, table I


def test_statements_that_fall_together_widen_the_interval() -> None:
    rows = pl.DataFrame({"right": [4] * 30 + [0] * 10, "n": [4] * 40})
    low, high = bootstrap(rows["right"].to_numpy(), rows["n"].to_numpy())
    assert (low, high) == pytest.approx((0.75 - 0.134, 0.75 + 0.134), abs=0.03)  # 1.96 sqrt(.75 .25 / 40)


def test_a_share_counts_only_what_is_true() -> None:
    rows = pl.DataFrame(
        {"data": "d", "user_id": ["1", "1", "2"], "item_id": "i", "label": ["true", "unclear", "false"]}
    )
    assert "1 of    3   33.3%" in line("x", rows, pl.col("label") == "true")


@pytest.mark.slow
def test_the_readme_says_what_the_script_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (LABELS, BEFORE):
        monkeypatch.setattr("sys.argv", ["score", str(path)])
        main()
    printed = re.sub(r" +", " ", capsys.readouterr().out)
    said = re.findall(r"\d+ of \d{3}\b", README.read_text(encoding="utf-8"))
    assert len(said) >= 8
    assert [each for each in said if each not in printed] == []
