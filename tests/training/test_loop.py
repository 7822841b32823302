"""The loop on a problem whose answer is known: a linear map, and validations that are scripted."""

import math
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from torch import nn

from genrec.errors import ArtifactError, DataError, UsageError
from genrec.training import checkpoints
from genrec.training.checkpoints import DamagedCheckpointWarning
from genrec.training.loop import Network, seeded, train


@dataclass(frozen=True)
class Plan:
    epochs: int = 6
    learning_rate: float = 0.05
    weight_decay: float = 0.01
    patience: int = 100
    validate_every: int = 1
    max_gradient_norm: float | None = None
    averaging: float | None = None


class Line(Network):
    """Learns `w` in y = w x; dropout makes it depend on torch's generator."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(3))

    def loss(self, *batch):
        x, y = batch
        return ((nn.functional.dropout(x * self.w, 0.2, self.training).sum(1) - y) ** 2).mean()


TRUTH = torch.tensor([1.0, -2.0, 0.5])


def epoch(rng):
    for _ in range(20):
        x = torch.from_numpy(rng.normal(size=(8, 3))).float()
        yield x, x @ TRUTH


def learn(plan: Plan = Plan(), **more):
    network = Line()
    course = train(network, epoch, schedule=plan, seed=3, **more)
    return network, course


def test_it_learns():
    network, course = learn(Plan(epochs=30))
    assert torch.allclose(network.w, TRUTH, atol=0.5)
    assert course.losses[-1] < course.losses[0]
    assert (course.epochs, course.best_epoch, course.seed) == (30, 30, 3)
    assert not network.training


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    (first, _), (second, _) = learn(), learn()
    assert first.w.tolist() == second.w.tolist()
    other = Line()
    train(other, epoch, schedule=Plan(), seed=4)
    assert other.w.tolist() != first.w.tolist()


def test_each_epoch_draws_anew():
    first = []

    def watched(rng):
        batches = list(epoch(rng))
        first.append((batches[0][0][0, 0].item(), torch.rand(1).item()))
        return batches

    train(Line(), watched, schedule=Plan(epochs=3), seed=3)
    assert len(set(first)) == len({drawn for drawn, _ in first}) == len({drawn for _, drawn in first}) == 3


def test_the_callers_generator_is_left_alone():
    torch.manual_seed(0)
    expected = torch.rand(2).tolist()
    torch.manual_seed(0)
    with seeded(9):
        torch.rand(5)
    learn(Plan(epochs=1))
    assert torch.rand(2).tolist() == expected


def test_it_stops_after_patience_and_leaves_the_best_weights():
    seen, values = [], iter([0.1, 0.4, 0.3, 0.4, 0.2, 0.9])
    network = Line()

    def validate():
        seen.append(network.w.tolist())
        return next(values)

    course = train(network, epoch, schedule=Plan(patience=3), seed=0, validate=validate)
    assert course.epochs == 5  # an equal value is no gain
    assert course.best == (2, 0.4)
    assert network.w.tolist() == seen[1]
    assert course.validations == [(1, 0.1), (2, 0.4), (3, 0.3), (4, 0.4), (5, 0.2)]


def test_it_validates_every_so_many_epochs_and_after_the_last():
    _, course = learn(Plan(epochs=5, validate_every=2), validate=lambda: 1.0)
    assert [each for each, _ in course.validations] == [2, 4, 5]


def test_the_mean_of_the_weights_is_validated_and_left():
    taken, seen = [], []

    class Watched(Line):
        def loss(self, *batch):
            taken.append(self.w.detach().clone())
            return super().loss(*batch)

    plan, network = Plan(epochs=3, averaging=0.75), Watched()
    train(
        network, epoch, schedule=plan, seed=3, validate=lambda: seen.append(network.w.detach().clone()) or 1
    )
    plain, _ = learn(Plan(epochs=3))
    after_steps = [*taken[1:], plain.w.detach()]
    mean, expected = after_steps[19], []  # an epoch has 20 steps
    for step, weights in enumerate(after_steps):
        mean = mean if step < 20 else 0.75 * mean + 0.25 * weights
        expected += [mean] if step % 20 == 19 else []
    torch.testing.assert_close(torch.stack(seen), torch.stack(expected))
    assert network.w.tolist() == seen[0].tolist()  # the first of equals is the best
    unvalidated, _ = learn(plan)
    torch.testing.assert_close(unvalidated.w.detach(), expected[-1])


class Killed(Exception):
    pass


def killing(at: int):
    calls = [0]

    def drawn(rng):
        calls[0] += 1
        for place, batch in enumerate(epoch(rng)):
            if calls[0] == at and place == 7:
                raise Killed
            yield batch

    return drawn


EACH_EPOCH = product((1, 2, 4), (False, True), (None, 0.9), (9,))


@pytest.mark.parametrize(
    ("at", "validated", "averaging", "minutes"), [*EACH_EPOCH, (1, False, None, 0), (2, True, 0.9, 0)]
)
def test_a_killed_training_goes_on_to_the_same_weights(tmp_path: Path, at, validated, averaging, minutes):
    plan = Plan(averaging=averaging)

    def validator(network):  # of the weights alone, as a real one is
        return (lambda: -float((network.w.detach() - TRUTH * 0.3).abs().sum())) if validated else None

    whole = Line()
    expected = train(whole, epoch, schedule=plan, seed=3, validate=validator(whole))
    folder = tmp_path / "checkpoints"
    first = Line()
    with pytest.raises(Killed):
        train(
            first,
            killing(at),
            schedule=plan,
            seed=3,
            validate=validator(first),
            checkpoints=folder,
            checkpoint_minutes=minutes,
            run="a",
        )
    if minutes == 0:  # it stood before the eighth step
        assert max(folder.iterdir()).name == f"epoch-{at - 1:06}-step-000000007"
    second = Line()
    found = train(
        second,
        epoch,
        schedule=plan,
        seed=3,
        validate=validator(second),
        checkpoints=folder,
        run="a",
    )
    assert second.w.tolist() == whole.w.tolist()
    assert (found.losses, found.validations, found.best_epoch) == (
        expected.losses,
        expected.validations,
        expected.best_epoch,
    )
    assert len(list(folder.iterdir())) <= 2


def test_steps_that_are_done_are_not_done_again(tmp_path: Path):
    with pytest.raises(Killed):
        train(
            Line(), killing(2), schedule=Plan(), seed=3, checkpoints=tmp_path, checkpoint_minutes=0, run="a"
        )

    class Counted(Line):
        taken = 0

        def loss(self, *batch):
            Counted.taken += 1
            return super().loss(*batch)

    train(Counted(), epoch, schedule=Plan(epochs=2), seed=3, checkpoints=tmp_path, run="a")
    assert Counted.taken == 20 - 7


def test_a_damaged_checkpoint_is_passed_over_with_a_warning(tmp_path: Path):
    whole, _ = learn()
    with pytest.raises(Killed):
        train(Line(), killing(5), schedule=Plan(), seed=3, checkpoints=tmp_path, run="a")
    newest = max(tmp_path.iterdir()) / "state.safetensors"
    damaged = bytearray(newest.read_bytes())
    damaged[-1] ^= 1
    newest.write_bytes(bytes(damaged))
    (tmp_path / "epoch-000099").mkdir()  # half-written
    calls = []

    def counted(rng):
        calls.append(1)
        yield from epoch(rng)

    again = Line()
    with pytest.warns(DamagedCheckpointWarning) as told:
        train(again, counted, schedule=Plan(), seed=3, checkpoints=tmp_path, run="a")
    first, second = (str(each.message) for each in told)
    assert "epoch-000099 is skipped: the checkpoint is half-written" in first
    assert "is damaged, state.safetensors does not match its SHA-256" in second
    assert again.w.tolist() == whole.w.tolist()
    assert len(calls) == 3  # epochs 4, 5, 6


def test_a_full_disk_names_the_place_and_leaves_the_checkpoints_before(tmp_path: Path, monkeypatch):
    whole, _ = learn()
    saved = checkpoints.save_file

    def full(tensors, path):
        if "epoch-000003" in str(path):
            path.write_bytes(bytes(9))
            raise SafetensorError("I/O error: No space left on device (os error 28)")
        saved(tensors, path)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "save_file", full)
        with pytest.raises(ArtifactError) as told:
            learn(checkpoints=tmp_path, run="a")
    what, where, why, following = str(told.value).splitlines()
    assert what == "cannot write epoch-000003-step-000000000: the disk is full"
    assert where == f"  where: {tmp_path / 'epoch-000003-step-000000000'}"
    assert (why, following[:24]) == ("  why: No space left on device", "  next: free some space,")
    assert sorted(each.name[:12] for each in tmp_path.iterdir()) == ["epoch-000001", "epoch-000002"]
    again, _ = learn(checkpoints=tmp_path, run="a")
    assert again.w.tolist() == whole.w.tolist()


def test_checkpoints_of_another_training_are_refused(tmp_path: Path):
    learn(checkpoints=tmp_path, run="a")
    with pytest.raises(UsageError, match="of another training"):
        learn(checkpoints=tmp_path, run="b")


def test_a_finished_training_is_not_done_again(tmp_path: Path):
    first, _ = learn(checkpoints=tmp_path, run="a")
    second = Line()
    train(second, lambda rng: pytest.fail("drawn"), schedule=Plan(), seed=3, checkpoints=tmp_path, run="a")
    assert second.w.tolist() == first.w.tolist()


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(DataError, match="nothing to learn from"):
        train(Line(), lambda rng: iter(()), schedule=Plan(), seed=0)


def test_a_loss_that_is_no_number_is_refused():
    def bad(rng):
        yield torch.full((1, 3), math.inf), torch.zeros(1)

    with pytest.raises(UsageError, match="training diverged: the loss of epoch 1"):
        train(Line(), bad, schedule=Plan(), seed=0)


def test_no_bar_where_there_is_no_terminal(capsys):
    learn(Plan(epochs=1))
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")
