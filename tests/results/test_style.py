"""A name's look is its own: nobody can tell two arms apart that are drawn alike."""

from __future__ import annotations

from results.figures.style import line_styles

KNOWN = ["none", "dot", "scaled_dot", "general", "concat", "additive", "additive_previous"]


def test_no_two_of_seven_known_and_fifteen_other_names_are_drawn_alike():
    names = [*KNOWN, *(f"variant_{number}" for number in range(15))]
    drawn = {(look.color, look.marker) for look in line_styles(names).values()}
    assert len(drawn) == len(names)
