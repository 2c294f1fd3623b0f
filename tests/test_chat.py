"""The chat page in a real browser, on a real server with the packaged facts."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright
from program import EN, JA, serving

MILLISECONDS = 60_000
expect.set_options(timeout=MILLISECONDS)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CLOSED_STORE = """
import uvicorn
from graph.settings import load_settings
from ui.serve import _Server, _listen, _address
from ui.session import open_asker, open_store
from ui.api import build_app

settings = load_settings()
store, schema = open_store(settings)
asker = open_asker(settings, store, schema)
app = build_app(settings, store, schema, asker)
store.close()
listener = _listen(settings)
_Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1), _address(settings.host, listener)).run([listener])
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        line = "Left out: the chat in a browser, because chromium is not installed."
        if os.environ.get("CI") == "true":
            pytest.fail(line)
        pytest.skip(line)
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM)


@pytest.fixture(scope="module")
def address(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("home")) as (address, _):
        yield address


def opened(browser: Browser, address: str, locale: str = "ja-JP", width: int = 1280) -> Page:
    """The page once it is ready; it fails on requests to other machines and on script errors."""
    page = browser.new_context(viewport={"width": width, "height": 800}, locale=locale).new_page()
    page.set_default_timeout(MILLISECONDS)
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url) if _leaves(request.url) else None)
    page.on("pageerror", lambda error: outside.append(f"script error: {error}"))
    page.outside = outside  # type: ignore[attr-defined]
    page.goto(address)
    page.wait_for_selector("#em-question textarea")
    return page


def _leaves(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1"


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    page = opened(browser, address)
    yield page
    assert page.outside == []  # type: ignore[attr-defined]
    page.context.close()


def ask(page: Page, question: str) -> None:
    cards = page.locator(".em-card").count()
    page.fill("#em-question textarea", question)
    page.keyboard.press("Enter")
    expect(page.locator(".em-card")).to_have_count(cards + 1)


@pytest.mark.parametrize(
    ("locale", "question", "name", "interpreted"),
    [("ja-JP", JA, "平井寿敏", "半導体"), ("en-US", EN, "Hisatoshi Hirai", "semiconductors")],
)
def test_a_question_shows_answer_rows_query_and_sources(
    browser: Browser, address: str, locale: str, question: str, name: str, interpreted: str
) -> None:
    page = opened(browser, address, locale)
    ask(page, question)
    expect(page.locator(".em-text")).to_contain_text(name)
    expect(page.locator(".em-reading")).to_contain_text(interpreted)
    expect(page.locator(".em-facts")).to_contain_text(re.compile(r"1.*\d ms"))
    expect(page.locator("#em-rows table")).to_contain_text(name)
    tabs = page.get_by_role("tab")
    tabs.nth(1).click()
    expect(page.locator("#em-cypher")).to_contain_text("MATCH (supporter:Supporter)")
    tabs.nth(2).click()
    expect(page.locator(".em-sources > li").first).to_be_visible()
    assert page.outside == []  # type: ignore[attr-defined]


def test_nothing_is_asked_before_the_page_knows_its_language(browser: Browser, address: str) -> None:
    page = browser.new_context(locale="en-US").new_page()
    held: list[Route] = []
    page.route("**/queue/join*", lambda route: held.append(route), times=1)
    page.goto(address)
    box = page.locator("#em-question textarea")
    expect(box).to_be_visible()
    expect(box).to_be_disabled()
    page.wait_for_function("() => document.querySelector('.em-example').disabled")
    held[0].continue_()
    expect(box).to_be_focused()
    ask(page, EN)
    expect(page.locator("#em-rows table")).to_contain_text("Hisatoshi Hirai")


def test_an_example_is_asked_by_a_click(page: Page) -> None:
    page.locator(".em-example").first.click()
    expect(page.locator(".em-text")).to_contain_text("平井寿敏")


def test_an_option_is_asked_by_a_click(page: Page) -> None:
    ask(page, "北海道で半導体を担当しているプロデューサーは？")
    expect(page.locator(".em-chip")).to_have_text("該当なし")
    page.locator("#em-chat .option").first.click()
    expect(page.locator(".em-card")).to_have_count(2)
    expect(page.locator(".em-text").last).to_contain_text("平井寿敏")


def test_a_question_can_follow_on_from_the_one_before_until_the_conversation_is_cleared(page: Page) -> None:
    ask(page, "半導体を担当するプロデューサーは？")
    ask(page, "そのうち九州は？")
    expect(page.locator(".em-text").last).to_contain_text("平井寿敏")
    expect(page.locator(".em-text").last).not_to_contain_text("大津留")
    page.locator("#em-chat .top-panel button").first.click()
    expect(page.locator(".em-card")).to_have_count(0)
    ask(page, "そのうち九州は？")
    expect(page.locator(".em-text").last).not_to_have_text(re.compile("^平井寿敏"))


def test_the_language_switch_changes_every_label_and_is_remembered(page: Page) -> None:
    page.get_by_label("English").check()
    expect(page.get_by_role("tab").first).to_have_text("Results")
    expect(page.locator("#em-question button")).to_have_text("Ask")
    expect(page.locator(".em-example").first).to_have_text(EN)
    expect(page.locator(".em-title p")).to_contain_text("Who helps whom")
    expect(page.locator(".em-welcome")).to_contain_text("Ask in English")
    assert page.evaluate("document.documentElement.lang") == "en"
    page.reload()
    expect(page.get_by_role("tab").first).to_have_text("Results")


def test_the_answer_is_downloaded_as_turtle(page: Page) -> None:
    expect(page.locator("#em-save")).to_be_disabled()
    ask(page, JA)
    with page.expect_download() as download:
        page.locator("#em-save").click()
    assert download.value.suggested_filename.endswith(".ttl")
    assert "平井寿敏" in Path(download.value.path()).read_text(encoding="utf-8")


def test_markup_in_a_question_stays_text(page: Page) -> None:
    evil = "<img src=x onerror='document.title=1'> ${1+1} {{value}} **bold**"
    ask(page, evil)
    expect(page.locator(".em-question")).to_have_text(evil)
    assert page.locator("#em-chat img[src=x]").count() == 0


def test_nothing_is_wider_than_a_telephone(browser: Browser, address: str) -> None:
    page = opened(browser, address, width=390)
    ask(page, JA)
    expect(page.locator("#em-rows table")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_failing_store_gives_a_message(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path, command=(sys.executable, "-c", CLOSED_STORE)) as (address, _):
        page = opened(browser, address)
        ask(page, JA)
        expect(page.locator(".em-chip")).to_have_text("エラー")
        expect(page.locator(".em-text")).to_contain_text("closed")
        expect(page.locator("body")).not_to_contain_text("Traceback")
