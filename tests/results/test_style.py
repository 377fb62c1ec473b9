"""Each name has its own style, so that all arms can be distinguished."""

from __future__ import annotations

from results.figures.style import line_styles

KNOWN = ["none", "dot", "scaled_dot", "general", "concat", "additive", "additive_previous"]


def test_seven_known_and_fifteen_other_names_have_distinct_styles():
    names = [*KNOWN, *(f"variant_{number}" for number in range(15))]
    drawn = {(look.color, look.marker) for look in line_styles(names).values()}
    assert len(drawn) == len(names)


def test_the_arms_of_a_study_of_longer_sources_have_different_colours() -> None:
    """Dashes and markers alone did not tell location from no attention, where both are in one figure."""
    names = ("none", "general", "additive", "location", "shift", "one_step", "transformer")
    assert len({style.color for style in line_styles(names).values()}) == len(names)
