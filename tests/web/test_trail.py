"""The history: sentences on pages, the whole trail with filters, and what can be taken along."""

import ast
import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests import factories
from tests.cast import Cast
from tests.factories import today
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tracker import domain
from tracker.domain.events import chain
from tracker.domain.milestones import actions as milestones
from tracker.domain.projects.rules import LIFECYCLE
from tracker.locale import Reader
from tracker.settings import Limit, Limits, Settings
from tracker.throttle import throttling
from tracker.web.sentences import BEHALF, LABELS, MORE, NTH, SENTENCES, SUBJECTS

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
    ]
    assert [text for text in texts if korean.gettext(text) == text] == []


async def test_move_is_told_with_dates_and_count(cast: Cast, signed_in: SignedIn) -> None:
    project = await factories.joint_project(cast, "active")
    for days in (60, 70, 80):
        await milestones.move(cast.nairobi_coordinator, project.milestone_id, today(days), "Rain.")
    browser = await signed_in("nairobi_coordinator")
    await browser.open(f"/milestones/{project.milestone_id}")
    reader = Reader("en", "Africa/Nairobi")
    expected = (
        f"from {reader.day(today(70).isoformat())} to {reader.day(today(80).isoformat())},"
        " third move."
    )
    assert expected in browser.page.text
    assert "Rain." in browser.page.text


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
        ("role=MAYOR", "agreed for", "submitted the proposal"),
        (f"city=City:{cast.nairobi}", "submitted the proposal", "took the proposal under review"),
        ("who=officer", "took the proposal under review", "submitted the proposal"),
        ("verb=submit", "submitted the proposal", "to decide"),
        ("to=2001-01-01", "Nothing fits", "submitted the proposal"),
        ("city=nonsense&kind=nonsense", "submitted the proposal", "Nothing fits"),
    ):
        await browser.open(f"/audit?{query}")
        assert shown in browser.page.text, query
        assert hidden not in browser.page.text, query


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
    await milestones.move(
        cast.nairobi_coordinator, project.milestone_id, today(60), "=HYPERLINK(1)"
    )
    code = (await project.row()).code
    browser = await signed_in("nairobi_coordinator")
    await browser.open(f"/audit/export.{kind}?project={code}")
    text = browser.page.text
    if kind == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert rows[0]["project"] == code
        assert all(not cell.startswith("=") for row in rows for cell in row.values())
        after = json.loads(rows[0]["after"])
    else:
        rows = [json.loads(line) for line in text.splitlines()]
        after = rows[0]["after"]
    assert after["move_reason"] == "=HYPERLINK(1)"
    assert "moved the milestone" in rows[0]["sentence"]
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


async def test_exports_are_limited(signed_in: SignedIn, settings: Settings) -> None:
    browser = await signed_in("auditor")
    few = Limits(Limit(2, 3600), Limit(9, 3600))
    async with throttling(replace(settings, limit_export=few)):
        asked = [(await browser.open("/audit/export.csv")).status_code for _ in range(3)]
    assert asked == [200, 200, 429]
