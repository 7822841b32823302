import pytest

from genrec.errors import UsageError
from genrec.evaluation.headline import headline


def results(name, *, kind="leave-one-out", min_rating=None, metrics=("recall", "ndcg"), split=(), **models):
    split = {"kind": kind, "ties": "stable", "seed": 0} | dict(split)
    history = {"events": ["rating"], "min_rating": min_rating}
    recipe = {
        "name": name,
        "data": {"history": history},
        "k": 10,
        "metrics": metrics,
        "test_metric": metrics[-1],
        "split": split,
        "fit_scope": "train",
        "protocol": "full",
        "repeats": False,
    }
    rows = [
        {
            "name": model,
            "users": users,
            "metrics": {
                f"{each}@10": {"mean": mean, "low": mean - 0.01, "high": mean + 0.01} for each in metrics
            },
        }
        for model, (mean, users) in models.items()
    ]
    return {"recipe": recipe, "models": [*rows, {"name": "failed", "error": "out of memory"}]}


def test_sets_stand_side_by_side_with_the_best_marked_and_samples_told():
    lines = headline(
        [results("a", rules=(0.2, 50), slow=(0.3, 9)), results("b", rules=(0.4, 70), ease=(0.1, 70))]
    ).splitlines()
    assert lines[0].startswith("leave-one-out, ties stable, fitted on train, full ranking, seen items out, ")
    assert "seen items out, history of rating, any rating." in lines[0]
    assert "a: 50 users (9 for slow); b: 70 users." in lines[0]
    assert lines[2] == "| model | a recall@10 | a ndcg@10 | b recall@10 | b ndcg@10 |"
    rows = {line.split(" | ")[0].strip("| "): line.split(" | ")[1:] for line in lines[4:] if line}
    assert list(rows) == ["rules", "slow", "ease"]
    assert [each.startswith("**") for each in rows["slow"]] == [True, True, False, False]
    assert rows["slow"][2].startswith("–")
    assert rows["rules"][2].startswith("**0.4000**")


def test_figures_of_two_protocols_share_no_table():
    reports = [
        results("a", rules=(0.2, 5)),
        results("b", kind="global-time", rules=(0.3, 5)),
        results("c", rules=(0.4, 5)),
    ]
    text = headline(reports)
    assert text.count("| rules |") == 2
    first, second = text.split("global-time, ")
    assert "| model | a recall@10 | a ndcg@10 | c recall@10 | c ndcg@10 |" in first
    assert "| model | b recall@10 | b ndcg@10 |" in second


def rows_of(text):
    return [line.split(" | ")[0].strip("| ") for line in text.splitlines() if line.startswith("| ")]


def test_models_asked_for_alone_and_in_their_order():
    reports = [results("a", rules=(0.2, 5), slow=(0.3, 5), ease=(0.1, 5))]
    reports += [results("b", kind="global-time", rules=(0.3, 5))]
    assert rows_of(headline(reports, models=["ease", "rules"])) == [
        "model",
        "ease",
        "rules",
        "model",
        "rules",
    ]
    assert "**0.2000**" in headline(reports, models=["ease", "rules"])
    with pytest.raises(UsageError, match="no report has a model sasrec") as caught:
        headline(reports, models=["rules", "sasrec"])
    assert "rules, slow, ease" in caught.value.next_step


def test_a_model_that_failed_in_one_report_is_still_shown_of_the_other():
    reports = [results("a", failed=(0.2, 5)), results("b", rules=(0.3, 5))]
    assert "| failed | 0.2000" in headline(reports, models=["failed"])


def test_figures_of_two_kinds_of_history_share_no_table():
    text = headline([results("a", rules=(0.2, 5)), results("b", min_rating=4, rules=(0.3, 5))])
    assert "ratings from 4." in text
    assert text.count("| rules |") == 2


def test_figures_of_two_ways_to_part_share_no_table():
    short = {"max_history": 15}
    reports = [results("a", kind="by-user", rules=(0.2, 5))]
    reports += [results("b", kind="by-user", split=short, rules=(0.3, 5))]
    reports += [results("c", kind="by-user", split={"seed": 1}, rules=(0.3, 5))]
    text = headline(reports)
    assert text.count("| rules |") == 3
    assert "by-user, ties stable" in text
    assert "by-user (max\\_history 15), ties stable" in text


def test_without_recall_or_ndcg_there_is_what_was_asked():
    reports = [results("a", metrics=("hit-rate", "ndcg", "auc"), rules=(0.2, 5))]
    reports += [results("b", metrics=("auc", "mrr"), rules=(0.3, 5)), results("c")]
    text = headline(reports)
    assert "| model | a hit-rate@10 | a ndcg@10 | b mrr@10 | c recall@10 | c ndcg@10 |" in text
    assert "b: 5 users; c: 0 users." in text


def test_nobody_hit_is_no_certainty():
    text = headline([results("a", rules=(0.2, 50), slow=(0, 60)), results("b", rules=(0.3, 5))])
    assert "over users. a: slow hit none of 60 users: at 95 %, up to 5.0% may be.\n" in text
