"""Values: reported by one city, approved by the other, corrected but never edited."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tests.factories import JointProject, today
from tracker.domain import clock
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.outcomes import periods, reporting
from tracker.domain.outcomes.actions import PeriodPlan
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.tables import Measure, Period, Value

TWELVE = ValueDraft(value=Decimal(12))

APPROVERS = {"seoul_coordinator", "seoul_approver", "officer", "administrator"}
"""Who may judge what Nairobi reported; the system may not."""


async def _measured(cast: Cast, measure: Measure) -> JointProject:
    """An active project with a period of another measure."""
    project = await factories.joint_project(cast, "active")
    numberless: dict[str, Any] = {"baseline_value": None, "baseline_on": None}
    indicator = await factories.add_indicator(
        cast,
        project.id,
        measure=measure,
        periods=[PeriodPlan(starts_on=today(-50), ends_on=today(-10))],
        **(numberless if measure == Measure.QUALITATIVE else {}),
    )
    [period] = await Period.objects().where(Period.indicator == indicator.id)
    return replace(project, period_id=period.id)


async def _row(value_id: int) -> Value:
    [row] = await Value.objects().where(Value.id == value_id)
    return row


async def test_report_of_a_number(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    row = await reporting.report(cast.nairobi_cio, project.period_id, cast.nairobi, TWELVE)
    assert (row.value, row.state, row.number) == (Decimal(12), "submitted", 1)
    assert (row.author, row.city) == (cast.nairobi_cio.person_id, cast.nairobi)


async def test_zero_is_a_number(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    row = await factories.value(cast, project, "approved", value=Decimal(0))
    assert row.value == 0


async def test_report_of_a_percentage(cast: Cast) -> None:
    project = await _measured(cast, Measure.PERCENTAGE)
    draft = ValueDraft(numerator=Decimal(203), denominator=Decimal(812))
    row = await reporting.report(cast.nairobi_coordinator, project.period_id, cast.nairobi, draft)
    assert [row.value, row.numerator, row.denominator] == [25, 203, 812]


async def test_report_of_a_finding(cast: Cast) -> None:
    project = await _measured(cast, Measure.QUALITATIVE)
    draft = ValueDraft(narrative="Staff call it simpler.")
    row = await reporting.report(cast.nairobi_coordinator, project.period_id, cast.nairobi, draft)
    assert [row.value, row.narrative] == [None, "Staff call it simpler."]


@pytest.mark.parametrize(
    ("measure", "given", "problems"),
    [
        (Measure.UNIT, {}, {"value"}),
        (Measure.UNIT, {"narrative": "N/A"}, {"value"}),
        (Measure.UNIT, {"value": Decimal("NaN")}, {"value"}),
        (Measure.UNIT, {"value": Decimal("-Infinity")}, {"value"}),
        (Measure.UNIT, {"value": Decimal("1E+99999")}, {"value"}),
        (Measure.UNIT, {"value": Decimal("0.0000001")}, {"value"}),
        (Measure.UNIT, {"value": Decimal(1), "narrative": "x" * 10_001}, {"narrative"}),
        (
            Measure.UNIT,
            {"value": Decimal(1), "numerator": Decimal(1), "denominator": Decimal(2)},
            {"numerator", "denominator"},
        ),
        (Measure.PERCENTAGE, {"value": Decimal(25)}, {"value", "numerator", "denominator"}),
        (Measure.PERCENTAGE, {"numerator": Decimal(1)}, {"denominator"}),
        (
            Measure.PERCENTAGE,
            {"numerator": Decimal(1), "denominator": Decimal(0)},
            {"denominator"},
        ),
        (
            Measure.PERCENTAGE,
            {"numerator": Decimal(1), "denominator": Decimal("NaN")},
            {"denominator"},
        ),
        (Measure.QUALITATIVE, {}, {"narrative"}),
        (Measure.QUALITATIVE, {"value": Decimal(1)}, {"value", "narrative"}),
    ],
)
async def test_report_that_does_not_fit_the_measure(
    cast: Cast, measure: Measure, given: dict[str, Any], problems: set[str]
) -> None:
    project = await _measured(cast, measure)
    with pytest.raises(Invalid) as refusal:
        await reporting.report(
            cast.nairobi_coordinator, project.period_id, cast.nairobi, ValueDraft(**given)
        )
    assert set(refusal.value.fields) == problems
    assert not await Value.exists()


async def test_report_before_the_period_begins(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    # In Seoul it is already the day after tomorrow when Nairobi still has tomorrow.
    late = (datetime.now(UTC) + timedelta(days=1)).replace(hour=16, minute=0)
    starts_on = late.date() + timedelta(days=1)
    plan = PeriodPlan(starts_on=starts_on, ends_on=starts_on)
    period = await factories.add_period(cast, project.indicator_id, plan)
    with clock.at(late):
        with pytest.raises(Invalid, match="there is nothing to report yet"):
            await reporting.report(cast.nairobi_coordinator, period.id, cast.nairobi, TWELVE)
        assert await reporting.report(cast.seoul_coordinator, period.id, cast.seoul, TWELVE)


@pytest.mark.parametrize("state", ["agreed", "closed", "cancelled"])
async def test_report_while_the_project_is_not_under_way(cast: Cast, state: str) -> None:
    project = await factories.joint_project(cast, state)
    with pytest.raises(Invalid) as refusal:
        await reporting.report(
            cast.nairobi_coordinator, project.period_id, cast.nairobi, ValueDraft()
        )
    assert f"The project is {state}, not under way." in refusal.value.fields["project"]
    assert "value" in refusal.value.fields


@pytest.mark.parametrize(
    ("state", "advice"),
    [
        ("submitted", "waiting for approval already"),
        ("returned", "revise that one"),
        ("approved", "correct that one"),
        ("superseded", "correct that one"),
    ],
)
async def test_second_report_for_a_period(cast: Cast, state: str, advice: str) -> None:
    project = await factories.joint_project(cast, "active")
    await factories.value(cast, project, state)
    with pytest.raises(Invalid, match=advice):
        await reporting.report(cast.seoul_coordinator, project.period_id, cast.seoul, TWELVE)


async def test_report_for_a_waived_period(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await periods.waive_period(cast.officer, project.period_id, "The register burned.")
    with pytest.raises(Invalid, match="No value is expected: The register burned"):
        await factories.value(cast, project)


async def test_simultaneous_reports_for_a_period(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    reports = [
        reporting.report(cast.nairobi_coordinator, project.period_id, cast.nairobi, TWELVE)
        for _ in range(8)
    ]
    ends = await asyncio.gather(*reports, return_exceptions=True)
    assert sum(isinstance(end, Value) for end in ends) == 1
    assert sum(isinstance(end, Invalid) for end in ends) == 7


async def test_report_by_others(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    for who in set(ACTORS) - {"nairobi_coordinator", "nairobi_cio"}:
        with pytest.raises(Forbidden):
            await reporting.report(cast[who], project.period_id, cast.nairobi, TWELVE)


async def test_report_by_the_coordinator_of_a_foreign_city(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    with pytest.raises(Forbidden, match="coordinator of a partner city"):
        await reporting.report(cast.lima_coordinator, project.period_id, cast.lima, TWELVE)


@pytest.mark.parametrize("who", sorted(APPROVERS))
async def test_approval_by_whoever_may(cast: Cast, who: str) -> None:
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project)
    row = await reporting.approve(cast[who], value.id)
    assert (row.state, row.approver) == ("approved", cast[who].person_id)
    assert row.approved_at


async def test_approval_by_whoever_may_not(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project)
    outsiders = {"lima_coordinator", "lima_mayor", "public"}
    for who in set(ACTORS) - APPROVERS:
        refusal = NotFound if who in outsiders else Forbidden
        with pytest.raises(refusal):
            await reporting.approve(cast[who], value.id)
        with pytest.raises(refusal):
            await reporting.return_(cast[who], value.id, "No.")
    assert (await _row(value.id)).state == "submitted"


@pytest.mark.parametrize("also", ["seoul_approver", "officer", "administrator"])
async def test_nobody_approves_a_value_of_their_own(cast: Cast, also: str) -> None:
    """Whatever else they are: as the author, or as another person of the reporting city."""
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project)
    for who in ("nairobi_coordinator", "nairobi_approver"):
        both = replace(cast[who], memberships=cast[who].memberships | cast[also].memberships)
        with pytest.raises(Forbidden):
            await reporting.approve(both, value.id)
    # Not even after leaving the city.
    author = replace(cast.nairobi_coordinator, memberships=cast[also].memberships)
    with pytest.raises(Forbidden):
        await reporting.approve(author, value.id)


async def test_return_and_revision(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project)
    with pytest.raises(Invalid) as refusal:
        await reporting.return_(cast.seoul_approver, value.id, " ")
    assert refusal.value.fields == {"note": ["Write something here."]}
    row = await reporting.return_(cast.seoul_approver, value.id, "Withdrawn ones too?")
    assert (row.state, row.review_note) == ("returned", "Withdrawn ones too?")
    revised = ValueDraft(value=Decimal(14), narrative="Without withdrawn ones.")
    row = await reporting.revise(cast.nairobi_cio, value.id, revised)
    assert (row.state, row.value, row.number) == ("submitted", Decimal(14), 1)
    assert row.author == cast.nairobi_cio.person_id
    await reporting.approve(cast.seoul_approver, value.id)


@pytest.mark.parametrize("state", ["submitted", "approved", "superseded"])
async def test_revision_of_what_was_not_returned(cast: Cast, state: str) -> None:
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project, state)
    with pytest.raises(Invalid, match=f"The value is {state}; it must be returned"):
        await reporting.revise(cast.nairobi_coordinator, value.id, TWELVE)


@pytest.mark.parametrize("state", ["returned", "approved", "superseded"])
async def test_approval_of_what_is_not_submitted(cast: Cast, state: str) -> None:
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project, state)
    with pytest.raises(Invalid, match=f"The value is {state}; it must be submitted"):
        await reporting.approve(cast.seoul_approver, value.id)


async def test_correction_supersedes_on_approval(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    old = await factories.value(cast, project, "approved")
    new = await reporting.correct(
        cast.nairobi_coordinator, old.id, ValueDraft(value=Decimal(13)), "Counted twice."
    )
    assert (new.number, new.state, new.correction_reason) == (2, "submitted", "Counted twice.")
    assert (await _row(old.id)).state == "approved"
    await reporting.approve(cast.seoul_approver, new.id)
    before = await _row(old.id)
    assert (before.state, before.value) == ("superseded", Decimal(12))
    assert (await _row(new.id)).state == "approved"


async def test_correction_needs_a_reason_and_an_approved_value(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project, "submitted")
    with pytest.raises(Invalid) as refusal:
        await reporting.correct(cast.nairobi_coordinator, value.id, ValueDraft(), " ")
    assert set(refusal.value.fields) == {"reason", "state", "value", "period_id"}


async def test_second_correction_at_a_time(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project, "approved")
    await reporting.correct(cast.nairobi_coordinator, value.id, TWELVE, "Counted twice.")
    with pytest.raises(Invalid, match="waiting for approval already"):
        await reporting.correct(cast.nairobi_coordinator, value.id, TWELVE, "Again.")


async def test_correction_by_the_other_city(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project, "approved")
    with pytest.raises(Forbidden):
        await reporting.correct(cast.seoul_coordinator, value.id, TWELVE, "We know better.")


async def test_approval_of_a_value_that_changed_since(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project, "returned")
    await reporting.revise(cast.nairobi_coordinator, value.id, ValueDraft(value=Decimal(99)))
    with pytest.raises(Conflict) as refusal:
        await reporting.approve(cast.seoul_approver, value.id, seen_version=1)
    assert "value" in refusal.value.changed


async def test_stale_version_when_correcting(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project, "approved")
    draft = ValueDraft(value=Decimal(13))
    with pytest.raises(Forbidden):
        await reporting.correct(cast.lima_coordinator, value.id, draft, "Twice.", seen_version=1)
    with pytest.raises(Conflict):
        await reporting.correct(cast.nairobi_cio, value.id, draft, "Twice.", seen_version=1)
