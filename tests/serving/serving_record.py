"""What each promise came to: a line a test, and from the lines `docs/resilience.md`.

Run as a program it writes that file from the lines of a run.
"""

import json
import sys
from pathlib import Path

HEAD = """# What the server withstands

Written by `make resilience` from a run of `tests/serving/test_promise_*.py` against the real server process
over real HTTP. A row is a test: what was done, the figure that was reached, the day, and whether it held.
The counts of a row are those that were run: a promise of a larger count than any row of it was not run at
that count. A figure of time is FAIL where it is beyond the promised one, however busy the machine was.

| promise | what was done, and what came of it | test | date | |
| --- | --- | --- | --- | --- |
"""


def row(line: str) -> str:
    kept = json.loads(line)
    what = "; ".join(kept["figures"]) or "ended before it had a figure"
    return f"| {kept['promise']} | {what} | `{kept['test']}` | {kept['date']} | {kept['verdict']} |\n"


def main(lines: Path, page: Path) -> None:
    last = {json.loads(line)["test"]: line for line in lines.read_text().splitlines()}  # a test's newest run
    page.write_text(HEAD + "".join(sorted(map(row, last.values()))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
