"""What the measure of dialogues counts, against counts by hand."""

import pytest
import yaml

from genrec.errors import DataError, UsageError
from genrec.evaluation.dialogues import as_table, conversations, engine_of, measure, read_dialogues

ITEMS = """item_id,title,year,genres
1,Alien,1979,Horror|Sci-Fi
2,Blade Runner,1982,Sci-Fi
3,Emma,1996,Romance
4,Fargo,1996,Crime|Drama
"""
HELD = {"wanted": {"genres": ["Sci-Fi", "Crime"]}, "unwanted": {"genres": ["Horror"]}}
TURNS = [
    # understood whole: two of two wanted, one of one unwanted; the two items listed hold both
    {"say": "sci-fi or crime, not horror", "expect": {"action": "recommend", **HELD}},
    # labelled with what was not said: a range, and another action
    {"say": "thanks", "expect": {"action": "search", **HELD, "ranges": {"year": [1990, None]}}},
]
# labelled wrongly: Emma, which is listed, is no drama
WRONG = {"say": "romance", "expect": {"action": "recommend", "wanted": {"genres": ["Drama"]}}}
SAID = [
    {"id": "a1", "catalogue": "films", "turns": TURNS},
    {"id": "a2", "catalogue": "films", "turns": [WRONG]},
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "films.csv").write_text(ITEMS)
    (tmp_path / "said.yaml").write_text(yaml.safe_dump(SAID))
    return tmp_path


def test_shares_are_those_counted_by_hand(folder):
    engine = engine_of(folder / "films.csv")
    measured = measure(read_dialogues([folder]), conversations(engine, [folder]))
    shares = {name: (each.share, each.of) for name, each in measured.shares.items()}
    assert shares["wanted recall"] == (4 / 5, 5)  # Drama was not found
    assert shares["wanted precision"] == (4 / 5, 5)  # Romance was not labelled
    assert shares["unwanted recall"] == (1, 2)
    assert shares["ranges recall"] == (0, 1)
    assert shares["constraints recall"] == (6 / 8, 8)
    assert shares["action"] == (2 / 3, 3)
    assert shares["constraints kept"] == (4 / 5, 5)  # two items by two, and Emma by one
    assert shares["items with all kept"] == (2 / 3, 3)
    assert shares["titles of the catalogue"] == (1, 3)
    assert {each.kind for each in measured.misses} == {"action", "ranges", "wanted"}
    assert "| action | 0.667 |" in as_table(measured)


def test_the_list_of_a_search_counts_as_kept_too(folder):
    say = "do you have any romance or drama?"
    held = {"action": "search", "wanted": {"genres": ["Drama"]}}
    said = [{"id": "b1", "catalogue": "films", "turns": [{"say": say, "expect": held}]}]
    (folder / "said.yaml").write_text(yaml.safe_dump(said))
    measured = measure(read_dialogues([folder]), conversations(engine_of(folder / "films.csv"), [folder]))
    kept = measured.shares["constraints kept"]
    assert (kept.share, kept.of) == (1 / 2, 2)  # Fargo is a drama, Emma is none


def test_a_label_that_is_unknown_and_a_catalogue_that_is_missing_are_named(folder):
    (folder / "said.yaml").write_text("- {id: x, catalogue: books, turns: [{say: hi, expect: {act: ask}}]}")
    with pytest.raises(DataError, match=r"said\.yaml"):
        read_dialogues([folder])
    with pytest.raises(UsageError, match="books"):
        conversations(engine_of(folder / "films.csv"), [folder])("books")
