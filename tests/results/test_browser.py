"""The report in a real browser: it asks for nothing, fits, sorts, prints, and runs nothing from outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from browsing import chromium, contrast, texts, visit
from playwright.sync_api import Browser
from synthetic_rows import write_study

from results.report.build import build

WIDTHS = (380, 1400)
A4 = 720
"""The width of a printed page within its margins, in the pixels of a style sheet."""
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def built(built_folder: Path) -> Path:
    return built_folder / "report.html"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_asks_only_for_its_figures_and_shows_them_without_an_error(
    browser: Browser, built: Path, width: int, scheme: str
):
    with visit(browser, built, width=width, color_scheme=scheme) as visited:
        visited.page.locator("summary").first.click()
        visited.page.locator("th button").first.click()
        visited.page.mouse.wheel(0, 20_000)
        shown = visited.page.locator("figure img").evaluate_all("all => all.map(image => image.naturalWidth > 0)")
        assert shown == [True] * len([*(built.parent / "figures").iterdir()])
        assert visited.heard == []


def test_a_request_would_be_heard_and_is_forbidden_besides(browser: Browser, built: Path, tmp_path: Path):
    asking = built.read_text().replace("<main>", '<main><img src="http://127.0.0.1:9/x.png">')
    (tmp_path / "forbidden.html").write_text(asking)
    (tmp_path / "allowed.html").write_text(POLICY.sub("", asking))
    with visit(browser, tmp_path / "forbidden.html") as visited:
        assert [line for line in visited.heard if line.startswith("error") and "Content Security Policy" in line]
    with visit(browser, tmp_path / "allowed.html") as visited:
        assert "request: http://127.0.0.1:9/x.png" in visited.heard
        assert "Content Security Policy" not in "".join(visited.heard)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_and_what_is_wider_scrolls_in_its_own_box(browser: Browser, built: Path, width: int):
    with visit(browser, built, width=width) as visited:
        visited.page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
        assert visited.page.evaluate("document.documentElement.scrollWidth") <= width
        boxes = visited.page.locator(".wide")
        ends = boxes.evaluate_all("boxes => boxes.map(box => box.getBoundingClientRect().right)")
        assert max(ends) <= width
        assert boxes.evaluate_all("boxes => boxes.some(box => box.scrollWidth > box.clientWidth)")


def test_without_scripts_everything_is_there_but_for_the_buttons(browser: Browser, built: Path):
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
        ] * len(re.findall(r"\.svg\)", built.with_name("report.md").read_text()))
        numbers = page.locator("details table").first
        assert not numbers.is_visible()
        page.locator("summary").first.click()
        assert numbers.is_visible()
        assert visited.heard == []


def test_every_part_has_a_line_in_the_contents_that_leads_to_it(browser: Browser, built: Path):
    titles = re.findall(r"^##+ (.+)$", built.with_name("report.md").read_text().split("## Provenance")[0], re.MULTILINE)
    with visit(browser, built) as visited:
        links = visited.page.locator("nav a").evaluate_all("links => links.map(link => link.hash.slice(1))")
        named = visited.page.locator("[id]:not(nav *)").evaluate_all("parts => parts.map(part => part.id)")
        assert len(set(named)) == len(named)
        assert sorted(links) == sorted(named)
        assert {*titles, "Provenance"} == {*texts(visited.page, "nav a")}
        visited.page.locator("nav a", has_text="Provenance").click()
        assert abs(visited.page.locator("#provenance").bounding_box()["y"]) < 900


def column(page, title: str, name: str) -> list[str]:
    table = page.get_by_role("region", name=title, exact=True)
    place = texts(page, f'[aria-label="{title}"] thead th').index(name) + 1
    return table.locator(f"tbody td:nth-child({place})").all_text_contents()


def test_a_head_sorts_its_table_by_numbers_and_again_the_other_way_round(browser: Browser, built: Path):
    title = "Accuracy at the end of training"
    with visit(browser, built) as visited:
        head = visited.page.get_by_role("region", name=title, exact=True).get_by_role("button", name="exact match")
        before = column(visited.page, title, "exact match")
        head.click()
        values = [float(cell.split()[0]) for cell in column(visited.page, title, "exact match")]
        assert all(a <= b for a, b in pairwise(values))
        assert visited.page.locator("th[aria-sort=ascending]").all_text_contents() == ["exact match"]
        head.press("Enter")
        back = [float(cell.split()[0]) for cell in column(visited.page, title, "exact match")]
        assert back == sorted(values, reverse=True)
        assert visited.page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
        assert sorted(column(visited.page, title, "exact match")) == sorted(before)
        rows = visited.page.get_by_role("region", name=title, exact=True).locator("tbody tr").all_text_contents()
        assert len(set(rows)) == len(before)  # whole rows have moved


@pytest.mark.parametrize(
    ("rising", "last"),
    [
        (["-0.5", "< 0.001", "0.001", "0.934 (0.921 to 0.945)", "1", "12.5% of matmul", "1,234", "not reached"], ["-"]),
        (["×0.62 (0.57 to 0.68)", "×1.2 (1.1 to 1.3)", "×11.5 (7.9 to 14.7)"], ["-"]),
        (["3 of 10", "10 of 10"], ["-", "-"]),
        (["+0.1 (-0.1 to +0.2), p = 0.9", "+0.287 (+0.271 to +0.304), p = 0.002"], []),
        (["arm 2", "arm 10", "arm 10b", "b"], [""]),
        (["9d9e", "9e9f", "12", "a"], []),
    ],
)
def test_cells_are_sorted_by_what_they_say(browser: Browser, built: Path, rising: list[str], last: list[str]):
    planted = [*last, *rising[1::2], *rising[::2]]
    with visit(browser, built) as visited:
        table = visited.page.locator("table.sortable").first
        table.locator("tbody").evaluate(
            """(body, cells) => body.replaceChildren(...cells.map(cell => {
                const row = document.createElement("tr");
                row.insertCell().textContent = cell;
                return row;
            }))""",
            planted,
        )
        found = []
        for _ in range(2):
            table.locator("th button").first.evaluate("button => button.click()")
            found.append(table.locator("tbody td").all_text_contents())
        assert found == [[*rising, *last], [*reversed(rising), *last]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_stand_out_from_what_is_behind_them(browser: Browser, built: Path, scheme: str):
    with visit(browser, built, color_scheme=scheme) as visited:
        for letters in ("h1", "h2", "p", "li", "nav a", "figcaption", ".note", "summary", "th button", "td", "pre"):
            assert contrast(visited.page, letters) >= 4.5, letters


def test_the_page_is_dark_where_that_is_wanted_and_on_paper_never(browser: Browser, built: Path):
    found = {}
    for scheme, media in (("light", "screen"), ("dark", "screen"), ("dark", "print")):
        with visit(browser, built, color_scheme=scheme) as visited:
            visited.page.emulate_media(media=media)
            found[scheme, media] = visited.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert found["dark", "screen"] != found["light", "screen"] == found["dark", "print"]


def test_print_shows_what_matters_uncut(browser: Browser, built: Path):
    with visit(browser, built, width=A4) as visited:
        page = visited.page
        page.locator("summary").first.click()
        page.emulate_media(media="print")
        for part in ("h1, h2, h3, p, li", "figure img", "figcaption", "section > .wide table, .facts"):
            assert page.locator(part).evaluate_all("parts => parts.every(part => part.checkVisibility())"), part
        assert [numbers.is_visible() for numbers in page.locator("details table").all()][:2] == [True, False]
        assert page.evaluate("document.documentElement.scrollWidth") <= A4
        cut = "boxes => boxes.filter(box => box.checkVisibility() && getComputedStyle(box).overflow !== 'visible')"
        assert page.locator(".wide").evaluate_all(f"{cut}.length") == 0
        assert page.pdf().startswith(b"%PDF")


def test_names_from_outside_stay_text(browser: Browser, tmp_path: Path):
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
    html.write_text(POLICY.sub("", html.read_text()))  # what escaping lets through must not be hidden by the policy
    with visit(browser, html) as visited:
        assert visited.page.evaluate("typeof owned") == "undefined"
        assert visited.page.locator("img:not([src^='figures/'])").count() == 0
        assert visited.page.locator("script").count() == 1
        assert {*names.values()} <= {*texts(visited.page, "td")}
        assert names["general"] in visited.page.locator("img").first.get_attribute("alt")
        assert visited.heard == []
