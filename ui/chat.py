"""An engine that answers enters, the chat page leaves: questions, answers, their rows, query and sources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gradio as gr

from graph.errors import EnmusubiError
from graph.schema import Schema
from graph.settings import Settings
from graph.store import Store
from qa.answer import Answer, Option
from qa.chain import Asker
from ui import cards
from ui.exporting import subgraph_of_answer, write_subgraph
from ui.layout import FIRST_LANGUAGE, LANGUAGES, Parts, head_html, lay_out, title_of, welcome
from ui.progress import ask_by_steps
from ui.session import fault
from ui.texts import say

STYLE = Path(__file__).with_name("chat.css")
_EXAMPLES = 5
_PARALLEL = 8
_LANGUAGE_JS = "(language) => { document.documentElement.lang = language; return language }"
_START_JS = """(language) => {
    document.documentElement.lang = language
    setTimeout(() => document.querySelector('#em-question textarea').focus())
    return language
}"""
_SAVE_JS = "() => { document.querySelector('#em-file a, a#em-file, #em-file').click() }"

Messages = list[dict[str, Any]]
Updates = dict[Any, Any]


class ChatPage:
    """The page over one store and the engine that answers from it."""

    def __init__(self, settings: Settings, store: Store, schema: Schema, asker: Asker) -> None:
        self.settings, self.store, self.schema, self.asker = settings, store, schema, asker
        self.folder = TemporaryDirectory(prefix="enmusubi-")
        self.numbers = count(1)

    def build(self) -> gr.Blocks:
        """Lay the page out and connect its events."""
        page: gr.Blocks = gr.Blocks(
            title=" ".join(title_of(self.schema)), analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)
        )
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        with page:
            # The key must stay the same for the browser to keep the choice; it hides nothing.
            memory = gr.BrowserState("", storage_key="enmusubi-language", secret="language")  # noqa: S106
            parts = lay_out(self._head(FIRST_LANGUAGE), self._examples(FIRST_LANGUAGE))
            self._connect_questions(parts, quiet)
            self._connect_language(parts, memory, quiet)
            saved = parts.details.save.click(self._save, [parts.answer], [parts.details.file], **quiet)
            saved.success(None, js=_SAVE_JS, **quiet)
            self._connect_start(page, parts, memory, quiet)
        page.queue(default_concurrency_limit=_PARALLEL)
        return page

    def _connect_questions(self, parts: Parts, quiet: dict[str, Any]) -> None:
        details = parts.details
        shown = [parts.chat, parts.box, parts.answer, parts.conversation, *_beside(parts), details.tabs[2]]
        given = [parts.chat, parts.language, parts.conversation]

        def respond(
            question: str, messages: Messages, language: str, conversation: int, request: gr.Request
        ) -> Iterator[Updates]:
            session = f"{request.session_hash}/{conversation}"
            yield from self._respond(parts, question, messages, language, session)

        def chosen(
            event: gr.SelectData, messages: Messages, language: str, conversation: int, request: gr.Request
        ) -> Iterator[Updates]:
            yield from respond(str(event.value), messages, language, conversation, request)

        def restart(language: str, conversation: int) -> Updates:
            return {parts.answer: None, parts.conversation: conversation + 1, **self._details(parts, None, language)}

        parts.box.submit(respond, [parts.box, *given], shown, **quiet)
        for example in parts.examples:
            example.click(respond, [example, *given], shown, **quiet)
        parts.chat.option_select(chosen, given, shown, **quiet)
        parts.chat.clear(restart, [parts.language, parts.conversation], shown, **quiet)

    def _connect_start(self, page: gr.Blocks, parts: Parts, memory: gr.BrowserState, quiet: dict[str, Any]) -> None:
        """Until the language of the page is known nothing can be asked, so no answer is shown in another."""

        def start(remembered: str, request: gr.Request) -> Updates:
            language = _first_language(remembered, request)
            return {
                parts.language: gr.Radio(value=language, interactive=True),
                **self._labels(parts, language),
                **self._details(parts, None, language),
            }

        started = page.load(start, [memory], [parts.language, *_labelled(parts), *_beside(parts)], **quiet)
        started.then(None, [parts.language], [parts.language], js=_START_JS, **quiet)

    def _connect_language(self, parts: Parts, memory: gr.BrowserState, quiet: dict[str, Any]) -> None:
        def relabel(language: str, answer: Answer | None) -> Updates:
            return {memory: language, **self._labels(parts, language), **self._details(parts, answer, language)}

        changed = [memory, *_labelled(parts), *_beside(parts)]
        parts.language.input(relabel, [parts.language, parts.answer], changed, **quiet)
        parts.language.input(None, [parts.language], [parts.language], js=_LANGUAGE_JS, **quiet)

    def _respond(
        self, parts: Parts, question: str, messages: Messages, language: str, session: str
    ) -> Iterator[Updates]:
        question = (question or "").strip()
        if not question:
            yield {parts.box: ""}
            return
        asked = [*messages, {"role": "user", "content": cards.question_html(question)}]
        answer: Answer | None = None
        try:
            for step in ask_by_steps(self.asker, question, session):
                if isinstance(step, Answer):
                    answer = step
                else:
                    waiting = {"role": "assistant", "content": cards.pending_html(language, f"step_{step}")}
                    yield {parts.chat: [*asked, waiting], parts.box: ""}
            if answer is not None:
                yield self._shown(parts, asked, answer, language)
        except Exception as error:  # noqa: BLE001 (the last wall before a reader)
            yield self._shown(parts, asked, fault(question, None, error), language)

    def _shown(self, parts: Parts, asked: Messages, answer: Answer, language: str) -> Updates:
        bubble: dict[str, Any] = {"role": "assistant", "content": cards.answer_html(answer)}
        if answer.options:
            bubble["options"] = [
                {"value": option.question, "label": _option_label(option, answer.language)} for option in answer.options
            ]
        return {
            parts.chat: [*asked, bubble],
            parts.box: "",
            parts.answer: answer,
            **self._details(parts, answer, language),
        }

    def _details(self, parts: Parts, answer: Answer | None, language: str) -> Updates:
        """What stands beside the conversation: rows, query, sources."""
        documents = cards.places_count(answer.sources) if answer else 0
        label = say(language, "tab_sources") + (f" ({documents})" if documents else "")
        values = json.dumps(answer.parameters, ensure_ascii=False, indent=2) if answer and answer.parameters else ""
        return {
            parts.details.rows: cards.rows_html(answer, self.schema, language),
            parts.details.times: cards.reading_html(answer, language),
            parts.details.cypher: gr.Code(answer.cypher if answer else "", visible=bool(answer and answer.cypher)),
            parts.details.parameters: gr.Code(values, label=say(language, "parameters"), visible=bool(values)),
            parts.details.sources: cards.sources_html(answer, language),
            parts.details.save: gr.Button(say(language, "download"), interactive=bool(answer and answer.entities)),
            parts.details.tabs[2]: gr.Tab(label=label),
        }

    def _labels(self, parts: Parts, language: str) -> Updates:
        """All words of the page, and leave to ask in them."""
        examples = zip(parts.examples, self._examples(language), strict=True)
        return {
            parts.head: self._head(language),
            parts.chat: gr.Chatbot(placeholder=welcome(language)),
            parts.box: gr.Textbox(
                label=say(language, "question"),
                placeholder=say(language, "placeholder"),
                submit_btn=say(language, "send"),
                interactive=True,
            ),
            **{button: gr.Button(text, visible=bool(text), interactive=True) for button, text in examples},
            parts.details.tabs[0]: gr.Tab(label=say(language, "tab_rows")),
            parts.details.tabs[1]: gr.Tab(label=say(language, "tab_cypher")),
        }

    def _examples(self, language: str) -> list[str]:
        """Questions to click: those of the packaged facts, or such as the schema of another domain allows."""
        if self.settings.domain is None:
            found = say(language, "example_questions").splitlines()
        else:
            from qa.options import example_questions

            found = example_questions(self.schema, language)
        return [*found, *[""] * _EXAMPLES][:_EXAMPLES]

    def _head(self, language: str) -> str:
        subtitle = say(language, "subtitle") if self.settings.domain is None else ""
        return head_html(title_of(self.schema), subtitle)

    def _save(self, answer: Answer | None) -> str:
        if answer is None:
            raise gr.Error("", print_exception=False)
        path = Path(self.folder.name) / str(next(self.numbers)) / "enmusubi.ttl"
        path.parent.mkdir()
        try:
            write_subgraph(subgraph_of_answer(answer, self.store, self.schema), self.schema, "turtle", path)
        except EnmusubiError as error:
            raise gr.Error(cards.text_html(str(error)), print_exception=False) from None
        except Exception as error:  # noqa: BLE001 (the last wall before a reader)
            raise gr.Error(fault(answer.question, answer.language, error).answer, print_exception=False) from None
        return str(path)


def _labelled(parts: Parts) -> list[Any]:
    return [parts.head, parts.chat, parts.box, *parts.examples, *parts.details.tabs]


def _beside(parts: Parts) -> list[Any]:
    details = parts.details
    return [details.rows, details.times, details.cypher, details.parameters, details.sources, details.save]


def _first_language(remembered: str, request: gr.Request) -> str:
    """The language chosen before, else the browser's."""
    if remembered in LANGUAGES:
        return remembered
    accepted = str(request.headers.get("accept-language", FIRST_LANGUAGE)).lower()
    return "ja" if accepted.startswith("ja") else "en"


def _option_label(option: Option, language: str) -> str:
    return option.text if option.count is None else say(language, "option", text=option.text, count=option.count)
