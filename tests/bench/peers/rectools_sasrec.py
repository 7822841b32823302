"""Epochs of RecTools' SASRec, run by a Python of its own that has `rectools[torch]`: it needs numpy below 2.

    PYTHON rectools_sasrec.py LOG.csv '{"n_factors": 64, …}' [RECS.csv]

LOG.csv has the columns user_id, item_id, datetime in training order. Prints the CPU-seconds of `fit` as JSON;
writes the top 10 of every user into RECS.csv where it is named.
"""

import json
import logging
import sys
import time
import warnings

import pandas as pd
import torch
from rectools.dataset import Dataset
from rectools.models import SASRecModel

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
torch.set_num_threads(1)

log = pd.read_csv(sys.argv[1]).assign(weight=1.0)
log["datetime"] = pd.to_datetime(log["datetime"], unit="s")
dataset = Dataset.construct(log)
model = SASRecModel(**json.loads(sys.argv[2]), deterministic=True)
began, began_wall = time.process_time(), time.perf_counter()
model.fit(dataset)
took = {"cpu_s": time.process_time() - began, "wall_s": time.perf_counter() - began_wall}
print(json.dumps(took))
if len(sys.argv) > 3:
    recs = model.recommend(users=log["user_id"].unique(), dataset=dataset, k=10, filter_viewed=True)
    recs.to_csv(sys.argv[3], index=False)
