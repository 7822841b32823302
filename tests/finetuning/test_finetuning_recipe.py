"""Every recipe that genrec ships for fine-tuning."""

from pathlib import Path

import pytest

from genrec.errors import UsageError
from genrec.finetuning.recipe import FinetuneRecipe, read_finetune_recipe
from genrec.prompting import load_prompt

FOLDER = Path(__file__).parents[2] / "finetune"
RECIPES = sorted(each for each in FOLDER.glob("*.yaml") if not each.name.startswith("accelerate"))


def test_there_are_recipes():
    assert len(RECIPES) >= 2


@pytest.mark.parametrize("path", RECIPES, ids=lambda each: each.stem)
def test_a_recipe_that_is_shipped_is_valid_and_says_its_command(path):
    recipe, root = read_finetune_recipe(path)
    assert path.stem.startswith(recipe.name)
    assert root == FOLDER
    assert path.read_text(encoding="utf-8").startswith(f"# genrec finetune finetune/{path.name}\n")
    assert load_prompt(recipe.examples.prompt).variables["history"]
    assert path.name in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"examples": {"tasks": ["summary"]}}, "title-to-category"),
        ({"examples": {"task_share": 1.0}}, "task_share"),
        ({"lora": {"rank": 7}}, "lora.rank"),
        ({"lora": {"dora": True}}, "unknown key lora.dora"),
        ({"lora": {"modules_to_save": ["lm_head"]}}, "unknown key lora.modules_to_save"),
    ],
)
def test_what_cannot_be_is_refused_by_name(wrong, told):
    from genrec.config import parse_settings

    with pytest.raises(UsageError, match=told):
        parse_settings(FinetuneRecipe, {"name": "x", "data": {"workspace": "."}} | wrong, where="x.yaml")
