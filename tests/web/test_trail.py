"""The history: sentences on pages, the whole trail with filters, and what can be taken along."""

import ast
import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from piccolo.columns import Column, ForeignKey
from piccolo.table import Table
from strawberry.utils.str_converters import to_camel_case

from tests import factories
from tests.cast import Cast, email
from tests.factories import today
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tracker import domain
from tracker.domain.errors import Invalid
from tracker.domain.events import chain
from tracker.domain.people import passwords
from tracker.domain.people.actions import grant
from tracker.domain.people.sign_on_tables import SignOnIdentity
from tracker.domain.people.tables import HalfSignIn, Password, SecondFactor, SignInLink
from tracker.domain.projects.rules import LIFECYCLE
from tracker.domain.projects.tables import Decision, DecisionKind
from tracker.domain.roles import Role
from tracker.graphql.registry import registry
from tracker.locale import Reader
from tracker.settings import Limit, Limits, Settings
from tracker.throttle import throttling
from tracker.web.history import KEPT, REFERENCES, cell
from tracker.web.labels import LABELS, SUBJECTS
from tracker.web.naming import KINDS
from tracker.web.sentences import BEHALF, MORE, NTH, SENTENCES
from tracker.web.values_in_words import WORDS

RECORDING = {"change", "weighed", "create", "record_new", "record_gone", "_step", "_end", "_keep"}
"""Functions whose last text is the verb of an event."""


def verbs() -> set[str]:
    """Every verb that an action writes out."""
    found = set(LIFECYCLE)
    for path in Path(domain.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in RECORDING:
                given = [
                    each.value
                    for each in node.args[2:]
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                ]
                found |= {text for text in given if text.isidentifier()}
    return found


def _name(function: ast.expr) -> str:
    return getattr(function, "id", getattr(function, "attr", ""))


def test_every_verb_has_a_sentence() -> None:
    known = {key.split()[1] for key in SENTENCES}
    assert verbs() - known == set()
    assert len(verbs()) > 30


def test_every_sentence_and_word_is_there_in_korean() -> None:
    korean = Reader("ko")
    texts = [
        *(*SENTENCES.values(), BEHALF, MORE, *NTH),
        *LABELS.values(),
        *SUBJECTS.values(),
        *(words for column in WORDS.values() for words in column.values()),
    ]
    texts = [text for text in texts if not text.startswith("CC")]
    assert [text for text in texts if korean.gettext(text) == text] == []


def audited_columns() -> Iterator[Column]:
    tables: list[type[Table]] = [each.table for each in registry.declarations.values()]
    tables += [HalfSignIn, Password, SecondFactor, SignInLink, SignOnIdentity]
    for table in tables:
        if table._meta.tablename in SUBJECTS:
            yield from table._meta.columns


def test_every_word_of_an_enum_is_there_in_korean() -> None:
    korean, missing, seen = Reader("ko"), [], 0
    for column in audited_columns():
        name = column._meta.name
        if column._meta.choices and to_camel_case(name) in LABELS and name != "licence":
            for value in column._meta.choices:
                seen += 1
                if re.search("[a-z]", cell(korean, to_camel_case(name), value.name, {})):
                    missing.append((name, value.value))
    assert missing == []
    assert seen > 80


def test_every_number_of_another_row_has_a_name_or_is_kept_from_the_page() -> None:
    shown = {
        at: kind
        for at, kind in REFERENCES.items()
        if at[0] in SUBJECTS and at[1] in LABELS and at not in KEPT
    }
    assert {at: kind for at, kind in shown.items() if kind not in KINDS} == {}
    assert len(shown) > 15


def test_whatever_the_trail_tells_of_has_the_name_of_the_schema() -> None:
    named = {
        (each.table._meta.tablename, to_camel_case(column._meta.name))
        for each in registry.declarations.values()
        for column in each.table._meta.columns
        if isinstance(column, ForeignKey)
        and column._foreign_key_meta.resolved_references._meta.tablename
        in {other.table._meta.tablename for other in registry.declarations.values()}
    }
    assert named <= REFERENCES.keys()


async def test_history_names_whom_and_what_it_refers_to(cast: Cast, signed_in: SignedIn) -> None:
    await factories.joint_project(cast, "active")
    browser = await signed_in("nairobi_mayor")
    [decision] = await Decision.objects().where(
        Decision.city == cast.nairobi, Decision.kind == DecisionKind.SIGN
    )
    await browser.open(f"/decisions/{decision.id}")
    assert "Decided by" in browser.page.text
    assert "signed the agreement for" in browser.page.text
    assert f"#{cast.nairobi_mayor.person_id}" not in browser.page.text
    browser = await signed_in("officer")
    await browser.open("/audit?kind=membership")
    assert "Nairobi" in browser.page.text
    assert f"#{cast.nairobi}" not in browser.page.text


async def test_value_and_period_pages_have_their_history(cast: Cast, signed_in: SignedIn) -> None:
    project = await factories.joint_project(cast, "active")
    browser = await signed_in("nairobi_coordinator")
    await browser.open(f"/periods/{project.period_id}/report")
    assert "set a target of" in browser.page.text
    value = await factories.value(cast, project, "submitted")
    judge = await signed_in("seoul_coordinator")
    await judge.open(f"/values/{value.id}/approve")
    assert f"/audit?kind=value&amp;number={value.id}" in judge.page.text


async def test_people_read_what_was_done_to_their_account(cast: Cast, signed_in: SignedIn) -> None:
    number = cast.nairobi_cio.person_id or 0
    await grant(cast.administrator, number, cast.nairobi, Role.APPROVER)
    with pytest.raises(Invalid):
        await passwords.sign_in(email("nairobi_cio"), "not my password")
    browser, other = await signed_in("nairobi_cio"), await signed_in("nairobi_mayor")
    for path in ("/account/history", "/account/security"):
        await browser.open(path)
        assert "failed to sign in as" in browser.page.text
        assert "Wrong password" in browser.page.text
        assert "Approver" in browser.page.text
        await other.open(path)
        assert "failed to sign in as" not in other.page.text
        assert "Approver" not in other.page.text.partition("<main")[2]
    await browser.open("/account/history?after=nonsense")
    assert browser.page.status_code == 400


async def test_move_is_told_with_dates_and_count(cast: Cast, signed_in: SignedIn) -> None:
    project = await factories.joint_project(cast, "active")
    for days in (60, 70, 80):
        await factories.move_milestone(cast, project.milestone_id, today(days), "Rain.")
    browser = await signed_in("nairobi_coordinator")
    await browser.open(f"/milestones/{project.milestone_id}")
    reader = Reader("en", "Africa/Nairobi")
    expected = (
        f"from {reader.day(today(70).isoformat())} to {reader.day(today(80).isoformat())},"
        " third move."
    )
    assert expected in browser.page.text
    assert "Rain." in browser.page.text


async def test_lessons_and_sectors_are_told_in_words(cast: Cast, signed_in: SignedIn) -> None:
    project = await factories.joint_project(cast, "finalising")
    await factories.evaluate(cast, project.id, "nairobi")
    browser = await signed_in("nairobi_coordinator")
    await browser.open(f"/audit?project={(await project.row()).code}")
    assert "Begin with the legal review: It took five months." in browser.text
    assert "{'" not in browser.text
    assert cell(Reader("en"), "sectors", {"15185": "60.5", "22040": "39.5"}, {}) == (
        "15185: 60.5 and 22040: 39.5"
    )
    assert cell(Reader("en"), "category", "financial", {}) == "Money", "as the page of the risk"


async def test_history_is_filtered(cast: Cast, signed_in: SignedIn) -> None:
    project = await factories.joint_project(cast, "active")
    code = (await project.row()).code
    browser = await signed_in("officer")
    await browser.open("/audit")
    assert "submitted the proposal" in browser.page.text
    for query, shown, hidden in (
        (f"project={code}", "submitted the proposal", "gave"),
        (f"kind=milestone&number={project.milestone_id}", "milestone", "submitted the proposal"),
        ("kind=decision", "to decide", "submitted the proposal"),
        ("role=MAYOR", "signed the agreement for", "submitted the proposal"),
        (f"city=City:{cast.nairobi}", "submitted the proposal", "took the proposal under review"),
        ("who=officer", "took the proposal under review", "submitted the proposal"),
        ("verb=submit", "submitted the proposal", "to decide"),
        ("to=2001-01-01", "Nothing fits", "submitted the proposal"),
        ("city=nonsense&kind=nonsense", "submitted the proposal", "Nothing fits"),
    ):
        await browser.open(f"/audit?{query}")
        assert shown in browser.page.text, query
        assert hidden not in browser.page.text, query


async def test_sign_ins_are_hidden(cast: Cast, signed_in: SignedIn) -> None:
    number = cast.officer.person_id or 0
    await grant(cast.administrator, number, cast.lima, Role.APPROVER)
    with pytest.raises(Invalid):
        await passwords.sign_in(email("officer"), "not my password")
    browser = await signed_in("officer")
    for path in ("/audit", "/account/history"):
        for query, shown in (("", True), ("?signins=hidden", False), ("?signins=other", True)):
            await browser.open(path + query)
            assert ("failed to sign in as" in browser.page.text) is shown
            assert "Approver" in browser.page.text
            assert ('value="hidden" checked' in browser.page.text) is not shown


async def test_unknown_project_is_said(cast: Cast, signed_in: SignedIn) -> None:
    """In the same words as one that may not be seen."""
    project = await factories.joint_project(cast, "draft")
    code = (await project.row()).code
    browser = await signed_in("lima_coordinator")
    for asked in ("ES-1999-9999", code, "x"):
        await browser.open(f"/audit?project={asked}")
        assert browser.page.status_code == 422
        assert "There is no project with this code" in browser.page.text


async def test_days_that_are_none_are_said(signed_in: SignedIn) -> None:
    browser = await signed_in("officer")
    await browser.open("/audit?from=yesterday&to=2026-02-30")
    assert browser.page.status_code == 422
    assert browser.page.text.count("Write a day such as 2026-11-25.") >= 2
    await browser.open("/audit?from=2026-02-02&to=2026-01-01")
    assert "The period ends before it begins." in browser.page.text


async def test_history_shows_what_may_be_seen_and_no_more(cast: Cast, signed_in: SignedIn) -> None:
    await factories.joint_project(cast, "draft")
    own, other = await signed_in("nairobi_mayor"), await signed_in("lima_coordinator")
    await own.open("/audit")
    assert "drafted the proposal" in own.page.text
    for path in ("/audit", "/audit/export.csv", "/audit/export.jsonl"):
        await other.open(path)
        assert "drafted the proposal" not in other.page.text


async def test_history_is_not_for_the_street(browser: Browser) -> None:
    for path in ("/audit", "/audit/export.csv", "/audit/export.jsonl"):
        await browser.open(path)
        assert browser.page.headers["location"].startswith("/sign-in")


async def test_state_of_the_chain_is_for_the_secretariat(cast: Cast, signed_in: SignedIn) -> None:
    await factories.joint_project(cast, "active")
    await chain.seal()
    head = str(await chain.head())
    auditor, mayor = await signed_in("auditor"), await signed_in("nairobi_mayor")
    await auditor.open("/audit")
    assert head in auditor.page.text
    await mayor.open("/audit")
    assert head not in mayor.page.text


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
async def test_export_holds_all_that_fits(
    cast: Cast, signed_in: SignedIn, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.web.trail.EXPORTED", 3)
    project = await factories.joint_project(cast, "active")
    await factories.move_milestone(cast, project.milestone_id, today(60), "=HYPERLINK(1)")
    code = (await project.row()).code
    browser = await signed_in("nairobi_coordinator")
    await browser.open(f"/audit/export.{kind}?project={code}")
    text = browser.page.text
    if kind == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert rows[0]["project"] == code
        assert all(not cell.startswith("=") for row in rows for cell in row.values())
        after = json.loads(rows[1]["after"])
    else:
        rows = [json.loads(line) for line in text.splitlines()]
        after = rows[1]["after"]
    assert after["moveReason"] == "=HYPERLINK(1)"
    assert "moved from" in rows[1]["sentence"]
    numbers = [int(row["id"]) for row in rows]
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) > 9


async def test_list_takes_as_many_statements_for_many_events(
    cast: Cast, signed_in: SignedIn, statements: list[str]
) -> None:
    browser = await signed_in("officer")
    counts = []
    for _ in range(2):
        await factories.joint_project(cast, "active")
        statements.clear()
        await browser.open("/audit")
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_exports_are_limited_together(
    signed_in: SignedIn, settings: Settings, cast: Cast
) -> None:
    code = (await (await factories.joint_project(cast, "active")).row()).code
    files = ("/audit/export.csv", f"/projects/{code}/budget/lines.csv", "/audit/export.csv")
    browser = await signed_in("auditor")
    few = Limits(Limit(2, 3600), Limit(9, 3600))
    async with throttling(replace(settings, limit_export=few)):
        asked = [(await browser.open(file)).status_code for file in files]
    assert asked == [200, 200, 429]
