"""How often the true token is fed, against the formulas of the paper; what a draw decides for; streams of its own."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from seq2seq_core.config import ConfigError, TrainConfig
from seq2seq_core.layers.feeding import DECAYS, DRAWS, FEEDS
from seq2seq_core.training.scheduled_sampling import ScheduledSampling, forcing_probability

CPU = torch.device("cpu")
HALVES = st.integers(1, 10**6)


def schedule(decay: str, half: int, forcing: float = 1.0) -> TrainConfig:
    return TrainConfig(forcing=forcing, forcing_decay=decay, forcing_half=half)


def solved(half: int) -> float:
    """k of k ln k = half, by bisection."""
    low, high = 1.0, 2.0 + half
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if middle * math.log(middle) < half else (low, middle)
    return low


@given(half=HALVES, share=st.floats(0, 3))
def test_linear_is_a_straight_line_down_to_zero(half: int, share: float) -> None:
    step = round(share * half)
    assert forcing_probability(schedule("linear", half), step) == pytest.approx(max(0, 1 - step / half / 2), abs=1e-12)


@given(half=HALVES, share=st.floats(0, 30))
def test_exponential_is_a_power_of_the_step(half: int, share: float) -> None:
    k = math.exp(-math.log(2) / half)  # the paper's k ** i
    step = round(share * half)
    assert forcing_probability(schedule("exponential", half), step) == pytest.approx(k**step, rel=1e-8)


@given(half=HALVES, share=st.floats(0, 30))
def test_inverse_sigmoid_is_the_formula_of_the_paper(half: int, share: float) -> None:
    k, step = solved(half), round(share * half)
    expected = 1 / (1 + math.exp(step / k) / k)  # k / (k + exp(i / k))
    assert forcing_probability(schedule("inverse_sigmoid", half), step) == pytest.approx(expected, rel=1e-8, abs=1e-12)


def test_inverse_sigmoid_begins_a_little_below_one() -> None:
    assert forcing_probability(schedule("inverse_sigmoid", 1), 0) == pytest.approx(1.76322283 / 2.76322283, abs=1e-8)
    assert 0.98 < forcing_probability(schedule("inverse_sigmoid", 500), 0) < 1


@given(half=HALVES, forcing=st.floats(0, 1, exclude_min=True))
@pytest.mark.parametrize("decay", [name for name in DECAYS if name != "constant"])
def test_every_decay_falls_and_has_half_of_it_left_at_the_half(decay: str, half: int, forcing: float) -> None:
    training = schedule(decay, half, forcing)
    assert forcing_probability(training, half) == pytest.approx(forcing / 2, abs=1e-9)
    values = [forcing_probability(training, step) for step in (0, half // 2, half, 2 * half, 9 * half, 10**12)]
    assert values == sorted(values, reverse=True)
    assert forcing >= values[0] >= values[-1] == pytest.approx(0, abs=1e-9)


@given(st.integers(0, 10**9))
def test_constant_does_not_change(step: int) -> None:
    assert forcing_probability(schedule("constant", 3, 0.7), step) == 0.7


def drawn(draw: str, shape: tuple[int, int] = (300, 200), step: int = 0, **settings: object) -> Tensor:
    training = TrainConfig.from_dict({"forcing": 0.3, "forcing_draw": draw, **settings})
    feeding = ScheduledSampling(training, 5, CPU).feeding(step, torch.zeros(shape, dtype=torch.long))
    assert feeding is not None
    assert feeding.forced.shape == shape
    return feeding.forced


def test_a_draw_for_each_token_is_independent_of_every_other() -> None:
    forced = drawn("token").double() - 0.3
    spread = math.sqrt(0.3 * 0.7)
    for margin in ("mean of rows", "mean of columns"):
        means = forced.mean(1 if margin == "mean of rows" else 0)
        others = forced.size(1 if margin == "mean of rows" else 0)
        assert means.std().item() == pytest.approx(spread / math.sqrt(others), rel=0.25), margin
    assert abs(forced.mean().item()) < 5 * spread / math.sqrt(forced.numel())
    for neighbours in ((forced[1:] * forced[:-1]), (forced[:, 1:] * forced[:, :-1])):
        assert abs(neighbours.mean().item()) < 5 * spread**2 / math.sqrt(forced.numel())


def test_a_draw_for_each_step_is_one_for_all_examples() -> None:
    forced = drawn("step", (3, 4000))
    assert bool((forced == forced[:1]).all())
    assert forced[0].double().mean().item() == pytest.approx(0.3, abs=5 * math.sqrt(0.21 / 4000))
    assert torch.equal(drawn("step", (1, 50)), drawn("token", (1, 50)))


def test_a_draw_for_each_sequence_is_one_for_all_its_steps() -> None:
    forced = drawn("sequence", (4000, 3))
    assert bool((forced == forced[:, :1]).all())
    assert forced[:, 0].double().mean().item() == pytest.approx(0.3, abs=5 * math.sqrt(0.21 / 4000))
    assert torch.equal(drawn("sequence", (50, 1)), drawn("token", (50, 1)))


def test_a_draw_for_each_batch_is_one_for_all_its_tokens() -> None:
    forcing = ScheduledSampling(TrainConfig(forcing=0.3, forcing_draw="batch"), 5, CPU)
    batches = [feeding.forced for _ in range(4000) if (feeding := forcing.feeding(0, torch.zeros(2, 3)))]
    assert all(bool((forced == forced[0, 0]).all()) for forced in batches)
    share = sum(bool(forced.all()) for forced in batches) / 4000
    assert share == pytest.approx(0.3, abs=5 * math.sqrt(0.21 / 4000))


@pytest.mark.parametrize("draw", [draw for draw in DRAWS if draw != "batch"])
def test_the_share_that_is_forced_follows_the_schedule(draw: str) -> None:
    falling = {"forcing": 1.0, "forcing_decay": "linear", "forcing_half": 10}
    assert bool(drawn(draw, step=0, **falling).all())
    assert not bool(drawn(draw, step=20, **falling).any())
    shares = [drawn(draw, (2000, 2000), step, **falling).double().mean().item() for step in (5, 10, 15)]
    assert shares == pytest.approx([0.75, 0.5, 0.25], abs=0.05)


@pytest.mark.parametrize("feed", [feed for feed in FEEDS if feed != "argmax"])
def test_the_draws_of_a_batch_do_not_depend_on_the_feed(feed: str) -> None:
    """The same ones for every feed: a sample is drawn from another stream."""
    target = torch.zeros(6, 30, dtype=torch.long)

    def batches(feed: str) -> list[Tensor]:
        forcing, forced = ScheduledSampling(TrainConfig(forcing=0.5, feed=feed), 1, CPU), []
        for step in range(3):
            feeding = forcing.feeding(step, target)
            assert feeding is not None
            feeding.feed(torch.zeros(6, 1, 5), torch.eye(5))
            forced.append(feeding.forced)
        return forced

    first, second, third = batches(feed)
    assert not torch.equal(first, second)
    assert not torch.equal(second, third)
    assert all(map(torch.equal, (first, second, third), batches("argmax")))


def test_full_teacher_forcing_draws_no_random_numbers() -> None:
    target = torch.zeros(2, 3, dtype=torch.long)
    forcing = ScheduledSampling(TrainConfig(), 0, CPU)
    before = forcing.get_state()
    assert forcing.feeding(0, target) is None
    torch.testing.assert_close(forcing.get_state(), before, rtol=0, atol=0)
    for other in ({"forcing": 0.99}, {"forcing_decay": "linear"}, {"forcing_decay": "exponential"}):
        assert ScheduledSampling(TrainConfig.from_dict(other), 0, CPU).feeding(0, target) is not None


@pytest.mark.parametrize("field", ["forcing_decay", "forcing_draw", "feed", "loss"])
def test_an_unknown_name_is_refused_with_the_known_ones(field: str) -> None:
    with pytest.raises(ConfigError, match=rf"TrainConfig.{field}: 'sometimes' is refused; expected one of \w+, \w+"):
        TrainConfig.from_dict({field: "sometimes"})


def feed(name: str, logits: Tensor, embeddings: Tensor) -> Tensor:
    return FEEDS[name](logits, embeddings, torch.Generator().manual_seed(3))


def test_argmax_feeds_the_most_likely() -> None:
    logits = torch.tensor([[[0.0, 2.0, 1.0]], [[5.0, 2.0, 1.0]]])
    assert torch.equal(feed("argmax", logits, torch.eye(3))[:, 0], torch.eye(3)[[1, 0]])


def test_expected_feeds_the_mean_embedding() -> None:
    table = torch.tensor([[1.0, 0.0], [0.0, 1.0], [4.0, 4.0]])
    logits = torch.log(torch.tensor([[[0.5, 0.3, 0.2]]]))
    torch.testing.assert_close(feed("expected", logits, table), torch.tensor([[[1.3, 1.1]]]))


def test_samples_have_the_frequencies_of_the_softmax() -> None:
    share = torch.tensor([0.05, 0.15, 0.8, 0.0])
    size = 40_000
    fed = feed("sample", (share.log() + 3).expand(size, 1, 4), torch.eye(4))
    assert bool((fed.sum(-1) == 1).all())
    often = fed.mean((0, 1))
    assert bool(((often - share).abs() <= 5 * (share * (1 - share) / size).sqrt()).all())


def test_a_sample_of_diverged_logits_is_a_valid_token() -> None:
    assert feed("sample", torch.full((2, 1, 3), math.nan), torch.eye(3)).sum().item() == 2
