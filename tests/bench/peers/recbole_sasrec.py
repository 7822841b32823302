"""Epochs of RecBole's SASRec, run by a Python of its own that has `recbole`: it needs numpy below 2.

    PYTHON recbole_sasrec.py LOG.csv '{"hidden_size": 64, …}' [HISTORIES.csv RECS.csv]

LOG.csv has the columns user_id, item_id, datetime in training order. Prints the CPU-seconds of the epochs
alone, in all, as JSON. Writes the top 10 for every history in HISTORIES.csv, a log too, into RECS.csv.
RecBole makes every prefix of a history an example, as it does by default; nothing is held out of LOG.csv.
"""

import json
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from recbole.config import Config
from recbole.data.dataloader import TrainDataLoader
from recbole.data.dataset import SequentialDataset
from recbole.data.interaction import Interaction
from recbole.model.sequential_recommender import SASRec
from recbole.trainer import Trainer
from recbole.utils import init_seed

warnings.filterwarnings("ignore")
torch.set_num_threads(1)


def write_atomic(log: pd.DataFrame, folder: Path) -> None:
    # RecBole keeps times as float32, which holds places but not unix seconds
    log = log.assign(timestamp=log.groupby("user_id").cumcount())
    log = log.rename(
        columns={"user_id": "user_id:token", "item_id": "item_id:token", "timestamp": "timestamp:float"}
    )
    (folder / "log").mkdir()
    log.drop(columns="datetime").to_csv(folder / "log" / "log.inter", sep="\t", index=False)


def recommended(model: SASRec, dataset: SequentialDataset, histories: pd.DataFrame) -> pd.DataFrame:
    number, token = dataset.field2token_id["item_id"], dataset.field2id_token["item_id"]
    tables = []
    for user, items in histories.groupby("user_id", sort=False)["item_id"]:
        known = [number[each] for each in items.astype(str) if each in number]
        newest = known[-dataset.max_item_list_len :]
        padded = torch.zeros(1, dataset.max_item_list_len, dtype=torch.int64)
        padded[0, : len(newest)] = torch.tensor(newest)
        query = Interaction({"item_id_list": padded, "item_length": torch.tensor([len(newest)])})
        with torch.no_grad():
            scores = model.full_sort_predict(query)[0]
        scores[[0, *known]] = -np.inf  # 0 is padding
        best = torch.topk(scores, 10).indices
        tables.append(pd.DataFrame({"user_id": user, "item_id": token[best], "rank": range(1, 11)}))
    return pd.concat(tables)


log = pd.read_csv(sys.argv[1])
wanted = {"data_path": ".", "use_gpu": False, "load_col": {"inter": ["user_id", "item_id", "timestamp"]}}
wanted |= {"train_neg_sample_args": None, **json.loads(sys.argv[2])}
histories, recs = (Path(each).resolve() for each in (sys.argv[3:] or ["", ""]))
sys.argv = sys.argv[:1]  # RecBole reads the rest as options of its own
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)  # where RecBole puts its logs
    write_atomic(log, Path(folder))
    config = Config(model="SASRec", dataset="log", config_dict=wanted)
    init_seed(config["seed"], config["reproducibility"])
    dataset = SequentialDataset(config)
    dataset._change_feat_format()  # what `build` does before it holds anything out
    batches = TrainDataLoader(config, dataset, None, shuffle=True)
    model = SASRec(config, dataset)
    trainer = Trainer(config, model)
    began = time.process_time()
    trainer.fit(batches, saved=False, verbose=False)
    print(json.dumps({"cpu_s": time.process_time() - began, "examples": len(dataset)}))
    if histories.is_file():
        model.eval()
        recommended(model, dataset, pd.read_csv(histories)).to_csv(recs, index=False)
