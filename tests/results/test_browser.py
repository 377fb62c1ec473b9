"""The report in a browser: it makes no requests, fits the window, sorts, prints, and runs no foreign script."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import matplotlib.figure
import pandas as pd
import pytest
from browsing import contrast, texts, visit
from playwright.sync_api import Browser, expect
from synthetic_rows import write_study

from results.page.elements import Answer, Figure, Page, Section, Table
from results.page.render import render
from results.report.build import build
from results.report.index import write_index

WIDTHS = (400, 1400)
NUMBERS = "The numbers drawn"
A4 = 720
"""The width of a printed page within its margins, in the pixels of a style sheet."""
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


@pytest.fixture(params=["report", "speed"])
def built(request: pytest.FixtureRequest, built_folder: Path) -> Path:
    """Each page of a report."""
    return built_folder / f"{request.param}.html"


@pytest.fixture(scope="module")
def long_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with an answer of every kind of element, and a folded table far below."""
    folder = tmp_path_factory.mktemp("long_page")
    drawn = Figure(
        name="map", title="Map", caption="A map.", alt="Map.", source="rows.csv",
        drawing=matplotlib.figure.Figure((9, 5)), header=["a"], rows=[["1"]],
    )  # fmt: skip
    text = "By 12% (10% to 14%) in 9 of 10 cases, with a_name_that_is_rather_long_and_has_no_space_at_all in it. " * 3
    words = ["attention before the cell, not after it", "no difference shown"]
    numbers = ["+0.341 (+0.330 to +0.352)", "9"]

    def table(title: str, pairs: int, *, folded: bool = False) -> Table:
        header = ["settings", "verdict", *["a longer name"] * 2 * pairs]
        return Table(
            title=title, note="", header=header, rows=[[*words, *numbers * pairs]], source="rows.csv", folded=folded
        )

    answer = Answer(
        question="Does it grow?", word="Not shown", text=text, cautions=["A noisy machine."], figure=drawn,
        table=table("Compared", 3), points=["One."],
    )  # fmt: skip
    section = Section(
        title="Details",
        paragraphs=[text] * 20,
        tables=[table("Wide", 4, folded=True)],
        figures=[replace(drawn, folded=True)],
    )
    page = Page(name="report", answers=[answer], sections=[section], parts={})
    return render(folder, [page], reading=["Read this."], rule=["The rule."])


@pytest.mark.parametrize(("width", "scheme"), [(WIDTHS[0], "dark"), (WIDTHS[1], "light")])
def test_the_page_requests_only_its_figures_and_shows_them_without_an_error(
    browser: Browser, built: Path, width: int, scheme: str
):
    with visit(browser, built, width=width, color_scheme=scheme) as visited:
        visited.page.locator("summary").first.click()
        visited.page.locator("th button").first.click()
        visited.page.mouse.wheel(0, 20_000)
        shown = visited.page.locator("figure img").evaluate_all("all => all.map(image => image.naturalWidth > 0)")
        assert shown == [True] * built.with_suffix(".md").read_text().count(".svg)")
        assert visited.events == []


def test_other_requests_are_blocked_by_the_content_security_policy(browser: Browser, report: Path, tmp_path: Path):
    requesting = report.read_text().replace("<main>", '<main><img src="http://127.0.0.1:9/x.png">')
    (tmp_path / "forbidden.html").write_text(requesting)
    (tmp_path / "allowed.html").write_text(POLICY.sub("", requesting))
    with visit(browser, tmp_path / "forbidden.html") as visited:
        assert [line for line in visited.events if line.startswith("error") and "Content Security Policy" in line]
    with visit(browser, tmp_path / "allowed.html") as visited:
        assert "request: http://127.0.0.1:9/x.png" in visited.events
        assert "Content Security Policy" not in "".join(visited.events)


TOO_WIDE = """boxes => boxes.filter(box => box.scrollWidth > box.clientWidth && !box.querySelector(".matrix"))
    .map(box => box.ariaLabel)"""


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_the_window_and_wide_tables_scroll_in_their_own_box(browser: Browser, built: Path, width: int):
    with visit(browser, built, width=width) as visited:
        fits(visited.page, width)
        assert visited.page.locator(".matrix:not(details *)").count() == 0
        if width == max(WIDTHS):
            assert visited.page.locator(".wide").evaluate_all(TOO_WIDE) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_long_names_and_wide_tables_fit(browser: Browser, long_page: Path, width: int):
    with visit(browser, long_page, width=width) as visited:
        fits(visited.page, width)
        too_wide = visited.page.locator(".wide").evaluate_all(TOO_WIDE)
        assert ("Compared" in too_wide) == (width < max(WIDTHS))


def fits(page, width: int) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ends = page.locator(".wide").evaluate_all("boxes => boxes.map(box => box.getBoundingClientRect().right)")
    assert max(ends) <= width


@pytest.mark.parametrize("scripts", [True, False])
def test_a_link_to_a_folded_part_opens_it(browser: Browser, long_page: Path, scripts: bool):
    with visit(browser, long_page, java_script_enabled=scripts) as visited:
        page = visited.page
        for link, part in (
            ("Wide", page.get_by_role("region", name="Wide", exact=True)),
            ("Map", page.locator("details img")),
            ("The rule for a verdict", page.get_by_text("The rule.")),
        ):
            assert not part.is_visible()
            page.locator("nav a", has_text=link).last.click()
            expect(part).to_be_in_viewport()
        with visit(browser, long_page, java_script_enabled=scripts, fragment="reading") as linked:
            expect(linked.page.get_by_text("Read this.")).to_be_in_viewport()


def test_the_word_of_the_answer_is_the_largest_text_and_everything_starts_on_the_first_screen(
    browser: Browser, long_page: Path
):
    with visit(browser, long_page) as visited:
        pixels = "parts => parts.map(part => parseFloat(getComputedStyle(part).fontSize))"
        (word,) = visited.page.locator(".word").evaluate_all(pixels)
        assert word > 1.5 * max(visited.page.locator("body :not(.word)").evaluate_all(pixels))
        for part in ("h2", ".caution", ".word", ".verdict", ".answer img"):
            expect(visited.page.locator(part).first).to_be_in_viewport()


def test_two_pages_lead_to_each_other(browser: Browser, report: Path):
    with visit(browser, report) as visited:
        for name, other in (("speed.html", "Other page of this report"), ("report.html", "Other page of this report")):
            assert other in texts(visited.page, "nav h2")
            visited.page.locator("nav p a").click()
            assert visited.page.url.endswith(name)


def test_without_scripts_only_the_sort_buttons_are_missing(browser: Browser, built: Path):
    parts = ("h2", "h3", "nav a", "figcaption", "summary", "td", "th", "li", "p")
    with visit(browser, built) as visited:
        with_scripts = {part: texts(visited.page, part) for part in parts}
        assert visited.page.locator("button").count() == visited.page.locator("thead th").count() > 0
    with visit(browser, built, java_script_enabled=False) as visited:
        page = visited.page
        assert {part: texts(page, part) for part in parts} == with_scripts
        assert page.locator("button").count() == 0
        assert page.locator("figure img").evaluate_all("drawn => drawn.map(image => image.naturalWidth > 0)") == [
            True
        ] * len(re.findall(r"\.svg\)", built.with_suffix(".md").read_text()))
        numbers = page.locator("details table").first
        assert not numbers.is_visible()
        page.locator("summary").first.click()
        assert numbers.is_visible()
        assert visited.events == []


def test_every_section_has_a_link_in_the_contents(browser: Browser, built: Path):
    text = built.with_suffix(".md").read_text().split("## Provenance")[0]
    folded = [*re.findall("^<summary>(.+)</summary>$", text, re.MULTILINE)]
    titles = [*re.findall(r"^##+ (.+)$", text, re.MULTILINE), *(title for title in folded if title != NUMBERS)]
    with visit(browser, built) as visited:
        links = visited.page.locator("nav li a").evaluate_all("links => links.map(link => link.hash.slice(1))")
        named = visited.page.locator("[id]:not(nav *)").evaluate_all("parts => parts.map(part => part.id)")
        assert len(set(named)) == len(named)
        assert sorted(links) == sorted(named)
        assert {*titles, "Provenance"} == {*texts(visited.page, "nav li a")}
        visited.page.locator("nav a", has_text="Provenance").click()
        assert abs(visited.page.locator("#provenance").bounding_box()["y"]) < 900


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast_with_its_background(browser: Browser, report: Path, long_page: Path, scheme: str):
    with visit(browser, long_page, color_scheme=scheme) as visited:
        for letters in (".caution", ".word", ".verdict", "summary h2", "summary h3"):
            assert contrast(visited.page, letters) >= 4.5, letters
    with visit(browser, report, color_scheme=scheme) as visited:
        for letters in ("h1", "h2", "p", "li", "nav a", "figcaption", ".note", "summary", "th button", "td", "pre"):
            assert contrast(visited.page, letters) >= 4.5, letters


def test_the_page_is_dark_if_requested_and_never_in_print(browser: Browser, report: Path):
    found = {}
    for scheme, media in (("light", "screen"), ("dark", "screen"), ("dark", "print")):
        with visit(browser, report, color_scheme=scheme) as visited:
            visited.page.emulate_media(media=media)
            found[scheme, media] = visited.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert found["dark", "screen"] != found["light", "screen"] == found["dark", "print"]


def test_print_does_not_cut_off_content(browser: Browser, built: Path):
    with visit(browser, built, width=A4) as visited:
        page = visited.page
        page.locator("summary").first.click()
        page.emulate_media(media="print")
        visible = "parts => parts.every(part => part.checkVisibility({contentVisibilityAuto: true}))"
        for part in ("h1", "h2", "h3", "p", "li", "figure img", "figcaption", "section > .wide table"):
            assert page.locator(f"{part}:not(details *)").evaluate_all(visible), part
        assert [numbers.is_visible() for numbers in page.locator(".numbers table").all()][:2] == [True, False]
        assert page.evaluate("document.documentElement.scrollWidth") <= A4
        cut = "boxes => boxes.filter(box => box.checkVisibility() && getComputedStyle(box).overflow !== 'visible')"
        assert page.locator(".wide").evaluate_all(f"{cut}.length") == 0
        assert page.pdf().startswith(b"%PDF")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_index_shows_every_report_without_an_error(
    browser: Browser, built_folder: Path, tmp_path: Path, width: int
):
    shutil.copytree(built_folder, tmp_path / "both")
    write_index(tmp_path)
    with visit(browser, tmp_path / "index.html", width=width, java_script_enabled=False) as visited:
        page = visited.page
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        drawn = page.locator("img").evaluate_all("all => all.map(image => image.naturalWidth > 0)")
        assert drawn == [True] * (tmp_path / "index.html").read_text().count("<img")
        assert not page.locator("pre").first.is_visible()
        page.locator("summary").first.click()
        assert page.locator("pre").first.is_visible()
        assert visited.events == []
        for position, name in enumerate(("report", "speed")):
            page.locator("h2 a").nth(position).click()
            assert page.url == (tmp_path / "both" / f"{name}.html").as_uri()
            assert page.locator(".answer h2").count() >= 1
            page.go_back()


def test_markup_in_names_is_shown_as_text(browser: Browser, tmp_path: Path):
    names = {"general": '"><img src=x onerror="owned=1">', "additive": "<script>owned=1</script>"}
    write_study(tmp_path, levels=(7,), seeds=2)
    for table in tmp_path.glob("*.csv"):
        rows = pd.read_csv(table, dtype=str, keep_default_na=False)
        rows.replace({"arm": names}).to_csv(table, index=False)
    provenance = json.loads((tmp_path / "provenance.json").read_text())
    settings = provenance["parts"]["study"]["settings"]
    settings["arms"] = {names.get(arm, arm): fields for arm, fields in settings["arms"].items()}
    (tmp_path / "provenance.json").write_text(json.dumps(provenance))
    html = build(tmp_path)
    html.write_text(POLICY.sub("", html.read_text()))  # escaping is tested without the policy
    with visit(browser, html) as visited:
        assert visited.page.evaluate("typeof owned") == "undefined"
        assert visited.page.locator("img:not([src^='figures/'])").count() == 0
        assert visited.page.locator("script").count() == 1
        assert {*names.values()} <= {*texts(visited.page, "td")}
        assert names["general"] in visited.page.locator("img").first.get_attribute("alt")
        assert visited.events == []
