"""A small shop on disk, for the tests of the commands."""

import shutil

import pytest

ITEMS = """item_id,title,year,genres
a,Alien,1979,Horror|Sci-Fi
b,Blade Runner,1982,Sci-Fi
c,Contact,1997,Drama|Sci-Fi
d,Dune,1984,Sci-Fi
e,Emma,1996,Romance
f,Fargo,1996,Crime|Drama
"""
EVENTS = "user_id,item_id,rating,timestamp\n" + "".join(
    f"u{user},{item},{1 + (user + place) % 5},{1_000_000 + 1000 * place}\n"
    for user in range(6)
    for place, item in enumerate("abcdef")
    if (user + place) % 3
)
SETTINGS = "catalogue: items.csv\ninteractions: events.csv\nretriever: bm25\ndense: null\nmodel: popularity\n"
SETTINGS += "bm25: {fields: {title: 1, genres: 0.5}}\n"


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """A small shop with its index, BM25 alone: no model is needed."""
    from genrec import index
    from genrec.workspace import Workspace

    folder = tmp_path_factory.mktemp("built")
    (folder / "items.csv").write_text(ITEMS)
    (folder / "events.csv").write_text(EVENTS)
    (folder / "genrec.yaml").write_text(SETTINGS)
    index.build(Workspace.open(folder))
    return folder


@pytest.fixture
def shop(built, tmp_path):
    """A copy of the small shop, to change."""
    folder = tmp_path / "shop"
    shutil.copytree(built, folder)
    return folder
