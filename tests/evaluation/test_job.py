"""One model of a benchmark, in this process."""

import json

import polars as pl
import pytest

from genrec.evaluation import job as job_module
from genrec.evaluation.job import RECS_FILE, RUN_FILE, Job, run
from genrec.types import Rankings


@pytest.mark.parametrize(("part", "offset"), [("test", 7), ("validation", 6)])
def test_a_job_asks_the_part_it_is_for(tables, recipe_of, tmp_path, part, offset):
    recipe = recipe_of(models={"rules": {}}, fit_scope="train-and-validation", metrics=["ndcg"])
    job = Job(recipe=recipe, root=tables, model=recipe.models["rules"], part=part, checkpoints=tmp_path)
    run(job, tmp_path / "out")
    firsts = pl.read_parquet(tmp_path / "out" / RECS_FILE).filter(pl.col("rank") == 1)
    # user u chose items u, u + 1, ... of a circle, and rules know what follows
    assert firsts["item_id"].to_list() == [f"i{(user + offset) % 40}" for user in range(60)]


def test_scoring_is_timed_after_a_first_query(tables, recipe_of, tmp_path, monkeypatch):
    asked = []

    class Asked:
        def recommend(self, queries, *, k):
            asked.append((len(queries), k))
            return Rankings.empty(len(queries), k)

    monkeypatch.setattr(job_module, "fit", lambda *args: Asked())
    recipe = recipe_of(models={"ease": {}}, metrics=["ndcg"])
    job = Job(recipe=recipe, root=tables, model=recipe.models["ease"], checkpoints=tmp_path)
    run(job, tmp_path / "out")
    assert asked == [(1, 40), (60, 40)]
    timed = json.loads((tmp_path / "out" / RUN_FILE).read_text())
    assert {"warm_up_seconds", "score_seconds"} <= set(timed)
