"""m queries a user: our decoding loop against `generate` of transformers, in one run, taking turns.

    python tests/bench/bench_generation.py [--model DIR] [--users 4] [--n 4] [--rounds 5]

Both draw n replies of `--new-tokens` tokens to the same prompts of `--prompt-tokens` random tokens, in
the same batch and number type. Peak memory is that of the process, both sides in it.
"""

import argparse
import resource
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch

from genrec.assets import resolve_model
from genrec.generation.base import Decoding
from genrec.generation.beam import beam_search
from genrec.generation.convert import VERSION, gguf_to_transformers
from genrec.generation.local import LocalGenerator
from genrec.generation.replies import Endings
from genrec.generation.sampling import sample


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, help="a folder in transformers form")
    for name, value in {"users": 4, "n": 4, "prompt-tokens": 143, "new-tokens": 24, "rounds": 5}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    return parser.parse_args()


def main() -> None:
    args = arguments()
    began = time.perf_counter()
    folder = args.model or resolve_model("smollm2-135m-instruct", build=gguf_to_transformers, version=VERSION)
    generator = LocalGenerator(folder)
    model = generator.model
    took = time.perf_counter() - began
    print(f"import and load {took:.1f} s, {model.dtype}, {torch.get_num_threads()} threads")
    random = torch.Generator().manual_seed(0)
    prompts = torch.randint(1000, 40_000, (args.users, args.prompt_tokens), generator=random)
    endings = Endings(frozenset(), (), args.new_tokens, generator.encoder.decode, None)

    def ours(mode: str) -> object:
        decoding = Decoding(mode=mode, n=args.n, max_tokens=args.new_tokens)  # type: ignore[arg-type]
        write = beam_search if mode == "beam" else sample
        return write(model, prompts.tolist(), decoding=decoding, endings=endings)

    def theirs(mode: str) -> object:
        how = {"num_beams": args.n} if mode == "beam" else {"do_sample": True, "top_k": 0}
        return model.generate(
            prompts,
            attention_mask=torch.ones_like(prompts),
            num_return_sequences=args.n,
            max_new_tokens=args.new_tokens,
            min_new_tokens=args.new_tokens,
            **how,
        )

    with torch.inference_mode():
        for mode in ("sample", "beam"):
            pairs = [
                (timed(lambda m=mode: ours(m)), timed(lambda m=mode: theirs(m)))
                for _ in range(args.rounds + 1)
            ]
            own, other = (median(side) for side in zip(*pairs[1:], strict=True))
            ratios = sorted(other / own for own, other in pairs[1:])
            print(
                f"{mode} n={args.n}, {args.users} users of {args.prompt_tokens} + {args.new_tokens} tokens: "
                f"ours {args.users / own:.2f} users/s, generate {args.users / other:.2f} users/s, "
                f"ratio {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}, {args.rounds} rounds)"
            )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    main()
