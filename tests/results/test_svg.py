"""A compact SVG shows what matplotlib drew: the same elements, styles, and positions within 0.005 points."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure

from results.figures.style import styled
from results.figures.svg import compact, svg

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
DECLARED = re.compile(r"\.(s\d+)\{([^}]*)\}")


def drawn() -> Figure:
    """Lines, markers, a confidence band, an image, and letters, one of which is not in the font."""
    figure = Figure()
    left, right = figure.subplots(1, 2)
    left.plot(np.linspace(0, 1, 50), np.sin(np.linspace(0, 9, 50)), marker="o", label='<!-- x="1.23456" -->')
    left.fill_between([0, 1], [0.1234567, 0.2], [0.7, 0.9], alpha=0.3)
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
    """Tag, attributes, and style of each element, in order; what names a group is left out."""
    root = ElementTree.fromstring(text.encode())
    styles = dict(DECLARED.findall(text))
    found = []
    for element in root.iter():
        style = element.get("style") or styles.get(element.get("class", ""), "")
        kept = {name: value for name, value in element.items() if name not in ("style", "class")}
        if element.tag.endswith("}g"):
            kept.pop("id", None)
        found.append((element.tag, kept, style))
    return found


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
def test_a_compact_svg_has_the_elements_styles_and_places_of_the_original() -> None:
    before = original(drawn())
    after = compact(before)
    assert len(after) < 0.75 * len(before)
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
