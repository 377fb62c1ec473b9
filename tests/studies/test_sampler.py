"""How failed and diverged trials affect the next settings that Optuna proposes."""

import pytest
from formula import RATE

from studies.design.tuning import Search
from studies.planning.sampler import TrialResult, propose

LOW = ((2e-4, 0.5), (5e-4, 0.51), (1e-3, 0.52), (3e-3, 0.53))
HIGH = (2e-2, 3e-2, 4e-2, 5e-2, 6e-2, 8e-2)


def rates(outcome: str) -> list[float]:
    """The rates proposed after high rates with this outcome and completed low rates."""
    search = Search(space=RATE)
    history = [TrialResult((("learning_rate", rate),), outcome, (), 3) for rate in HIGH]
    history += [TrialResult((("learning_rate", rate),), "done", (value,), 9) for rate, value in LOW]
    proposed = []
    for _ in range(12):
        proposed.append(propose(search, history)["learning_rate"])
        history.append(history[-1])
    return proposed


def test_tpe_avoids_settings_that_diverged() -> None:
    """Optuna ignores failed trials, so diverged trials must not be stored as failed."""
    assert all(rate < HIGH[0] for rate in rates("diverged"))


def test_a_program_failure_does_not_count_against_the_settings() -> None:
    assert any(rate > HIGH[0] for rate in rates("failed"))


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_random_draw_depends_only_on_the_number_of_the_trial(sampler: str) -> None:
    done = TrialResult((("learning_rate", 1e-3),), "done", (0.5,), 9)
    search = Search(space=RATE, sampler=sampler)
    first, second = propose(search, []), propose(search, [done])
    assert first != second == propose(search, [TrialResult((("learning_rate", 2e-3),), "pruned", (0.9,), 1)])
