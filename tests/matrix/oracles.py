"""Conditions, totals and orders: none tells of a row or a field what its viewer does not see.

A condition is asked in every way that could tell: that there is something, that there is nothing,
the very words that stand there; of the rows themselves and of those that they are related to; and
the opposite of each, whose total would tell as much.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from tests.matrix.selections import MOST, column_of, guarded_scalars, key_of, number
from tests.matrix.sight import seen, shows
from tests.matrix.world import Row, World
from tracker.graphql.planner.declare import Declaration, Many, One, Scalar
from tracker.graphql.planner.kinds import TEXT, constant
from tracker.graphql.registry import registry

if TYPE_CHECKING:
    from tests.matrix.cells import Asking

TOGETHER = 30
"""Conditions in one document: planning one takes longer than answering it."""

NOWHERE = "zq-in-no-row-qz"


@dataclass(frozen=True)
class Question:
    """A condition, and the rows that it finds: those and no others, or at most those where only
    SQL knows which rows are related. `word` is what its `$w` stands for."""

    given: str
    found: set[int]
    exactly: bool = True
    word: str = ""


async def conditions(asking: "Asking", declaration: Declaration) -> None:
    """No condition finds a row by whether a field is empty that its viewer does not see; and none
    by a row that is not for them, however many relations away."""
    asked: list[Question] = []
    for name, declared in declaration.fields.items():
        if isinstance(declared, One | Many):
            asked += _by_related(asking, declaration, name, declared)
        elif isinstance(declared, Scalar) and name in guarded_scalars(declaration):
            asked += _by_absence(asking, declaration, name, declared)
    await _put(asking, declaration, asked)


def _by_absence(
    asking: "Asking", declaration: Declaration, name: str, declared: Scalar
) -> Iterator[Question]:
    kind, rows = declaration.name, asking.world.rows[declaration.name]
    shown = _showing(asking, kind, name)
    full = {n for n in shown if not declared.column or rows[n][declared.column] is not None}
    yield Question(f"{{ {name}: {{ isNull: false }} }}", full, bool(declared.column))
    if declared.column:
        empty = set(seen(asking.world, asking.viewer, kind)) - full
        yield Question(f"{{ {name}: {{ isNull: true }} }}", empty)


def _by_related(
    asking: "Asking", declaration: Declaration, name: str, declared: One | Many
) -> Iterator[Question]:
    """That there is a related row, and that something of it that is not for all is not empty."""
    target = registry.declarations[declared.target]
    related = _related(asking, declaration, name, declared)
    for field in ["id", *guarded_scalars(target)]:
        given = "{}" if field == "id" else f"{{ {field}: {{ isNull: false }} }}"
        shown = {c for c in asking.world.rows[target.name]
                 if shows(asking.world, asking.viewer, target.name, c, field)}  # fmt: skip
        allowed = {n for n, those in related.items() if shown & (shown if those is None else those)}
        yield Question(_through(name, declared, given), allowed, exactly=False)


async def words(asking: "Asking", declaration: Declaration) -> None:
    """The very words of a row find it for those who are shown them, by themselves and from the
    rows that it is related to; and nothing for anybody else, nor for those who ask the opposite."""
    asked = list(_own_words(asking, declaration))
    for name, declared in declaration.fields.items():
        if isinstance(declared, One | Many):
            asked += _related_words(asking, declaration, name, declared)
    await _put(asking, declaration, asked)


def _own_words(asking: "Asking", declaration: Declaration) -> Iterator[Question]:
    for name, word, row in _marked(asking, declaration):
        found = {row} if shows(asking.world, asking.viewer, declaration.name, row, name) else set()
        given = f"{{ {name}: {{ contains: $w }} }}"
        yield Question(given, found, word=word)
        yield from _opposite(asking, declaration, Question(given, found, word=word))


def _related_words(
    asking: "Asking", declaration: Declaration, name: str, declared: One | Many
) -> Iterator[Question]:
    related = _related(asking, declaration, name, declared)
    target = registry.declarations[declared.target]
    for field, word, row in _marked(asking, target):
        shown = shows(asking.world, asking.viewer, target.name, row, field)
        found = {n for n, those in related.items() if shown and (those is None or row in those)}
        exactly = not shown or None not in related.values()
        given = _through(name, declared, f"{{ {field}: {{ contains: $w }} }}")
        question = Question(given, found, exactly, word)
        yield question
        if exactly:
            yield from _opposite(asking, declaration, question)


def _opposite(asking: "Asking", declaration: Declaration, question: Question) -> Iterator[Question]:
    others = set(seen(asking.world, asking.viewer, declaration.name)) - question.found
    yield Question(f"{{ not: {question.given} }}", others, word=question.word)


def _marked(asking: "Asking", declaration: Declaration) -> Iterator[tuple[str, str, int]]:
    """(field, word, row) of every text: of one that the viewer is shown and of one that they are
    not. A document is the same for all viewers, so where there is no such row, nothing has the
    word."""
    for name, declared in declaration.fields.items():
        if not isinstance(declared, Scalar) or declared.kind is not TEXT or not declared.column:
            continue
        marks = _marks(asking.world, declaration.name, declared.column)
        if not marks:
            continue
        for shown in (True, False):
            some = (
                (word, row) for row, word in marks.items()
                if shows(asking.world, asking.viewer, declaration.name, row, name) is shown
            )  # fmt: skip
            word, row = next(some, (NOWHERE, 0))
            yield name, word, row


def _marks(world: World, kind: str, column: str) -> dict[int, str]:
    """Row -> the word that stands in this column of it and nowhere else."""
    if not world.words:
        for index, (marked, row, name) in enumerate(world.marks):
            world.words.setdefault((marked, name), {})[row] = f"zq{index}qz"
    return world.words.get((kind, column), {})


def _through(name: str, declared: One | Many, given: str) -> str:
    some = f"{{ some: {given} }}" if isinstance(declared, Many) else given
    return f"{{ {name}: {some} }}"


def _showing(asking: "Asking", kind: str, name: str) -> set[int]:
    rows = asking.world.rows[kind]
    return {n for n in rows if shows(asking.world, asking.viewer, kind, n, name)}


def _related(
    asking: "Asking", declaration: Declaration, name: str, declared: One | Many
) -> dict[int, set[int] | None]:
    """Row that shows the relation -> the numbers of the related rows; None where only SQL knows."""
    rows = asking.world.rows
    parents = {n: rows[declaration.name][n] for n in _showing(asking, declaration.name, name)}
    if isinstance(declared, One):
        return {n: _holds(name, declared, row) for n, row in parents.items()}
    key = key_of(declared)
    if key is None:
        return dict.fromkeys(parents, None)
    found: dict[int, set[int] | None] = {n: set() for n in parents}
    for child, row in rows[declared.target].items():
        of_parent = found.get(row[key])
        if of_parent is not None:
            of_parent.add(child)
    return found


def _holds(name: str, declared: One, row: Row) -> set[int] | None:
    column = column_of(name, declared, row)
    return None if column is None else {row[column]} - {None}


async def _put(asking: "Asking", declaration: Declaration, asked: list[Question]) -> None:
    for start in range(0, len(asked), TOGETHER):
        some = asked[start : start + TOGETHER]
        names = [f"$w{i}: String!" for i, each in enumerate(some) if each.word]
        declared = f"query({', '.join(names)}) " if names else ""
        text = " ".join(
            f"q{i}: {declaration.plural}(first: {MOST},"
            f" filter: {each.given.replace('$w', f'$w{i}')}) {{ totalCount nodes {{ id }} }}"
            for i, each in enumerate(some)
        )
        given = {f"w{i}": each.word for i, each in enumerate(some) if each.word}
        data = await asking.ask(f"{declared}{{ {text} }}", given)
        for i, each in enumerate(some):
            _judge(asking, declaration, each, data[f"q{i}"])


def _judge(asking: "Asking", declaration: Declaration, question: Question, told: Any) -> None:
    what = f"{asking.name} {declaration.name} {question.given.replace('$w', question.word)}"
    expected = question.found & set(seen(asking.world, asking.viewer, declaration.name))
    found, total = [number(each["id"]) for each in told["nodes"]], told["totalCount"]
    if question.exactly and len(expected) <= MOST:
        asking.tally.compare(what, found, expected)
    else:
        asking.tally.deny(what, found, expected)
    if question.exactly:
        asking.tally.compare(f"{what} counted", [total], [len(expected)])
    else:
        asking.tally.deny(f"{what} counted", range(total), range(len(expected)))


async def orders(asking: "Asking", declaration: Declaration) -> None:
    """No order shows what is not seen: in its cursors, there is nothing for such rows."""
    kind = declaration.name
    names = [
        name
        for name in guarded_scalars(declaration)
        if (f := declaration.fields[name]) and isinstance(f, Scalar) and f.kind.orderable
    ]
    if not names:
        return
    text = " ".join(
        f"{name}: {declaration.plural}(first: {MOST}, orderBy: {{ field: {constant(name)} }})"
        " { edges { cursor node { id } } }"
        for name in names
    )
    data = await asking.ask(f"{{ {text} }}")
    for name in names:
        for edge in data[name]["edges"]:
            raw = base64.b64decode(edge["cursor"])
            asking.scan(raw, f"a cursor of {kind} by {name}")
            row = number(edge["node"]["id"])
            if not shows(asking.world, asking.viewer, kind, row, name):
                value = orjson.loads(raw)[1]
                told = [] if value is None else [value]
                asking.tally.deny(f"{asking.name} {kind}:{row} by {name}", told, ())
