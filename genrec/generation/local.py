"""A causal language model in this process: transformers, peft for an adapter, and a decoding loop of our own.

`generate` of transformers prefills the prompt once for each of its replies; here a prompt is prefilled once.
"""

import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from safetensors import SafetensorError

from genrec.errors import ArtifactError, UsageError
from genrec.generation.base import Decoding, Generation, Prompt
from genrec.generation.encoding import PromptEncoder

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from transformers import PreTrainedTokenizerBase

    from genrec.generation.trie import TitleTrie

Dtype = Literal["auto", "float32", "bfloat16", "float16"]

CPU_BATCH_TOKENS = 8192
DEVICE_BATCH_TOKENS = 262_144


class LocalGenerator:
    """Generates in this process. Model and tokenizer are loaded when they are first needed.

    The log-probability of a reply is summed over its tokens, the end token included, under the model's own
    distribution at temperature 1, whatever temperature it was drawn at.

    Args:
        model: a folder in transformers form, or a Hugging Face id.
        adapter: a PEFT folder, merged into the weights on loading.
        device: `auto` takes a GPU where there is one.
        dtype: `auto` is bfloat16 on a GPU and on a CPU that computes in it, float32 elsewhere.
        batch_tokens: how many tokens, replies counted in, are decoded at once; it bounds the memory.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        adapter: str | Path | None = None,
        device: str = "auto",
        dtype: Dtype = "auto",
        batch_tokens: int | None = None,
    ) -> None:
        self._name = str(model)
        self._adapter = adapter
        self._device = device
        self._dtype = dtype
        self._batch_tokens = batch_tokens
        self._lock = threading.RLock()  # held while an adapter is on that is not of everyone
        self._worn: dict[Path, str] = {}  # names of the adapters that `wearing` has loaded

    @classmethod
    def around(cls, model: Any, tokenizer: "PreTrainedTokenizerBase") -> "LocalGenerator":
        """A generator of a model that is in memory, such as one in training; its weights are not copied."""
        found = cls("the model in memory", device=str(model.device))
        found.__dict__ |= {"model": model, "encoder": PromptEncoder(tokenizer)}
        return found

    def generate(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[list[Generation]]:
        """`decoding.n` generations for each prompt, in the order of the prompts.

        Raises:
            UsageError: the decoding asks for what this generator does not do, or a prompt is too long.
            ArtifactError: the model cannot be loaded.
            BackendError: the deadline passed.
        """
        import torch

        began = time.monotonic()  # before the model loads: a deadline holds for the whole call
        if not prompts:
            return []
        decoding = self._checked(decoding)
        ids = [self.encoder.encode(prompt) for prompt in prompts]
        self._check_lengths(ids, decoding.max_tokens)
        replies: list[list[Generation]] = [[] for _ in prompts]
        with self._lock, torch.inference_mode():
            for rows in self._batches(ids, repeats=decoding.n, room=decoding.max_tokens):
                for row, written in zip(
                    rows, self._decode([ids[row] for row in rows], decoding, began), strict=True
                ):
                    replies[row] = written
        return replies

    def title_log_probabilities(self, prompts: Sequence[Prompt], trie: "TitleTrie") -> "NDArray[np.float32]":
        """Log-probability `[len(prompts), n_items]` of each item's title after each prompt; -inf if removed.

        Raises:
            UsageError: a prompt is too long, or the model does not attend to all that came before.
            ArtifactError: the model cannot be loaded.
        """
        import torch

        from genrec.generation.likelihood import NODES_AT_ONCE, title_log_probabilities

        found = np.empty((len(prompts), trie.n_items), np.float32)
        if not prompts:
            return found
        self._check_trie(trie)
        ids = [self.encoder.encode(prompt) for prompt in prompts]
        self._check_lengths(ids, trie.depth)
        with self._lock, torch.inference_mode():
            for rows in self._batches(ids, repeats=1, room=NODES_AT_ONCE + trie.depth):
                found[rows] = title_log_probabilities(self.model, [ids[row] for row in rows], trie)
        return found

    def count_tokens(self, text: str) -> int:
        """How many tokens a text is as data of a prompt; loads the tokenizer alone."""
        return self.encoder.count_tokens(text)

    @cached_property
    def device(self) -> "torch.device":
        """Where the model runs."""
        import torch

        if self._device != "auto":
            return torch.device(self._device)
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")

    @cached_property
    def encoder(self) -> PromptEncoder:
        """The model's tokenizer."""
        from transformers import AutoTokenizer

        with quiet_loading(self._name):
            return PromptEncoder(AutoTokenizer.from_pretrained(self._name))

    @cached_property
    def model(self) -> Any:
        """The causal language model, adapter merged in."""
        from transformers import AutoModelForCausalLM

        with quiet_loading(self._name):
            model: Any = AutoModelForCausalLM.from_pretrained(self._name, dtype=self._torch_dtype())
        if self._adapter is not None:
            from peft import PeftModel

            with quiet_loading(str(self._adapter)), warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # peft calls what transformers has renamed
                model = PeftModel.from_pretrained(model, str(self._adapter)).merge_and_unload()
        return model.to(self.device).eval()

    @contextmanager
    def wearing(self, adapter: Path) -> Iterator[None]:
        """Inside, the model has this PEFT adapter on, and other threads wait; it is loaded at its first use.

        Raises:
            ArtifactError: the adapter cannot be loaded, or is of another model.
        """
        with self._lock:
            layers = self._adapted(adapter)
            layers.set_adapter(self._worn[adapter])
            layers.enable_adapter_layers()
            try:
                yield
            finally:
                layers.disable_adapter_layers()

    def _adapted(self, adapter: Path) -> Any:
        """The layers of all adapters around the model, this one's among them, all of them off."""
        name = self._worn.get(adapter, f"adapter{len(self._worn)}")
        with quiet_loading(str(adapter)), warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # peft calls what transformers has renamed
            if not self._worn:
                from peft import PeftModel

                self._layers = PeftModel.from_pretrained(self.model, str(adapter), adapter_name=name).eval()
            elif adapter not in self._worn:
                self._layers.load_adapter(str(adapter), name)
        self._worn[adapter] = name
        return self._layers.base_model

    def _torch_dtype(self) -> "torch.dtype":
        import torch

        if self._dtype != "auto":
            named: torch.dtype = getattr(torch, self._dtype)
            return named
        if self.device.type == "cpu":
            return torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32
        return torch.bfloat16

    def _checked(self, decoding: Decoding) -> Decoding:
        """The decoding, with no more room than titles need."""
        if decoding.schema is not None:
            raise UsageError(
                "the in-process model cannot hold to a JSON schema", next_step="give a server with --backend"
            )
        if decoding.constraint is None:
            return decoding
        self._check_trie(decoding.constraint)
        return replace(decoding, max_tokens=decoding.constraint.depth)

    def _check_trie(self, trie: "TitleTrie") -> None:
        if not trie.n_living:
            raise UsageError(
                "there is no title to write", why="the trie is empty, or all its items are removed"
            )
        if trie.vocabulary > self.model.config.vocab_size:
            raise UsageError(
                "the titles were encoded for another model",
                where=self._name,
                why=f"the token {trie.vocabulary - 1}, of a vocabulary of {self.model.config.vocab_size}",
                next_step="build the trie with this model's tokenizer",
            )

    def _check_lengths(self, ids: Sequence[Sequence[int]], room: int) -> None:
        most = getattr(self.model.config, "max_position_embeddings", None)
        longest = max(len(each) for each in ids) + room
        if most is not None and longest > most:
            raise UsageError(
                f"a prompt and its reply need {longest} tokens, and the model takes {most}",
                where=self._name,
                next_step="lower `generator.history_tokens` or `generator.max_tokens`",
            )

    def _batches(self, ids: Sequence[Sequence[int]], *, repeats: int, room: int) -> Iterator[list[int]]:
        """Prompts of like length together, the longest first, as many as the bound allows, at least one."""
        bound = self._batch_tokens or (CPU_BATCH_TOKENS if self.device.type == "cpu" else DEVICE_BATCH_TOKENS)
        order = sorted(range(len(ids)), key=lambda row: -len(ids[row]))
        while order:
            tokens = repeats * (len(ids[order[0]]) + room)
            size = max(1, bound // tokens)
            yield order[:size]
            order = order[size:]

    def _decode(self, ids: list[list[int]], decoding: Decoding, began: float) -> list[list[Generation]]:
        from genrec.generation.beam import beam_search
        from genrec.generation.replies import Endings
        from genrec.generation.sampling import sample

        endings = Endings(
            end_ids=self._end_ids,
            stop=decoding.stop,
            max_tokens=decoding.max_tokens,
            decode=self.encoder.decode,
            deadline=None if decoding.deadline is None else began + decoding.deadline,
        )
        if (trie := decoding.constraint) is not None:
            from genrec.generation.titles import title_beams, title_samples

            write_title = title_beams if decoding.mode == "beam" else title_samples
            return write_title(self.model, ids, trie, decoding=decoding, endings=endings)
        write = beam_search if decoding.mode == "beam" else sample
        return write(self.model, ids, decoding=decoding, endings=endings)

    @cached_property
    def _end_ids(self) -> frozenset[int]:
        named = self.model.generation_config.eos_token_id
        several = named if isinstance(named, list) else [named]
        return frozenset(each for each in [*several, self.encoder.end_id] if each is not None)


@contextmanager
def quiet_loading(name: str) -> Iterator[None]:
    """Say which model it was, and keep transformers' own progress bar off stderr."""
    from transformers.utils import logging

    was_shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ArtifactError(
            "the language model cannot be loaded",
            where=name,
            why=str(error).splitlines()[0] if str(error) else type(error).__name__,
            next_step="give a folder in transformers form, or a Hugging Face id that can be reached",
        ) from error
    finally:
        if was_shown:
            logging.enable_progress_bar()
