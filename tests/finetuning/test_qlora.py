"""QLoRA's 4-bit path on the CPU: a tiny random Llama as NF4, an adapter that learns and is opened again."""

import numpy as np
import pytest
import torch
from test_run import circle, recipe

from genrec.data.splits import split
from genrec.finetuning.bench import set_up
from genrec.finetuning.run import fit, save
from genrec.models.language import opened
from genrec.training.loop import learnt_tensors

pytest.importorskip("bitsandbytes")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base") / "tiny-base"
    scratch = {"vocabulary": 300, "n_layers": 1, "hidden_size": 64, "n_heads": 2, "context": 256}
    bench = set_up(recipe(scratch=scratch), split(circle(), recipe().split))
    bench.model.save_pretrained(folder)
    bench.tokenizer.save_pretrained(folder)
    return folder


def test_a_four_bit_base_gets_an_adapter_that_learns_goes_on_and_opens(base, tmp_path):
    asked = recipe(
        base=str(base),
        method="qlora",
        training={"epochs": 8, "learning_rate": 0.03, "batch_tokens": 200, "validate_every": 4},
    )
    parted = split(circle(), asked.split)
    bench = set_up(asked, parted)
    linear = bench.model.get_base_model().model.layers[0].mlp.gate_proj.base_layer
    assert linear.weight.quant_type == "nf4"
    assert linear.weight.dtype == torch.uint8
    course = fit(bench, checkpoints=tmp_path / "checkpoints", is_quiet=True)
    assert course.losses[-1] < 0.8 * course.losses[0]
    assert all("lora_" in name for name in learnt_tensors(bench.model))

    again = set_up(asked, parted)  # nothing is left to do but to read the last checkpoint
    assert fit(again, checkpoints=tmp_path / "checkpoints", is_quiet=True).losses == course.losses
    ids = torch.from_numpy(bench.rows.row(0)[0].astype(np.int64))[None]
    with torch.inference_mode():
        expected = bench.model(ids).logits
        torch.testing.assert_close(again.model(ids).logits, expected, rtol=0, atol=0)
        with bench.model.disable_adapter():
            assert (bench.model(ids).logits - expected).abs().max() > 0.5

    save(bench, tmp_path / "models" / "tiny", course)
    served = opened(tmp_path / "models" / "tiny", parted.train)  # on the base in full precision
    assert served.recommend(parted.test.queries(), k=3).items.shape == (len(parted.test), 3)
    with torch.inference_mode():
        found = served.generator.model(ids).logits.float()
    assert torch.corrcoef(torch.stack([found.flatten(), expected.flatten()]))[0, 1] > 0.95
