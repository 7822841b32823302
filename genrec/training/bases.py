"""What a fine-tuning starts from: a small model from scratch, or a pretrained one with an adapter."""

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import dropout
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from genrec.config import Settings
from genrec.errors import UsageError

END_TOKEN = "<|endoftext|>"


class ScratchSettings(Settings):
    """A small Llama, and a byte-level BPE tokenizer trained on the catalogue's titles."""

    vocabulary: Annotated[int, Field(ge=300)] = 3000
    across_words: bool = False
    """A token may hold several words, up to a whole title (SuperBPE, Liu et al. 2025), and is learnt from
    titles as often as they were chosen: rows get shorter, and what is chosen often is a token or two."""
    n_layers: Annotated[int, Field(ge=1)] = 4
    hidden_size: Annotated[int, Field(ge=8)] = 192
    n_heads: Annotated[int, Field(ge=1)] = 4
    context: Annotated[int, Field(ge=64)] = 2048
    """The most tokens that prompt and reply may have."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Of embeddings, attention weights, and what each layer adds, as in GPT-2: Llama alone has the second."""


class LoRASettings(Settings):
    """Low-rank adaptation (Hu et al., ICLR 2022); only what vLLM serves can be asked for."""

    rank: Literal[1, 8, 16, 32, 64] = 8
    alpha: Annotated[float, Field(gt=0)] = 16
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05
    targets: tuple[str, ...] | Literal["all-linear"] = "all-linear"
    rank_stabilized: bool = False
    """Scale by alpha / sqrt(rank) in place of alpha / rank (rsLoRA)."""


def titles_tokenizer(
    titles: Iterable[str], *, vocabulary: int, across_words: bool = False
) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer trained on titles, one a line: no text is unknown to it.

    Args:
        titles: what it is trained on.
        vocabulary: tokens at most.
        across_words: a token may hold several words; never the end of a line beside anything else.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    as_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=not across_words)
    lines = pre_tokenizers.Split("\n", "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([lines, as_bytes]) if across_words else as_bytes
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END_TOKEN],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((f"{each}\n" for each in titles), trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END_TOKEN, pad_token=END_TOKEN)


def scratch_model(settings: ScratchSettings, *, vocabulary: int) -> LlamaForCausalLM:
    """A Llama with random weights, as torch's generator draws them."""
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=settings.hidden_size,
            intermediate_size=4 * settings.hidden_size,
            num_hidden_layers=settings.n_layers,
            num_attention_heads=settings.n_heads,
            num_key_value_heads=settings.n_heads,
            max_position_embeddings=settings.context,
            attention_dropout=settings.dropout,
            initializer_range=settings.hidden_size**-0.5,  # the usual .02 is for models ten times as wide
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=0,
            pad_token_id=0,
        )
    )


def with_dropout(model: LlamaForCausalLM, share: float) -> LlamaForCausalLM:
    """The model with dropout, in training alone, of its embeddings and of what each layer adds."""

    def drop(module: nn.Module, _given: object, out: Tensor) -> Tensor:
        return dropout(out, share, module.training)

    for layer in model.model.layers:
        layer.self_attn.o_proj.register_forward_hook(drop)
        layer.mlp.down_proj.register_forward_hook(drop)
    model.model.embed_tokens.register_forward_hook(drop)
    return model


def with_adapter_of(model: Any, folder: Path) -> Any:
    """The model with the LoRA layers of a folder, to be learnt further."""
    from peft import PeftModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft calls what transformers has renamed
        return PeftModel.from_pretrained(model, str(folder), is_trainable=True)


def with_adapter(model: Any, settings: LoRASettings) -> Any:
    """The model with LoRA layers, which alone are learnt; drawn by torch's generator.

    Raises:
        UsageError: a target names no linear layer of the model, or its output, which vLLM adapts in no way.
    """
    from peft import LoraConfig, get_peft_model

    _check_targets(model, settings)

    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=settings.targets if isinstance(settings.targets, str) else list(settings.targets),
        use_rslora=settings.rank_stabilized,
        task_type="CAUSAL_LM",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft calls what transformers has renamed
        return get_peft_model(model, config)


def _check_targets(model: Any, settings: LoRASettings) -> None:
    if isinstance(settings.targets, str):
        return
    output = model.get_output_embeddings()
    modules = model.named_modules()
    layers = [name for name, each in modules if isinstance(each, nn.Linear) and each is not output]
    for target in settings.targets:
        if not any(name == target or name.endswith(f".{target}") for name in layers):
            choices = sorted({name.rpartition(".")[2] for name in layers})
            raise UsageError(
                f"lora.targets names {target}, which is no inner linear layer of the base model",
                next_step=f"set lora.targets to all-linear, or choose from {', '.join(choices)}",
            )


def loaded_base(folder: str, *, quantized: bool) -> Any:
    """A pretrained model to adapt: float32, or 4-bit NF4 (QLoRA, Dettmers et al., NeurIPS 2023).

    Raises:
        ArtifactError: it cannot be loaded.
    """
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    from genrec.generation.local import quiet_loading

    with quiet_loading(folder):
        if not quantized:
            return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        config = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.float32
        )
        return AutoModelForCausalLM.from_pretrained(folder, quantization_config=config, dtype=torch.float32)
