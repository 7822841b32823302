"""Counters and timings for Prometheus; nothing in them names a user, an item or a key."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from genrec.answers import NOTHING_KNOWN
from genrec.serving.guard import Call
from genrec.serving.live import NOTHING_FOUND
from genrec.types import Answer

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The figures of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Histogram(
            "genrec_request_seconds",
            "Seconds a request took",
            ("path", "method", "status"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._fallbacks = Counter(
            "genrec_fallbacks_total",
            "Answers without the language model",
            ("reason",),
            registry=self.registry,
        )
        self._cold = Counter(
            "genrec_cold_answers_total", "Answers to users of whom nothing is known", registry=self.registry
        )
        self._stages = Histogram(
            "genrec_stage_seconds",
            "Seconds of a request by what was done: generate and word are waiting for the language model",
            ("stage",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._dropped = Counter(
            "genrec_dropped_texts_total",
            "Texts of the language model that are not grounded in the catalogue",
            ("why",),
            registry=self.registry,
        )
        self._shown = Counter(
            "genrec_items_total", "Items shown, by what found them", ("source",), registry=self.registry
        )

    def request(self, path: str, method: str, status: int, seconds: float) -> None:
        """Take note of a request that was answered."""
        self._requests.labels(path, method, str(status)).observe(seconds)

    def note(self, call: Call) -> None:
        """Take note of what a request was answered with, and of how long each stage of it took."""
        for stage, seconds in call.stages.seconds.items():
            self._stages.labels(stage).observe(seconds)
        self._dropped.labels("address").inc(call.addresses)
        self._shown.labels("search").inc(call.n_hits)
        for each in call.answers:
            self._note_answer(each)

    def _note_answer(self, answer: Answer) -> None:
        if answer.degraded_reason == NOTHING_FOUND:
            self._dropped.labels("nothing found").inc(sum(each.by == "model" for each in answer.queries))
        if answer.degraded_reason == NOTHING_KNOWN:
            self._cold.inc()
        elif answer.degraded:
            self._fallbacks.labels(answer.degraded_reason).inc()
        for item in answer.items:
            for source in item.sources:
                self._shown.labels(source).inc()

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self.registry)
