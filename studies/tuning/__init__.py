"""How an arm comes to its settings: a `search` is declared, and goes on as one of the `chains` of trials, each of which
`sampling` proposes from those before it and `pruning` may end early."""

from studies.design.tuning import Tuning

__all__ = ["Tuning"]
