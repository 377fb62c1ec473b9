"""A report in Debian's Chromium: its text, its requests and its appearance."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from needs import lacking
from playwright.sync_api import Browser, Page, Request, sync_playwright


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of the system, because playwright would download its own."""
    program = shutil.which("chromium") or lacking("needs chromium, of Debian's package of that name")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@dataclass
class Visit:
    """An open page, and what it reports: errors, console lines, requests other than pages and figures of its folder."""

    page: Page
    events: list[str] = field(default_factory=list)


@contextmanager
def visit(browser: Browser, file: Path, *, width: int = 1400, fragment: str = "", **more: Any) -> Iterator[Visit]:
    """Opens the file at a fragment in a window of this width; `more` are options of the browser's context."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **more)
    visited = Visit(context.new_page())
    visited.page.on("console", lambda message: visited.events.append(f"{message.type}: {message.text}"))
    visited.page.on("pageerror", lambda error: visited.events.append(f"error: {error}"))
    figures = re.compile(rf"{re.escape(file.parent.as_uri())}/([^/]+/)?figures/[^/]+")
    pages = tuple(page.as_uri() for page in file.parent.glob("*.html"))

    def listen(request: Request) -> None:
        if not (request.url.startswith(pages) or figures.fullmatch(request.url)):
            visited.events.append(f"request: {request.url}")

    visited.page.on("request", listen)
    visited.page.goto(f"{file.as_uri()}#{fragment}" if fragment else file.as_uri())
    yield visited
    context.close()


def texts(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(selector).all_text_contents()]


def contrast(page: Page, selector: str) -> float:
    """The lowest contrast (WCAG 2) between text and background among the elements."""
    found = page.locator(selector).evaluate_all(
        """elements => elements.map(element => {
            let behind = element;
            const clear = "rgba(0, 0, 0, 0)";
            while (getComputedStyle(behind).backgroundColor === clear) behind = behind.parentElement;
            return [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
        })"""
    )
    return min(_ratio(*map(_luminance, colors)) for colors in found)


def _ratio(first: float, second: float) -> float:
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)


def _luminance(color: str) -> float:
    """Of `rgb(27, 27, 27)`."""
    parts = [int(part) / 255 for part in color.removeprefix("rgb(").removesuffix(")").split(", ")]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
