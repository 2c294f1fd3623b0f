"""An answer enters, the HTML that the chat shows of it leaves; every text of it is escaped."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

from graph.schema import Schema
from qa.answer import Answer, Place
from ui.rows import Shown, shown_table
from ui.texts import say

# A page stays quick to scroll; the download has all rows.
_MOST_ROWS = 200


def text_html(text: str) -> str:
    """Text as HTML in one line, its line ends kept."""
    return "<br>".join(escape(line) for line in text.splitlines())


def question_html(question: str) -> str:
    """The bubble of a question."""
    return f'<div class="em-question">{text_html(question)}</div>'


def pending_html(language: str, step: str) -> str:
    """The bubble while an answer is being found."""
    return f'<div class="em-pending" role="status"><span class="em-dots"></span>{escape(say(language, step))}</div>'


def answer_html(answer: Answer) -> str:
    """The bubble of an answer: status, how many, how long, the text, and how the question was read."""
    language = answer.language
    facts = [f'<span class="em-chip em-{answer.status}">{escape(say(language, f"status_{answer.status}"))}</span>']
    if answer.total is not None and answer.status == "answered":
        facts.append(f"<span>{escape(say(language, 'results', count=answer.total))}</span>")
    if answer.timings_ms.total:
        facts.append(f"<span>{answer.timings_ms.total:,.0f} ms</span>")
    offered = [option.text for option in answer.options]
    lines = [line for line in answer.answer.splitlines() if not any(text in line for text in offered)]
    parts = [
        f'<div class="em-facts">{"".join(facts)}</div>',
        f'<div class="em-text">{"<br>".join(map(escape, lines))}</div>',
    ]
    if answer.interpretation:
        heading = escape(say(language, "interpretation"))
        parts.append(f'<div class="em-reading"><b>{heading}</b> {escape(answer.interpretation)}</div>')
    return f'<div class="em-card">{"".join(parts)}</div>'


def rows_html(answer: Answer | None, schema: Schema, language: str) -> str:
    """The rows of an answer: one thing as a list of its properties, several as a table."""
    if answer is None:
        return note(language, "no_question_yet")
    shown = shown_table(answer, schema, language)
    if not shown.rows:
        return note(language, "no_rows")
    if len(shown.rows) == 1 and len(shown.headers) > 2:
        shown = Shown(["", ""], [[h, c] for h, c in zip(shown.headers, shown.rows[0], strict=True) if c])
    pairs = len(shown.headers) == 2
    head = "".join(f"<th>{escape(header)}</th>" for header in shown.headers)
    body = "".join(f"<tr>{_cells(row, pairs)}</tr>" for row in shown.rows[:_MOST_ROWS])
    top = f"<thead><tr>{head}</tr></thead>" if any(shown.headers) else ""
    kind = "em-pairs" if pairs else "em-many"
    table = f'<div class="em-scroll" tabindex="0"><table class="{kind}">{top}<tbody>{body}</tbody></table></div>'
    total = answer.total if answer.total is not None else len(shown.rows)
    if answer.truncated or len(shown.rows) > _MOST_ROWS:
        seen = min(len(shown.rows), _MOST_ROWS)
        table += f'<p class="em-note">{escape(say(language, "rows_shown", shown=seen, total=total))}</p>'
    return table


def _cells(row: list[str], pairs: bool) -> str:
    first, *rest = row
    return f'<th scope="row">{text_html(first)}</th>' + "".join(
        f"<td>{text_html(cell)}</td>" if pairs else f'<td><div class="em-cell">{text_html(cell)}</div></td>'
        for cell in rest
    )


def reading_html(answer: Answer | None, language: str) -> str:
    """How the question was understood, and where the time went."""
    if answer is None or not answer.cypher:
        return note(language, "no_query")
    times = answer.timings_ms
    steps = ("link", "plan", "query", "word")
    spent = " · ".join(f"{say(language, f'time_{step}')} {getattr(times, step):,.0f} ms" for step in steps)
    return f'<p class="em-note">{escape(spent)}</p>'


def sources_html(answer: Answer | None, language: str) -> str:
    """The places that state the answer, under their documents."""
    if answer is None or not answer.sources:
        return note(language, "no_question_yet" if answer is None else "no_sources")
    documents: dict[tuple[str, str, str], list[str]] = {}
    for place in answer.sources:
        documents.setdefault((place.document, place.date, place.url), []).append(place.locator)
    return f'<ul class="em-sources">{"".join(_document(*key, found) for key, found in documents.items())}</ul>'


def _document(document: str, date: str, url: str, locators: list[str]) -> str:
    name = escape(document)
    if _is_web(url):
        name = f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{name}</a>'
    when = f'<span class="em-date">{escape(date)}</span>' if date else ""
    places = "".join(f"<li>{escape(locator)}</li>" for locator in dict.fromkeys(locators) if locator)
    return f"<li><div>{name}{when}</div>{f'<ul>{places}</ul>' if places else ''}</li>"


def _is_web(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https")


def places_count(sources: list[Place]) -> int:
    """How many documents the sources name."""
    return len({place.document for place in sources})


def note(language: str, key: str) -> str:
    """A text of the table in the tone of a remark."""
    return f'<p class="em-note">{escape(say(language, key))}</p>'
