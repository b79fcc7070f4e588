"""Rules broken on purpose, one at a time: every clause of every predicate, every field's own rule,
every place where the planner looks at visibility. The matrix must find each.

A clause is broken by leaving it out: what is joined by AND becomes true, what is joined by OR
becomes false. Predicates that a predicate calls count as one clause each; they have mutants of
their own.
"""

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from tests.matrix import figures, rows, streams
from tests.matrix.cells import Asking
from tests.matrix.tally import Caught, Tally
from tests.matrix.world import World
from tracker import domain, graphql
from tracker.graphql.planner.declare import Declaration, Many, One, Scalar
from tracker.graphql.planner.run import Shelf
from tracker.graphql.planner.statement import Statement
from tracker.graphql.registry import registry

PREDICATE = re.compile(r"\w*visible\w*|through|inside|among_partners|insider|part_insider")

SPOKEN = re.compile(r"@@(\w+)\((.*?)\)@@")

VIEWERS = ("lima_coordinator", "public", "seoul_approver", "nairobi_mayor", "officer", "auditor",
           "nairobi_administrator", "nairobi_coordinator", "lima_mayor",
           "stranger", "mixed", "double", "turned",
           "lima_coordinator of lima", "mixed of nairobi", "mixed of seoul",
           "mixed reading")  # fmt: skip
"""Who asks of a mutant, those first who notice most; at last, with tokens that leave some out."""

EQUAL = {
    ("digests.rules.issue_visible", ":only_city IS NULL"): (
        "a token for one city shows no row of which these would be fields"
    ),
    ("deliveries.rules.content_visible", ":only_city IS NULL"): "as above",
    ("people.rules.visible", ":secretariat"): "the system alone is nobody, and asks by no door",
    ("people.rules.membership_visible", ":secretariat"): "as above",
    ("requests.rules.visible", ":secretariat"): "as above",
    ("events.rules.decision_event_visible", "@@project_event_visible(§)@@"): (
        "whoever sees a decision is inside, and sees its events"
    ),
    ("events.rules.visible", "§.project IS NOT NULL"): "nothing is inside of no project",
    ("events.rules.visible", "§.project IS NULL"): (
        "no account belongs to a project, and the secretariat is inside of all that it sees"
    ),
    ("events.rules.visible", "§.subject_type = 'evidence'"): "nothing else has these verbs",
}
"""(predicate, clause) -> why leaving it out changes nothing that anybody can see."""

PLACES = {
    "Compiler.single": "one row by its id",
    "Compiler._one": "a relation to one",
    "Compiler._connection": "a page of rows",
    "_exists": "a condition on a relation",
    "Level._joined": "what an aggregate counts",
    "rows_of": "the rows of an aggregate",
    "UnionText._conditions": "a search",
    "compile_stream": "events",
}
"""Where the planner asks what may be seen -> what is read there."""


@dataclass(frozen=True)
class Mutant:
    """Something broken: how to break it for a while, and which types to look at (all, if none)."""

    name: str
    broken: Callable[[], Any]
    equal: str = ""


def mutants() -> Iterator[Mutant]:
    """All of them."""
    yield from _clauses()
    yield from _fields()
    for place, what in PLACES.items():
        yield Mutant(f"no look at visibility in {place}, {what}", partial(_blind, place))


async def caught(world: World, mutant: Mutant) -> str:
    """The first finding that the mutant leads to; "" when the matrix is fooled by it."""
    before = _texts()
    with mutant.broken():
        changed = [kind for kind, text in _texts().items() if before[kind] != text]
        _forget_plans()
        try:
            for name in VIEWERS:
                await _glance(Asking(world, name, Tally(first=True)), changed)
            for name in VIEWERS:
                await _look(Asking(world, name, Tally(first=True)), changed)
        except Caught as finding:
            return str(finding)
        finally:
            _forget_plans()
    return ""


async def _glance(asking: Asking, changed: list[str]) -> None:
    """Read the rows themselves, which tells of most and costs a tenth of every way to them."""
    for kind in _reached(changed):
        await rows.pages(asking, registry.declarations[kind])


async def _look(asking: Asking, changed: list[str]) -> None:
    """Ask in every way; about everything, where no type's rules are other ones."""
    if not changed:
        await asking.everything()
    for kind in _reached(changed):
        await asking.type(kind)
    if set(changed) & registry.events.keys():
        await streams.events(asking)
    if "BudgetLine" in changed or "Project" in changed:
        await figures.portfolio(asking)
        await figures.search(asking)


def _reached(changed: list[str]) -> Iterator[str]:
    """The types that are read, and after them those whose rows lead to several of theirs: within
    one scope, the planner goes by what is left to ask there."""
    yield from (kind for kind in changed if kind in registry.declarations)
    for kind, declaration in registry.declarations.items():
        lists = {f.target for f in declaration.fields.values() if isinstance(f, Many)}
        if kind not in changed and lists & set(changed):
            yield kind


def _forget_plans() -> None:
    planner = graphql.planner()
    planner._own.plans = Shelf(500).plans


def _declared() -> list[Declaration]:
    return [*registry.declarations.values(), *registry.events.values()]


def _texts() -> dict[str, str]:
    """All of a type's rules as SQL."""
    return {
        each.name: "|".join(
            [
                each.visible("t"),
                each.in_scope("t") if each.in_scope else "",
                *(f.sql for f in each.fields.values() if isinstance(f, Scalar)),
                *(f.on for f in each.fields.values() if isinstance(f, One)),
            ]
        )
        for each in _declared()
    }


# --- clauses of predicates


def _clauses() -> Iterator[Mutant]:
    for module in _modules():
        for name, function in list(vars(module).items()):
            if not (_is_predicate(module, name, function) and _is_shown(module, function)):
                continue
            text = _own_text(module, function)
            full = f"{module.__name__.removeprefix('tracker.domain.')}.{name}"
            for clause, mutated in _without(text):
                yield Mutant(
                    f"{full} without {clause}",
                    partial(_patched, module, function, mutated),
                    EQUAL.get((full, clause), ""),
                )


def _modules() -> list[Any]:
    found = []
    for each in pkgutil.walk_packages(domain.__path__, "tracker.domain."):
        if each.name.endswith(".rules"):
            found.append(importlib.import_module(each.name))
    return found


def _is_predicate(module: Any, name: str, function: Any) -> bool:
    return (
        inspect.isfunction(function)
        and function.__module__ == module.__name__
        and PREDICATE.fullmatch(name) is not None
        and len(inspect.signature(function).parameters) == 1
    )


def _is_shown(module: Any, function: Any) -> bool:
    """Whether any declared type goes by it; actions alone go by some."""
    before = _texts()
    with _patched(module, function, "a rule that is nowhere"):
        return _texts() != before


def _own_text(module: Any, function: Any) -> str:
    """The predicate over `§`, predicates that it calls written as `@@name(alias)@@`."""
    kept = dict(function.__globals__)
    spoken = {
        name: (lambda t, name=name: f"@@{name}({t})@@")
        for name, each in kept.items()
        if inspect.isfunction(each) and PREDICATE.fullmatch(name) and each is not function
    }
    function.__globals__.update(spoken)
    # Modules that are named whole, such as `practices.visible`, are left as they are.
    try:
        text: str = function("§")
    finally:
        function.__globals__.update({name: kept[name] for name in spoken})
    return text


def _without(text: str) -> Iterator[tuple[str, str]]:
    """Each clause, and the text without it; the whole, when it is a single one."""
    found = False
    for start, end, neutral in _operands(text):
        found = True
        yield text[start:end], f"{text[:start]}{neutral}{text[end:]}"
    if not found and text != "true":
        yield text, "true"


def _operands(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, what stands for its absence) of every operand of AND and OR, at any depth."""
    for start, end in _groups(text):
        cut = _split(text, start, end, " OR ")
        if len(cut) > 1:
            yield from ((a, b, "false") for a, b in cut)
        for a, b in cut:
            inner = _split(text, a, b, " AND ")
            if len(inner) > 1:
                yield from ((c, d, "true") for c, d in inner)


def _groups(text: str) -> list[tuple[int, int]]:
    """The whole, and what stands in parentheses; of a SELECT, its condition."""
    spans, stack = [(0, len(text))], []
    for at, letter in enumerate(text):
        if letter == "(":
            stack.append(at + 1)
        elif letter == ")":
            spans.append((stack.pop(), at))
    found = []
    for start, end in spans:
        where = _split(text, start, end, " WHERE ")
        found.append(where[-1] if text[start:end].lstrip().startswith("SELECT") else (start, end))
    return found


def _split(text: str, start: int, end: int, word: str) -> list[tuple[int, int]]:
    """The spans between the word, where it stands in no further parentheses."""
    cuts, depth, begun = [], 0, start
    at = start
    while at < end:
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0 and text.startswith(word, at):
            cuts.append((begun, at))
            begun = at = at + len(word)
            continue
        at += 1
    return [*cuts, (begun, end)]


@contextmanager
def _patched(module: Any, function: Any, mutated: str) -> Iterator[None]:
    """The predicate says something else, wherever it is used."""

    def broken(t: str) -> str:
        scope = function.__globals__
        text = mutated.replace("§", t)
        while SPOKEN.search(text):
            text = SPOKEN.sub(lambda m: scope[m[1]](m[2]), text)
        return text

    homes = [
        (vars(each), name)
        for each in list(sys.modules.values())
        if getattr(each, "__name__", "").startswith("tracker.domain.")
        for name, value in list(vars(each).items())
        if value is function
    ]
    guards = [
        (declaration, name, field, field.visible("{t}" if isinstance(field, Scalar) else "{p}"))
        for declaration in _declared()
        for name, field in declaration.fields.items()
        if isinstance(field, Scalar | One) and field.visible is not None
    ]
    own = [d for d in _declared() if d.visible is function]
    scoped = [d for d in _declared() if d.in_scope is function]
    for scope, name in homes:
        scope[name] = broken
    for each in own:
        each.visible = broken
    for each in scoped:
        each.in_scope = broken
    for declaration, name, field, text in guards:
        _reguard(declaration, name, field, text, broken if field.visible is function else None)
    try:
        yield
    finally:
        for scope, name in homes:
            scope[name] = function
        for each in own:
            each.visible = function
        for each in scoped:
            each.in_scope = function
        for declaration, name, field, _ in guards:
            declaration.fields[name] = field


def _reguard(
    declaration: Declaration, name: str, field: Any, text: str, broken: Callable[[str], str] | None
) -> None:
    predicate = broken or field.visible
    if isinstance(field, Scalar):
        declaration.fields[name] = replace(field, sql=field.sql.replace(text, predicate("{t}")))
    else:
        declaration.fields[name] = replace(field, on=field.on.replace(text, predicate("{p}")))


# --- fields and places


def _fields() -> Iterator[Mutant]:
    for declaration in _declared():
        for name, field in declaration.fields.items():
            if isinstance(field, Scalar | One) and field.visible is not None:
                yield Mutant(
                    f"no rule for {declaration.name}.{name}",
                    partial(_unguarded, declaration, name, field),
                )


@contextmanager
def _unguarded(declaration: Declaration, name: str, field: Any) -> Iterator[None]:
    _reguard(
        declaration, name, field, field.visible("{t}" if isinstance(field, Scalar) else "{p}"),
        lambda _: "true",
    )  # fmt: skip
    try:
        yield
    finally:
        declaration.fields[name] = field


@contextmanager
def _blind(place: str) -> Iterator[None]:
    """In that place, the planner does not ask what may be seen."""
    looks = Statement.visible

    def blind(self: Statement, *given: Any) -> list[str]:
        code = sys._getframe(1).f_code
        return [] if code.co_qualname == place else looks(self, *given)

    Statement.visible = blind  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Statement.visible = looks  # type: ignore[method-assign]
