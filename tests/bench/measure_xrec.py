"""XRec's test rows: how near to its reference explanations come sentences made of its two profiles.

    python tests/bench/measure_xrec.py --data DATA/xrec-explanations [--rows 200]

XRec (Ma et al., EMNLP 2024) gives, for a user and an item, a profile of each and an explanation; all three
were written by a language model from reviews. So the scores say how alike two models write, not whether a
reason is true, and genrec's own reasons, which need a log as evidence, cannot be scored on these rows.
Rows: the item's profile alone; the same behind the words that the references begin with;
SmolLM2-135M-Instruct, zero-shot, greedy. BLEU-4 (sacrebleu, corpus), ROUGE-L (F, mean), cosine of all-
MiniLM-L6-v2 embeddings (mean).
"""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu import corpus_bleu

from genrec.assets import resolve_model
from genrec.config import GeneratorSettings
from genrec.generation.base import Decoding
from genrec.generation.opening import open_generator
from genrec.prompting import load_prompt, parse_reply, render
from genrec.retrieval.embedding import SentenceTransformerEmbedder

Write = Callable[[pl.DataFrame], list[str]]
SETS = {"amazon": "buy", "yelp": "enjoy"}
"""And the verb most of its references use."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    shared = os.environ.get("GENREC_DATA", ".")
    parser.add_argument("--data", type=Path, default=Path(shared) / "xrec-explanations")
    parser.add_argument("--rows", type=int, default=200, help="of each set, drawn by seed 0")
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"skipped: {options.data} is missing (--data or GENREC_DATA)")
        return
    for name, verb in SETS.items():
        rows = pl.read_parquet(options.data / f"{name}_test.parquet").sample(options.rows, seed=0)
        print(f"{name}: {len(rows)} of 3,000 rows")
        writers: dict[str, Write] = {
            "item profile": lambda rows: rows["item_summary"].to_list(),
            "profile in a frame": lambda rows, verb=verb: framed(rows, verb),  # type: ignore[misc]
            "SmolLM2-135M, zero-shot": written,
        }
        for title, write in writers.items():
            bleu, rouge, cosine = scores(write(rows), rows["explanation"].to_list())
            print(f"  {title:24} BLEU-4 {bleu:5.1f}  ROUGE-L {rouge:.3f}  cosine {cosine:.3f}")


def framed(rows: pl.DataFrame, verb: str) -> list[str]:
    """Sentences that begin as the references do."""
    profiles = [each[:1].lower() + each[1:] for each in rows["item_summary"]]
    return [
        f"The user would {verb} {title} because {profile}"
        for title, profile in zip(rows["title"], profiles, strict=True)
    ]


def written(rows: pl.DataFrame) -> list[str]:
    """One sentence a row by the embedded default's language model, greedy."""
    template = load_prompt(Path(__file__).with_name("xrec_prompt.yaml"))
    prompts = [
        render(template, user=row["user_summary"], item=row["item_summary"], title=row["title"])
        for row in rows.iter_rows(named=True)
    ]
    generator = open_generator(GeneratorSettings(), Path())
    replies = generator.generate(prompts, Decoding(mode="greedy", max_tokens=60, stop=template.stop))
    return [parse_reply(each.text, template) for (each,) in replies]


def scores(found: Sequence[str], references: Sequence[str]) -> tuple[float, float, float]:
    """BLEU-4 in percent, ROUGE-L, and the cosine of embeddings."""
    rouge = RougeScorer(["rougeL"], use_stemmer=False)
    pairs = list(zip(references, found, strict=True))
    f_measures = [rouge.score(reference, each)["rougeL"].fmeasure for reference, each in pairs]
    embedder = SentenceTransformerEmbedder(str(resolve_model("all-minilm-l6-v2")))
    vectors = [embedder.encode(texts) for texts in (found, references)]
    cosines = (vectors[0] * vectors[1]).sum(axis=1)
    return corpus_bleu(list(found), [list(references)]).score, sum(f_measures) / len(pairs), cosines.mean()


if __name__ == "__main__":
    main()
