"""How long each stage took, by a clock of the test's own."""

import threading

import pytest

from genrec.stages import Stages, timing, watched


@pytest.fixture
def passes(monkeypatch):
    """Lets some seconds go by."""
    now = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])

    def pass_by(seconds):
        now[0] += seconds

    return pass_by


def test_a_stage_within_another_is_counted_once(passes):
    stages = Stages()
    with watched(stages), timing("rank"):
        passes(1.0)
        with timing("generate"):
            passes(10.0)
        with timing("retrieve"):
            passes(100.0)
            with timing("word"):
                passes(1000.0)
        passes(2.0)
        with timing("retrieve"):
            passes(300.0)
    assert stages.seconds == {"rank": 3.0, "generate": 10.0, "retrieve": 400.0, "word": 1000.0}


def test_what_fails_took_its_time_too(passes):
    stages = Stages()
    with watched(stages):
        with pytest.raises(ValueError, match="no"), timing("generate"):
            passes(4.0)
            raise ValueError("no")
        with timing("rank"):
            passes(1.0)
    assert stages.seconds == {"generate": 4.0, "rank": 1.0}


def test_only_who_watches_is_told_and_of_its_own_thread():
    stages = Stages()
    with timing("rank"):
        pass
    with watched(stages):
        other = threading.Thread(target=lambda: timing("rank").__enter__())
        other.start()
        other.join()
        assert stages.seconds == {}
    with timing("rank"):
        pass
    assert stages.seconds == {}
