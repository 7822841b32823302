"""Steps of TRL's SFTTrainer with LoRA on rows that are tokens already; the Python has `trl==1.16.*`.

    PYTHON trl_sft.py ROWS.json '{"model": FOLDER, "rows": 8, "steps": 2, "seed": 0, …}'

ROWS.json is a list of rows with input_ids and labels, -100 where nothing is learnt. Prints as JSON the
CPU-seconds of the steps but the first, their tokens, and their places, padding included.
"""
# ruff: noqa: E402 (what the libraries say is silenced before they are imported)

import json
import logging
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "TOKENIZERS_PARALLELISM": "false"}
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import torch
from datasets import Dataset, disable_progress_bars
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback, TrainerState
from transformers.utils.logging import disable_progress_bar
from trl import SFTConfig, SFTTrainer

torch.set_num_threads(1)
disable_progress_bars()
disable_progress_bar()
settings = json.loads(sys.argv[2])
nothing = {"cpu_s": 0.0, "tokens": 0, "places": 0}
counts = dict(nothing)


class Clock(TrainerCallback):
    began = 0.0

    def on_step_begin(self, *_: object, **__: object) -> None:
        self.began = time.process_time()

    def on_step_end(self, _: object, state: TrainerState, *__: object, **___: object) -> None:
        counts["cpu_s"] += time.process_time() - self.began
        if state.global_step == 1:  # the first does more than others
            counts.update(nothing)


class Counting(SFTTrainer):
    def training_step(self, model: Any, inputs: Any, *more: Any) -> Any:
        counts["tokens"] += int(inputs["attention_mask"].sum())
        counts["places"] += inputs["input_ids"].numel()
        return super().training_step(model, inputs, *more)


with tempfile.TemporaryDirectory() as folder:
    trainer = Counting(
        model=AutoModelForCausalLM.from_pretrained(settings["model"], dtype=torch.float32),
        processing_class=AutoTokenizer.from_pretrained(settings["model"]),
        train_dataset=Dataset.from_list(json.loads(Path(sys.argv[1]).read_text())),
        peft_config=LoraConfig(
            r=8, lora_alpha=16, lora_dropout=0.05, target_modules="all-linear", task_type="CAUSAL_LM"
        ),
        args=SFTConfig(
            output_dir=folder,
            per_device_train_batch_size=settings["rows"],
            max_steps=settings["steps"] + 1,
            seed=settings["seed"],
            bf16=False,
            use_cpu=True,
            gradient_checkpointing=settings["gradient_checkpointing"],
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        ),
        callbacks=[Clock()],
    )
    trainer.train()
print(json.dumps(counts))
