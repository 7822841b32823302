"""What is blamed on the language model, and what on the request that waited too long."""

import threading
import time

import pytest

from genrec.errors import BackendError
from genrec.generation.asking import LATE
from genrec.generation.base import Decoding
from genrec.generation.scripted import ScriptedGenerator
from genrec.serving.guard import PROBE, Call, Guarded, by

GREEDY = Decoding(mode="greedy", max_tokens=1)


class Slow(ScriptedGenerator):
    """Writes once it is let go."""

    def __init__(self):
        super().__init__(["shoes"])
        self.go, self.given = threading.Event(), []

    def generate(self, prompts, decoding):
        self.given.append(decoding.deadline)
        self.go.wait(30)
        return super().generate(prompts, decoding)


@pytest.fixture
def slow():
    made = Slow()
    yield made
    made.go.set()


def late(guarded, *, left):
    start = time.monotonic()
    with pytest.raises(BackendError, match=LATE):
        by(Call(start + left), lambda: guarded.generate([PROBE], GREEDY))
    return time.monotonic() - start


def test_who_comes_with_little_time_left_does_not_take_the_model_from_others(slow):
    guarded = Guarded(lambda: slow, deadline=4.0)
    late(guarded, left=0.2)
    assert guarded.failure is None
    slow.go.set()
    assert guarded.generate([PROBE], GREEDY)[0][0].text == "shoes"


def test_a_model_that_had_its_time_is_left_alone(slow):
    guarded = Guarded(lambda: slow, deadline=0.4)
    late(guarded, left=9.0)
    assert guarded.failure is not None
    assert guarded.failure.what == LATE
    asked = len(slow.given)
    late(guarded, left=9.0)
    assert len(slow.given) == asked


def test_a_call_ends_with_the_time_of_its_request(slow):
    """The model's own deadline is before that, so that it can say why it is late."""
    assert 0.5 <= late(Guarded(lambda: slow, deadline=0.5), left=9.0) < 3
    assert 0.25 <= slow.given[0] < 0.5
