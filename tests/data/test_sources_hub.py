from pathlib import Path

import pytest

from genrec.config import SourceSettings
from genrec.data.sources import read_events, read_items
from genrec.errors import DataError

datasets = pytest.importorskip("datasets")

ITEMS = {"id": ["1", "2"], "name": ["A", "B"], "genres": [["War"], []]}
EVENTS = {"user": ["u"], "item": ["1"], "rating": [4.0]}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    datasets.Dataset.from_dict(ITEMS).save_to_disk(str(tmp_path / "items"))
    splits = {"train": datasets.Dataset.from_dict(EVENTS), "test": datasets.Dataset.from_dict(EVENTS)}
    datasets.DatasetDict(splits).save_to_disk(str(tmp_path / "log"))
    return tmp_path


def test_a_saved_set_is_read_by_the_library(saved: Path) -> None:
    table = read_items(SourceSettings(path=f"hf://{saved}/items"), Path("/"))
    assert table.format == "hf"
    assert table.frame.rows() == [("1", "A", ["War"]), ("2", "B", [])]


def test_a_split_can_be_named(saved: Path) -> None:
    assert len(read_events(SourceSettings(path="hf://log"), saved).frame) == 1
    assert read_events(SourceSettings(path="hf://log/test"), saved).frame["value"].to_list() == [4.0]
    with pytest.raises(DataError, match="no split 'other'"):
        read_events(SourceSettings(path="hf://log/other"), saved)


def test_no_network_and_nothing_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(DataError, match="cannot get the data set"):
        read_items(SourceSettings(path="hf://nobody/nothing"), tmp_path)
