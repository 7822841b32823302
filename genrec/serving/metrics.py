"""Counters and timings for Prometheus; nothing in them names a user, an item or a key."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from genrec.answers import NOTHING_KNOWN
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
        self._filled = Counter(
            "genrec_items_total", "Items shown, by what found them", ("source",), registry=self.registry
        )

    def request(self, path: str, method: str, status: int, seconds: float) -> None:
        """Take note of a request that was answered."""
        self._requests.labels(path, method, str(status)).observe(seconds)

    def note(self, answer: Answer) -> None:
        """Take note of what an answer is made of."""
        if answer.degraded_reason == NOTHING_KNOWN:
            self._cold.inc()
        elif answer.degraded:
            self._fallbacks.labels(answer.degraded_reason).inc()
        for item in answer.items:
            for source in item.sources:
                self._filled.labels(source).inc()

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self.registry)
