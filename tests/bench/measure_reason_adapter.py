"""How many reasons of users that an adapter has not seen it words so that the check passes them, by data set.

    GENREC_DATA=DATA python tests/bench/measure_reason_adapter.py finetune/reasons-lora.yaml --reasons 200

The reasons are those of the recipe's test users, for what they chose next and for popular items, each list
by itself; the verbs are the log's own. Beside the adapter as it is in use: its likeliest sentence alone, and
the base without it under the prompt that has examples. A form is a sentence without its names and numbers.
"""

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from genrec.assets import asset_path, resolve_model
from genrec.cli.evaluate import named_data
from genrec.data.splits import split
from genrec.evaluation.prepare import open_data
from genrec.explaining.explainer import finished
from genrec.explaining.writer import ReasonWriter, adapted, greedy
from genrec.finetuning.reasons import ReasonMaker, Told
from genrec.finetuning.recipe import read_finetune_recipe
from genrec.generation.adapters import AdaptedGenerator
from genrec.generation.convert import VERSION, gguf_to_transformers
from genrec.generation.local import LocalGenerator
from genrec.models.language import reason_prompt
from genrec.prompting import load_prompt
from genrec.testing.forms import form


def measure(name: str, writer: ReasonWriter, told: Sequence[Told], maker: ReasonMaker, *, show: int) -> None:
    """Print shares, variety and cost of one writer on one data set."""
    start = time.process_time()
    written = writer([each.statements for each in told])
    seconds = time.process_time() - start
    forms: Counter[str] = Counter()
    openings: Counter[str] = Counter()
    whole = first = 0
    for row, each in zip(written, told, strict=True):
        said = [(x, maker.explainer.check.claims_in(x, each.item, each.claims)) for x in map(finished, row)]
        shown, told_by_it = max(said, key=lambda x: len(x[1]))
        shown = shown if told_by_it else None
        first += bool(said[0][1])
        whole += set(told_by_it) == set(each.claims)
        if shown is not None:
            forms[form(shown, each.claims, maker.explainer.names)] += 1
            openings[" ".join(form(shown, each.claims, maker.explainer.names).split()[:3])] += 1
        if show:
            show -= 1
            print(f"    {'shown' if shown else 'REFUSED'}: {shown or row}")
    passed, n = forms.total(), len(told)
    common = forms.most_common(1)[0][1] if forms else 0
    print(
        f"  {name}: {passed} of {n} shown ({passed / n:.0%}), the first sentence {first / n:.0%}, all of it "
        f"{whole / n:.0%}; {len(forms)} forms, {len(openings)} openings, the commonest form {common} times; "
        f"{seconds / n:.2f} CPU-s a reason"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--adapter", type=Path, help="default: the one that genrec ships")
    parser.add_argument("--reasons", type=int, default=200)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--without-base", action="store_true", help="leave out the base without the adapter")
    options = parser.parse_args()
    recipe, root = read_finetune_recipe(options.recipe)
    assert recipe.reasons is not None
    folder = options.adapter or asset_path("finetune", "adapters/reasons")
    base = LocalGenerator(resolve_model(recipe.base, build=gguf_to_transformers, version=VERSION))
    template = reason_prompt(folder, base=recipe.base)
    worn = AdaptedGenerator(base, folder)
    writers = {} if options.without_base else {"without it": greedy(base, load_prompt("reason"))}
    writers["the adapter, greedy"] = greedy(worn, template)
    writers["the adapter, as in use"] = adapted(worn, template, seed=0)
    for data in (recipe.data, *recipe.reasons.more_data):
        parted = split(open_data(data, root, data=named_data(data)), recipe.split)
        maker = ReasonMaker(parted.train, seed=1, other_verb=0.0)
        told = maker.held_out(parted.test, options.reasons)
        print(f"{data.name}: {len(told)} reasons of {len(parted.test)} held-out users")
        for name, writer in writers.items():
            measure(name, writer, told, maker, show=options.show)


if __name__ == "__main__":
    main()
