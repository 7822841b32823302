"""Whether the server can load what a recipe would make. Train only what can be served.

vLLM serves a causal model by its own code, or by transformers' where that takes its attention from outside;
of what its own code serves, not all takes adapters (its page "Supported Models", version 0.32).
"""

from typing import Any

from genrec.errors import UsageError
from genrec.finetuning.recipe import FinetuneRecipe
from genrec.generation.local import quiet_loading

WHOLE_ALONE = frozenset(
    {
        "BloomForCausalLM",
        "DbrxForCausalLM",
        "DeepseekV4ForCausalLM",
        "ExaoneMoeForCausalLM",
        "FalconForCausalLM",
        "FalconMambaForCausalLM",
        "FlexOlmoForCausalLM",
        "GPT2LMHeadModel",
        "GPTJForCausalLM",
        "GPTNeoXForCausalLM",
        "Gemma3nForCausalLM",
        "HrmTextForCausalLM",
        "Jais2ForCausalLM",
        "KimiLinearForCausalLM",
        "Mamba2ForCausalLM",
        "MambaForCausalLM",
        "MellumForCausalLM",
        "MptForCausalLM",
        "OlmoeForCausalLM",
        "StableLmForCausalLM",
        "Zamba2ForCausalLM",
    }
)
"""By code of vLLM's own that takes no adapters."""

BY_OWN_CODE = frozenset(
    {
        "FalconH1ForCausalLM",
        "JambaForCausalLM",
        "NemotronHForCausalLM",
        "OlmoHybridForCausalLM",
        "Qwen3NextForCausalLM",
    }
)
"""With adapters, though transformers' code could not be used."""

SMALL = "smollm2-135m-instruct, Qwen/Qwen3-0.6B or another of the Llama, Qwen, Gemma, Mistral or OPT kind"


def check_served(folder: str, recipe: FinetuneRecipe) -> None:
    """Refuse a base model whose fine-tuned form vLLM cannot load; only its config is read.

    Args:
        folder: of the base, or its Hugging Face id.
        recipe: whose base and method are named in the message.

    Raises:
        ArtifactError: there is no such model, or it has no config.
        UsageError: it cannot be served.
    """
    name = _architecture(folder)
    if not _is_causal(name):
        raise UsageError(
            f"{recipe.base} cannot be fine-tuned to write",
            why=f"its architecture, {name}, is no causal language model",
            next_step=f"set base to {SMALL}",
        )
    if name not in WHOLE_ALONE | BY_OWN_CODE and not _takes_attention(name):
        raise UsageError(
            f"{recipe.base} would train, and vLLM could not serve it",
            why=f"it loads no {name}",
            next_step=f"set base to {SMALL}",
        )
    if recipe.method != "full" and name in WHOLE_ALONE:
        raise UsageError(
            f"an adapter for {recipe.base} would train, and vLLM could not serve it",
            why=f"it serves {name} without adapters",
            next_step=f"set method to full, or base to {SMALL}",
        )


def _architecture(folder: str) -> str:
    """The class that a model was saved as, or the causal one of its kind where it does not say."""
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    with quiet_loading(folder):
        config: Any = AutoConfig.from_pretrained(folder)
    kind = str(config.model_type)
    named = config.architectures or [MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(kind, kind)]
    return str(named[0])


def _is_causal(name: str) -> bool:
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    return name in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values()


def _takes_attention(name: str) -> bool:
    import transformers

    return bool(getattr(transformers, name)._supports_attention_backend)
