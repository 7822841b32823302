"""Language models as a recipe names them: zero-shot, or fine-tuned on its own training part."""

from pathlib import Path

from genrec.artifacts import Manifest
from genrec.data.dataset import Dataset
from genrec.errors import UsageError
from genrec.evaluation.prepare import Prepared
from genrec.evaluation.recipe import FinetunedModel, GenerativeModel, WritingModel
from genrec.generation.base import Generator
from genrec.generation.opening import open_generator
from genrec.models.base import Recommender
from genrec.models.generative import Generative
from genrec.models.language import opened, read_language_model


def writing_model(settings: WritingModel, prepared: Prepared, *, root: Path) -> Recommender:
    """The model, over the catalogue of what is fitted on.

    Args:
        settings: of the recipe.
        prepared: whose split a fine-tuned model must have been trained on.
        root: the folder that the recipe's paths are relative to.

    Raises:
        ArtifactError: the language model cannot be had, or is damaged.
        BackendError: the server that writes cannot be reached.
        UsageError: the model was trained on other data, or on another part of them.
    """
    if isinstance(settings, GenerativeModel):
        return generative(settings, prepared.fitted_on, root=root)
    return finetuned(settings, prepared, root=root)


def generative(
    settings: GenerativeModel, dataset: Dataset, *, root: Path, generator: Generator | None = None
) -> Generative:
    """The zero-shot model that writes searches, with BM25 over the catalogue's titles.

    Args:
        settings: of the recipe.
        dataset: whose titles are searched, and whose counts fill what is left short.
        root: the folder that an adapter's path is relative to.
        generator: writes in place of what the settings name.

    Raises:
        ArtifactError: the language model cannot be had.
        BackendError: the server that writes cannot be reached.
    """
    return Generative.over_titles(
        dataset,
        generator or open_generator(settings.generator, root),
        settings.generator,
        bm25=settings.bm25,
        merge=settings.merge,
    )


def finetuned(settings: FinetunedModel, prepared: Prepared, *, root: Path) -> Recommender:
    """The model of a folder, if it has seen no more than the recipe's training part.

    Raises:
        ArtifactError: the model cannot be had, or is damaged.
        UsageError: it was trained on other data, or on another part of them.
    """
    folder = root / settings.folder
    _, manifest = read_language_model(folder)
    _check_training(manifest, prepared, folder)
    return opened(folder, prepared.fitted_on, use=settings.use)


def _check_training(manifest: Manifest, prepared: Prepared, folder: Path) -> None:
    """A model that has seen the test part, or has not seen what others were fitted on, proves nothing."""
    recipe = manifest.details["recipe"]
    assert isinstance(recipe, dict)
    if manifest.data_fingerprint != prepared.split.whole.fingerprint:
        why = "its data have another fingerprint"
    elif recipe["split"] != prepared.recipe.split.model_dump(mode="json"):
        why = f"its split is {recipe['split']}"
    elif prepared.is_wide:
        why = "it learnt from training alone, and this recipe fits on validation too"
    else:
        return
    raise UsageError(
        "the model was not trained on the training part of this recipe's split",
        where=str(folder),
        why=why,
        next_step="fine-tune with the recipe's data and split",
    )
