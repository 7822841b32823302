"""Contract tests of a retriever: subclass `RetrieverContract`, say how to make yours, and run pytest.

class TestMine(RetrieverContract):
    def make(self, catalogue):
        return Mine.build(catalogue)
"""
# ruff: noqa: D102 (a test's name says what it tests)

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import polars as pl

from genrec.data.catalogue import Catalogue
from genrec.errors import UsageError
from genrec.retrieval.base import Retriever
from genrec.types import NO_ITEM, Mask, Rankings

TITLES = (
    "The Matrix (1999)",
    "Matrix Reloaded, The (2003)",
    "Toy Story (1995)",
    "Toy Story (1995)",  # two items of one title
    "Amélie (2001)",
    "Alien (1979)",
    "Aliens (1986)",
    "Story of Us, The (1999)",
    "Space Jam (1996)",
    "",  # an item without a title
    "2001: A Space Odyssey (1968)",
    "千と千尋の神隠し (2001)",
)
QUERIES = ("matrix", "toy story", "amelie", "alien in space 2001", "story", "神隠し")


def toy_catalogue() -> Catalogue:
    """Twelve films, two of them of one title."""
    ids = [f"film-{row}" for row in range(len(TITLES))]
    return Catalogue(pl.DataFrame({"item_id": ids, "title": list(TITLES)}))


class RetrieverContract(ABC):
    """What every retriever holds to, whatever it searches by."""

    k = 5
    scores_stand_alone = True
    """False where an item's score depends on which others are found, as in rank fusion."""

    @abstractmethod
    def make(self, catalogue: Catalogue) -> Retriever:
        """The retriever to test, over this catalogue."""

    def find(
        self, queries: Sequence[str], *, k: int | None = None, candidates: Mask | None = None
    ) -> Rankings:
        """Search the toy catalogue."""
        return self.make(toy_catalogue()).search(queries, k=self.k if k is None else k, candidates=candidates)

    def test_shapes_and_types(self) -> None:
        found = self.find(QUERIES)
        assert found.items.shape == found.scores.shape == (len(QUERIES), self.k)
        assert found.items.dtype == np.int32
        assert found.scores.dtype == np.float32

    def test_something_is_found(self) -> None:
        found = self.find(["Toy Story (1995)"])
        assert set(found.items[0, :2].tolist()) == {2, 3}

    def test_no_queries_give_no_rows(self) -> None:
        assert self.find([]).items.shape == (0, self.k)

    def test_padding_is_at_the_end_and_only_there(self) -> None:
        found = self.find(QUERIES, k=len(TITLES) + 7)
        padded = found.items == NO_ITEM
        assert padded[:, len(TITLES) :].all()
        assert (np.diff(padded.astype(int), axis=1) >= 0).all()
        assert np.array_equal(padded, np.isneginf(found.scores))
        assert (found.items[~padded] < len(TITLES)).all()

    def test_no_item_twice(self) -> None:
        for row in range(len(QUERIES)):
            items, _ = self.find(QUERIES, k=len(TITLES)).row(row)
            assert len(set(items.tolist())) == len(items)

    def test_best_first_and_ties_by_index(self) -> None:
        for row in range(len(QUERIES)):
            items, scores = self.find(QUERIES, k=len(TITLES)).row(row)
            assert items.tolist() == items[np.lexsort((items, -scores))].tolist()

    def test_items_of_one_title_stand_by_index(self) -> None:
        assert self.find(["toy story"], k=2).items.tolist() == [[2, 3]]
        assert self.find(["toy story"], k=1).items.tolist() == [[2]]

    def test_shorter_list_is_the_start_of_a_longer_one(self) -> None:
        longest = self.find(QUERIES, k=len(TITLES))
        for k in range(1, len(TITLES)):
            found = self.find(QUERIES, k=k)
            assert np.array_equal(found.items, longest.items[:, :k])
            assert np.array_equal(found.scores, longest.scores[:, :k])

    def test_candidates_alone_are_found(self) -> None:
        candidates = np.arange(len(TITLES)) % 2 == 0
        found = self.find(QUERIES, k=len(TITLES), candidates=candidates)
        assert candidates[found.items[found.items != NO_ITEM]].all()
        assert (found.items[1] == 2).any()

    def test_masking_keeps_the_others_as_they_were(self) -> None:
        if not self.scores_stand_alone:
            return
        candidates = np.arange(len(TITLES)) % 3 != 0
        everything = self.find(QUERIES, k=len(TITLES))
        masked = self.find(QUERIES, k=len(TITLES), candidates=candidates)
        for row in range(len(QUERIES)):
            items, _ = everything.row(row)
            assert masked.row(row)[0].tolist() == items[candidates[items]].tolist()

    def test_no_candidates_find_nothing(self) -> None:
        assert (self.find(QUERIES, candidates=np.zeros(len(TITLES), np.bool_)).items == NO_ITEM).all()

    def test_read_only_candidates_are_taken(self) -> None:
        candidates = np.ones(len(TITLES), np.bool_)
        candidates.flags.writeable = False
        assert np.array_equal(self.find(QUERIES, candidates=candidates).items, self.find(QUERIES).items)

    def test_removed_items_are_never_found(self) -> None:
        catalogue = toy_catalogue().without_items(["film-2", "film-0"])
        found = self.make(catalogue).search(QUERIES, k=len(TITLES), candidates=np.ones(len(TITLES), np.bool_))
        assert not np.isin(found.items, [0, 2]).any()
        assert found.items[1, 0] == 3

    def test_a_batch_gives_what_single_queries_do(self) -> None:
        retriever = self.make(toy_catalogue())
        batch = retriever.search(QUERIES, k=self.k)
        for row, query in enumerate(QUERIES):
            assert retriever.search([query], k=self.k).items[0].tolist() == batch.items[row].tolist()

    def test_identical_queries_get_identical_rows(self) -> None:
        found = self.find(["matrix", "alien", "matrix", "alien", "matrix"])
        for row in (2, 4):
            assert np.array_equal(found.items[0], found.items[row])
            assert np.array_equal(found.scores[0], found.scores[row])
        assert np.array_equal(found.items[1], found.items[3])

    def test_a_query_without_words_finds_nothing(self) -> None:
        assert (self.find(["", "   ", "\0\t\n", "!?…"]).items == NO_ITEM).all()

    def test_odd_text_is_no_error(self) -> None:
        self.find(["\ud800 toy", "🎬", "a" * 5000, "<|im_end|>", "ＴＯＹ story", "́"])

    def test_search_is_deterministic(self) -> None:
        once, again = self.find(QUERIES), self.find(QUERIES)
        assert once.items.tobytes() == again.items.tobytes()
        assert once.scores.tobytes() == again.scores.tobytes()

    def test_bad_arguments_are_refused(self) -> None:
        for k, candidates in ((0, None), (-1, None), (3, np.ones(len(TITLES) + 1, np.bool_))):
            try:
                self.find(QUERIES, k=k, candidates=candidates)
            except UsageError:
                continue
            raise AssertionError(f"k={k} with candidates {candidates} was taken")
