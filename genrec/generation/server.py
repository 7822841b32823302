"""A language model behind an OpenAI-style server, vLLM first."""

import os
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from genrec.errors import BackendError, UsageError
from genrec.generation.asking import Asker, Json, RefusedError
from genrec.generation.base import Decoding, Generation, Prompt, Segment
from genrec.generation.schema import schema_fault

KEY_VARIABLE = "GENREC_BACKEND_KEY"
CONCURRENT_REQUESTS = 8

_MAYBE_CONTROL = re.compile(r"([<＜﹤])(?=\S)|(\[)(?=/?[A-Za-z_]*[A-Z]{2}[A-Za-z_]*\])")


def escaped(text: str) -> str:
    """Data in which no tokenizer finds a control token.

    A server tokenises the whole text itself, so what looks like one is broken by a blank: after each `<` that
    touches a character (`<|im_end|>`, `</s>`, `<start_of_turn>`), and after the bracket of `[INST]`.
    """
    return _MAYBE_CONTROL.sub(lambda found: found[0] + " ", text)


class ServerGenerator:
    """Generates on a server that speaks the OpenAI protocol.

    The log-probability of a reply is summed over the tokens the server returned. vLLM gives the model's own
    at temperature 1, as the in-process generator does, but leaves a beam's end token out; a server that gives
    none makes every reply's 0.0.
    A seed is passed on; how far replies depend on what else is being served is the server's own affair. vLLM
    takes more than ten beams only if it was started with `--max-logprobs`, and says so otherwise.

    Args:
        url: as given to any OpenAI client; `/v1` is added where the URL has no path.
        model: the name on the server, of a model or of an adapter; the server's first where None.
        api_key: by default the environment variable GENREC_BACKEND_KEY.
        timeout: seconds for a whole call, retries included, where the decoding sets no deadline.
    """

    def __init__(
        self, url: str, *, model: str | None = None, api_key: str | None = None, timeout: float = 60.0
    ) -> None:
        self.url = _checked_url(url)
        self._model = model
        self._timeout = timeout
        self._asker = Asker(self.url, api_key=api_key or os.environ.get(KEY_VARIABLE))

    def generate(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[list[Generation]]:
        """`decoding.n` generations for each prompt, in the order of the prompts; eight requests at once.

        Raises:
            UsageError: the decoding asks for what such a server does not do.
            BackendError: the server is down, answers wrongly or too late.
        """
        _check(decoding)
        if not prompts:
            return []
        expires = time.monotonic() + (decoding.deadline or self._timeout)
        self._model = self._model or self._first_model(expires)
        if len(prompts) == 1:  # a thread of its own would cost as much as the request
            return [self._complete(prompts[0], decoding, self._model, expires)]
        with ThreadPoolExecutor(max_workers=min(CONCURRENT_REQUESTS, len(prompts))) as pool:
            replies = [pool.submit(self._complete, each, decoding, self._model, expires) for each in prompts]
            try:
                return [each.result() for each in replies]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)  # those not begun need not be
                raise

    def count_tokens(self, text: str) -> int:
        """An estimate from above: a token is rarely under three bytes of text."""
        return len(text.encode("utf-8", "replace")) // 3 + 1

    def models(self) -> list[str]:
        """The models and adapters the server offers."""
        return self._models(time.monotonic() + self._timeout)

    def _models(self, expires: float) -> list[str]:
        listed = self._asker.ask("models", expires=expires)
        try:
            return [str(each["id"]) for each in listed["data"]]
        except (KeyError, TypeError) as error:
            raise self._asker.wrong_answer("no list of models") from error

    def _first_model(self, expires: float) -> str:
        names = self._models(expires)
        if not names:
            raise self._asker.wrong_answer("it serves no model")
        return names[0]

    def _complete(self, prompt: Prompt, decoding: Decoding, model: str, expires: float) -> list[Generation]:
        try:
            replied = self._request(prompt, decoding, model, expires)
        except RefusedError as error:
            if error.status != 404:
                raise
            raise self._unknown_model(model, error, expires) from error
        try:
            choices = sorted(replied["choices"], key=lambda choice: int(choice.get("index", 0)))
            generations = [_generation(choice, decoding) for choice in choices[: decoding.n]]
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise self._asker.wrong_answer(f"a reply without the protocol's fields ({error!r})") from error
        if len(generations) < decoding.n:
            raise self._asker.wrong_answer(f"{len(generations)} replies instead of {decoding.n}")
        for generation, choice in zip(generations, choices, strict=False):
            if decoding.schema is not None and (fault := schema_fault(generation.text, decoding.schema)):
                cut = (
                    f", cut at {decoding.max_tokens} tokens"
                    if choice.get("finish_reason") == "length"
                    else ""
                )
                raise self._asker.wrong_answer(f"a reply that does not fit the schema{cut}: {fault}")
        return generations

    def _request(self, prompt: Prompt, decoding: Decoding, model: str, expires: float) -> Json:
        body = {"model": model, **_parameters(decoding)}
        if prompt.turns[0][0] == "plain":
            text = _content(prompt.turns[0][1])
            return self._asker.ask("completions", {**body, "prompt": text, "logprobs": 1}, expires=expires)
        messages = [{"role": role, "content": _content(segments)} for role, segments in prompt.turns]
        asked = {**body, "messages": messages, "logprobs": True}
        return self._asker.ask("chat/completions", asked, expires=expires)

    def _unknown_model(self, model: str, refused: RefusedError, expires: float) -> BackendError:
        names = self._models(expires)
        if model in names:
            return refused
        return BackendError(
            f"the model server has no model {model}",
            where=self.url,
            next_step=f"choose from {', '.join(names) or 'none'}",
        )


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(
            f"{url} is no address of a server", next_step="give one such as http://127.0.0.1:8000"
        )
    return url.rstrip("/") if parts.path.strip("/") else f"{url.rstrip('/')}/v1"


def _check(decoding: Decoding) -> None:
    if decoding.constraint is not None:
        raise UsageError(
            "a server cannot hold to the catalogue's titles",
            next_step="use the model in process, without --backend",
        )
    if decoding.mode == "beam" and decoding.schema is not None:
        raise UsageError(
            "a server's beam search does not hold to a schema", next_step="use mode sample or greedy"
        )


def _parameters(decoding: Decoding) -> dict[str, Any]:
    body: dict[str, Any] = {
        "n": decoding.n,
        "max_tokens": decoding.max_tokens,
        "temperature": decoding.temperature if decoding.mode == "sample" else 0.0,
        "seed": decoding.seed,
    }
    if decoding.stop:
        body["stop"] = list(decoding.stop)
    if decoding.mode == "beam":
        body["use_beam_search"] = True
        body["length_penalty"] = decoding.length_penalty
    if decoding.schema is not None:
        schema = {"name": "reply", "schema": dict(decoding.schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def _content(segments: Sequence[Segment]) -> str:
    return "".join(escaped(segment.text) if segment.data else segment.text for segment in segments)


def _generation(choice: Json, decoding: Decoding) -> Generation:
    text = choice["message"]["content"] or "" if "message" in choice else choice["text"]
    cut = min((at for stop in decoding.stop if (at := text.find(stop)) >= 0), default=len(text))
    scores = _log_probabilities(choice.get("logprobs") or {})
    return Generation(text[:cut], min(sum(scores), 0.0), len(scores))


def _log_probabilities(logprobs: Json) -> list[float]:
    """Those of the reply's tokens, from either form of the protocol; a null is a token none was given for."""
    if logprobs.get("content"):
        return [float(each["logprob"]) for each in logprobs["content"]]
    return [float(each) for each in logprobs.get("token_logprobs") or [] if each is not None]
