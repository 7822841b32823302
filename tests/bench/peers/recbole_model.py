"""A model of RecBole's, run by a Python of its own that has `recbole`: it needs numpy below 2.

    PYTHON recbole_model.py MODEL LOG.csv '{"epochs": 300, …}' [RECS.csv] [--validate] [--minutes M]

LOG.csv has the columns user_id, item_id, datetime, in order. The last event of each user is held out: with
`--validate` RecBole stops early by NDCG@10 on it and keeps the best weights, else it trains for all epochs.
MODEL is a class of RecBole's, the settings are its own. Prints the CPU-seconds of the training, the epochs
done and the validations as JSON; writes the top 10 for the whole history of every user into RECS.csv.
After M CPU-minutes the training ends with the next epoch.
"""

import argparse
import copy
import json
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from recbole.config import Config
from recbole.data import create_dataset, get_dataloader
from recbole.data.interaction import Interaction
from recbole.data.utils import create_samplers
from recbole.model.abstract_recommender import AutoEncoderMixin
from recbole.model.general_recommender import EASE, ItemKNN
from recbole.utils import ModelType, get_model, get_trainer, init_seed

warnings.filterwarnings("ignore")
torch.set_num_threads(1)

HELD_OUT = {"split": {"LS": "valid_only"}, "order": "TO", "group_by": "user", "mode": "full"}


class OutOfTime(Exception):
    """The training took its minutes."""


class Best:
    """Called after each validation: keeps the best weights, and ends what takes too long."""

    def __init__(self, model: Any, minutes: float) -> None:
        self.model, self.ends = model, time.process_time() + 60 * minutes
        self.validations: list[float] = []
        self.kept: Any = None

    def __call__(self, _: int, value: float) -> None:
        if value > max(self.validations, default=-np.inf):
            self.kept = copy.deepcopy((self.model.state_dict(), self.model.other_parameter()))
        self.validations.append(float(value))
        if time.process_time() > self.ends:
            raise OutOfTime

    def restore(self) -> None:
        weights, other = self.kept
        self.model.load_state_dict(weights)
        self.model.load_other_parameter(other)


def write_atomic(log: pd.DataFrame, folder: Path) -> None:
    # RecBole keeps times as float32, which holds places but not unix seconds
    log = log.assign(timestamp=log.groupby("user_id").cumcount())
    log = log.rename(
        columns={"user_id": "user_id:token", "item_id": "item_id:token", "timestamp": "timestamp:float"}
    )
    (folder / "log").mkdir()
    log.drop(columns="datetime").to_csv(folder / "log" / "log.inter", sep="\t", index=False)


def trained(config: Config, dataset: Any, *, validate: bool, minutes: float) -> Any:
    parts = dataset.build()
    samplers = create_samplers(config, dataset, parts)
    batches = get_dataloader(config, "train")(config, parts[0], samplers[0], shuffle=True)
    held_out = get_dataloader(config, "valid")(config, parts[1], samplers[1]) if validate else None
    began = time.process_time()
    model = get_model(config["model"])(config, parts[0])
    trainer, best = get_trainer(config["MODEL_TYPE"], config["model"])(config, model), Best(model, minutes)
    try:
        trainer.fit(batches, held_out, verbose=False, saved=False, callback_fn=best)
    except OutOfTime:
        print(f"{config['model']}: stopped after {minutes} CPU-minutes", file=sys.stderr)
    took = time.process_time() - began
    if validate:
        best.restore()
    done = {"cpu_s": took, "epochs": len(trainer.train_loss_dict), "validations": best.validations}
    print(json.dumps(done))
    return model


def fold_in(model: Any, dataset: Any) -> None:
    """Has models of whole histories score from all of a history, where they keep what they were fitted on."""
    match model:
        case AutoEncoderMixin():
            model.build_histroy_items(dataset)
        case EASE():
            model.interaction_matrix = dataset.inter_matrix(form="csr").astype(np.float32)
        case ItemKNN():
            model.pred_mat = (dataset.inter_matrix(form="csr").astype(np.float32) @ model.w).tolil()


def query(model: Any, user: int, history: list[int]) -> Interaction:
    if model.type != ModelType.SEQUENTIAL:
        return Interaction({"user_id": torch.tensor([user])})
    newest = history[-model.max_seq_length :]
    padded = torch.zeros(1, model.max_seq_length, dtype=torch.int64)
    padded[0, : len(newest)] = torch.tensor(newest)
    return Interaction({"item_id_list": padded, "item_length": torch.tensor([len(newest)])})


def scores(model: Any, asked: Interaction) -> torch.Tensor:
    try:
        return model.full_sort_predict(asked).flatten()
    except NotImplementedError:  # it scores pairs alone
        pairs = asked.repeat_interleave(model.n_items)
        pairs.update(Interaction({"item_id": torch.arange(model.n_items)}))
        return model.predict(pairs)


@torch.no_grad()
def recommended(model: Any, histories: dict[str, list[int]], dataset: Any) -> pd.DataFrame:
    number, token = dataset.field2token_id["user_id"], dataset.field2id_token["item_id"]
    tables = []
    for user, history in histories.items():
        found = scores(model, query(model, number[user], history))
        found[[0, *history]] = -np.inf  # 0 is padding
        best = torch.topk(found, 10).indices
        tables.append(pd.DataFrame({"user_id": user, "item_id": token[best], "rank": range(1, 11)}))
    return pd.concat(tables)


def main(args: argparse.Namespace, folder: Path) -> None:
    log = pd.read_csv(args.log, dtype={"user_id": str, "item_id": str})
    write_atomic(log, folder)
    os.chdir(folder)  # where RecBole puts its logs
    wanted = {"data_path": ".", "use_gpu": False, "load_col": {"inter": ["user_id", "item_id", "timestamp"]}}
    wanted |= {"eval_args": HELD_OUT, "metrics": ["NDCG"], "valid_metric": "NDCG@10"}
    config = Config(model=args.model, dataset="log", config_dict=wanted | args.settings)
    init_seed(config["seed"], config["reproducibility"])
    dataset = create_dataset(config)
    number = dataset.field2token_id["item_id"]
    model = trained(config, dataset, validate=args.validate, minutes=args.minutes)
    if args.recs:
        fold_in(model, dataset)
        model.eval()
        items = log["item_id"].map(number).groupby(log["user_id"], sort=False)
        recommended(model, items.agg(list).to_dict(), dataset).to_csv(args.recs, index=False)


parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("log", type=Path)
parser.add_argument("settings", type=json.loads)
parser.add_argument("recs", type=Path, nargs="?")
parser.add_argument("--validate", action="store_true")
parser.add_argument("--minutes", type=float, default=np.inf)
options = parser.parse_args()
options.recs = options.recs and options.recs.resolve()
sys.argv = sys.argv[:1]  # RecBole reads the rest as options of its own
with tempfile.TemporaryDirectory() as scratch:
    main(options, Path(scratch))
