"""The whole model: its fast path against the plain loop, its state, its padding, and that it can learn."""

import numpy as np
import pytest
import torch
from torch import Tensor

from seq2seq_core.cells import CELLS
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.losses import cross_entropy
from seq2seq_core.scores import SCORES
from seq2seq_core.seq2seq import Seq2Seq
from seq2seq_core.tasks import EOS, SOS, Batch, Examples, vocabulary
from seq2seq_core.training import build_model, training_step

CPU = torch.device("cpu")
TASK = TaskConfig(min_length=2, max_length=6)
WIRINGS = [(None, "current"), *[(score, query) for score in SCORES for query in ("current", "previous")]]


def model(**overrides: object) -> Seq2Seq:
    settings = {"embedding_size": 5, "hidden_size": 6, **overrides}
    return build_model(ModelConfig.from_dict(settings), TASK, 1, CPU).double()


def batch(size: int = 4) -> Batch:
    return Examples(TASK, 0, "train", CPU).draw(size)


def logits_of(net: Seq2Seq, examples: Batch) -> Tensor:
    logits: Tensor = net(examples.source, examples.source_lengths, examples.target)
    return logits


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("score", [None, *SCORES])
def test_the_parallel_form_equals_the_step_loop(score: str | None, cell: str) -> None:
    net, examples = model(score=score, cell=cell, layers=2), batch()
    memory, state = net.encode(examples.source, examples.source_lengths)
    embedded = net.decoder.embedding(examples.target)
    start = net.decoder.start(state)
    whole, whole_weights, whole_carry = net.decoder.advance(embedded, start, memory)
    steps, step_weights, step_carry = net.decoder.unroll(embedded, start, memory)
    torch.testing.assert_close(steps, whole, rtol=0, atol=1e-10)
    torch.testing.assert_close(step_carry.state, whole_carry.state, rtol=0, atol=1e-10)
    torch.testing.assert_close(step_weights, whole_weights, rtol=0, atol=1e-10)


@pytest.mark.parametrize("query", ["current", "previous"])
def test_logits_equal_a_loop_in_numpy(query: str) -> None:
    """A GRU decoder with the additive score, every step written out in float64."""
    net, examples = model(score="additive", query=query), batch(1)
    memory, (hidden,) = net.encode(examples.source, examples.source_lengths)
    assert memory is not None
    w = {name: tensor.numpy() for name, tensor in net.decoder.state_dict().items()}
    h, values = hidden[0, 0].detach().numpy(), memory.values[0].detach().numpy()

    def sigmoid(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-x))

    def attended(q: np.ndarray) -> np.ndarray:
        energies = [
            w["score.energy.weight"][0] @ np.tanh(w["score.query.weight"] @ q + w["score.key.weight"] @ value)
            for value in values
        ]
        weights = np.exp(energies) / np.exp(energies).sum()
        return weights @ values

    def gru(x: np.ndarray, h: np.ndarray) -> np.ndarray:
        of_input = np.split(w["cell.weight_ih_l0"] @ x + w["cell.bias_ih_l0"], 3)
        of_state = np.split(w["cell.weight_hh_l0"] @ h + w["cell.bias_hh_l0"], 3)
        reset, update = (sigmoid(of_input[gate] + of_state[gate]) for gate in (0, 1))
        return (1 - update) * np.tanh(of_input[2] + reset * of_state[2]) + update * h

    expected = []
    for token in [SOS, *examples.target[0, :-1].tolist()]:
        x = w["embedding.weight"][token]
        if query == "current":
            h = gru(x, h)
            context = attended(h)
        else:
            context = attended(h)
            h = gru(np.concatenate([x, context]), h)
        expected.append(w["output.weight"] @ np.concatenate([h, context]) + w["output.bias"])
    np.testing.assert_allclose(logits_of(net, examples)[0].detach().numpy(), expected, rtol=0, atol=1e-10)


def test_the_order_of_cell_and_attention_is_a_change_of_function() -> None:
    sizes = [sum(p.numel() for p in model(query=query).decoder.cell.parameters()) for query in ("current", "previous")]
    assert sizes[1] - sizes[0] == 3 * 6 * 6  # the context, 6 wide, joins the input of 3 gates of 6


@pytest.mark.parametrize(("score", "query"), WIRINGS)
def test_more_padding_changes_neither_loss_nor_gradients(score: str | None, query: str) -> None:
    net, examples = model(score=score, query=query, bidirectional=score not in ("dot", "scaled_dot")), batch()
    outcomes = []
    for extra in (0, 5):
        source = torch.nn.functional.pad(examples.source, (0, extra))
        target = torch.nn.functional.pad(examples.target, (0, extra))
        net.zero_grad()
        loss = cross_entropy(net(source, examples.source_lengths, target), target)
        torch.autograd.backward(loss)
        outcomes.append((loss, [parameter.grad for parameter in net.parameters()]))
    torch.testing.assert_close(outcomes[0], outcomes[1], rtol=0, atol=1e-12)


@pytest.mark.parametrize(("score", "query"), WIRINGS)
def test_batch_size_and_order_do_not_matter(score: str | None, query: str) -> None:
    net, examples = model(score=score, query=query), batch()
    whole = logits_of(net, examples)
    order = torch.tensor([3, 1, 0, 2])
    shuffled = net(examples.source[order], examples.source_lengths[order], examples.target[order])
    torch.testing.assert_close(shuffled, whole[order], rtol=0, atol=1e-12)
    alone = net(examples.source[2:3], examples.source_lengths[2:3], examples.target[2:3])
    torch.testing.assert_close(alone, whole[2:3], rtol=0, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_without_attention_the_state_advances(cell: str) -> None:
    # In the article's code the new state was bound to a name that the loop never read again.
    net, examples = model(score=None, cell=cell), batch()
    memory, state = net.encode(examples.source, examples.source_lengths)
    same_token = net.decoder.embedding(torch.full((4, 3), SOS))
    features, _, last = net.decoder.unroll(same_token, net.decoder.start(state), memory)
    assert (features[:, 1] - features[:, 0]).abs().min() > 0
    assert (features[:, 2] - features[:, 1]).abs().min() > 0
    assert (last.state[0] - state[0]).abs().min() > 0


@pytest.mark.parametrize(("score", "query"), WIRINGS)
def test_gradients_reach_every_parameter(score: str | None, query: str) -> None:
    net, examples = model(score=score, query=query), batch(16)
    torch.autograd.backward(cross_entropy(logits_of(net, examples), examples.target))
    without = [
        name for name, parameter in net.named_parameters() if parameter.grad is None or not parameter.grad.abs().sum()
    ]
    assert without == []


def test_the_loss_is_the_mean_over_real_tokens() -> None:
    logits = torch.randn(2, 3, 5).double()
    target = torch.tensor([[4, 3, 2], [3, 2, 0]])
    log = logits.log_softmax(-1)
    real = [log[0, 0, 4], log[0, 1, 3], log[0, 2, 2], log[1, 0, 3], log[1, 1, 2]]
    assert cross_entropy(logits, target).item() == pytest.approx(-sum(real).item() / 5, abs=1e-12)


@pytest.mark.parametrize(("score", "query"), [(None, "current"), ("general", "current"), ("additive", "previous")])
def test_greedy_feeds_each_prediction_back(score: str | None, query: str) -> None:
    """Teacher forcing on what was decoded has to choose the same tokens again."""
    net, examples = model(score=score, query=query), batch()
    net.decoder.output.bias.data[EOS] = 0.05
    limit = 7
    decoded = net.greedy(examples.source, examples.source_lengths, limit)
    for row, prediction in enumerate(decoded.predictions):
        answer = [*prediction, EOS][:limit]
        target = torch.tensor([answer])
        source = examples.source[row : row + 1]
        again = net(source, examples.source_lengths[row : row + 1], target).argmax(-1)
        assert again[0].tolist() == answer


def test_greedy_stops_at_the_limit_and_cuts_at_the_first_eos() -> None:
    net, examples = model(), batch()
    bias = net.decoder.output.bias.data
    bias[4] = 1e3
    endless = net.greedy(examples.source, examples.source_lengths, 9)
    assert endless.predictions == [[4] * 9] * 4
    assert endless.weights is not None
    assert endless.weights.shape == (4, 9, examples.source.size(1))
    bias[EOS] = 1e6
    assert net.greedy(examples.source, examples.source_lengths, 9).predictions == [[]] * 4


def test_a_fully_padded_row_is_refused() -> None:
    examples = batch(2)
    with pytest.raises(ValueError, match="a row needs a real position"):
        model().greedy(examples.source, torch.tensor([3, 0]), 4)


@pytest.mark.slow
@pytest.mark.parametrize(
    "overrides",
    [
        {"score": None, "cell": "lstm"},
        {"score": "dot", "cell": "rnn"},
        {"score": "general", "packing": "padded_exact", "bidirectional": True, "layers": 2},
        {"score": "concat"},
        {"score": "additive", "query": "previous"},
    ],
)
def test_one_batch_can_be_learnt_by_heart(overrides: dict[str, object]) -> None:
    net = build_model(ModelConfig.from_dict({"hidden_size": 48, **overrides}), TASK, 0, CPU)
    examples = batch(8)
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
    for _ in range(200):
        training_step(net, examples, optimizer, clip_norm=1.0)
    decoded = net.greedy(examples.source, examples.source_lengths, 12)
    answers = [row[: row.index(EOS)] for row in examples.target.tolist()]
    assert decoded.predictions == answers
    if decoded.weights is not None:  # it stopped when the last sequence had ended, though they end at different steps
        assert decoded.weights.size(1) == max(map(len, answers)) + 1


def test_the_vocabulary_counts_the_special_tokens() -> None:
    assert vocabulary(TASK) == 7
