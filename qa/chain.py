"""A question enters, an answer leaves: link → plan → compile → guard → run → word, as one LangChain chain."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import reduce

from langchain_core.runnables import Runnable, RunnableLambda
from langsmith import tracing_context

from graph.errors import EnmusubiError, ModelError
from graph.schema import Schema
from graph.store import Store
from qa.again import mark_spare
from qa.answer import Answer, Language, Option, Timings
from qa.fit import Fit
from qa.follow import (
    AFTER_TOLD,
    CONTEXTS,
    Sessions,
    begins_anew,
    follows,
    in_context,
    merge,
    refers,
    refers_only,
    the_nth,
)
from qa.format import say
from qa.granted import Granter
from qa.grants import GrantReader
from qa.knowledge import Knowledge, joined_words
from qa.lexicon import Lexicon, Sense, build_lexicon
from qa.light import without_mere_looks
from qa.literals import find_literals
from qa.nested import NestedReader, alike
from qa.options import example_questions
from qa.parts import Way, ways
from qa.phrases import (
    join_words,
    link_documents,
    link_phrases,
    link_plurals,
    link_spellings,
    link_values,
    without_citing,
)
from qa.plan import QueryPlan
from qa.read import EXTREMES, Reader, Reading
from qa.reply import FEW, Replier
from qa.seek import Seeker
from qa.segment import Token, candidate_keys, segment, without_glosses
from qa.several import TOLD, answers, both, is_told, said, tell_apart
from qa.spelling import correct, mend
from qa.statements import ENOUGH, Hit
from qa.text import fold_question
from qa.told import Teller
from qa.turn import (
    QUANTITY,
    Turn,
    asks_for_change,
    asks_of,
    detect_language,
    is_off_topic,
    operators_of,
    since,
    tells_one_of_several,
    tells_what_is_asked,
)

# A name of so many letters or more, in the folded form, is rather made of words.
LONG_NAME = 8
LONGEST_QUESTION = 2_000
# A question of more words than this says by itself what it is about.
LONGEST_FOLLOWING = 24
# Who, where or whether is told by a statement only if that holds this share of the question.
NEARLY_ALL = 0.78
# A question of no more words than this that names nothing asks about nothing in particular.
MOST_BARE = 2
COUNTING = QUANTITY - {"when"}
ModelPlanner = Callable[[str, str], QueryPlan | None]


class Asker:
    """Answers questions over one store and schema."""

    def __init__(self, store: Store, schema: Schema, *, rows: int = 50, model: ModelPlanner | None = None) -> None:
        self.schema, self.model = schema, model
        self.lexicon: Lexicon = build_lexicon(schema)
        self.reader = Reader(schema)
        self.nested = NestedReader(schema, self.reader.routes)
        self.knowledge = Knowledge(store, schema)
        self.reply = Replier(store, schema, self.knowledge, rows)
        self.teller = Teller(store, schema, self.knowledge, rows)
        self.grants = GrantReader(schema, self.lexicon, self.knowledge.gives)
        self.granter = Granter(store, schema, self.knowledge, rows)
        self.sessions = Sessions()
        self.seeker = Seeker(self.knowledge)
        self.fit = Fit(schema)
        self.people = frozenset(n for n, label in schema.labels.items() if label.asks == ("who",))
        self.stated = frozenset(n for n, label in schema.labels.items() if label.stated)
        self.told = frozenset(n for n, label in schema.labels.items() if label.summary is not None)
        self.chain: Runnable[Turn, Turn] = (
            RunnableLambda(self.link) | RunnableLambda(self.plan) | RunnableLambda(self.run) | RunnableLambda(self.word)
        )

    def ask(self, question: str, language: Language | None = None, session: str | None = None) -> Answer:
        """Answer one question; failures come back as an answer of status `error`, never as an exception.

        Questions of one `session` are one conversation: 「そのうち九州は？」 edits the question before it.
        """
        turn = Turn(
            question, language or detect_language(question), earlier=self.sessions.last(session), session=session
        )
        try:
            # A tracing setting in the environment would send questions and answers out of the house.
            with tracing_context(enabled=False):
                done = self._ask(turn)
        except EnmusubiError as error:
            return self.reply.error(turn, error)
        assert done.answer is not None
        if done.answer.status in ("answered", "empty"):
            self.sessions.note(session, said(done))
        total = (time.perf_counter() - turn.started) * 1000
        own = done.link_ms + done.plan_ms + done.query_ms
        timings = Timings(
            link=round(done.link_ms, 2),
            plan=round(done.plan_ms, 2),
            query=round(done.query_ms, 2),
            word=round(max(0.0, total - own), 2),
            total=round(total, 2),
        )
        return done.answer.model_copy(update={"question": question, "timings_ms": timings})

    def _ask(self, turn: Turn) -> Turn:
        """The question alone; in a conversation also with what the one before was about, where alone it says too little."""
        earlier = turn.earlier if not begins_anew(turn.question, turn.language) else None
        if earlier is None:
            turn = replace(turn, earlier=None)
            done = self._in_parts(turn, self.chain.invoke(turn))
            pointing = bool(done.plain) and not done.nested and refers_only(done.plain, turn.language)
            return replace(done, answer=self.reply.refers_to_what(done)) if pointing else done
        turn = replace(turn, question=the_nth(turn.question, earlier, turn.language))
        alone = self.chain.invoke(replace(turn, tried=True))
        whole = answers(alone)
        named = any(t.has("entity") for t in alone.plain) and not turn.part
        points_back = not named and any(refers(t, turn.language) for t in alone.plain)
        if earlier.told:
            own = alone.plain or self.link(replace(turn, earlier=None)).tokens
            swapped = self.seeker.swapped(turn, own, earlier, words=not alone.followed)
            if swapped and (stated := self.teller.from_statements(swapped)):
                return replace(swapped, answer=stated)
        whole_alone = whole and (alone.followed or not (points_back or self._says_little(alone)))
        if whole_alone or len(alone.tokens) > LONGEST_FOLLOWING:
            return alone
        # The second half of a question is about what the first half is about, rather than about what answers that.
        by_texts = all(label in self.told for label, _, _ in earlier.found)
        for context in AFTER_TOLD if turn.part or by_texts else CONTEXTS:
            done = self.chain.invoke(replace(turn, context=context))
            if answers(done) and (done.followed or turn.part):
                return done
        if turn.part and whole:
            return replace(alone, answer=None)  # what the second half says alone is not about the first
        return alone if whole else self.chain.invoke(turn)

    def _says_little(self, done: Turn) -> bool:
        """Whether a question names nothing, so that what was said before may be meant: 「大手企業は？」, "which university"."""
        if done.answer is None or any(t.has(kind) for t in done.plain for kind in ("entity", "literal")):
            return False
        # Everything of a kind, without a condition, or what a statement told.
        return TOLD & set(done.answer.parameters) != set() or not done.answer.parameters

    def _in_parts(self, turn: Turn, whole: Turn) -> Turn:
        """The answers to each question of one that asks for several things; as it was, where not all have one."""
        if whole.folded is None or turn.part or whole.nested or self.seeker.works_out(whole):
            return whole
        by_plan = answers(whole) and not is_told(whole)
        for way in ways(whole.folded, whole.plain, turn.language, answers(whole)):
            if by_plan and not way.follows:
                continue
            done = self._all_of(turn, way)
            if done and tell_apart(done, whole):
                return reduce(both, done)
        if whole.answer and answers(whole) and not by_plan and tells_one_of_several(whole.answer.answer, whole):
            return replace(whole, answer=self.reply.told_in_part(whole, whole.answer))
        return whole

    def _all_of(self, turn: Turn, way: Way) -> list[Turn]:
        """The questions of one way to take a question apart, each answered; empty where one has no answer."""
        done: list[Turn] = []
        for text in way.texts:
            part = replace(turn, question=text, part=True, earlier=said(done[-1]) if done and way.follows else None)
            one = self._ask(part) if way.follows else self.chain.invoke(part)
            if not answers(one):
                return []
            done.append(one)
        return done

    def link(self, turn: Turn) -> Turn:
        """Find the words of the question and the things they name."""
        began = time.perf_counter()
        if not turn.question.strip():
            return replace(turn, answer=self.reply.refused(turn, say(turn.language, "empty_question")))
        if len(turn.question) > LONGEST_QUESTION:
            text = say(turn.language, "refused_long", length=len(turn.question), limit=LONGEST_QUESTION)
            return replace(turn, answer=self.reply.refused(replace(turn, question=turn.question[:200]), text))
        folded = fold_question(turn.question)
        if not folded.key:
            return replace(turn, answer=self.reply.refused(turn, say(turn.language, "nothing_linked")))
        names = self.knowledge.names(candidate_keys(folded), self.lexicon.senses)
        literals = tuple(find_literals(folded))
        tokens = segment(folded, self.lexicon, names, [(one.start, one.end) for one in literals])
        tokens = join_words(folded, tokens, joined_words(), self.knowledge.statements())
        tokens = link_documents(tokens, literals, self.knowledge.documents())
        if literals:
            literals = tuple(one for one in literals if any(t.start == one.start and t.has("literal") for t in tokens))
        tokens = without_mere_looks(folded, without_glosses(folded, tokens), bool(self.stated))
        if self.stated:
            plain = tokens = mend(tokens, self.lexicon, self.knowledge.statements().knows)
        else:
            plain, tokens = tokens, correct(link_plurals(tokens, self.knowledge.names), self.lexicon)
        if any(token.unknown and not self.grants.says(token, self.knowledge.triples()) for token in tokens):
            tokens = link_phrases(folded, tokens, self.knowledge.statements(), self.stated)
            tokens = link_values(tokens, self.knowledge.statements(), self.people)
            tokens = link_spellings(folded, tokens, self.knowledge.statements(), self.stated)
        tokens = mark_spare(tokens, self.schema, self.knowledge)
        if asks_for_change(tokens, turn.language):
            return replace(turn, answer=self.reply.refused(turn, say(turn.language, "refused_change")))
        if is_off_topic(plain):
            return replace(turn, answer=self.reply.refused(turn, say(turn.language, "nothing_linked")))
        apart: tuple[Token, ...] = ()
        if any(self._composed(key, senses) for key, senses in names.items()):
            shorter = {key: senses for key, senses in names.items() if not self._composed(key, senses)}
            apart = segment(folded, self.lexicon, shorter, [(one.start, one.end) for one in literals])
        turn = replace(turn, folded=folded, tokens=tokens, plain=plain, apart=apart, literals=literals)
        return replace(self._follow(turn), link_ms=since(began))

    def _composed(self, key: str, senses: tuple[Sense, ...]) -> bool:
        """Whether a long name only of something told (a term, a finding) may as well be read word by word."""
        return len(key) >= LONG_NAME and all(s.kind == "entity" and s.label in self.told for s in senses)

    def _follow(self, turn: Turn) -> Turn:
        """The turn with the words of the question before it, where it refers to that."""
        how = turn.context or follows(turn.tokens)
        if how == "back":
            earlier = self.sessions.back(turn.session)
            return replace(turn, tokens=earlier.tokens, literals=earlier.literals, followed=True) if earlier else turn
        earlier = turn.earlier
        if not how or earlier is None:
            return turn
        if turn.context:
            told = frozenset() if turn.part else self.told
            tokens, plain = (in_context(x, earlier, how, turn.language, told) for x in (turn.tokens, turn.plain))
            literals = (*earlier.literals, *turn.literals) if how == "of" else turn.literals
            return replace(turn, tokens=tokens, plain=plain, literals=literals, followed=True) if tokens else turn
        tokens = merge(turn.tokens, earlier, how, turn.language)
        return replace(turn, tokens=tokens, plain=(), literals=(*earlier.literals, *turn.literals), followed=True)

    def plan(self, turn: Turn) -> Turn:
        """Read the words as plans; look for statements that they account for."""
        if turn.answer:
            return turn
        began = time.perf_counter()
        triples = self.knowledge.triples()
        if triples != self.reader.triples:
            self.reader = Reader(self.schema, triples)
            self.nested = NestedReader(self.schema, self.reader.routes)
        asked = self.grants.read(turn.tokens, turn.literals, triples)
        # What a document tells of a named company may be said in other relations.
        if asked and not asked.takers:
            return replace(turn, grants=asked, plan_ms=since(began))
        nested = self._nested(turn)
        if nested:
            return replace(turn, readings=nested, nested=True, plan_ms=since(began))
        readings = tuple(self.reader.read(without_citing(turn.tokens), turn.language, turn.literals))
        complete = tuple(r for r in readings if not r.unread and self.fit.fits(r, turn, self.seeker.unit(turn)))
        complete = tuple(sorted(complete, key=lambda reading: not self.fit.likelier(reading, turn)))
        hits: tuple[Hit, ...] = ()
        if not complete or asks_of(turn.tokens) & QUANTITY:
            hits = self.seeker.statements(turn)
        told = bool(hits) and hits[0].share >= ENOUGH
        # A model is slow: it is asked once, when no other way to take the question is to come.
        if not complete and not told and self.model and not (turn.tried or turn.part or turn.context):
            try:
                plan = self.model(turn.question, turn.language)
            except ModelError as error:
                plan = None
                turn = replace(turn, remark=say(turn.language, "model_failed", message=error.message))
            complete = (Reading(plan, 0.0, ()),) if plan else ()
        readings = complete or tuple(r for r in readings if r.unread)
        return replace(turn, grants=asked, readings=readings, hits=hits, plan_ms=since(began))

    def _nested(self, turn: Turn) -> tuple[Reading, ...]:
        """Readings by the order of words, where nothing is told in texts: the graph then is all that there is to ask."""
        if self.stated or turn.folded is None or turn.followed:
            return ()
        nested = self.nested.read(turn.folded, turn.tokens, turn.language, turn.literals)
        first = nested[0].plan.parts if nested else ()
        # Where the likeliest finds nothing, the same things may be joined in another way.
        return tuple(r for r in nested if not r.unread and alike(r.plan.parts, first))

    def run(self, turn: Turn) -> Turn:
        """Compile, guard and run the likeliest readings until one finds something."""
        if turn.answer:
            return turn
        began = time.perf_counter()
        granted = self.granter.answer(turn, turn.grants) if turn.grants else None
        if granted and (granted.status == "answered" or not turn.readings):
            return replace(turn, answer=granted, query_ms=since(began))
        if turn.nested:
            return replace(turn, answer=self.reply.from_readings(turn, list(turn.readings)), query_ms=since(began))
        compared = self.seeker.compared(turn)
        if compared:
            return replace(turn, answer=self.teller.compared(turn, compared), query_ms=since(began))
        if self._of_nothing(turn):
            which = self.reply.which_of(turn, [self.teller.name(hit, turn.language) for hit in turn.hits])
            return replace(turn, answer=which, query_ms=since(began))
        complete = [r for r in turn.readings if not r.unread]
        answer: Answer | None = None
        stated = self.teller.from_statements(turn) if turn.hits else None
        if stated and (not complete or asks_of(turn.tokens) & QUANTITY):
            exact = not complete or self._prefers_statements(turn, complete[0])
            answer = stated if exact else None
        if answer is None and complete:
            answer = self.reply.from_readings(turn, complete)
            if answer.status == "answered" and not tells_what_is_asked(answer.answer, asks_of(turn.tokens)):
                answer = self.reply.nothing_told(turn)
        if granted and (answer is None or answer.status == "empty"):
            return replace(turn, answer=granted, query_ms=since(began))
        if (answer is None or answer.status == "empty") and not stated and complete:
            stated = self.teller.from_statements(replace(turn, hits=self.seeker.statements(turn)))
        if (answer is None or answer.status == "empty") and stated:
            answer = stated
        if answer is None or answer.status == "empty":
            answer = self.granter.freely(turn, self.grants) or self._told_at_last(turn) or answer
        if (answer is None or answer.status == "empty") and not self._told_by_many(turn):
            told = (self.teller.from_facts(turn, self.seeker.content(tokens)) for _, tokens in self.seeker.wanted(turn))
            answer = next(filter(None, told), answer)
        if answer is None:
            answer = self.reply.not_understood(turn)
        return replace(turn, answer=answer, query_ms=since(began))

    def word(self, turn: Turn) -> Turn:
        """Every step worded its own part; what is left is the offer of questions that work."""
        answer = turn.answer
        if answer and turn.remark:
            answer = answer.model_copy(update={"answer": f"{answer.answer}\n{turn.remark}"})
            turn = replace(turn, answer=answer)
        assumed = [t for t in turn.tokens if t.assumed]
        if answer and assumed and answer.status in ("answered", "empty"):
            typed = [turn.folded.surface(t.start, t.end) if turn.folded else t.text for t in assumed]
            meant = [t.assumed.partition("/")[2] for t in assumed]
            names = [say(turn.language, "assumed", typed=a, name=b) for a, b in zip(typed, meant, strict=True)]
            return replace(turn, answer=answer.model_copy(update={"answer": "\n".join([answer.answer, *names])}))
        if answer and answer.status == "refused" and not answer.options:
            examples = example_questions(self.schema, turn.language)
            options = [Option(text=q, question=q) for q in examples]
            return replace(turn, answer=answer.model_copy(update={"options": options}))
        return turn

    def _of_nothing(self, turn: Turn) -> bool:
        """Whether a question says words of the schema alone, and several figures have them: 「採択件数は」."""
        content = [t for t in turn.tokens if t.unknown or not (t.has("ignore") or t.has("ask") or t.has("operator"))]
        figures = [h for h in turn.hits if h.statement.value is not None]
        if not 0 < len(content) <= MOST_BARE or not asks_of(turn.tokens) <= QUANTITY | {"yes_no", "what"}:
            return False
        several = len(figures) >= FEW or (len(content) > 1 and len(figures) > 1)
        kinds = {s.kind for t in content for s in t.senses}
        wanted = asks_of(turn.tokens) & QUANTITY or any(t.has("property") or t.has("value") for t in content)
        return (
            several
            and bool(wanted)
            and kinds <= {"property", "relation", "value", "label"}
            and not any(t.unknown for t in content)
        )

    def _told_at_last(self, turn: Turn) -> Answer | None:
        """A statement that holds nearly all of a question that asks for something else: a name that only its text tells."""
        operators = operators_of(turn.tokens)
        never = operators & {"not", "both", "average"} or ("count" in operators and not operators & EXTREMES.keys())
        if turn.tried or never or asks_of(turn.tokens) & COUNTING:
            return None
        hits = self.seeker.search(turn)
        if hits and asks_of(turn.tokens) & {"who", "where"} and not operators_of(turn.tokens) & EXTREMES.keys():
            hits = tuple(h for h in hits if h.statement.value is None)  # a figure names nobody
        return self.teller.from_statements(replace(turn, hits=hits)) if hits and hits[0].share >= NEARLY_ALL else None

    def _told_by_many(self, turn: Turn) -> bool:
        """Whether one stored fact cannot answer: what is not, what is greatest of several."""
        return bool(operators_of(turn.tokens) & {"not", "both", "max", "min", "sum", "average", "count", "top"})

    def _prefers_statements(self, turn: Turn, reading: Reading) -> bool:
        """Whether stated figures answer a question of quantity better than counting in the graph does."""
        best = turn.hits[0].statement
        if best.label not in self.stated or (best.value is None and "when" not in asks_of(turn.tokens)):
            return False
        about_something = any(part.ids for part in reading.plan.parts)
        return about_something and reading.plan.ask in ("count", "things", "describe")
