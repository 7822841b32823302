"""The generator that settings name: a server, or the model in process."""

from pathlib import Path

from genrec.artifacts import MANIFEST, open_artifact
from genrec.assets import resolve_model
from genrec.config import GeneratorSettings
from genrec.errors import ArtifactError
from genrec.generation.base import Generator


def open_generator(settings: GeneratorSettings, root: Path) -> Generator:
    """What writes: a server where the settings name one, else the model in process.

    Args:
        settings: which, and how.
        root: the folder that an adapter's path is relative to.

    Raises:
        BackendError: the server cannot be reached.
        ArtifactError: the model or the adapter is missing or damaged.
    """
    if settings.backend is not None:
        from genrec.generation.server import ServerGenerator

        return ServerGenerator(settings.backend, model=settings.backend_model, timeout=settings.timeout)
    from genrec.generation.convert import VERSION, gguf_to_transformers
    from genrec.generation.local import LocalGenerator

    folder = resolve_model(settings.model, build=gguf_to_transformers, version=VERSION)
    return LocalGenerator(folder, adapter=_adapter(root / settings.adapter) if settings.adapter else None)


def _adapter(folder: Path) -> Path:
    """The adapter's folder; one that genrec wrote has a manifest, which every file must match."""
    if not (folder / "adapter_config.json").is_file():
        next_step = "correct `generator.adapter`"
        raise ArtifactError("no adapter there", where=str(folder), next_step=next_step)
    if (folder / MANIFEST).is_file():
        open_artifact(folder, kind="adapter", rebuild="genrec finetune")
    return folder
