"""Alignments of decoders that look at known positions, and the mean alignment against a plain loop."""

import pytest
import torch
from torch import Tensor, nn

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig
from seq2seq_core.evaluation.alignment import LONGEST_RECORDED, MEAN_OF, align, example_alignment, mean_alignment
from seq2seq_core.examples import Examples
from seq2seq_core.layers.scores import Score, UsesPreviousAlignment
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.tokens import EOS
from seq2seq_core.training import build_model

CPU = torch.device("cpu")
TASK = TaskConfig(min_length=2, max_length=5)
SMALL = ModelConfig(embedding_size=5, hidden_size=6)
PYRAMID = SMALL.replace({"layers": 2, "pyramid": "average"})


class Backwards(UsesPreviousAlignment):
    """Attends to the last position first, then to each position before it."""

    def __init__(self) -> None:
        nn.Module.__init__(self)

    def project_keys(self, values: Tensor) -> Tensor:
        return values

    def energies_from_previous(self, query: Tensor, keys: Tensor, previous: Tensor, mask: Tensor) -> Tensor:
        last = torch.zeros_like(previous)
        last[..., -1] = 1.0
        before = torch.cat([previous[..., 1:], torch.zeros_like(previous[..., :1])], dim=-1)
        return 1e3 * torch.where(previous.sum(-1, keepdim=True) > 0, before, last)


class At(Score):
    """Attends to one position for every query."""

    def __init__(self, position: int) -> None:
        nn.Module.__init__(self)
        self.position = position

    def project_keys(self, values: Tensor) -> Tensor:
        return values

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        energies = keys.new_zeros(keys.size(0), query.size(1), keys.size(1))
        energies[..., self.position] = 1e3
        return energies


def network(config: ModelConfig = SMALL, score: Score | None = None) -> Seq2Seq:
    net = build_model(config, TASK, 1, CPU).double().eval()
    if score:
        net.decoder.score = score
    return net


def stream() -> Examples:
    return Examples(TASK, 3, "alignment", CPU)


def share(net: Seq2Seq) -> float:
    mean = mean_alignment(net, stream(), batch_size=500)
    assert mean is not None
    assert mean.expected_share is not None
    return mean.expected_share


def test_reading_backwards_has_all_weight_on_the_anti_diagonal() -> None:
    mean = mean_alignment(network(score=Backwards()), stream(), batch_size=500)
    assert mean is not None
    assert mean.expected_share == 1.0
    assert mean.weights[:5] == torch.eye(5).flip(0).tolist()
    assert len(mean.weights) == 6


@pytest.mark.parametrize("position", range(5))
def test_attending_to_one_position_has_the_share_of_its_letter(position: int) -> None:
    assert share(network(score=At(position))) == pytest.approx(1 / 5)


@pytest.mark.parametrize(("position", "letters"), [(0, 2), (1, 2), (2, 1)])
def test_a_position_of_a_pyramid_covers_several_letters(position: int, letters: int) -> None:
    net = network(PYRAMID, At(position))
    assert share(net) == pytest.approx(letters / 5)
    (alignment,) = align(net, TASK, ["abcda"], CPU)
    assert alignment.source == ["ab", "cd", "a"]
    assert [row.index(1.0) for row in alignment.weights] == [position] * len(alignment.weights)


def test_uniform_weights_have_a_share_of_one_position() -> None:
    net = network()
    assert net.decoder.score is not None
    for weight in net.decoder.score.parameters():
        nn.init.zeros_(weight)
    assert share(net) == pytest.approx(1 / 5)


@pytest.mark.parametrize(
    "config",
    [
        SMALL,
        PYRAMID,
        SMALL.replace({"score": "additive", "query": "previous"}),
        SMALL.replace({"score": "shift", "boundaries": True}),
    ],
)
@pytest.mark.parametrize("ends", [-1e3, 1e3], ids=["never ends", "ends at once"])
@pytest.mark.parametrize("batch_size", [7, 500])
def test_the_mean_equals_a_loop_over_single_examples(config: ModelConfig, ends: float, batch_size: int) -> None:
    """One step more than letters, even if EOS was written long before."""
    net = network(config)
    net.decoder.output.bias.data[EOS] = ends
    mean, examples = mean_alignment(net, stream(), batch_size), stream()
    assert mean is not None
    sources = [*examples.draw_lengths(torch.tensor([5])).source]
    sources += [*examples.draw_lengths(torch.full((MEAN_OF - 1,), 5)).source]
    total = torch.zeros(6, 3 if config.pyramid else 5, dtype=torch.float64)
    for source in sources:
        weights = net.greedy(source[None], torch.tensor([5]), 6, until_end=False).weights
        assert weights is not None
        total += weights[0, :, 1:-1] if config.boundaries else weights[0]
    torch.testing.assert_close(torch.tensor(mean.weights, dtype=torch.float64), total / 100, rtol=0, atol=1e-12)
    assert mean.n == 100


def test_the_single_alignment_is_the_first_example_of_the_mean() -> None:
    shown = example_alignment(network(), stream())
    assert shown is not None
    (again,) = align(network(), TASK, ["".join(shown.source)], CPU)
    assert again == shown
    first, *others = stream().draw_lengths(torch.tensor([5])).source.tolist()
    assert shown.source == [chr(ord("a") + token - 3) for token in first]
    assert others == []


def test_chosen_sources_are_decoded_until_eos() -> None:
    net = network()
    sources = ["a", "dcbaabcd", "bb"]
    for source, alignment in zip(sources, align(net, TASK, sources, CPU), strict=True):
        assert alignment.source == [*source]
        tokens = torch.tensor([[3 + "abcd".index(letter) for letter in source]])
        decoded = net.greedy(tokens, torch.tensor([len(source)]), 2 * len(source))
        assert decoded.weights is not None
        assert alignment.weights == decoded.weights[0].tolist()
        assert len(alignment.prediction) == len(alignment.weights) <= 2 * len(source)
    net.decoder.output.bias.data[EOS] = 1e3
    assert [alignment.prediction for alignment in align(net, TASK, sources, CPU)] == [["</s>"]] * 3
    net.decoder.output.bias.data[EOS] = -1e3
    assert [len(alignment.prediction) for alignment in align(net, TASK, sources, CPU)] == [2, 16, 4]


def test_weights_on_boundary_tokens_are_left_out_of_alignments() -> None:
    net = network(SMALL.replace({"boundaries": True}))
    (alignment,) = align(net, TASK, ["abc"], CPU)
    assert alignment.source == ["a", "b", "c"]
    decoded = net.greedy(torch.tensor([[3, 4, 5]]), torch.tensor([3]), 6)
    assert decoded.weights is not None
    assert decoded.weights.size(2) == 5
    assert alignment.weights == decoded.weights[0, :, 1:4].tolist()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "expected at least one letter"),
        ("abe", "the letter 'e' is unknown; known: a, b, c, d"),
        ("A", "letter 'A'"),
    ],
)
def test_a_source_outside_the_alphabet_is_refused(source: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        align(network(), TASK, ["ab", source], CPU)


def test_a_model_without_attention_has_no_alignment() -> None:
    net = network(SMALL.replace({"score": None}))
    assert example_alignment(net, stream()) is None
    assert mean_alignment(net, stream(), batch_size=500) is None
    with pytest.raises(ConfigError, match="has no attention"):
        align(net, TASK, ["ab"], CPU)


@pytest.mark.parametrize("config", [SMALL, PYRAMID, SMALL.replace({"score": "additive", "query": "previous"})])
def test_sources_too_long_to_record_have_the_share_only(config: ModelConfig) -> None:
    """The same share as of all weights at once, though they are looked at in parts."""
    length = LONGEST_RECORDED + 1
    task, net = TaskConfig(min_length=1, max_length=length), network(config)
    mean = mean_alignment(net, Examples(task, 3, "alignment", CPU), batch_size=500)
    assert mean is not None
    assert mean.weights == []
    assert example_alignment(net, Examples(task, 3, "alignment", CPU)) is None
    stream = Examples(task, 3, "alignment", CPU)
    sources = torch.cat([stream.draw_lengths(torch.full((n,), length)).source for n in (1, MEAN_OF - 1)])
    weights = net.greedy(sources, torch.full((MEAN_OF,), length), length + 1, until_end=False).weights
    assert weights is not None
    held = [(length - 1 - step) // 2**config.halvings for step in range(length)]
    share = weights.mean(dim=0)[torch.arange(length), held].mean().item()
    assert mean.expected_share == pytest.approx(share, abs=1e-12)
