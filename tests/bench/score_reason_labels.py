"""What the labels of reasons say: precision by kind, writer and data set, with 95 % intervals.

    python tests/bench/score_reason_labels.py [eval/reasons/labels-before.csv]

A statement counts as right only where its label is `true`; more strictly, a search that shares no more than a
word in another sense with the item is wrong too. Statements of a sentence, and sentences of a user,
hang together, so whole reasons and whole users are drawn again (bootstrap, 10,000 draws, seed 0); where
nothing failed that gives no width, and Wilson's interval over statements stands in its place.
"""

import sys
from pathlib import Path

import numpy as np
import polars as pl

LABELS = Path(__file__).resolve().parents[2] / "eval" / "reasons" / "labels.csv"
BEFORE = LABELS.with_name("labels-before.csv")
REASON = ["data", "user_id", "item_id"]
Z = 1.959964


def wilson(right: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    middle = (right / n + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(right * (n - right) / n**3 + Z**2 / (4 * n**2))
    return float(middle - half), float(middle + half)


def bootstrap(right: np.ndarray, n: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of sum(right) / sum(n) under drawing its rows again; both `[groups]`."""
    draws = np.random.default_rng(0).integers(len(n), size=(10_000, len(n)))
    low, high = np.quantile(right[draws].sum(axis=1) / n[draws].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)


def line(name: str, rows: pl.DataFrame, is_right: pl.Expr) -> str:
    """One share with its intervals over reasons and over users."""
    right, n = rows.filter(is_right).height, rows.height
    said = f"{name:34} {right:4} of {n:4}  {right / n:6.1%}"
    if right in (0, n):
        low, high = wilson(right, n)
        return f"{said}  Wilson {low:.1%} to {high:.1%}"
    for over, keys in (("reasons", REASON), ("users", REASON[:2])):
        groups = rows.group_by(keys, maintain_order=True).agg(is_right.sum().alias("right"), pl.len())
        low, high = bootstrap(groups["right"].to_numpy(), groups["len"].to_numpy())
        said += f"  over {over} {low:.1%} to {high:.1%}"
    return said


def main() -> None:
    rows = pl.read_csv(Path(sys.argv[1]) if len(sys.argv) > 1 else LABELS, infer_schema=False)
    true = pl.col("label") == "true"
    print(line("all statements", rows, true))
    for column in ("data", "by", "kind"):
        for value in rows[column].unique().sort():
            print(line(f"  {column} {value}", rows.filter(pl.col(column) == value), true))
    items = rows.filter(pl.col("kind").is_in(["history", "cited"]))
    print(line("history items cited that are real", items, true))
    word_only = (pl.col("kind") == "search") & pl.col("misleading").str.contains("word-only")
    print(line("strictly, all", rows, true & ~word_only))
    print(line("strictly, search", rows.filter(pl.col("kind") == "search"), true & ~word_only))
    print(line("without search", rows.filter(pl.col("kind") != "search"), true))
    reasons = rows.group_by(REASON, maintain_order=True).agg(
        pl.first("by", "english", "misleading"), true.all().alias("whole")
    )
    print(line("reasons with no statement wrong", reasons, pl.col("whole")))
    for value in ("fine", "clumsy", "wrong"):
        print(line(f"reasons, English {value}", reasons, pl.col("english") == value))
    for value in ("model", "template"):
        by = reasons.filter(pl.col("by") == value)
        print(line(f"  fine, by {value}", by, pl.col("english") == "fine"))
    is_misleading = ~pl.col("misleading").is_in(["no", "bare"])
    print(line("reasons misleading though true", reasons, pl.col("whole") & is_misleading))
    for code in sorted({each for row in reasons["misleading"] for each in row.split("+")} - {"no"}):
        coded = pl.col("misleading").str.split("+").list.contains(code)
        print(line(f"  {code}", reasons, coded))
    print(line("reasons in the model's words", reasons, pl.col("by") == "model"))


if __name__ == "__main__":
    main()
