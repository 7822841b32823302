"""What a report says of results, without running anything."""

import re

import pytest

from genrec.errors import ArtifactError
from genrec.evaluation.document import as_markdown
from genrec.evaluation.report import FORMAT, as_text, blocks_of, write_report

FAILED = {"name": "dense", "settings": {"kind": "dense-last-titles"}, "failure": "seed 0: no model called /x"}


def results(*models, **recipe):
    """Results of a benchmark as `results.json` has them, of finished models by name or of whole rows."""
    asked = {
        "name": "toy",
        "data": {"history": {"events": ["purchase", "rating"], "min_rating": 4.0}},
        "k": 10,
        "ks": [10],
        "metrics": ["ndcg"],
        "test_metric": "ndcg",
        "split": {"kind": "leave-one-out", "ties": "stable", "seed": 0},
        "fit_scope": "train",
        "protocol": "full",
        "repeats": False,
        "seeds": [0],
        "samples": {},
        "sweeps": [],
    }
    return {
        "format": FORMAT,
        "recipe": asked | recipe,
        "data": {
            "name": "toys",
            "fingerprint": "f" * 64,
            "users": 60,
            "items": 40,
            "history_events": 480,
            "users_with_fewer_than_3_events": 0,
        },
        "split": {"told": "parted", "tested_users": 60, "users_that_could_be_tested": 60},
        "definitions": {"ndcg@k": "as usual"},
        "models": [row(each) if isinstance(each, str) else each for each in models],
        "sweeps": [],
        "ratings": [],
        "rating_sweeps": [],
        "tested": "ndcg@10",
        "comparisons": [],
        "examples": [],
        "packages": {"genrec": "0.1"},
        "commit": "abc123",
    }


def row(name, **more):
    """A finished model's part of the results."""
    run = {"fit_seconds": 1.0, "fit_cpu_seconds": 1.0, "score_seconds": 1.0, "score_cpu_seconds": 1.0}
    run |= {"peak_bytes": 2**20, "peak_bytes_before_fit": 2**20}
    run |= {"cpu": "Some CPU", "threads": 3}
    return {
        "name": name,
        "settings": {"kind": name},
        "users": 60,
        "seeds": [0],
        "metrics": {"ndcg@10": {"mean": 0.5, "low": 0.4, "high": 0.6}},
        "by_seed": [{"ndcg@10": 0.5}],
        "of_all": {},
        "slices": [],
        "runs": [run],
    } | more


@pytest.mark.parametrize("others", [(), ("rules",)])
def test_why_a_model_failed_is_told_in_tables_as_wide_as_their_header(others):
    made = results(FAILED, *others)
    assert "failed: seed 0: no model called /x" in as_text(made)
    text = as_markdown(blocks_of(made))
    assert "failed: seed 0: no model called /x" in text
    for table in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_a_model_that_failed_for_one_seed_keeps_its_numbers():
    made = results(row("als", failure="seed 1: out of memory"))
    assert re.search(r"als +60 +0\.5000 \[0\.4000, 0\.6000\] +failed: seed 1: out of memory", as_text(made))


def test_a_pair_and_the_analysis_of_variance_say_of_how_many_users_they_are():
    made = results("ease", "rules")
    pair = {"first": "ease", "second": "rules", "n": 57, "difference": 0.1, "effect": 0.2}
    made["comparisons"] = [pair | {"low": 0, "high": 0.2, "p": 0.04, "adjusted_p": 0.04}]
    made["anova"] = {"n": 43, "f": 2.0, "p": 0.1, "scheffe": {"ease - rules": 0.1}}
    text = as_markdown(blocks_of(made))
    assert "| ease – rules | 57 |" in text
    assert "on the 43 users" in text


def test_a_metric_that_the_data_cannot_give_is_named():
    made = results("rules", metrics=["ndcg", "brand-coverage", "entropy"])
    made["models"][0]["of_all"] = {"entropy@10": 1.0}
    assert "not to be had: brand-coverage." in as_markdown(blocks_of(made))
    assert "not to be had" not in as_markdown(blocks_of(results("rules")))


def test_slices_are_as_large_as_for_the_model_that_all_users_were_asked_of():
    sliced = [
        row(name, slices=[{"group": "users", "slice": each, "users": n, "ndcg@10": 0.1} for each, n in sizes])
        for name, sizes in {"slow": [("warm", 9), ("cold", 0)], "rules": [("warm", 57), ("cold", 3)]}.items()
    ]
    text = as_markdown(blocks_of(results(*sliced, samples={"slow": 9})))
    assert "| model | warm (57 users) | cold (3 users) |" in text
    assert "A model asked of a sample has fewer users of each." in text
    assert "sample" not in as_markdown(blocks_of(results(*sliced[1:])))


def test_a_model_that_hit_nobody_is_told_to_be_no_certainty():
    none = row("slow", users=300, metrics={"ndcg@10": {"mean": 0, "low": 0, "high": 0}})
    assert "slow hit none of 300 users: at 95 %, up to 1.0% may be." in as_markdown(blocks_of(results(none)))
    assert "hit none" not in as_markdown(blocks_of(results("rules")))


def test_the_protocol_names_data_history_code_and_machine():
    made = results("rules")
    for text in (as_text(made), as_markdown(blocks_of(made))):
        assert "data toys ffffffffffff: 60 users" in text
        assert "history of purchase, rating, ratings from 4" in text
        assert "genrec 0.1, commit abc123" in text
    assert "Measured on Some CPU, 3 threads." in as_markdown(blocks_of(made))


def test_few_events_are_explained_for_leave_one_out_alone():
    assert "keeps those for training" in as_text(results("rules"))
    timed = results("rules", split={"kind": "global-time", "ties": "stable", "seed": 0})
    assert "0 users have fewer than 3" in as_text(timed)
    assert "keeps those for training" not in as_text(timed)


def test_seeds_are_shown_one_by_one_with_their_spread():
    by_seed = [{"ndcg@10": 0.2}, {"ndcg@10": 0.4}]
    text = as_markdown(blocks_of(results(row("als", seeds=[0, 7], by_seed=by_seed), "ease", seeds=[0, 7])))
    assert "| model | seed 0 | seed 7 | spread |" in text
    assert "| als | 0.2000 | 0.4000 | 0.1414 |" in text
    assert "of the first seed" in text
    assert "By seed" not in as_markdown(blocks_of(results("ease")))


def test_results_of_an_older_genrec_are_refused_with_the_way_out(tmp_path):
    with pytest.raises(ArtifactError, match="run `genrec evaluate` again"):
        write_report(tmp_path, results("ease") | {"format": 1})


def test_errors_of_ratings_have_intervals_and_a_missing_auc_its_reason():
    made = results("rules", metrics=["ndcg", "auc"])
    intervals = {"mae": (0.6, 0.8), "rmse": (0.8, 1.0)}
    made["ratings"] = [{"name": "knn", "ratings": 9, "mae": 0.7, "rmse": 0.9, "intervals": intervals}]
    made["ratings"][0]["cpu_seconds"] = 1.0
    text = as_markdown(blocks_of(made))
    assert "0.7000 \\[0.6000, 0.8000\\]" in text
    assert "without a score for every item" in text
