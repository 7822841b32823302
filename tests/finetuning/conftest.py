"""A tokenizer with a chat template and a small shop, made here."""

import numpy as np
import polars as pl
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from genrec.config import HistorySettings
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.interactions import Interactions
from genrec.generation.encoding import PromptEncoder

TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}\n{{ message['content'] }}</s>{% endfor %}"
    "{% if add_generation_prompt %}assistant\n{% endif %}"
)


TITLES = ["Fargo", "Star Wars", "Alien", "Heat", "Vertigo", "Casablanca", "Jaws", "Rocky", "Big", "Speed"]


def make_shop(prefix: str = "") -> Dataset:
    """Ten films of two genres, three years and two makers; each of 60 users likes six of them."""
    titles = [f"{prefix}{each}" for each in TITLES]
    frame = pl.DataFrame(
        {
            "item_id": [str(each) for each in range(len(titles))],
            "title": titles,
            "genres": [["Comedy", "Crime"] if each % 2 else ["Drama"] for each in range(len(titles))],
            "year": [1990 + each % 3 for each in range(len(titles))],
            "brand": ["Acme" if each % 3 else "Zed" for each in range(len(titles))],
        }
    )
    catalogue = Catalogue(frame)
    draw = np.random.default_rng(0)
    rows = [
        (str(user), str(item), at)
        for user in range(60)
        for at, item in enumerate(draw.permutation(len(titles))[:6].tolist())
    ]
    log = pl.DataFrame(rows, schema=["user_id", "item_id", "timestamp"], orient="row").with_columns(
        event=pl.lit("like"), value=pl.lit(None, pl.Float64), text=pl.lit(None, pl.String)
    )
    return Dataset(catalogue, Interactions.from_frame(log, catalogue.ids), history=HistorySettings())


@pytest.fixture(scope="session")
def shop():
    """A function that makes the shop, its titles with a prefix."""
    return make_shop


@pytest.fixture(scope="session")
def tiny_tokenizer():
    """One token a byte, and one that ends a turn."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({each: at for at, each in enumerate([*alphabet, "</s>"])}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>", chat_template=TEMPLATE)


@pytest.fixture(scope="session")
def tiny_encoder(tiny_tokenizer):
    return PromptEncoder(tiny_tokenizer)
