"""A figure as an SVG file, smaller than matplotlib writes it and with the same look."""

from __future__ import annotations

import io
import re
import warnings
from collections import Counter

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from results.figures.style import styled

_COORDINATES = re.compile(r' (?:d|x|y|width|height)="[^"]*"|translate\([^)]*\)')
"""Where numbers are points. The scale of a glyph, such as 0.015625, is none."""
_PATH = re.compile(r'(?<= d=")[^"]*')
_COMMAND = re.compile(r"([MLQCz])([^MLQCz]*)")
_EMPTY_GROUP = re.compile(r"<g(?: [^>]*)?/>\n?")
_GROUP = re.compile(r"<(/?)g(>\n?| )")
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_ID = re.compile(r'( id="|href="#|url\(#)([^")]*)')
_STYLE = re.compile(r' style="([^"]*)"')


def svg(figure: Figure) -> bytes:
    """The file's content; the same figure gives the same bytes."""
    out = io.StringIO()
    with styled(), warnings.catch_warnings():
        # A letter that the font lacks is drawn as a box; the tables have it.
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        figure.set_dpi(matplotlib.rcParams["savefig.dpi"])  # of images
        # `savefig` would draw it twice.
        FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None})  # type: ignore[no-untyped-call]
    return compact(out.getvalue()).encode()


def compact(drawn: str) -> str:
    """matplotlib's SVG with coordinates in hundredths of a point, lines from point to point, numbered ids, a class for
    each style that is used more than once, and without comments, groups that change nothing, and indentation: less than
    half the size."""
    drawn = re.sub(r"<!--.*?-->", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r'<g id="[^"]*"', "<g", drawn)
    drawn = _COORDINATES.sub(lambda found: _LONG_NUMBER.sub(_rounded, found[0].replace(" \n", "")), drawn)
    drawn = _PATH.sub(lambda found: _relative_lines(found[0]), drawn)
    drawn = _without_plain_groups(re.sub(r"\n\s+", "\n", drawn)).replace("xlink:href=", "href=")
    ids = {name: f"i{place}" for place, name in enumerate(dict.fromkeys(name for _, name in _ID.findall(drawn)))}
    drawn = _ID.sub(lambda found: found[1] + ids[found[2]], drawn)
    uses = Counter(_STYLE.findall(drawn))
    classes = {style: f"s{place}" for place, style in enumerate(uses) if uses[style] > 1}
    drawn = _STYLE.sub(lambda found: f' class="{classes[found[1]]}"' if found[1] in classes else found[0], drawn)
    rules = "".join(f".{name}{{{style}}}" for style, name in classes.items())
    return drawn.replace("</style>", f"{rules}</style>", 1)


def _relative_lines(path: str) -> str:
    """The path with each line by its distance from the point before, in fewer digits than its end has."""
    written: list[str] = []
    start = place = (0, 0)
    last = ""
    for letter, numbers in _COMMAND.findall(path):
        hundredths = [round(100 * float(number)) for number in numbers.split()]
        if letter == "z":
            text, place = "z", start
        elif letter == "L":
            x, y = hundredths
            distance = f"{_hundredths(x - place[0])} {_hundredths(y - place[1])}"
            text, place = ("l" if last != "L" else " ") + distance, (x, y)
        else:
            text, place = letter + " ".join(map(_hundredths, hundredths)), (hundredths[-2], hundredths[-1])
            start = place if letter == "M" else start
        written.append(text)
        last = letter
    return "".join(written).replace(" -", "-")


def _hundredths(number: int) -> str:
    """-31 -> `-.31`."""
    return re.sub(r"^(-?)0\.", r"\1.", f"{number / 100:.2f}".rstrip("0").rstrip("."))


def _without_plain_groups(drawn: str) -> str:
    """Without groups that are empty or have no attribute."""
    drawn = _EMPTY_GROUP.sub("", drawn)
    kept: list[bool] = []

    def written(tag: re.Match[str]) -> str:
        if not tag[1]:
            kept.append(tag[2] == " ")
            return tag[0] * kept[-1]
        return tag[0] * kept.pop()

    return _GROUP.sub(written, drawn)


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
