"""The explorer's examples, the questions that a secretariat asks most, and those of the
documentation: each is answered over the demonstration portfolio."""

import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import orjson
import pytest
from asyncpg import Connection
from graphql import parse, validate
from litestar import Litestar

from tests.conftest import empty
from tests.graphql.play import next_numbers
from tests.matrix.attempts import undone
from tests.web.browser import Browser
from tests.web.planted import LATE_IN_A_QUARTER, plant_for_officer
from tracker.demo.people import address
from tracker.domain import clock
from tracker.domain.actor import Actor, Role
from tracker.domain.people.queries import actor_by_email
from tracker.domain.people.sessions import open_session
from tracker.graphql import graphql_schema, respond
from tracker.web.documentation import Entry, Example, groups
from tracker.web.explorer import EXAMPLES, examples

pytestmark = pytest.mark.long

QUESTIONS = 13
"""As many examples ask; what follows them shows something else."""

UNASKED = {"type-Upload", "mutation-milestoneAttachFile", "mutation-valueAttachFile"}
"""What needs a file to be sent along."""

Documented = list[tuple[Entry, dict[str, Any] | None]]
"""Everything in the documentation, with what its example is answered, if that is asked."""

FORMER = "query($id: ID!) { node(id: $id) { ... on Project { reportedHealth } } }"


NUMBERS_AFRESH = """
DO $$ DECLARE name text; BEGIN
  FOR name IN
    SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'
    AND sequencename NOT IN ('city_id_seq', 'person_id_seq', 'membership_id_seq')
  LOOP EXECUTE format('ALTER SEQUENCE %I RESTART', name); END LOOP;
END $$
"""


@pytest.fixture(scope="module")
async def planted(app: Litestar, cleaner: Connection) -> AsyncIterator[Actor]:
    """Somebody of the secretariat, at the demonstration portfolio, which stays as it is: what these
    tests change, they undo. Its rows have the numbers that they have in a new installation, and
    later ones go on from where numbers were: what is kept for other tests has its own."""
    await empty(cleaner)
    numbers = await next_numbers(cleaner)
    await cleaner.execute(NUMBERS_AFRESH)
    with clock.at(LATE_IN_A_QUARTER):
        yield await plant_for_officer()
    await cleaner.execute(numbers)


@pytest.fixture
def officer(planted: Actor) -> Iterator[Actor]:
    """The same, late in a quarter."""
    with clock.at(LATE_IN_A_QUARTER):
        yield planted


@pytest.fixture(scope="module")
async def documented(planted: Actor) -> Documented:
    """What the documentation shows; what an example changes is undone."""
    found: Documented = []
    with clock.at(LATE_IN_A_QUARTER):
        for entry in (e for group in groups() for _, entries in group.sections for e in entries):
            example = entry.example
            asked = entry.anchor not in UNASKED and not example.document.startswith("subsc")
            found.append((entry, await _tried(example, planted) if asked else None))
    return found


async def _tried(example: Example, actor: Actor) -> dict[str, Any]:
    async with undone():
        variables = orjson.loads(example.variables or "{}")
        answer = await respond(example.document, variables, actor=actor)
    told: dict[str, Any] = orjson.loads(answer.body)
    return told


async def test_questions_are_answered_each_in_one_statement(
    officer: Actor, statements: list[str]
) -> None:
    wrong = {}
    for example in examples()[:QUESTIONS]:
        statements.clear()
        answer = await respond(example["document"], example["variables"], actor=officer)
        found = orjson.loads(answer.body)
        problems = [*found.get("errors", []), *_empty(found.get("data") or {})]
        if problems or len(statements) != 1:
            wrong[example["name"]] = (problems, len(statements))
    assert wrong == {}


async def test_other_examples_are_answered(officer: Actor) -> None:
    for example in examples()[QUESTIONS:]:
        if "\nsubscription " in example["document"]:
            assert validate(graphql_schema, parse(example["document"])) == []
            continue
        answer = await respond(example["document"], example["variables"], actor=officer)
        assert "errors" not in orjson.loads(answer.body), example["name"]


async def test_answers_are_right(officer: Actor) -> None:
    late = (await _asked("01", officer))["projects"]["nodes"]
    assert [each["lateDays"] for each in late] == sorted(
        (x["lateDays"] for x in late), reverse=True
    )
    for project in late:
        days = [each["daysLate"] for each in project["milestones"]["nodes"]]
        assert project["lateDays"] == max(days) > 0
    ranks = {"GREEN": 0, "UNKNOWN": 1, "AMBER": 2, "RED": 3}
    for project in (await _asked("05", officer))["projects"]["nodes"]:
        assert ranks[project["reportedHealth"]] < ranks[project["health"]]
    for project in (await _asked("06", officer))["projects"]["nodes"]:
        assert project["updatedAt"] < "2026-10-25"
    for move in (await _asked("08", officer))["auditEvents"]["nodes"]:
        assert move["at"] >= "2026-10-01"
        assert move["before"]["dueOn"] != move["after"]["dueOn"]
        assert move["milestone"]["title"]
    portfolio = (await _asked("12", officer))["portfolio"]
    assert portfolio["count"] >= max(each["count"] for each in portfolio["groups"]["nodes"]) > 0
    found = await _asked("13", officer)
    assert {"Practice", "Project"} <= {
        each["node"]["__typename"] for each in found["search"]["edges"]
    }
    assert [each["name"] for each in found["cities"]["nodes"]] == ["Seoul"]
    due = (await _asked("11", officer))["milestones"]["nodes"]
    assert all("2026-11-24" <= each["dueOn"] <= "2026-12-24" for each in due)
    assert [each["dueOn"] for each in due] == sorted(each["dueOn"] for each in due)


async def test_mutation_works_as_delivered_for_a_coordinator(officer: Actor, app: Litestar) -> None:
    coordinator = await actor_by_email(address("nairobi", Role.COORDINATOR))
    assert coordinator
    assert coordinator.person_id
    browser = Browser(app)
    browser.client.cookies.set("session", await open_session(coordinator.person_id))
    page = await browser.open("/graphql")
    [text] = re.findall(r'id="examples">(.*?)</script>', page.text)
    [example] = [each for each in json.loads(text) if "ReportHealth" in each["document"]]
    read = await respond(FORMER, example["variables"], actor=coordinator)
    former = orjson.loads(read.body)["data"]["node"]
    answer = await respond(example["document"], example["variables"], actor=coordinator)
    payload = orjson.loads(answer.body)["data"]["projectReportHealth"]
    assert payload["problems"] == []
    assert payload["project"]["reportedHealth"] == "AMBER"
    before = example["document"].replace("AMBER", former["reportedHealth"])
    await respond(before, example["variables"], actor=coordinator)


def test_every_example_of_the_documentation_is_answered(documented: Documented) -> None:
    wrong = {}
    for entry, answer in documented:
        if answer is None:
            errors: Sequence[Any] = validate(graphql_schema, parse(entry.example.document))
        else:
            errors = answer.get("errors", ())
        if errors:
            wrong[entry.anchor] = errors
    assert wrong == {}
    assert len(documented) > len(UNASKED)


NOT_PLANTED = (
    *("ApiToken", "TokenScope", "Session", "Method", "SignOn", "Invitation", "Notification"),
    *("Dimension", "ValuePart", "IndicatorDefinition", "Measure", "Accumulation", "Aggregation"),
    *("Reminder", "Addend", "Comment", "Mention", "Digest", "Delivery", "Suppression"),
    *("InboundMail", "InboundOutcome", "StuckMail"),
    "HookFormat",
    *("auditHead", "auditSealedAt", "Requirement"),
)
"""What has no rows in the demonstration, or none of an officer's own: begins such names."""

ELSEWHERE = {"query-auditEvent", "query-plannedDate", "query-projectByCode"}
"""Whose first row goes by another number here than in a demonstration of its own."""


def test_examples_of_the_documentation_find_something(documented: Documented) -> None:
    empty = []
    for entry, answer in documented:
        example, kind = entry.example, entry.anchor.partition("-")[2]
        known = kind[0].upper() + kind[1:]
        passed = known.startswith(tuple(n[0].upper() + n[1:] for n in NOT_PLANTED))
        if not example.document.startswith("query") or passed or entry.anchor in ELSEWHERE:
            continue
        if not _says(answer and answer.get("data")):
            empty.append(entry.anchor)
    assert not empty, " ".join(empty)


def _says(value: Any) -> bool:
    """Whether there is a row, or anything else that is not null, in it."""
    if isinstance(value, list):
        return any(map(_says, value))
    if not isinstance(value, dict) or not value:  # stored JSON may be an empty object
        return value is not None
    if "totalCount" in value:
        return bool(value["totalCount"])
    return any(_says(each) for key, each in value.items() if key != "__typename")


async def test_explorer_names_the_examples_in_the_readers_language(app: Litestar) -> None:
    browser, shown = Browser(app), []
    for language in ("en", "ko"):
        page = await browser.open("/graphql", **{"Accept-Language": language})
        [text] = re.findall(r'id="examples">(.*?)</script>', page.text)
        shown.append([each["name"] for each in json.loads(text)])
    assert shown[0] == [each["name"] for each in examples()]
    assert not set(shown[0]) & set(shown[1])


def test_days_in_variables_are_dates() -> None:
    with clock.at(LATE_IN_A_QUARTER):
        found = {each["name"]: each["variables"] for each in examples()}
    assert {"from": "2026-11-24", "until": "2026-12-24"} in found.values()
    assert {"since": "2026-10-01T00:00:00Z"} in found.values()
    assert {"since": "2026-10-25T00:00:00Z"} in found.values()


async def _asked(number: str, actor: Actor) -> dict[str, Any]:
    names = [path.name for path in sorted(EXAMPLES.glob("*.graphql"))]
    example = examples()[next(at for at, name in enumerate(names) if name.startswith(number))]
    answer = await respond(example["document"], example["variables"], actor=actor)
    data: dict[str, Any] = orjson.loads(answer.body)["data"]
    return data


def _empty(data: dict[str, Any]) -> list[str]:
    """The root fields that found nothing and should have."""
    return [
        name
        for name, found in data.items()
        if not (found.get("totalCount") or found.get("nodes") or found.get("count"))
    ]
