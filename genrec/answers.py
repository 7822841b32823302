"""Rankings and reasons to the public answer: external ids, titles, and the state of the service."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from genrec.data.catalogue import Catalogue
from genrec.explaining import Reason
from genrec.types import Answer, ItemArray, Rankings, Recommendation, ScoreArray, Trace

NOTHING_KNOWN = "no history and no words: popular items"


@dataclass(frozen=True, eq=False)
class Ranked:
    """One row of a ranking without padding: aligned items, scores and trace."""

    items: ItemArray
    scores: ScoreArray
    trace: Trace
    k: int

    @staticmethod
    def of(rankings: Rankings, row: int) -> "Ranked":
        """A row; a model without a trace gets an empty one."""
        trace = rankings.trace[row] if rankings.trace else None
        return Ranked(*rankings.row(row), trace or Trace(), rankings.items.shape[1])

    def only(self, item: int) -> "Ranked":
        """This row cut down to one item, which need not stand in it."""
        found = np.flatnonzero(self.items == item)
        if not len(found):
            alone = np.array([item], np.int32), np.zeros(1, np.float32)
            return Ranked(*alone, Trace(self.trace.queries, warnings=self.trace.warnings), 1)
        at = slice(int(found[0]), int(found[0]) + 1)
        trace = replace(
            self.trace,
            query_ids=self.trace.query_ids[at],
            sources=self.trace.sources[at],
            filled=self.trace.filled[at],
        )
        return Ranked(self.items[at], self.scores[at], trace, 1)


@dataclass(frozen=True)
class Served:
    """What an answer names: the model, its version, the catalogue; and what each must warn of."""

    model: str
    model_version: str
    catalogue: Catalogue
    warnings: tuple[str, ...] = ()

    def answer(
        self,
        user_id: str | None,
        ranked: Ranked,
        reasons: Sequence[Reason | None],
        *,
        took_ms: int,
        is_blind: bool = False,
    ) -> Answer:
        """The public answer; one to a request that says nothing of its user is marked as a fallback."""
        short = (f"only {len(ranked.items)} items may be shown",) if len(ranked.items) < ranked.k else ()
        return Answer(
            request_id=uuid.uuid4().hex,
            user_id=user_id,
            model=self.model,
            model_version=self.model_version,
            catalogue_version=self.catalogue.version,
            source="fallback" if is_blind else "model",
            degraded=is_blind,
            degraded_reason=NOTHING_KNOWN if is_blind else None,
            took_ms=took_ms,
            queries=ranked.trace.queries,
            items=tuple(self._item(place, ranked, reasons) for place in range(len(ranked.items))),
            warnings=ranked.trace.warnings + self.warnings + short,
        )

    def _item(self, place: int, ranked: Ranked, reasons: Sequence[Reason | None]) -> Recommendation:
        item, trace = int(ranked.items[place]), ranked.trace
        reason = reasons[place] if reasons else None
        return Recommendation(
            rank=place + 1,
            item_id=self.catalogue.ids[item],
            title=self.catalogue.titles[item],
            score=float(ranked.scores[place]),
            query_ids=trace.query_ids[place] if trace.query_ids else (),
            sources=trace.sources[place] if trace.sources else {self.model: 1.0},
            reason=reason.text if reason else "",
            reason_by=reason.by if reason else None,
            evidence=reason.evidence if reason else (),
        )


def placed(answer: Answer, rank: int | None, *, depth: int) -> Answer:
    """An answer of one item with its rank in the list of `depth`; no place there, and a warning, for None."""
    (item,) = answer.items
    if rank is not None:
        return replace(answer, items=(replace(item, rank=rank),))
    unplaced = replace(item, rank=None, score=None, sources={})
    warning = f"the item is not among the model's first {depth}"
    return replace(answer, items=(unplaced,), warnings=(*answer.warnings, warning))
