"""Where a model looks: decoders made by hand to look at known positions, and the mean against a plain loop."""

import pytest
import torch
from torch import Tensor, nn

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig
from seq2seq_core.evaluation.alignment import LONGEST_RECORDED, MEAN_OF, align, example_alignment, mean_alignment
from seq2seq_core.layers.scores import Score, UsesPreviousAlignment
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.tasks.reverse import Examples
from seq2seq_core.tokens import EOS
from seq2seq_core.training import build_model

CPU = torch.device("cpu")
TASK = TaskConfig(min_length=2, max_length=5)
SMALL = ModelConfig(embedding_size=5, hidden_size=6)
PYRAMID = SMALL.replace({"layers": 2, "pyramid": "average"})


class Backwards(UsesPreviousAlignment):
    """Looks at the last position, then at the one before where it looked, and at last at the first."""

    def __init__(self) -> None:
        nn.Module.__init__(self)

    def project_keys(self, values: Tensor) -> Tensor:
        return values

    def energies_from_previous(self, query: Tensor, keys: Tensor, previous: Tensor) -> Tensor:
        last = torch.zeros_like(previous)
        last[..., -1] = 1.0
        before = torch.cat([previous[..., 1:], torch.zeros_like(previous[..., :1])], dim=-1)
        return 1e3 * torch.where(previous.sum(-1, keepdim=True) > 0, before, last)


class At(Score):
    """Looks at one position, whatever it is asked."""

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
    mean = mean_alignment(net, stream(), chunk=500)
    assert mean is not None
    return mean.anti_diagonal


def test_one_that_reads_backwards_has_all_its_weight_on_the_anti_diagonal() -> None:
    mean = mean_alignment(network(score=Backwards()), stream(), chunk=500)
    assert mean is not None
    assert mean.anti_diagonal == 1.0
    assert mean.weights[:5] == torch.eye(5).flip(0).tolist()
    assert len(mean.weights) == 6


@pytest.mark.parametrize("position", range(5))
def test_one_that_looks_at_one_letter_has_the_share_of_that_letter(position: int) -> None:
    assert share(network(score=At(position))) == pytest.approx(1 / 5)


@pytest.mark.parametrize(("position", "letters"), [(0, 2), (1, 2), (2, 1)])
def test_in_a_pyramid_a_position_holds_the_letters_that_it_covers(position: int, letters: int) -> None:
    net = network(PYRAMID, At(position))
    assert share(net) == pytest.approx(letters / 5)
    (picture,) = align(net, ["abcda"], CPU)
    assert picture.source == ["ab", "cd", "a"]
    assert [row.index(1.0) for row in picture.weights] == [position] * len(picture.weights)


def test_one_that_looks_everywhere_alike_has_one_share_of_the_positions() -> None:
    net = network()
    assert net.decoder.score is not None
    for weight in net.decoder.score.parameters():
        nn.init.zeros_(weight)
    assert share(net) == pytest.approx(1 / 5)


@pytest.mark.parametrize("config", [SMALL, PYRAMID, SMALL.replace({"score": "additive", "query": "previous"})])
@pytest.mark.parametrize("ends", [-1e3, 1e3], ids=["never ends", "ends at once"])
@pytest.mark.parametrize("chunk", [7, 500])
def test_the_mean_is_that_of_a_loop_over_single_examples(config: ModelConfig, ends: float, chunk: int) -> None:
    """For a step more than there are letters, also where EOS was written long before."""
    net = network(config)
    net.decoder.output.bias.data[EOS] = ends
    mean, examples = mean_alignment(net, stream(), chunk), stream()
    assert mean is not None
    sources = [*examples.draw_lengths(torch.tensor([5])).source]
    sources += [*examples.draw_lengths(torch.full((MEAN_OF - 1,), 5)).source]
    total = torch.zeros(6, 3 if config.pyramid else 5, dtype=torch.float64)
    for source in sources:
        weights = net.greedy(source[None], torch.tensor([5]), 6, until_end=False).weights
        assert weights is not None
        total += weights[0]
    torch.testing.assert_close(torch.tensor(mean.weights, dtype=torch.float64), total / 100, rtol=0, atol=1e-12)
    assert mean.n == 100


def test_the_example_is_the_first_of_those_that_the_mean_is_over() -> None:
    shown = example_alignment(network(), stream())
    assert shown is not None
    (again,) = align(network(), ["".join(shown.source)], CPU)
    assert again == shown
    first, *others = stream().draw_lengths(torch.tensor([5])).source.tolist()
    assert shown.source == [chr(ord("a") + token - 3) for token in first]
    assert others == []


def test_chosen_sources_are_decoded_freely_until_they_end() -> None:
    net = network()
    sources = ["a", "dcbaabcd", "bb"]
    for source, picture in zip(sources, align(net, sources, CPU), strict=True):
        assert picture.source == [*source]
        tokens = torch.tensor([[3 + "abcd".index(letter) for letter in source]])
        decoded = net.greedy(tokens, torch.tensor([len(source)]), 2 * len(source))
        assert decoded.weights is not None
        assert picture.weights == decoded.weights[0].tolist()
        assert len(picture.prediction) == len(picture.weights) <= 2 * len(source)
    net.decoder.output.bias.data[EOS] = 1e3
    assert [picture.prediction for picture in align(net, sources, CPU)] == [["</s>"]] * 3
    net.decoder.output.bias.data[EOS] = -1e3
    assert [len(picture.prediction) for picture in align(net, sources, CPU)] == [2, 16, 4]


@pytest.mark.parametrize(
    ("source", "words"),
    [("", "expected a letter"), ("abe", "the letter 'e' is unknown; known: a, b, c, d"), ("A", "letter 'A'")],
)
def test_a_source_that_the_task_cannot_have_is_refused(source: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        align(network(), ["ab", source], CPU)


def test_without_attention_there_is_none() -> None:
    net = network(SMALL.replace({"score": None}))
    assert example_alignment(net, stream()) is None
    assert mean_alignment(net, stream(), chunk=500) is None
    with pytest.raises(ConfigError, match="has no attention"):
        align(net, ["ab"], CPU)


@pytest.mark.parametrize("config", [SMALL, PYRAMID, SMALL.replace({"score": "additive", "query": "previous"})])
def test_of_sources_too_long_to_record_there_is_the_share_alone(config: ModelConfig) -> None:
    """The same share as of all weights at once, though they are looked at in parts."""
    length = LONGEST_RECORDED + 1
    task, net = TaskConfig(min_length=1, max_length=length), network(config)
    mean = mean_alignment(net, Examples(task, 3, "alignment", CPU), chunk=500)
    assert mean is not None
    assert mean.weights == []
    assert example_alignment(net, Examples(task, 3, "alignment", CPU)) is None
    stream = Examples(task, 3, "alignment", CPU)
    sources = torch.cat([stream.draw_lengths(torch.full((n,), length)).source for n in (1, MEAN_OF - 1)])
    weights = net.greedy(sources, torch.full((MEAN_OF,), length), length + 1, until_end=False).weights
    assert weights is not None
    held = [(length - 1 - step) // 2**config.halvings for step in range(length)]
    share = weights.mean(dim=0)[torch.arange(length), held].mean().item()
    assert mean.anti_diagonal == pytest.approx(share, abs=1e-12)
