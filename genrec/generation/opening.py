"""The generator that settings name: a server, or the model in process."""

from pathlib import Path

from genrec.artifacts import MANIFEST, open_artifact
from genrec.assets import asset_path, resolve_model
from genrec.config import GeneratorSettings
from genrec.errors import ArtifactError
from genrec.generation.base import Generator

KIND = "language-model"
"""Of the folders that `genrec finetune` writes, adapters and whole models alike."""

ADAPTER_CONFIG = "adapter_config.json"
"""By this file a folder is a PEFT adapter."""


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
    from genrec.generation.adapters import AdaptedGenerator
    from genrec.generation.convert import VERSION, gguf_to_transformers
    from genrec.generation.local import LocalGenerator

    folder = resolve_model(settings.model, build=gguf_to_transformers, version=VERSION)
    adapter = root / settings.adapter if settings.adapter else None
    if adapter is not None:
        check_adapter(adapter)
        if settings.reason_adapter is not None:  # not merged: the base is of both
            return AdaptedGenerator(LocalGenerator(folder), adapter)
    return LocalGenerator(folder, adapter=adapter)


def beside(generator: Generator, adapter: Path) -> Generator:
    """A generator with another adapter on the same base in memory; a server's has none here and stays."""
    from genrec.generation.adapters import AdaptedGenerator
    from genrec.generation.local import LocalGenerator

    base = generator.base if isinstance(generator, AdaptedGenerator) else generator
    return AdaptedGenerator(base, adapter) if isinstance(base, LocalGenerator) else generator


def adapter_folder(name: str, root: Path) -> Path:
    """Where an adapter lies: at a path from `root`, or among those that genrec ships.

    Raises:
        UsageError: at neither.
    """
    return root / name if (root / name).is_dir() else asset_path("finetune", f"adapters/{name}")


def unchecked_adapter(settings: GeneratorSettings, root: Path) -> bool:
    """Whether the model in process gets an adapter without a manifest, so that damage would not be found."""
    if settings.backend is not None or settings.adapter is None:
        return False
    return not (root / settings.adapter / MANIFEST).is_file()


def check_adapter(folder: Path) -> bool:
    """Whether there was a manifest to check the adapter by; what genrec writes has one.

    Raises:
        ArtifactError: there is no adapter, or a file does not match the manifest.
    """
    if not (folder / ADAPTER_CONFIG).is_file():
        next_step = "correct `generator.adapter`"
        raise ArtifactError("no adapter there", where=str(folder), next_step=next_step)
    if not (folder / MANIFEST).is_file():
        return False
    open_artifact(folder, kind=KIND, rebuild="genrec finetune")
    return True
