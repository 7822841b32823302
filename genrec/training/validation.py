"""What early stopping looks at."""

import numpy as np

from genrec.data.splits import Holdout
from genrec.types import Rankings

CUTOFF = 10


def ndcg(rankings: Rankings, holdout: Holdout) -> float:
    """Mean NDCG at the length of the lists, with gains of 1; rows are the holdout's queries."""
    k = rankings.items.shape[1]
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[0], np.cumsum(discounts)])
    values = []
    for row, items in enumerate(rankings.items):
        targets = np.unique(holdout.targets(row))
        values.append(discounts[np.isin(items, targets)].sum() / ideal[min(len(targets), k)])
    return float(np.mean(values)) if values else 0.0
