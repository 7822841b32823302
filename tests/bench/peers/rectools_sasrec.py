"""Epochs of RecTools' SASRec, run by a Python of its own that has `rectools[torch]`: it needs numpy below 2.

    PYTHON rectools_sasrec.py LOG.csv '{"n_factors": 64, …}' [HISTORIES.csv RECS.csv]

LOG.csv has the columns user_id, item_id, datetime in training order. Prints the CPU-seconds of the epochs
alone, in all, as JSON. Writes the top 10 for every history in HISTORIES.csv, a log too, into RECS.csv.
"""

import json
import logging
import sys
import time
import warnings

import pandas as pd
import torch
from pytorch_lightning import Callback, Trainer
from rectools.dataset import Dataset
from rectools.models import SASRecModel

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
torch.set_num_threads(1)
torch.manual_seed(0)


class Clock(Callback):
    began = took = 0.0

    def on_train_epoch_start(self, *_: object) -> None:
        Clock.began = time.process_time()

    def on_train_epoch_end(self, *_: object) -> None:
        Clock.took += time.process_time() - Clock.began  # of the class: RecTools copies the trainer


def trainer() -> Trainer:
    """What RecTools makes by default, with a clock."""
    return Trainer(
        max_epochs=settings["epochs"],
        min_epochs=settings["epochs"],
        deterministic=True,
        enable_progress_bar=False,
        enable_model_summary=False,
        logger=False,
        enable_checkpointing=False,
        devices=1,
        callbacks=[Clock()],
    )


def read(path: str) -> Dataset:
    log = pd.read_csv(path).assign(weight=1.0)
    log["datetime"] = pd.to_datetime(log["datetime"], unit="s")
    return Dataset.construct(log)


settings = json.loads(sys.argv[2])
model = SASRecModel(**settings, get_trainer_func=trainer)
model.fit(read(sys.argv[1]))
print(json.dumps({"cpu_s": Clock.took}))
if len(sys.argv) > 3:
    histories = read(sys.argv[3])
    users = histories.user_id_map.external_ids
    model.recommend(users, histories, k=10, filter_viewed=True, on_unsupported_targets="warn").to_csv(
        sys.argv[4], columns=["user_id", "item_id", "rank"], index=False
    )
