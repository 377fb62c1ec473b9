"""Each slip of the article's code has its documented effect, and no effect if it is off."""

import dataclasses

import pytest
import torch
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.config.presets import preset
from seq2seq_core.examples import Examples
from seq2seq_core.model.seq2seq import Decoded, Seq2Seq
from seq2seq_core.tokens import PAD, SOS
from seq2seq_core.training import build_model, train
from studies.recipes.article import SLIPS, ArticleRecipe, article_accuracy

CPU = torch.device("cpu")
TASK = TaskConfig(letters=4, min_length=2, max_length=5)
TRAINING = TrainConfig(epochs=2, steps_per_epoch=3, batch_size=4, evaluation_size=6, test_size=6)
NONE = preset("article_none").replace({"hidden_size": 6, "embedding_size": 5})
BAHDANAU = preset("article_bahdanau").replace({"hidden_size": 6, "embedding_size": 5})


def built(config: ModelConfig, *slips: str) -> Seq2Seq:
    return build_model(config, TASK, 1, CPU, TRAINING, ArticleRecipe(slips, config.score)).double()


def logits_by_step(model: Seq2Seq, tokens: list[int]) -> Tensor:
    """The logits (T,V) of one source with these target tokens."""
    source = torch.tensor([[3, 4, 5]])
    logits: Tensor = model(source, torch.tensor([3]), torch.tensor([tokens]))
    return logits[0]


def test_a_stuck_decoder_depends_only_on_the_previous_token() -> None:
    stuck, right = (logits_by_step(built(NONE, *slips), [3, 3, 5, 3, 5]) for slips in (["stuck_state"], []))
    torch.testing.assert_close(stuck[1], stuck[2], rtol=0, atol=0)  # after a 3 each
    torch.testing.assert_close(stuck[2], stuck[4], rtol=0, atol=0)
    assert (stuck[1] - stuck[3]).abs().max() > 1e-6  # after a 3, after a 5
    assert (right[1] - right[2]).abs().max() > 1e-6
    torch.testing.assert_close(stuck[0], right[0], rtol=0, atol=1e-12)  # the first step is the same in both


def test_a_stuck_decoder_is_also_stuck_in_greedy_decoding() -> None:
    model = built(NONE, "stuck_state")
    source, lengths = torch.tensor([[3, 4, 5]]), torch.tensor([3])
    tokens = model.greedy(source, lengths, 12, until_end=False).tokens[0].tolist()
    followers = dict(zip([SOS, *tokens], tokens, strict=False))
    assert tokens == [followers[before] for before in [SOS, *tokens[:-1]]]  # a token has one follower, wherever it is


@pytest.mark.parametrize("stream", ["train", "evaluation", "test"])
def test_three_of_four_letters_are_drawn_and_the_model_knows_four(stream: str) -> None:
    for slips, drawn in (((), {3, 4, 5, 6}), (("three_letters",), {3, 4, 5})):
        recipe = ArticleRecipe(slips, None)
        source = recipe.examples(TASK, TRAINING, 0, stream, CPU).draw(100).source
        assert set(source.flatten().tolist()) - {PAD} == drawn
        assert recipe.model(NONE, TASK, TRAINING).decoder.output.out_features == TASK.vocabulary == 7


def test_fixed_strings_repeat_the_first_epoch_in_training_only() -> None:
    def sources(stream: str, *slips: str) -> list[list[list[int]]]:
        examples = ArticleRecipe(slips, None).examples(TASK, TRAINING, 0, stream, CPU)
        return [examples.draw(4).source.tolist() for _ in range(6)]

    fresh, fixed = sources("train"), sources("train", "fixed_strings")
    assert fixed[:3] == fixed[3:] == fresh[:3]
    assert fresh[3:] != fresh[:3]
    assert sources("evaluation", "fixed_strings") == sources("evaluation")


def test_a_training_on_fixed_strings_resumes_after_an_interruption() -> None:
    training = dataclasses.replace(TRAINING, epochs=4)
    recipe = ArticleRecipe(["fixed_strings", "stuck_state"], None)
    checkpoints: list[bytes] = []
    uninterrupted = train(NONE, TASK, training, 0, recipe=recipe, on_checkpoint=checkpoints.append)
    resumed = train(NONE, TASK, training, 0, recipe=recipe, checkpoint=checkpoints[1])
    assert resumed.epochs == uninterrupted.epochs
    assert resumed.test == uninterrupted.test


def test_a_vector_for_each_slot_equals_additive_if_the_vectors_are_equal() -> None:
    slotted, plain = built(BAHDANAU, "va_per_slot"), built(BAHDANAU)
    query, values = torch.randn(6, 3, 6).double(), torch.randn(6, 5, 6).double()
    ours, theirs = slotted.decoder.score, plain.decoder.score
    assert ours is not None
    assert theirs is not None
    slots: Tensor = ours.get_parameter("slots")
    assert slots.shape == (TRAINING.batch_size, 6)
    energies = ours.energies(query, ours.project_keys(values))
    with torch.no_grad():
        theirs.get_parameter("energy.weight").copy_(slots[1:2])
    in_slot_1 = theirs.energies(query, theirs.project_keys(values))
    # Row 1 is in slot 1, and so is row 5 of a batch of six, as in batches of four.
    torch.testing.assert_close(energies[[1, 5]], in_slot_1[[1, 5]], rtol=0, atol=1e-12)
    assert (energies - in_slot_1)[[0, 2, 3, 4]].abs().amin(dim=(1, 2)).min() > 0


def test_all_slips_are_off_unless_they_are_named() -> None:
    plain, article = (
        train(NONE, TASK, TRAINING, 0, **({"recipe": ArticleRecipe([], None)} if named else {})) for named in (0, 1)
    )
    assert [dataclasses.replace(point, extra_metrics={}) for point in article.epochs] == plain.epochs
    assert all(set(point.extra_metrics) == {"article_accuracy"} for point in article.epochs)
    assert article.test == plain.test


def test_recipes_with_different_slips_have_different_names() -> None:
    names = {ArticleRecipe(slips, None).name for slips in ([], ["stuck_state"], ["stuck_state", "three_letters"])}
    assert len(names) == 3
    assert ArticleRecipe(["three_letters", "stuck_state"], None).name in names


@pytest.mark.parametrize(
    ("slip", "score", "message"),
    [
        ("stuck", None, "did you mean 'stuck_state'"),
        ("stuck_state", "dot", "expected none"),
        ("va_per_slot", "dot", "additive"),
    ],
)
def test_an_invalid_slip_is_refused(slip: str, score: str | None, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ArticleRecipe([slip], score)


class Known(Seq2Seq):
    """A model that predicts the given tokens for any source."""

    def say(self, tokens: Tensor) -> None:
        self.tokens = tokens

    def greedy(
        self, source: Tensor, lengths: Tensor, limit: int, *, until_end: bool = True, keep_weights: bool = True
    ) -> Decoded:
        assert not until_end
        return Decoded(self.tokens[:, :limit], None)


def test_the_articles_metric_equals_values_computed_by_hand() -> None:
    task = TaskConfig(letters=4, min_length=2, max_length=2)
    model = Known(NONE, task.vocabulary)
    target = Examples(task, 0, "test", CPU).draw(2).target  # two letters and EOS each, nothing padded
    model.say(target)
    assert article_accuracy(model, Examples(task, 0, "test", CPU), 2) == 1.0
    wrong = target.clone()
    wrong[0, 2] = wrong[1, 0] = PAD
    model.say(wrong)
    assert article_accuracy(model, Examples(task, 0, "test", CPU), 2) == pytest.approx(1 - 2 / 6)


def test_padding_counts_as_correct_in_the_articles_metric() -> None:
    """The article's metric, computed by a second implementation for batches of unequal lengths."""
    model = built(NONE)
    examples = Examples(TASK, 0, "test", CPU)
    figures = []
    for _ in range(2):
        batch = examples.draw(30)
        tokens = model.greedy(batch.source, batch.source_lengths, batch.target.size(1), until_end=False).tokens
        columns = (batch.target_lengths.tolist(), tokens.tolist(), batch.target.tolist())
        rows = sorted(zip(*columns, strict=True), key=lambda row: -row[0])
        predicted = [
            token if position < length else PAD for length, row, _ in rows for position, token in enumerate(row)
        ]
        expected = [token for _, _, row in rows for token in row]
        figures.append(1 - Levenshtein.distance(predicted, expected) / len(expected))
        assert expected.count(PAD) > 10
    found = article_accuracy(model, Examples(TASK, 0, "test", CPU), 60)
    assert found == pytest.approx(sum(figures) / 2, abs=0.01)  # rows of one length may stand in another order


def test_the_articles_metric_leaves_out_an_incomplete_last_batch() -> None:
    model = built(NONE)
    of_60, of_75, of_90 = (article_accuracy(model, Examples(TASK, 0, "test", CPU), size) for size in (60, 75, 90))
    assert of_75 == of_60 != of_90


def test_every_slip_has_a_description() -> None:
    assert all(len(words) > 20 for words in SLIPS.values())


def test_an_alphabet_from_which_no_letter_can_be_left_out_is_refused() -> None:
    recipe = ArticleRecipe(["three_letters"], None)
    with pytest.raises(ConfigError, match="slip 'three_letters': letters is 1; expected at least 2"):
        recipe.check(NONE, TaskConfig(letters=1), TRAINING)
    recipe.check(NONE, TaskConfig(letters=2), TRAINING)
