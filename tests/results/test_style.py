"""Each name has its own style, so that all arms can be distinguished."""

from __future__ import annotations

from results.figures.style import line_styles

KNOWN = ["none", "dot", "scaled_dot", "general", "concat", "additive", "additive_previous"]


def test_seven_known_and_fifteen_other_names_have_distinct_styles():
    names = [*KNOWN, *(f"variant_{number}" for number in range(15))]
    drawn = {(look.color, look.marker) for look in line_styles(names).values()}
    assert len(drawn) == len(names)
