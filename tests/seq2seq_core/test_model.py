"""The model: its state, its padding, its gradients, greedy decoding, and learning."""

from contextlib import nullcontext

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.examples import Batch, Examples
from seq2seq_core.layers import fast_path
from seq2seq_core.layers.cells import CELLS
from seq2seq_core.layers.losses import cross_entropy
from seq2seq_core.layers.packing import PACKINGS
from seq2seq_core.layers.scores import SCORES
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.tokens import EOS, PAD, SOS
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


@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4), packing=st.sampled_from([*PACKINGS]))
@pytest.mark.parametrize("plain", [False, True], ids=["kernels", "plain path"])
def test_boundaries_are_two_more_tokens_of_the_source(plain: bool, lengths: list[int], packing: str) -> None:
    """The same as another model that reads them as letters of its sources."""
    settings = {"bidirectional": True, "packing": packing}
    net, other = model(boundaries=True, **settings), model(**settings)
    examples = Examples(TASK, 0, "train", CPU).draw_lengths(torch.tensor(lengths))
    rows = [[SOS, *row[:length], EOS] for row, length in zip(examples.source.tolist(), lengths, strict=True)]
    source = torch.tensor([row + [PAD] * (max(lengths) + 2 - len(row)) for row in rows])
    with fast_path.disabled() if plain else nullcontext():
        expected = other(source, torch.tensor(lengths) + 2, examples.target)
        torch.testing.assert_close(logits_of(net, examples), expected, rtol=0, atol=1e-12)
        decoded, by_letters = (
            one.greedy(given, sizes, 5)
            for one, given, sizes in (
                (net, examples.source, torch.tensor(lengths)), (other, source, torch.tensor(lengths) + 2),
            )
        )  # fmt: skip
    assert torch.equal(decoded.tokens, by_letters.tokens)
    torch.testing.assert_close(decoded.weights, by_letters.weights, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("score", "query"), WIRINGS)
def test_batch_size_and_order_do_not_matter(score: str | None, query: str) -> None:
    net, examples = model(score=score, query=query), batch()
    together = logits_of(net, examples)
    order = torch.tensor([3, 1, 0, 2])
    shuffled = net(examples.source[order], examples.source_lengths[order], examples.target[order])
    torch.testing.assert_close(shuffled, together[order], rtol=0, atol=1e-12)
    alone = net(examples.source[2:3], examples.source_lengths[2:3], examples.target[2:3])
    torch.testing.assert_close(alone, together[2:3], rtol=0, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_without_attention_the_state_advances(cell: str) -> None:
    # In the article's code the new state was bound to a name that the loop never read again.
    net, examples = model(score=None, cell=cell), batch()
    memory, state = net.encode(examples.source, examples.source_lengths)
    same_token = net.decoder.embedding(torch.full((4, 3), SOS))
    features, _, last = net.decoder.unroll(same_token, net.decoder.start(state), memory)
    # In each row a channel changes; those of a ReLU may all stay at zero but one.
    assert (features[:, 1] - features[:, 0]).abs().amax(dim=-1).min() > 0
    assert (features[:, 2] - features[:, 1]).abs().amax(dim=-1).min() > 0
    assert (last.state[0] - state[0]).abs().amax(dim=-1).min() > 0


@pytest.mark.parametrize(("score", "query"), WIRINGS)
def test_gradients_reach_every_parameter(score: str | None, query: str) -> None:
    net, examples = model(score=score, query=query), batch(16)
    torch.autograd.backward(cross_entropy(logits_of(net, examples), examples.target))
    without = [
        name for name, parameter in net.named_parameters() if parameter.grad is None or not parameter.grad.abs().sum()
    ]
    assert [name for name in without if name != "decoder.score.offset"] == []  # softmax ignores that one


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


def test_a_row_without_a_real_position_is_rejected() -> None:
    examples = batch(2)
    with pytest.raises(ValueError, match="attention needs a position"):
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
        {"score": "additive_normalised"},
        {"score": "location", "query": "previous"},
        {"score": "general", "input_feeding": True, "attentional_layer": True},
        {"score": "dot", "mlp": True, "bidirectional": True},
    ],
)
def test_one_batch_can_be_memorised(overrides: dict[str, object]) -> None:
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
    assert TASK.vocabulary == 7
