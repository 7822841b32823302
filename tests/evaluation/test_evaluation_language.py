"""Language models as a recipe names them: zero-shot with scripted words, and fine-tuned ones."""

from genrec.config import LeaveOneOut
from genrec.data.splits import split
from genrec.evaluation.language import generative
from genrec.evaluation.recipe import GenerativeModel
from genrec.evaluation.running import CHOICES, code_version
from genrec.generation.scripted import ScriptedGenerator
from genrec.sources import modules_behind
from genrec.testing.data import toy_dataset


def test_it_ranks_what_the_searches_find_in_the_training_catalogue(tmp_path):
    train = split(toy_dataset(), LeaveOneOut()).train
    settings = GenerativeModel.model_validate({"generator": {"n_queries": 2}})
    model = generative(settings, train, root=tmp_path, generator=ScriptedGenerator(["vertigo", "casablanca"]))
    (row,) = model.recommend([train.query(3)], k=2).items
    assert [train.catalogue.titles[item] for item in row] == ["Vertigo", "Casablanca"]


def test_other_models_do_not_depend_on_its_code():
    assert "genrec.prompting" not in modules_behind(
        {"genrec.models.ease", "genrec.evaluation.job"}, without=CHOICES
    )
    assert "genrec.prompting" in modules_behind({"genrec.evaluation.language"})
    assert code_version("generative") != code_version("ease")
