"""A compact SVG shows what matplotlib drew: the same elements, styles, and positions within 0.005 points."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from results.figures.style import styled
from results.figures.svg import _relative_lines, compact, svg

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
DECLARED = re.compile(r"\.(s\d+)\{([^}]*)\}")


def drawn() -> Figure:
    """Lines, markers, a confidence band, an image, and letters, one of which is not in the font. Some groups are empty:
    markers at no number, and a tick without a label."""
    figure = Figure()
    left, right = figure.subplots(1, 2)
    left.plot(np.linspace(0, 1, 50), np.sin(np.linspace(0, 9, 50)), marker="o", label='<!-- x="1.23456" -->')
    left.fill_between([0, 1], [0.1234567, 0.2], [0.7, 0.9], alpha=0.3)
    left.plot([0.5, 0.6], [np.nan, np.nan], "o")
    left.set_xticks([0, 1], ["", "one"])
    left.legend()
    right.imshow(np.arange(12).reshape(3, 4))
    right.set_title("語 1.23456")
    return figure


def original(figure: Figure) -> str:
    out = io.StringIO()
    with styled():
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def elements(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Tag, attributes, and style of each element, in order; no groups that are empty or have nothing but a name."""
    root = ElementTree.fromstring(text.encode())
    styles = dict(DECLARED.findall(text))
    found = []
    for element in root.iter():
        style = element.get("style") or styles.get(element.get("class", ""), "")
        kept = {name: value for name, value in element.items() if name not in ("style", "class")}
        if element.tag.endswith("}g"):
            kept.pop("id", None)
            if (not kept and not style) or not len(element):
                continue
        kept = {name.replace("{http://www.w3.org/1999/xlink}", ""): value for name, value in kept.items()}
        if "d" in kept:
            kept["d"] = absolute(kept["d"])
        found.append((element.tag, kept, style))
    return found


def absolute(path: str) -> str:
    """The path with a letter before each point and every point by its place, as an SVG reader understands it."""
    start = place = np.zeros(2)
    written = []
    for letter, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        points = np.array(re.findall(r"-?(?:\d+\.?\d*|\.\d+)", numbers), dtype=float).reshape(-1, 2)
        if letter == "l":
            points = place + points.cumsum(axis=0)
        for one in points if letter in "Ll" else [points.ravel()]:
            written.append(" ".join([letter.upper(), *(f"{number:.6f}" for number in one)]))
        place = start if letter == "z" else points[-1]
        start = place if letter == "M" else start
    return "\n".join(written)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from("ML"), st.lists(st.floats(-5e3, 5e3), min_size=2, max_size=2)),
            st.tuples(st.just("Q"), st.lists(st.floats(-5e3, 5e3), min_size=4, max_size=4)),
            st.tuples(st.just("z"), st.just([])),
        )
    )
)
def test_lines_from_point_to_point_end_where_the_lines_of_the_path_end(commands: list[tuple[str, list[float]]]) -> None:
    path = " \n".join(
        " ".join([letter, *(f"{x:.2f}" for x in numbers)]) for letter, numbers in [("M", [1.0, 2.0]), *commands]
    )
    found, expected = (re.split(r"\s+", absolute(one)) for one in (_relative_lines(path), path))
    assert [one for one in found if one.isalpha()] == [one for one in expected if one.isalpha()]
    np.testing.assert_allclose(*([float(x) for x in one if not x.isalpha()] for one in (found, expected)), atol=1e-6)


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
def test_a_compact_svg_has_the_elements_styles_and_places_of_the_original() -> None:
    before = original(drawn())
    after = compact(before)
    assert len(after) < 0.6 * len(before)
    assert [tag for tag, *_ in elements(after)] == [tag for tag, *_ in elements(before)]
    names: dict[str, str] = {}
    for (tag, old, old_style), (_, new, new_style) in zip(elements(before), elements(after), strict=True):
        assert new_style == old_style, tag
        assert new.keys() == old.keys(), tag
        for name in old:
            if name in ("d", "x", "y", "width", "height", "transform", "points"):
                assert NUMBER.sub("", new[name]).split() == NUMBER.sub("", old[name]).split() or name == "d"
                numbers = [[float(number) for number in NUMBER.findall(text)] for text in (old[name], new[name])]
                np.testing.assert_allclose(numbers[1], numbers[0], rtol=0, atol=0.005000001)
                if "scale" in old[name]:  # 0.005 would be a third of a glyph's size
                    assert re.findall(r"scale\([^)]*\)", new[name]) == re.findall(r"scale\([^)]*\)", old[name])
            elif "id" in name or "href" in name or "clip-path" in name:
                before_id, after_id = (re.sub(r"url\(|[#)]", "", one[name]) for one in (old, new))
                assert names.setdefault(before_id, after_id) == after_id, "it names another element"
            else:
                assert "".join(new[name].split()) == "".join(old[name].split()), (tag, name)
    assert len(set(names.values())) == len(names) > 2


def test_the_same_figure_gives_the_same_bytes_and_a_missing_letter_is_no_warning() -> None:
    assert svg(drawn()) == svg(drawn())
