"""The matrix itself: each viewer asks for each type in every way, and each answer is compared with
the classification. What came and should not have is a leak; what should have come and did not is
hidden."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.matrix.classified import types
from tests.matrix.sight import seen, sees, shows
from tests.matrix.world import MARK, World
from tracker import graphql
from tracker.domain.actor import Actor
from tracker.graphql import READS, respond
from tracker.graphql.planner.declare import Declaration, Many, One, Scalar
from tracker.graphql.planner.events import run_with
from tracker.graphql.planner.kinds import constant
from tracker.graphql.registry import registry

MOST = 100


@dataclass
class Tally:
    """What came of it. `first` ends it with the first finding, which is all a mutant needs."""

    first: bool = False
    cells: int = 0
    leaks: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def compare(self, what: str, found: Iterable[Any], expected: Iterable[Any]) -> None:
        """Each of both counts as a cell."""
        found, expected = set(found), set(expected)
        self.cells += max(1, len(found | expected))
        for each in found - expected:
            self._note(self.leaks, f"{what}: {each}")
        for each in expected - found:
            self._note(self.hidden, f"{what}: {each}")

    def deny(self, what: str, found: Iterable[Any], allowed: Iterable[Any]) -> None:
        """Nothing but what is allowed may come."""
        found = set(found)
        self.cells += max(1, len(found))
        for each in found - set(allowed):
            self._note(self.leaks, f"{what}: {each}")

    def _note(self, findings: list[str], text: str) -> None:
        findings.append(text)
        if self.first:
            raise Caught(text)


class Caught(Exception):
    """The first finding."""


class Asking:
    """One viewer asks about everything."""

    def __init__(self, world: World, name: str, tally: Tally) -> None:
        self.world, self.name, self.tally = world, name, tally
        self.viewer: Actor = world.viewers[name]

    async def everything(self) -> None:
        """Every type in every way."""
        for kind in registry.declarations:
            await self.type(kind)
        await self.figures()
        await self.search()
        await self.streams()

    async def type(self, kind: str) -> None:
        """One type: roots, fields, relations, conditions and orders."""
        declaration = registry.declarations[kind]
        await self._rows(declaration)
        await self._singles(declaration)
        await self._conditions(declaration)
        await self._orders(declaration)

    async def ask(self, document: str) -> Any:
        """The data of the answer, whose bytes are looked through for marks."""
        answer = await respond(document, actor=self.viewer, limits=None)
        self.scan(answer.body, document[:60])
        found = orjson.loads(answer.body)
        assert not found.get("errors"), (document, found["errors"])
        return found["data"]

    def scan(self, body: bytes, where: str) -> None:
        """Every mark in the bytes is one that the viewer may see."""
        for number in set(MARK.findall(body.decode(errors="replace"))):
            kind, row, column = self.world.marks[int(number)]
            self.tally.cells += 1
            name = _camel(column)
            known = name in types()[kind].fields
            if known and shows(self.world, self.viewer, kind, row, name):
                continue
            self.tally.deny(f"{self.name} read in {where}", [f"{kind}:{row}.{column}"], ())

    # --- rows and fields

    async def _rows(self, declaration: Declaration) -> None:
        """The connection, page by page, with every field of its rows."""
        kind = declaration.name
        found: list[dict[str, Any]] = []
        after, total = "null", 0
        while True:
            page = (await self.ask(
                f"{{ page: {declaration.plural}(first: {MOST}, after: {after}) {{ totalCount"
                f" nodes {{ {_selection(declaration)} }} pageInfo {{ hasNextPage endCursor }} }} }}"
            ))["page"]  # fmt: skip
            found, total = found + page["nodes"], page["totalCount"]
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = f'"{page["pageInfo"]["endCursor"]}"'
        expected = seen(self.world, self.viewer, kind)
        what = f"{self.name} {kind}"
        self.tally.compare(what, [_number(row["id"]) for row in found], expected)
        self.tally.compare(f"{what} totalCount", [total], [len(expected)])
        for row in found:
            self._fields(declaration, row)

    def _fields(self, declaration: Declaration, row: dict[str, Any]) -> None:
        kind, number = declaration.name, _number(row["id"])
        truth = self.world.rows[kind].get(number)
        if truth is None:
            return
        for name, declared in declaration.fields.items():
            allowed = shows(self.world, self.viewer, kind, number, name)
            what = f"{self.name} {kind}:{number}.{name}"
            if isinstance(declared, Scalar):
                self._scalar(what, declared, row[name], truth, allowed)
            elif isinstance(declared, One):
                self._one(what, name, declared, row[name], truth, allowed)
            else:
                self._many(what, declared, row[name], number, allowed)

    def _scalar(self, what: str, declared: Scalar, value: Any, truth: Any, allowed: bool) -> None:
        there = value is not None
        if not allowed:
            self.tally.deny(what, ["a value"] if there else [], ())
        elif declared.column:
            wanted = truth[declared.column] is not None
            self.tally.compare(what, [there], [wanted])
        elif declared.visible:  # the world has something of each
            self.tally.compare(what, [there], [True])

    def _one(
        self, what: str, name: str, declared: One, value: Any, truth: Any, allowed: bool
    ) -> None:
        found = [_number(value["id"])] if value else []
        column = _snake(name)
        visible = [n for n in found if sees(self.world, self.viewer, declared.target, n)]
        if column not in truth or f'"{column}"' not in declared.on:
            self.tally.deny(what, found, visible if allowed else ())
            return
        number = truth[column]
        there = number is not None and sees(self.world, self.viewer, declared.target, number)
        self.tally.compare(what, found, [number] if there and allowed else [])

    def _many(self, what: str, declared: Many, value: Any, parent: int, allowed: bool) -> None:
        found = [_number(each["id"]) for each in value["nodes"]]
        key = re.fullmatch(r'\{c\}\."(\w+)" = \{p\}\.id', declared.on)
        visible = seen(self.world, self.viewer, declared.target) if allowed else []
        if key is None:
            self.tally.deny(what, found, visible)
            return
        rows = self.world.rows[declared.target]
        expected = [n for n in visible if rows[n][key[1]] == parent]
        self.tally.compare(f"{what} totalCount", [value["totalCount"]], [len(expected)])
        if len(expected) <= MOST:
            self.tally.compare(what, found, expected)

    async def _singles(self, declaration: Declaration) -> None:
        """By the noun's own root, `node` and `nodes`, for every row there is."""
        kind = declaration.name
        numbers = list(self.world.rows[kind])[-MOST:]
        if not numbers:
            return
        ids = ", ".join(f'"{kind}:{n}"' for n in numbers)
        guarded = " ".join(_guarded_scalars(declaration))
        noun = kind[0].lower() + kind[1:]
        singles = " ".join(
            f'a{n}: node(id: "{kind}:{n}") {{ id ... on {kind} {{ {guarded} }} }}'
            f' b{n}: {noun}(id: "{kind}:{n}") {{ id {guarded} }}'
            for n in numbers[-25:]
        )
        nodes = f"nodes(ids: [{ids}]) {{ id ... on {kind} {{ {guarded} }} }}"
        data = await self.ask(f"{{ {nodes} {singles} }}")
        expected = {n for n in numbers if sees(self.world, self.viewer, kind, n)}
        listed = data.pop("nodes")
        self.tally.compare(
            f"{self.name} nodes {kind}", [_number(each["id"]) for each in listed if each], expected
        )
        for row in [*listed, *data.values()]:
            if row:
                self._guards(kind, row)
        for way in "ab":
            found = [_number(each["id"]) for k, each in data.items() if k[0] == way and each]
            self.tally.compare(f"{self.name} {way} {kind}", found, expected & set(numbers[-25:]))

    def _guards(self, kind: str, row: dict[str, Any]) -> None:
        for name, value in row.items():
            allowed = shows(self.world, self.viewer, kind, _number(row["id"]), name)
            if not allowed and value is not None:
                self.tally.deny(f"{self.name} {kind}.{name}", [row["id"]], ())

    # --- oracles

    async def _conditions(self, declaration: Declaration) -> None:
        """No condition finds a row by what its viewer does not see; and none by a row that is not
        for them, however many relations away."""
        kind = declaration.name
        asked: dict[str, tuple[str, set[int]]] = {}
        for name, declared in declaration.fields.items():
            if isinstance(declared, Scalar):
                if types()[kind].fields[name] != "all":
                    asked[name] = (f"{{ {name}: {{ isNull: false }} }}", self._showing(kind, name))
            else:
                asked |= self._through(declaration, name, declared)
        if not asked:
            return
        text = " ".join(
            f"{key}: {declaration.plural}(first: {MOST}, filter: {given})"
            " { totalCount nodes { id } }"
            for key, (given, _) in asked.items()
        )
        data = await self.ask(f"{{ {text} }}")
        visible = set(seen(self.world, self.viewer, kind))
        for key, (given, allowed) in asked.items():
            found = [_number(each["id"]) for each in data[key]["nodes"]]
            self.tally.deny(f"{self.name} {kind} {given}", found, allowed & visible)
            self.tally.deny(
                f"{self.name} {kind} {given} counted",
                range(data[key]["totalCount"]), range(len(allowed & visible)),
            )  # fmt: skip

    def _showing(self, kind: str, name: str) -> set[int]:
        rows = self.world.rows[kind]
        return {n for n in rows if shows(self.world, self.viewer, kind, n, name)}

    def _through(
        self, declaration: Declaration, name: str, declared: One | Many
    ) -> dict[str, tuple[str, set[int]]]:
        """Conditions on the related row: that there is one, and on what of it is not for all."""
        kind, target = declaration.name, declared.target
        parents = self._showing(kind, name)
        rows = self.world.rows[target]
        related = {n: self._related(declaration, name, declared, n) for n in parents}
        found: dict[str, tuple[str, set[int]]] = {}
        child = registry.declarations[target]
        for field_ in ["id", *_guarded_scalars(child)]:
            inner = "{}" if field_ == "id" else f"{{ {field_}: {{ isNull: false }} }}"
            given = f"{{ {name}: {{ some: {inner} }} }}" if isinstance(declared, Many) else (
                f"{{ {name}: {inner} }}"
            )  # fmt: skip
            allowed = {
                n
                for n in parents
                if any(
                    shows(self.world, self.viewer, target, c, field_)
                    for c in (rows if related[n] is None else related[n] or ())
                )
            }
            found[f"{name}_{field_}"] = (given, allowed)
        return found

    def _related(
        self, declaration: Declaration, name: str, declared: One | Many, number: int
    ) -> list[int] | None:
        """The numbers of the related rows; None where only SQL knows."""
        row = self.world.rows[declaration.name][number]
        if isinstance(declared, One):
            column = _snake(name)
            if column not in row or f'"{column}"' not in declared.on:
                return None
            return [row[column]] if row[column] is not None else []
        key = re.fullmatch(r'\{c\}\."(\w+)" = \{p\}\.id', declared.on)
        if key is None:
            return None
        rows = self.world.rows[declared.target]
        return [n for n, child in rows.items() if child[key[1]] == number]

    async def _orders(self, declaration: Declaration) -> None:
        """No order shows what is not seen: in its cursors, there is nothing for such rows."""
        kind = declaration.name
        names = [
            name
            for name in _guarded_scalars(declaration)
            if (f := declaration.fields[name]) and isinstance(f, Scalar) and f.kind.orderable
        ]
        if not names:
            return
        text = " ".join(
            f"{name}: {declaration.plural}(first: {MOST}, orderBy: {{ field: {constant(name)} }})"
            " { edges { cursor node { id } } }"
            for name in names
        )
        data = await self.ask(f"{{ {text} }}")
        for name in names:
            for edge in data[name]["edges"]:
                raw = base64.b64decode(edge["cursor"])
                self.scan(raw, f"a cursor of {kind} by {name}")
                number = _number(edge["node"]["id"])
                if not shows(self.world, self.viewer, kind, number, name):
                    value = orjson.loads(raw)[1]
                    self.tally.deny(
                        f"{self.name} {kind}:{number} by {name}",
                        [] if value is None else [value],
                        (),
                    )

    # --- figures, search, streams

    async def figures(self) -> None:
        """The portfolio counts what its reader sees, and nothing else."""
        data = await self.ask(
            "{ portfolio { count milestones { count } budget { lines } indicators { totalCount }"
            " groups(by: [STATE]) { nodes { keys { state } count } } }"
            ' portfolioHistory(from: "2020-01-01", to: "2020-01-01", every: DAY) { count } }'
        )
        count = {kind: len(seen(self.world, self.viewer, kind)) for kind in registry.declarations}
        found = data["portfolio"]
        for what, got, kind in (
            ("portfolio", found["count"], "Project"),
            ("portfolio milestones", found["milestones"]["count"], "Milestone"),
            ("portfolio budget", found["budget"]["lines"], "BudgetLine"),
        ):
            self.tally.compare(f"{self.name} {what}", range(got), range(count[kind]))
        states: dict[str, int] = {}
        for number in seen(self.world, self.viewer, "Project"):
            state = self.world.rows["Project"][number]["state"].upper()
            states[state] = states.get(state, 0) + 1
        groups = {g["keys"]["state"]: g["count"] for g in found["groups"]["nodes"]}
        self.tally.compare(f"{self.name} groups", groups.items(), states.items())

    async def search(self) -> None:
        """A word that stands in one row alone finds it for those who see it."""
        for number, (kind, row, column) in enumerate(self.world.marks):
            if column != "title" or kind not in ("Project", "Practice", "Request"):
                continue
            data = await self.ask(
                f'{{ search(query: "zq{number}qz") {{ totalCount edges {{ snippet {{ text }}'
                " node { __typename ... on Node { id } } } } }"
            )
            found = [edge["node"]["id"] for edge in data["search"]["edges"]]
            kinds = ("Project", "Practice", "Request")
            visible = {f"{k}:{n}" for k in kinds for n in seen(self.world, self.viewer, k)}
            what = f"{self.name} search for {kind}:{row}"
            self.tally.deny(what, found, visible)  # slips are forgiven: others may be found
            wanted = {f"{kind}:{row}"} & visible
            self.tally.compare(what, wanted & set(found), wanted)
            self.tally.compare(f"{what} counted", [data["search"]["totalCount"]], [len(found)])

    async def streams(self) -> None:
        """Every event that ever was, as a subscriber would get it."""
        if self.viewer.person_id is None:
            return  # refused before anything is looked at, see `doors`
        for stream, subject in (("portfolioEvents", ""), ("milestoneEvents", "milestone"),
                                ("decisionEvents", "decision")):  # fmt: skip
            text = f"subscription {{ {stream} {{ id verb before after event {{ id }} }} }}"
            planner = graphql.planner()
            operation = planner.prepared(text, None, None)
            coerced = planner.variables(operation, {}, None)
            numbers = list(self.world.rows["AuditEvent"])
            places = [f"e{n}" for n in numbers]
            plan = planner.stream(operation, coerced)
            body = await READS.run(
                plan, run_with(coerced, numbers, places), self.viewer, keep=False
            )
            self.scan(body, stream)
            lines = [orjson.loads(line)[stream]["id"] for line in body.splitlines()]
            rows = self.world.rows["AuditEvent"]
            expected = [
                f"e{n}"
                for n in seen(self.world, self.viewer, "AuditEvent")
                if rows[n]["project"] and subject in ("", rows[n]["subject_type"])
                and (subject != "decision"
                     or sees(self.world, self.viewer, "Decision", rows[n]["subject_id"]))
            ]  # fmt: skip
            self.tally.compare(f"{self.name} {stream}", lines, expected)


def _selection(declaration: Declaration) -> str:
    """Every field; of what is related, which rows."""
    parts = []
    for name, declared in declaration.fields.items():
        if isinstance(declared, Scalar):
            parts.append(name)
        elif isinstance(declared, One):
            parts.append(f"{name} {{ id }}")
        else:
            parts.append(f"{name}(first: {MOST}) {{ totalCount nodes {{ id }} }}")
    return " ".join(parts)


def _guarded_scalars(declaration: Declaration) -> list[str]:
    """Fields that fewer people see than the row."""
    told = types()[declaration.name].fields
    return [
        name
        for name, declared in declaration.fields.items()
        if isinstance(declared, Scalar) and told[name] != "all"
    ]


def _number(global_id: str) -> int:
    return int(global_id.partition(":")[2])


def _snake(camel: str) -> str:
    return re.sub(r"([A-Z])", r"_\1", camel).lower()


def _camel(snake: str) -> str:
    first, *others = snake.split("_")
    return first + "".join(each.capitalize() for each in others)
