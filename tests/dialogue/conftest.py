"""Conversations over a few films and some gear, with two users of the log."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from genrec.data.interactions import INTERACTION_SCHEMA, Interactions
from genrec.dialogue.conversation import Conversation
from genrec.evaluation.dialogues import engine_of

HERE = Path(__file__).parent


def conversation(name):
    engine = engine_of(HERE / f"{name}.csv")
    items = engine.dataset.catalogue.ids
    rows = [("42", items[0]), ("42", items[1]), ("7", items[2])]
    frame = pl.DataFrame(
        [(user, item, time, "like", None, None) for time, (user, item) in enumerate(rows)],
        INTERACTION_SCHEMA,
        orient="row",
    )
    events = Interactions.from_frame(frame, items)
    return Conversation(engine.over(replace(engine.dataset, interactions=events)))


@pytest.fixture(scope="session")
def films():
    return conversation("films")


@pytest.fixture(scope="session")
def gear():
    return conversation("gear")
