"""Several adapters on one base model in memory: each is put on only while its own generator writes."""

from collections.abc import Sequence
from pathlib import Path

from genrec.generation.base import Decoding, Generation, Prompt
from genrec.generation.local import LocalGenerator


class AdaptedGenerator:
    """The base of another generator with an adapter, which that one goes on writing without."""

    def __init__(self, base: LocalGenerator, adapter: Path) -> None:
        self.base, self._adapter = base, adapter

    def generate(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[list[Generation]]:
        """As `LocalGenerator.generate`; ArtifactError too where the adapter does not fit the base."""
        if not prompts:
            return []
        with self.base.wearing(self._adapter):
            return self.base.generate(prompts, decoding)

    def count_tokens(self, text: str) -> int:
        """As the base counts."""
        return self.base.count_tokens(text)
