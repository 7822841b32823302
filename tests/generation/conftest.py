"""A tiny random Llama without a tokenizer."""

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from genrec.generation.replies import Endings


@pytest.fixture(scope="session")
def tiny_llama():
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=13,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.4,  # decided enough that likelihoods differ
    )
    return LlamaForCausalLM(config).eval()


@pytest.fixture(scope="session")
def endings():
    """Replies as numbers; no end token but that of the trie."""
    return Endings(frozenset(), (), 99, lambda tokens: " ".join(map(str, tokens)), None)
