"""The generative model as a recipe names it: nothing is fitted, so it can stand in any table."""

from pathlib import Path

from genrec.data.dataset import Dataset
from genrec.evaluation.recipe import GenerativeModel
from genrec.generation.base import Generator
from genrec.generation.opening import open_generator
from genrec.models.generative import Generative


def generative(
    settings: GenerativeModel, dataset: Dataset, *, root: Path, generator: Generator | None = None
) -> Generative:
    """The model that writes searches, with BM25 over the catalogue's titles.

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
