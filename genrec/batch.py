"""Recommendations for many users into one Parquet file, in parts that are kept, so that a run can go on."""

import hashlib
import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from genrec.engine import Engine, Request
from genrec.errors import ArtifactError, DataError, UsageError
from genrec.files import reporting_disk, writing_file
from genrec.types import Query, Rankings

CHUNK = 64
"""Users a part: large enough to batch prompts by length, small enough to lose little."""
SCHEMA = {"user_id": pl.String, "rank": pl.Int32, "item_id": pl.String, "score": pl.Float32}


def read_users(path: Path) -> list[str]:
    """User ids, one a line; empty lines and repeats are left out.

    Raises:
        DataError: the file cannot be read, or names nobody.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError("cannot read the users file", where=str(path), why=str(error)) from error
    users = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if not users:
        raise DataError("the users file names nobody", where=str(path), next_step="write one user id a line")
    return users


@dataclass(frozen=True)
class Batch:
    """One run: whose lists, and under which settings. Equal plans may share parts."""

    users: Sequence[str]
    k: int
    where: str | None = None
    exclude: Sequence[str] = ()

    def queries(self, engine: Engine, users: Sequence[str]) -> list[Query]:
        """What is asked for some of the users."""
        return engine.queries([Request(user, exclude=self.exclude) for user in users], where=self.where)

    def plan(self, engine: Engine) -> dict[str, object]:
        """What must be equal for an unfinished run to be gone on with."""
        return {
            "users": hashlib.sha256("\n".join(self.users).encode()).hexdigest(),
            "k": self.k,
            "where": self.where,
            "exclude": list(self.exclude),
            "model_version": engine.model_version,
            "catalogue_version": engine.dataset.catalogue.version,
        }


def run(engine: Engine, batch: Batch, out: Path) -> None:
    """Write the lists of all users to `out`; a run that was stopped goes on where it was.

    Raises:
        UsageError: an unknown id, a k or filter that does not fit, or an unfinished run of other settings.
        ArtifactError: the disk is full; what is done is kept.
        KeyboardInterrupt: after saying how to go on.
    """
    queries = batch.queries(engine, batch.users)
    engine.rank(queries[:1], k=batch.k)  # all ids are known, and one list can be made, or nothing is written
    parts = _open_parts(out, batch.plan(engine))
    chunks = [batch.users[start : start + CHUNK] for start in range(0, len(batch.users), CHUNK)]
    try:
        _write_parts(engine, batch, chunks, parts)
    except KeyboardInterrupt:
        done = len(list(parts.glob("part-*.parquet")))
        print(
            f"\n{done} of {len(chunks)} parts are kept in {parts}; run the same command to go on",
            file=sys.stderr,
        )
        raise
    _join(parts, out, n_parts=len(chunks))


def _open_parts(out: Path, plan: dict[str, object]) -> Path:
    parts = out.with_name(out.name + ".parts")
    path = parts / "plan.json"
    with reporting_disk(path):
        has_begun = path.exists() and any(parts.glob("part-*.parquet"))
        begun = path.read_text(encoding="utf-8", errors="replace") if has_begun else ""
    wanted = json.dumps(plan, indent=1)
    if has_begun and begun != wanted:
        raise UsageError(
            "an unfinished batch of other settings or data lies there",
            where=str(parts),
            next_step=f"finish it with its own settings, delete {parts}, or choose another --out",
        )
    with writing_file(path) as temporary:
        temporary.write_text(wanted, encoding="utf-8")
    return parts


def _write_parts(engine: Engine, batch: Batch, chunks: Sequence[Sequence[str]], parts: Path) -> None:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    start, n_done = time.perf_counter(), 0
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("users", total=len(batch.users))
        for number, users in enumerate(chunks):
            path = parts / f"part-{number:06}.parquet"
            if not path.exists():
                _write_part(engine, batch, users, path)
                n_done += len(users)
            rate = n_done / (time.perf_counter() - start)
            progress.update(task, advance=len(users), description=f"users, {rate:.1f}/s")
    took = time.perf_counter() - start
    print(f"{n_done} users in {took:.1f} s, {n_done / took:.2f} users/s", file=sys.stderr)


def _write_part(engine: Engine, batch: Batch, users: Sequence[str], path: Path) -> None:
    rankings = engine.rank(batch.queries(engine, users), k=batch.k)
    with writing_file(path) as temporary:
        _as_frame(rankings, users, engine).write_parquet(temporary)


def _as_frame(rankings: Rankings, users: Sequence[str], engine: Engine) -> pl.DataFrame:
    ids = engine.dataset.catalogue.ids
    rows = [
        (user, rank, ids[item], score)
        for row, user in enumerate(users)
        for rank, (item, score) in enumerate(
            zip(*(each.tolist() for each in rankings.row(row)), strict=True), 1
        )
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _join(parts: Path, out: Path, *, n_parts: int) -> None:
    files = [parts / f"part-{number:06}.parquet" for number in range(n_parts)]
    with writing_file(out) as temporary:
        pl.concat([_read_part(each) for each in files]).write_parquet(temporary)
    with reporting_disk(parts):
        shutil.rmtree(parts)


def _read_part(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path, schema=SCHEMA)
    except pl.exceptions.PolarsError as error:
        raise ArtifactError(
            "a part of the batch is damaged",
            where=str(path),
            why=str(error).splitlines()[0],
            next_step="delete it, then run the same command to make it anew",
        ) from error
