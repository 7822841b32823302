"""Texts to vectors."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from genrec.errors import ArtifactError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_MEAN_POOLED = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
_TEXT_SETTINGS = "sentence_bert_config.json"
_PROGRESS_FROM = 1000
"""Texts from which on a progress bar is of use."""


class Embedder(Protocol):
    """Turns texts into vectors whose inner product says how alike they are."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length 1, `[len(texts), dimension]`."""
        ...


@dataclass(frozen=True, eq=False)
class SentenceTransformerEmbedder:
    """A model of sentence-transformers, loaded when the first text comes.

    The library takes five seconds to import. So a batch or less goes through transformers alone, with equal
    results, where the folder says that the model is a transformer whose token vectors are averaged.
    """

    model: str
    """A local folder, or a Hugging Face id."""
    batch_size: int = 64

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length 1, `[len(texts), dimension]`.

        Raises:
            ArtifactError: the model cannot be had, or is none of sentence-transformers.
        """
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]  # no lone surrogates
        if len(texts) <= self.batch_size and self._is_mean_pooled:
            return self._mean_pooled.encode(clean)
        vectors = self._library.encode(
            clean,
            batch_size=self.batch_size,
            normalize_embeddings=True,
            show_progress_bar=sys.stderr.isatty() and len(texts) >= _PROGRESS_FROM,
        )
        return np.asarray(vectors, np.float32)

    @cached_property
    def _library(self) -> "SentenceTransformer":
        from sentence_transformers import SentenceTransformer

        with _loading(self.model):
            return SentenceTransformer(self.model)

    @cached_property
    def _mean_pooled(self) -> "_MeanPooled":
        with _loading(self.model):
            return _MeanPooled.load(Path(self.model))

    @cached_property
    def _is_mean_pooled(self) -> bool:
        folder = Path(self.model)
        if not (folder / "modules.json").is_file():
            return False
        modules = json.loads((folder / "modules.json").read_bytes())
        if [each["type"].rsplit(".", 1)[-1] for each in modules] not in _MEAN_POOLED or modules[0]["path"]:
            return False
        pooling, text, library = (
            json.loads((folder / name).read_bytes()) if (folder / name).is_file() else {}
            for name in (
                f"{modules[1]['path']}/config.json",
                _TEXT_SETTINGS,
                "config_sentence_transformers.json",
            )
        )
        return (
            [name for name, value in pooling.items() if value is True] == ["pooling_mode_mean_tokens"]
            and text.keys() == {"max_seq_length", "do_lower_case"}
            and isinstance(text["max_seq_length"], int)
            and not text["do_lower_case"]
            and not library.get("prompts")
        )


@dataclass(frozen=True, eq=False)
class _MeanPooled:
    """A transformer, and the average of its token vectors, padding left out."""

    tokenizer: Any
    transformer: Any
    max_tokens: int

    @classmethod
    def load(cls, folder: Path) -> "_MeanPooled":
        from transformers import AutoModel, AutoTokenizer

        max_tokens = json.loads((folder / _TEXT_SETTINGS).read_bytes())["max_seq_length"]
        return cls(
            AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval(), max_tokens
        )

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        import torch

        if not texts:
            return np.empty((0, self.transformer.config.hidden_size), np.float32)
        tokens = self.tokenizer(
            texts, padding=True, truncation=True, max_length=self.max_tokens, return_tensors="pt"
        )
        with torch.inference_mode():
            hidden = self.transformer(**tokens).last_hidden_state  # (texts, tokens, dimension)
            real = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * real).sum(1) / real.sum(1).clamp(min=1e-9)
            vectors = torch.nn.functional.normalize(mean, dim=1)
        return np.asarray(vectors.numpy(), np.float32)


@contextmanager
def _loading(model: str) -> Iterator[None]:
    """Say which model it was, and keep transformers' own progress bar off stderr."""
    from safetensors import SafetensorError
    from transformers.utils import logging

    was_shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ArtifactError(
            "the embedder cannot be loaded",
            where=model,
            why=str(error).splitlines()[0] if str(error) else type(error).__name__,
            next_step="give a sentence-transformers folder, or a Hugging Face id that can be reached",
        ) from error
    finally:
        if was_shown:
            logging.enable_progress_bar()
