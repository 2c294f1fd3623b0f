"""Nothing but texts enter, the components of the chat page leave: laid out, labelled, not yet connected."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from graph.schema import Schema
from ui.cards import note, text_html
from ui.texts import say

FIRST_LANGUAGE = "ja"
LANGUAGES = {"ja": "日本語", "en": "English"}
# Fonts that systems bring along; nothing is fetched.
_FONTS = ("Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", "Yu Gothic UI", "Meiryo", "system-ui", "sans-serif")
_FIXED_FONTS = ("ui-monospace", "SF Mono", "Cascadia Mono", "Noto Sans Mono CJK JP", "monospace")
_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Details:
    """What stands beside the conversation."""

    tabs: tuple[gr.Tab, gr.Tab, gr.Tab]
    rows: gr.HTML
    cypher: gr.Code
    parameters: gr.Code
    times: gr.HTML
    sources: gr.HTML
    save: gr.Button
    file: gr.DownloadButton


@dataclass(frozen=True, slots=True)
class Parts:
    """All components that change, the answer shown, and the number of the conversation on this page."""

    head: gr.HTML
    language: gr.Radio
    chat: gr.Chatbot
    box: gr.Textbox
    examples: tuple[gr.Button, ...]
    details: Details
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


def lay_out(head: str, questions: list[str]) -> Parts:
    """Create the components inside the page that is being built; `questions` are examples to click."""
    with gr.Row(elem_classes="em-top", equal_height=True):
        title = gr.HTML(head, scale=4)
        language = gr.Radio(
            [(name, code) for code, name in LANGUAGES.items()],
            value=FIRST_LANGUAGE,
            label="言語 / Language",
            show_label=False,
            container=False,
            scale=0,
            min_width=200,
            elem_id="em-language",
            interactive=False,
        )
    with gr.Row(elem_classes="em-main"):
        with gr.Column(scale=6, min_width=320):
            chat, box = _conversation()
            with gr.Row(elem_classes="em-examples"):
                examples = tuple(
                    gr.Button(
                        text, size="sm", elem_classes="em-example", min_width=60, visible=bool(text), interactive=False
                    )
                    for text in questions
                )
        with gr.Column(scale=5, min_width=320, elem_classes="em-side"):
            details = _details()
    return Parts(title, language, chat, box, examples, details, gr.State(None), gr.State(0))


def _conversation() -> tuple[gr.Chatbot, gr.Textbox]:
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
        placeholder=welcome(FIRST_LANGUAGE),
    )
    box = gr.Textbox(
        label=say(FIRST_LANGUAGE, "question"),
        show_label=False,
        container=False,
        placeholder=say(FIRST_LANGUAGE, "placeholder"),
        lines=1,
        max_lines=4,
        max_length=_LONGEST,
        submit_btn=say(FIRST_LANGUAGE, "send"),
        elem_id="em-question",
        interactive=False,
    )
    return chat, box


def _details() -> Details:
    def text(key: str) -> str:
        return say(FIRST_LANGUAGE, key)

    code: dict[str, Any] = {"interactive": False, "wrap_lines": True}
    with gr.Tabs():
        with gr.Tab(text("tab_rows"), id="rows") as rows_tab:
            rows = gr.HTML(note(FIRST_LANGUAGE, "no_question_yet"), elem_id="em-rows")
        with gr.Tab(text("tab_cypher"), id="cypher") as cypher_tab:
            cypher = gr.Code("", language="sql", show_label=False, visible=False, elem_id="em-cypher", **code)
            parameters = gr.Code("", language="json", label=text("parameters"), visible=False, **code)
            times = gr.HTML(note(FIRST_LANGUAGE, "no_query"), elem_id="em-times")
        with gr.Tab(text("tab_sources"), id="sources") as sources_tab:
            sources = gr.HTML(note(FIRST_LANGUAGE, "no_question_yet"), elem_id="em-sources")
    save = gr.Button(text("download"), size="sm", interactive=False, elem_id="em-save")
    # Clicked by the page itself once the file is written.
    file = gr.DownloadButton(visible="hidden", elem_id="em-file")
    return Details((rows_tab, cypher_tab, sources_tab), rows, cypher, parameters, times, sources, save, file)


def title_of(schema: Schema) -> list[str]:
    """The names of the program in this domain, at least one."""
    return list(dict.fromkeys(name for name in (schema.title.ja, schema.title.en) if name)) or ["Enmusubi"]


def head_html(names: list[str], subtitle: str) -> str:
    """The head of the page."""
    rest = f"<span>{escape(' '.join(names[1:]))}</span>" if names[1:] else ""
    return f'<header class="em-title"><h1>{escape(names[0])}{rest}</h1><p>{escape(subtitle)}</p></header>'


def welcome(language: str) -> str:
    """What an empty conversation says."""
    return f'<div class="em-welcome">{text_html(say(language, "welcome"))}</div>'
