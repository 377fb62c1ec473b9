"""A decoder that is fed some of its own predictions equals a plain loop over examples and steps, in float64."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.examples import Batch, Examples
from seq2seq_core.layers.feeding import DECAYS, DRAWS, FEEDS, Feeding
from seq2seq_core.layers.losses import cross_entropy
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.tokens import SOS
from seq2seq_core.training import Result, build_model, train
from seq2seq_core.training.scheduled_sampling import ScheduledSampling

CPU = torch.device("cpu")
TASK = TaskConfig(min_length=2, max_length=6)
ONE_STEP = TrainConfig(epochs=1, steps_per_epoch=1, batch_size=6, evaluation_size=4, test_size=4)
SMALL = ModelConfig(embedding_size=5, hidden_size=6)
WIRINGS = [
    {"score": None, "cell": "lstm"},
    {"score": "general", "layers": 2},
    {"score": "additive", "query": "previous"},
    {"score": "dot", "input_feeding": True, "attentional_layer": True, "cell": "rnn"},
]


def network(**wiring: object) -> Seq2Seq:
    return build_model(SMALL.replace(wiring), TASK, 1, CPU).double()


def drawn(size: int = 5) -> Batch:
    return Examples(TASK, 0, "train", CPU).draw(size)


def run(net: Seq2Seq, batch: Batch, feeding: Feeding | None) -> Tensor:
    logits: Tensor = net(batch.source, batch.source_lengths, batch.target, feeding)
    return logits


def second_best(logits: Tensor, embeddings: Tensor) -> Tensor:
    """A feed that is never the one of greedy decoding."""
    return embeddings[logits.topk(2, dim=-1).indices[..., 1]]


@pytest.mark.parametrize("wiring", WIRINGS, ids=str)
@given(seed=st.integers(0, 10**6))
def test_it_equals_a_loop_over_each_example_and_each_step(wiring: dict[str, object], seed: int) -> None:
    net, batch = network(**wiring), drawn()
    forced = torch.rand(batch.target.shape, generator=torch.Generator().manual_seed(seed)) < 0.5
    logits = run(net, batch, Feeding(forced, second_best))
    for row in range(len(forced)):
        memory, state = net.encode(batch.source[row : row + 1], batch.source_lengths[row : row + 1])
        carry = net.decoder.start(state)
        token = SOS
        for step in range(forced.size(1)):
            features, _, carry = net.decoder.advance(net.decoder.embedding(torch.tensor([[token]])), carry, memory)
            expected = net.decoder.output(features)[0, 0]
            torch.testing.assert_close(logits[row, step], expected, rtol=0, atol=1e-10)
            if step + 1 < forced.size(1):
                true = int(batch.target[row, step])
                token = true if forced[row, step + 1] else int(expected.topk(2).indices[1])


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("wiring", WIRINGS, ids=str)
def test_with_every_draw_forced_it_equals_the_fast_path(wiring: dict[str, object], draw: str, feed: str) -> None:
    net, batch = network(**wiring), drawn()
    training = TrainConfig(forcing_decay="linear", forcing_draw=draw, feed=feed)
    outcomes = []
    for feeding in (None, ScheduledSampling(training, 0, CPU).feeding(0, batch.target)):
        net.zero_grad()
        logits = run(net, batch, feeding)
        torch.autograd.backward(cross_entropy(logits, batch.target))
        outcomes.append((logits, [parameter.grad for parameter in net.parameters()]))
    torch.testing.assert_close(outcomes[1], outcomes[0], rtol=0, atol=1e-10)


@pytest.mark.parametrize("wiring", WIRINGS, ids=str)
def test_with_no_draw_forced_it_equals_greedy_decoding(wiring: dict[str, object]) -> None:
    net, batch = network(**wiring), drawn()
    feeding = ScheduledSampling(TrainConfig(forcing=0.0), 0, CPU).feeding(0, batch.target)
    greedy = net.greedy(batch.source, batch.source_lengths, batch.target.size(1), until_end=False)
    assert torch.equal(run(net, batch, feeding).argmax(-1), greedy.tokens)


@given(row=st.integers(0, 4), step=st.integers(1, 6))
def test_a_draw_affects_only_later_steps_of_its_own_example(row: int, step: int) -> None:
    net, batch = network(), drawn()
    step = min(step, batch.target.size(1) - 1)
    forced = torch.ones_like(batch.target, dtype=torch.bool)
    forced_logits = run(net, batch, Feeding(forced, lambda logits, table: logits.softmax(-1) @ table))
    forced[row, step] = False
    moved = (
        (run(net, batch, Feeding(forced, lambda logits, table: logits.softmax(-1) @ table)) - forced_logits)
        .abs()
        .amax(-1)
    )
    expected = torch.zeros_like(forced)
    expected[row, step:] = True
    assert torch.equal(moved > 1e-9, expected)


@pytest.mark.parametrize("feed", FEEDS)
def test_the_gradient_flows_through_the_expected_embedding_and_no_other(feed: str) -> None:
    """Through the output's bias: at the last step it counts once an example, if at the steps before it only chose."""
    net, batch = network(), drawn()
    feeding = ScheduledSampling(TrainConfig(forcing=0.0, feed=feed), 0, CPU).feeding(0, batch.target)
    torch.autograd.backward(run(net, batch, feeding)[:, -1].sum())
    gradient = net.decoder.output.bias.grad
    assert gradient is not None
    once = torch.full_like(gradient, len(batch.target))
    assert torch.allclose(gradient, once, rtol=0, atol=1e-10) is (feed != "expected")


def trained(**settings: object) -> Result:
    return train(SMALL, TASK, ONE_STEP.replace(settings), seed=3)


def test_the_loss_of_a_free_step_is_on_the_true_target() -> None:
    net = build_model(SMALL, TASK, 3, CPU)
    batch = Examples(TASK, 3, "train", CPU).draw(6)
    fed = net.greedy(batch.source, batch.source_lengths, batch.target.size(1), until_end=False).tokens
    expected = cross_entropy(net(batch.source, batch.source_lengths, fed), batch.target).item()
    assert trained(forcing=0.0).epochs[0].train_loss == pytest.approx(expected, rel=1e-6)


def test_a_training_follows_its_schedule_from_step_to_step() -> None:
    """Forced at first, free after twice the half: the second step of such a run is that of one that is free."""
    falling = {"forcing_decay": "linear", "forcing_half": 1}
    forced, free = trained(), trained(forcing=0.0)
    first = trained(**falling)
    assert first.epochs[0].train_loss == pytest.approx(forced.epochs[0].train_loss, rel=1e-6)
    assert abs(free.epochs[0].train_loss - forced.epochs[0].train_loss) > 1e-4

    def losses(**settings: object) -> list[float]:
        return [point.train_loss for point in trained(epochs=4, learning_rate=1e-30, **settings).epochs]

    # With weights that stand still, an epoch's loss is known from what is fed alone.
    assert losses(**falling)[0] == pytest.approx(losses()[0], rel=1e-6)
    assert losses(**falling)[2:] == pytest.approx(losses(forcing=0.0)[2:], rel=1e-6)


def test_every_setting_of_scheduled_sampling_affects_the_training() -> None:
    half = {"forcing": 0.5, "steps_per_epoch": 3, "batch_size": 60}
    variants: list[dict[str, object]] = [
        {"steps_per_epoch": 3, "batch_size": 60},
        *({**half, "forcing_draw": draw} for draw in DRAWS),
        *({**half, "feed": feed} for feed in FEEDS if feed != "argmax"),
        *({**half, "forcing_decay": decay, "forcing_half": 2} for decay in DECAYS if decay != "constant"),
        {**half, "forcing_decay": "linear", "forcing_half": 3},
    ]
    losses = [trained(**variant).epochs[0].train_loss for variant in variants]
    assert all(map(math.isfinite, losses))
    assert len({*losses}) == len(variants)


@pytest.mark.gpu
@pytest.mark.filterwarnings("ignore:Synchronization debug mode")  # a prototype, says torch; as an error it stays set
@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("draw", DRAWS)
def test_on_cuda_no_step_waits_for_the_host(draw: str, feed: str) -> None:
    cuda = torch.device("cuda")
    net = build_model(SMALL.replace({"packing": "padded"}), TASK, 1, cuda)  # packing waits, once a batch
    batch = Examples(TASK, 0, "train", cuda).draw(5)
    forcing = ScheduledSampling(TrainConfig(forcing=0.5, forcing_draw=draw, feed=feed), 0, cuda)
    run(net, batch, forcing.feeding(0, batch.target))  # what is set up on the first call may wait
    try:
        torch.cuda.set_sync_debug_mode("error")
        feeding = forcing.feeding(1, batch.target)
        logits = run(net, batch, feeding)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert feeding is not None
    assert feeding.forced.device.type == "cuda"
    assert logits.isfinite().all()
