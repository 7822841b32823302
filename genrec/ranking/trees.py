"""LambdaMART (Burges, MSR-TR-2010-82) by LightGBM, an optional package."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genrec.errors import UsageError
from genrec.ranking.rankers import Labelled
from genrec.ranking.settings import TreeSettings
from genrec.types import ScoreArray

MODEL_FILE = "trees.txt"
HELD_OUT = 5
"""Every so manieth user finds how many trees are best."""


@dataclass(frozen=True, eq=False)
class Trees:
    """Boosted trees."""

    booster: Any

    @staticmethod
    def fit(settings: TreeSettings, labelled: Labelled, *, seed: int) -> "Trees":
        """Find on a part of the users how many trees are best, then grow so many on all.

        Raises:
            UsageError: LightGBM is not installed.
        """
        users = np.unique(labelled.users)
        held = np.isin(
            labelled.users, np.random.default_rng(seed).permutation(users)[: len(users) // HELD_OUT]
        )
        found = settings.most
        if held.any() and not held.all():
            first = _train(
                settings, labelled.only(~held), seed=seed, trees=found, held_out=labelled.only(held)
            )
            found = max(1, first.best_iteration)
        return Trees(_train(settings, labelled, seed=seed, trees=found))

    def score(self, values: ScoreArray) -> ScoreArray:
        """The sum of the trees."""
        if not len(values):  # LightGBM divides by their number
            return np.empty(0, np.float32)
        return np.asarray(self.booster.predict(values), np.float32)

    def contributions(self, values: ScoreArray) -> ScoreArray:
        """SHAP values (Lundberg et al. 2018): what each feature adds, over all orders of features."""
        if not len(values):
            return np.empty_like(values)
        found = self.booster.predict(values, pred_contrib=True)
        return np.asarray(found[:, :-1], np.float32)

    def importance(self) -> np.ndarray:
        """Of each feature, what its splits gained in all."""
        return np.asarray(self.booster.feature_importance("gain"), np.float64)

    def save(self, folder: Path) -> None:
        """Write the trees as text."""
        self.booster.save_model(str(folder / MODEL_FILE))

    @staticmethod
    def load(folder: Path) -> "Trees":
        """What `save` wrote."""
        return Trees(_lightgbm().Booster(model_file=str(folder / MODEL_FILE)))


def _lightgbm() -> Any:
    try:
        import lightgbm
    except ImportError as error:
        raise UsageError(
            "the ranker lambdamart needs the package lightgbm",
            next_step="pip install 'genrec[hybrid]', or set ranker to fusion",
        ) from error
    return lightgbm


def _train(
    settings: TreeSettings,
    labelled: Labelled,
    *,
    seed: int,
    trees: int,
    held_out: Labelled | None = None,
) -> Any:
    lightgbm = _lightgbm()
    options = {
        "objective": "lambdarank",
        "metric": "ndcg",
        "eval_at": [10],
        "lambdarank_truncation_level": settings.truncation,
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.least_in_leaf,
        "feature_fraction": settings.share_of_features,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    data = _data(lightgbm, labelled)
    if held_out is None:
        return lightgbm.train(options, data, num_boost_round=trees)
    stop = lightgbm.early_stopping(settings.patience, verbose=False)
    held = _data(lightgbm, held_out, reference=data)
    return lightgbm.train(options, data, num_boost_round=trees, valid_sets=[held], callbacks=[stop])


def _data(lightgbm: Any, labelled: Labelled, reference: Any = None) -> Any:
    return lightgbm.Dataset(
        labelled.values,
        labelled.is_target.astype(np.int8),
        group=np.diff(labelled.indptr),
        reference=reference,
    )
