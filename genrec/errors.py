"""Errors a user can act on: each says what, where, why and what to do next, and carries its exit code."""


class GenrecError(Exception):
    """Base of every error that genrec raises on purpose.

    Args:
        what: one sentence, what went wrong.
        where: the file, line, flag or address it went wrong at.
        why: the cause, where it is known.
        next_step: the command or change that leads on.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", why: str = "", next_step: str = "") -> None:
        self.what, self.where, self.why, self.next_step = what, where, why, next_step
        parts = [what, where and f"where: {where}", why and f"why: {why}", next_step and f"next: {next_step}"]
        super().__init__("\n  ".join(part for part in parts if part))


class UsageError(GenrecError):
    """An argument, setting or id that cannot be used as given."""

    exit_code = 2


class UnknownIdError(UsageError):
    """The id of a user or an item that the data has not, or a model that the workspace has not."""


class DataError(GenrecError):
    """Input data that cannot be read or does not hold together."""

    exit_code = 3


class StoreError(DataError):
    """What was to be kept cannot be written or read: a disk that is full, a database that is away."""


class ArtifactError(GenrecError):
    """A model, index or asset that is missing, damaged or of other data."""

    exit_code = 4


class BackendError(GenrecError):
    """A server that cannot be reached, or answers wrongly."""

    exit_code = 5


def reason(error: Exception) -> str:
    """Why something failed, for a table: what genrec says itself, else the kind of error with its text."""
    return str(error) if isinstance(error, GenrecError) else f"{type(error).__name__}: {error}"
