"""An engine that answers enters, the chat page leaves: questions, answers, their rows, query and sources."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# Read by gradio when it is imported; without it every start looks up an outside host.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr

from graph.errors import EnmusubiError
from graph.schema import Schema
from graph.settings import Settings
from graph.store import Store
from qa.answer import Answer, Option
from qa.chain import Asker
from ui import cards
from ui.exporting import subgraph_of_answer, write_subgraph
from ui.progress import ask_by_steps
from ui.session import fault
from ui.texts import say

LANGUAGES = ("ja", "en")
STYLE = Path(__file__).with_name("chat.css")
# Fonts that systems bring along; nothing is fetched.
_FONTS = ("Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", "Yu Gothic UI", "Meiryo", "system-ui", "sans-serif")
_FIXED_FONTS = ("ui-monospace", "SF Mono", "Cascadia Mono", "Noto Sans Mono CJK JP", "monospace")
_EXAMPLES = 5
_PARALLEL = 8
_LANGUAGE_JS = "(language) => { document.documentElement.lang = language; return language }"
_SAVE_JS = "() => { document.querySelector('#em-file a, a#em-file, #em-file').click() }"

Messages = list[dict[str, Any]]
Updates = dict[Any, Any]


@dataclass(frozen=True, slots=True)
class _Parts:
    """The components that change."""

    head: gr.HTML
    language: gr.Radio
    chat: gr.Chatbot
    box: gr.Textbox
    examples: tuple[gr.Button, ...]
    tabs: tuple[gr.Tab, gr.Tab, gr.Tab]
    rows: gr.HTML
    times: gr.HTML
    cypher: gr.Code
    parameters: gr.Code
    sources: gr.HTML
    save: gr.Button
    file: gr.DownloadButton
    answer: gr.State
    conversation: gr.State


def theme() -> gr.themes.Base:
    """A calm page: warm grey, one red as of the thread that ties people together, fonts of the system."""
    red = gr.themes.Color(
        *("#fdf4f3", "#fbe6e4", "#f6d0cd", "#eeada8", "#e17d76", "#cf554e", "#b5373a", "#972c32", "#7d282d", "#69252a"),
        "#39100f",
    )
    base: gr.themes.Base = gr.themes.Base(
        primary_hue=red, neutral_hue="stone", font=_FONTS, font_mono=_FIXED_FONTS, text_size="md", radius_size="md"
    )
    return base.set(
        body_background_fill="#faf8f5",
        body_background_fill_dark="#1b1917",
        block_border_width="1px",
        block_shadow="none",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_text_color="white",
    )


class ChatPage:
    """The page over one store and the engine that answers from it."""

    def __init__(self, settings: Settings, store: Store, schema: Schema, asker: Asker) -> None:
        self.settings, self.store, self.schema, self.asker = settings, store, schema, asker
        self.folder = TemporaryDirectory(prefix="enmusubi-")
        self.numbers = count(1)

    def build(self) -> gr.Blocks:
        """Lay the page out and connect its events."""
        page: gr.Blocks = gr.Blocks(
            title=self._title(), analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)
        )
        with page:
            # The key must stay the same for the browser to keep the choice; it hides nothing.
            memory = gr.BrowserState("", storage_key="enmusubi-language", secret="language")  # noqa: S106
            parts = self._layout()
            self._connect(parts)
            page.load(
                self._first_language, [memory], [parts.language], api_visibility="private", show_progress="hidden"
            )
            parts.language.input(lambda chosen: chosen, [parts.language], [memory], api_visibility="private")
        page.queue(default_concurrency_limit=_PARALLEL)
        return page

    def _title(self) -> str:
        title = self.schema.title
        return " ".join(dict.fromkeys(t for t in (title.ja, title.en) if t)) or "Enmusubi"

    def _layout(self) -> _Parts:
        with gr.Row(elem_classes="em-top", equal_height=True):
            head = gr.HTML(self._head("ja"), scale=4)
            choices = [("日本語", "ja"), ("English", "en")]
            language = gr.Radio(
                choices,
                label="言語 / Language",
                value="ja",
                show_label=False,
                container=False,
                scale=0,
                min_width=200,
                elem_id="em-language",
            )
        with gr.Row(elem_classes="em-main"):
            with gr.Column(scale=6, min_width=320):
                chat = gr.Chatbot(
                    show_label=False,
                    elem_id="em-chat",
                    height="calc(100vh - 300px)",
                    min_height=360,
                    layout="bubble",
                    buttons=[],
                    latex_delimiters=[],
                    feedback_options=None,
                    allow_tags=False,
                    placeholder=self._welcome("ja"),
                )
                box = gr.Textbox(
                    label=say("ja", "question"),
                    show_label=False,
                    container=False,
                    placeholder=say("ja", "placeholder"),
                    lines=1,
                    max_lines=4,
                    max_length=4_000,
                    submit_btn=say("ja", "send"),
                    elem_id="em-question",
                    autofocus=True,
                )
                with gr.Row(elem_classes="em-examples"):
                    examples = tuple(
                        gr.Button(text, size="sm", elem_classes="em-example", min_width=60, visible=bool(text))
                        for text in self._examples("ja")
                    )
            with gr.Column(scale=5, min_width=320, elem_classes="em-side"):
                with gr.Tabs():
                    with gr.Tab(say("ja", "tab_rows"), id="rows") as rows_tab:
                        rows = gr.HTML(cards.rows_html(None, self.schema, "ja"), elem_id="em-rows")
                    with gr.Tab(say("ja", "tab_cypher"), id="cypher") as cypher_tab:
                        cypher = gr.Code(
                            "",
                            language="sql",
                            interactive=False,
                            wrap_lines=True,
                            show_label=False,
                            elem_id="em-cypher",
                        )
                        parameters = gr.Code(
                            "", language="json", interactive=False, wrap_lines=True, label=say("ja", "parameters")
                        )
                        times = gr.HTML(cards.reading_html(None, "ja"), elem_id="em-times")
                    with gr.Tab(say("ja", "tab_sources"), id="sources") as sources_tab:
                        sources = gr.HTML(cards.sources_html(None, "ja"), elem_id="em-sources")
                save = gr.Button(say("ja", "download"), size="sm", interactive=False, elem_id="em-save")
                file = gr.DownloadButton(visible="hidden", elem_id="em-file")
        tabs = (rows_tab, cypher_tab, sources_tab)
        answer, conversation = gr.State(None), gr.State(0)
        return _Parts(
            head,
            language,
            chat,
            box,
            examples,
            tabs,
            rows,
            times,
            cypher,
            parameters,
            sources,
            save,
            file,
            answer,
            conversation,
        )

    def _connect(self, parts: _Parts) -> None:
        shown = [
            *(parts.chat, parts.box, parts.rows, parts.times, parts.cypher, parts.parameters, parts.sources),
            *(parts.save, parts.answer, parts.tabs[2], parts.conversation),
        ]
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
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

        def relabel(language: str, answer: Answer | None) -> Updates:
            return self._relabel(parts, language, answer)

        def restart(language: str, conversation: int) -> Updates:
            return {parts.answer: None, parts.conversation: conversation + 1, **self._details(parts, None, language)}

        parts.box.submit(respond, [parts.box, *given], shown, **quiet)
        for example in parts.examples:
            example.click(respond, [example, *given], shown, **quiet)
        parts.chat.option_select(chosen, given, shown, **quiet)
        parts.chat.clear(restart, [parts.language, parts.conversation], shown, **quiet)
        labelled = [parts.head, parts.chat, parts.box, *parts.examples, *parts.tabs, parts.rows]
        labelled += [parts.times, parts.cypher, parts.parameters, parts.sources, parts.save]
        parts.language.change(relabel, [parts.language, parts.answer], labelled, **quiet)
        parts.language.change(None, [parts.language], [parts.language], js=_LANGUAGE_JS, **quiet)
        saved = parts.save.click(self._save, [parts.answer], [parts.file], **quiet)
        saved.success(None, js=_SAVE_JS, **quiet)

    def _respond(
        self, parts: _Parts, question: str, messages: Messages, language: str, session: str
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

    def _shown(self, parts: _Parts, asked: Messages, answer: Answer, language: str) -> Updates:
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

    def _details(self, parts: _Parts, answer: Answer | None, language: str) -> Updates:
        """What stands beside the conversation: rows, query, sources."""
        documents = cards.places_count(answer.sources) if answer else 0
        label = say(language, "tab_sources") + (f" ({documents})" if documents else "")
        values = json.dumps(answer.parameters, ensure_ascii=False, indent=2) if answer and answer.parameters else ""
        return {
            parts.rows: cards.rows_html(answer, self.schema, language),
            parts.times: cards.reading_html(answer, language),
            parts.cypher: gr.Code(answer.cypher if answer else "", visible=bool(answer and answer.cypher)),
            parts.parameters: gr.Code(values, label=say(language, "parameters"), visible=bool(values)),
            parts.sources: cards.sources_html(answer, language),
            parts.save: gr.Button(say(language, "download"), interactive=bool(answer and answer.entities)),
            parts.tabs[2]: gr.Tab(label=label),
        }

    def _relabel(self, parts: _Parts, language: str, answer: Answer | None) -> Updates:
        examples = zip(parts.examples, self._examples(language), strict=True)
        return {
            parts.head: self._head(language),
            parts.chat: gr.Chatbot(placeholder=self._welcome(language)),
            parts.box: gr.Textbox(
                label=say(language, "question"),
                placeholder=say(language, "placeholder"),
                submit_btn=say(language, "send"),
            ),
            **{button: gr.Button(text, visible=bool(text)) for button, text in examples},
            parts.tabs[0]: gr.Tab(label=say(language, "tab_rows")),
            parts.tabs[1]: gr.Tab(label=say(language, "tab_cypher")),
            **self._details(parts, answer, language),
        }

    def _first_language(self, remembered: str, request: gr.Request) -> str:
        """The language chosen before, else the browser's."""
        if remembered in LANGUAGES:
            return remembered
        accepted = str(request.headers.get("accept-language", "ja")).lower()
        return "ja" if accepted.startswith("ja") else "en"

    def _examples(self, language: str) -> list[str]:
        """Questions to click: those of the packaged facts, or such as the schema of another domain allows."""
        if self.settings.domain is None:
            found = say(language, "example_questions").splitlines()
        else:
            from qa.options import example_questions

            found = example_questions(self.schema, language)
        return [*found, *[""] * _EXAMPLES][:_EXAMPLES]

    def _head(self, language: str) -> str:
        title = self.schema.title
        names = list(dict.fromkeys(t for t in (title.ja, title.en) if t))
        rest = f"<span>{cards.text_html(' '.join(names[1:]))}</span>" if names[1:] else ""
        subtitle = cards.text_html(say(language, "subtitle")) if self.settings.domain is None else ""
        return f'<header class="em-title"><h1>{cards.text_html(names[0])}{rest}</h1><p>{subtitle}</p></header>'

    def _welcome(self, language: str) -> str:
        return f'<div class="em-welcome">{cards.text_html(say(language, "welcome"))}</div>'

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


def _option_label(option: Option, language: str) -> str:
    return option.text if option.count is None else say(language, "option", text=option.text, count=option.count)
