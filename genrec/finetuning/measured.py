"""What a fine-tuned model reaches on its validation users, and how sure that is."""

import numpy as np

from genrec.config import Settings
from genrec.evaluation.significance import intervals
from genrec.metrics import Hits, ndcg, recall

RESAMPLES = 2000


class Measured(Settings):
    """Metrics as mean and the ends of its 95 % bootstrap interval over users."""

    users: int
    cutoff: int
    ndcg: tuple[float, float, float]
    recall: tuple[float, float, float]


def measured(hits: Hits, cutoff: int) -> Measured:
    """NDCG and recall of the first `cutoff` places."""
    values = np.column_stack([ndcg(hits, cutoff), recall(hits, cutoff)]).astype(np.float64)
    low, high = intervals(values, resamples=RESAMPLES)
    ends = zip(values.mean(axis=0).tolist(), low.tolist(), high.tolist(), strict=True)
    of_ndcg, of_recall = ends
    return Measured(users=len(values), cutoff=cutoff, ndcg=of_ndcg, recall=of_recall)
