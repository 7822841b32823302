import numpy as np
import polars as pl
import pytest
from measure_peers import Side
from peer_files import parted, read_lists, with_error, write_log

from genrec.metrics import ndcg, recall


@pytest.fixture
def parts(tmp_path):
    log = pl.DataFrame(
        {
            "user_id": [7, 7, 7, 7, 3, 3, 3],
            "item_id": [10, 20, 30, 40, 40, 20, 10],
            "timestamp": [1, 2, 3, 3, 1, 2, 3],  # user 7's last two tie, and stay in order
            "rating": [1] * 7,  # the worst one counts as history here
        }
    )
    log.write_parquet(tmp_path / "interactions.parquet")
    return parted(tmp_path)


def test_of_a_tie_the_later_line_is_the_test(parts):
    known = list(parts.whole.catalogue.ids)
    assert [known[each] for each in parts.test.items] == ["40", "10"]
    assert [known[each] for each in parts.validation.items] == ["30", "20"]


def test_the_log_of_a_peer_ends_with_the_validation_item(parts, tmp_path):
    known = parts.train_and_validation.positives
    write_log(known.user_of, known.items, tmp_path / "log.csv")
    log = pl.read_csv(tmp_path / "log.csv")
    last = log.group_by("user_id", maintain_order=True).last()
    assert last["user_id"].to_list() == parts.validation.users.tolist()
    assert last["item_id"].to_list() == parts.validation.items.tolist()
    assert len(log) == 7 - 2


def test_lists_of_a_peer_are_scored_for_the_users_of_the_test(parts, tmp_path):
    first, second = parts.test.users.tolist()
    wanted, other = parts.test.items.tolist()
    pl.DataFrame(
        {
            "user_id": [99, second, first, first],
            "item_id": [other, wanted, other, wanted],
            "rank": [1, 1, 1, 2],
        }
    ).write_csv(tmp_path / "recs.csv")
    side = Side(read_lists(tmp_path / "recs.csv", parts.test), "")
    np.testing.assert_allclose(side.each(recall, parts.test), [1, 0])
    np.testing.assert_allclose(side.each(ndcg, parts.test), [1 / np.log2(3), 0])


def test_the_standard_error_is_that_of_the_mean():
    assert with_error(np.array([0.0, 1.0, 0.0, 1.0])) == "0.5000 ± 0.2500"  # 1/2 / sqrt(4)
