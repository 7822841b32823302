"""The adapter that genrec ships for reasons: whole, small, and of the embedded default's base and prompt."""

from genrec.assets import asset_path
from genrec.models.language import reason_prompt
from genrec.workspace import EMBEDDED


def test_the_shipped_adapter_is_whole_and_fits_the_embedded_default():
    settings = EMBEDDED.generator
    folder = asset_path("finetune", f"adapters/{settings.reason_adapter}")
    assert reason_prompt(folder, base=settings.model).name == "reason-tuned"
    assert sum(each.stat().st_size for each in folder.iterdir()) < 10_000_000
    assert (folder / "README.md").is_file()
