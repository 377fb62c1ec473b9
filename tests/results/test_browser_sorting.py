"""In a browser, a click on the header of a table sorts its rows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from browsing import texts, visit
from playwright.sync_api import Browser


def column(page, title: str, name: str) -> list[str]:
    table = page.get_by_role("region", name=title, exact=True)
    position = texts(page, f'[aria-label="{title}"] thead th').index(name) + 1
    return table.locator(f"tbody td:nth-child({position})").all_text_contents()


def test_a_click_on_a_header_sorts_by_number_and_a_second_one_reverses_the_order(browser: Browser, report: Path):
    title = "Accuracy at the end of training"
    with visit(browser, report) as visited:
        visited.page.locator("nav a", has_text=title).click()  # opens the folded table
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
        assert len(set(rows)) == len(before)  # complete rows have moved


SORTED = [
    (["-0.5", "< 0.001", "0.001", "0.934 (0.921 to 0.945)", "1", "12.5% of matmul", "1,234", "not reached"], ["-"]),
    (["×0.62 (0.57 to 0.68)", "×1.2 (1.1 to 1.3)", "×11.5 (7.9 to 14.7)"], ["-"]),
    (["3 of 10", "10 of 10"], ["-", "-"]),
    (["+0.1 (-0.1 to +0.2), p = 0.9", "+0.287 (+0.271 to +0.304), p = 0.002"], []),
    (["arm 2", "arm 10", "arm 10b", "b"], [""]),
    (["9d9e", "9e9f", "12", "a"], []),
]
"""Cells in rising order, and those that are last in either order."""


def test_cells_are_sorted_by_their_values(browser: Browser, report: Path):
    with visit(browser, report) as visited:
        table = visited.page.locator("table.sortable").first
        for rising, last in SORTED:
            table.locator("tbody").evaluate(
                """(body, cells) => body.replaceChildren(...cells.map(cell => {
                    const row = document.createElement("tr");
                    row.insertCell().textContent = cell;
                    return row;
                }))""",
                [*last, *rising[1::2], *rising[::2]],
            )
            button = table.locator("th button").first
            found = []
            for _ in range(2):  # rising, then falling
                button.evaluate("button => button.click()")
                found.append(table.locator("tbody td").all_text_contents())
            assert found == [[*rising, *last], [*reversed(rising), *last]]
