"""A GGUF file to a folder in transformers form, once; after that nothing needs gguf."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

from genrec.errors import UsageError
from genrec.files import writing_folder

VERSION = "1"
"""Raised when the converted folder changes for the same input."""


def gguf_to_transformers(gguf: Path, out: Path) -> None:
    """Write weights (bfloat16 safetensors), tokenizer, chat template and generation settings of a GGUF file.

    The weights are what the quantised file holds: nothing is gained back by storing them wider.

    Raises:
        UsageError: the package gguf is not installed.
        ArtifactError: the file is missing or damaged, or the folder cannot be written.
    """
    import torch

    with _bars_on_a_terminal_alone(), writing_folder(out) as folder:
        model, tokenizer = _read(gguf)
        fresh = _saveable(model).to(torch.bfloat16)
        fresh.generation_config.eos_token_id = tokenizer.eos_token_id
        fresh.generation_config.pad_token_id = tokenizer.pad_token_id
        fresh.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


@contextmanager
def _bars_on_a_terminal_alone() -> Iterator[None]:
    """transformers shows one bar for this that no setting of its own turns off; its log goes elsewhere."""
    if sys.stderr.isatty():
        yield
        return
    with redirect_stderr(io.StringIO()):
        yield


def _read(gguf: Path) -> tuple[Any, Any]:
    try:
        import gguf as _  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "reading a GGUF file needs the package gguf", next_step="pip install 'genrec[gguf]'"
        ) from error
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from genrec.generation.local import quiet_loading

    with quiet_loading(str(gguf)):
        model = AutoModelForCausalLM.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
        return model, AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)


def _saveable(model: Any) -> Any:
    """The same model without its quantisation mark, for which transformers refuses to save it."""
    settings = {
        name: value for name, value in model.config.to_dict().items() if name != "quantization_config"
    }
    fresh = type(model)(type(model.config)(**settings))
    fresh.load_state_dict(model.state_dict())
    fresh.tie_weights()
    return fresh
