"""Drafts of values are their city's alone; parts that do not add up are warned about, no more."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from piccolo.columns.combination import WhereRaw

from tests import factories
from tests.cast import ACTORS, Cast
from tests.factories import JointProject, today
from tests.graphql.conftest import Api
from tracker.domain.audit import AuditEvent
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.events.rules import visible as event_visible
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.milestones.evidence import ReceivedFile
from tracker.domain.milestones.rules import evidence_visible
from tracker.domain.milestones.tables import Evidence
from tracker.domain.outcomes import attaching, dimensions, drafting, periods, reporting
from tracker.domain.outcomes.actions import DimensionPlan, PeriodPlan
from tracker.domain.outcomes.content import PartDraft, ValueDraft
from tracker.domain.outcomes.rules import value_visible
from tracker.domain.outcomes.tables import Dimension, Measure, Period, Value, ValuePart
from tracker.domain.visibility import bound

NAIROBI = {name for name in ACTORS if name.startswith("nairobi")}
LINK = EvidenceLink(title="Register", url="https://example.org/register")
UNFINISHED = ValueDraft(narrative="Not all districts yet.")
GENDER = DimensionPlan(name="gender", categories=["women", "men"])


async def _seers(cast: Cast, table: Any, visible: Any, *where: Any) -> set[str]:
    found = set()
    for who in ACTORS:
        condition, values = bound(visible(table._meta.tablename), cast[who])
        if await table.count().where(WhereRaw(condition, *values), *where):
            found.add(who)
    return found


async def test_draft_is_its_citys_until_it_is_handed_in(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    author = cast.nairobi_coordinator
    row = await drafting.draft(author, project.period_id, cast.nairobi, UNFINISHED)
    await attaching.attach(author, row.id, [LINK])
    await drafting.redraft(author, row.id, replace(UNFINISHED, value=Decimal(12)))
    assert (row.state, row.number) == ("draft", 0)
    assert await _seers(cast, Value, value_visible) == NAIROBI
    assert await _seers(cast, Evidence, evidence_visible) == NAIROBI
    drafted = AuditEvent.verb.is_in(["draft", "redraft", "attach_draft"])
    assert await _seers(cast, AuditEvent, event_visible, drafted) == NAIROBI
    for attempt in (
        drafting.submit(cast.seoul_coordinator, row.id),
        drafting.discard(cast.officer, row.id),
        reporting.approve(cast.officer, row.id),
    ):
        with pytest.raises(NotFound):
            await attempt
    # A hidden draft stands in nobody's way.
    theirs = await drafting.draft(cast.seoul_coordinator, project.period_id, cast.seoul, UNFINISHED)
    await drafting.discard(cast.seoul_coordinator, theirs.id)
    sent = await drafting.submit(cast.nairobi_cio, row.id)
    assert (sent.state, sent.number, sent.author) == ("submitted", 1, cast.nairobi_cio.person_id)
    assert await _seers(cast, Evidence, evidence_visible) > NAIROBI | {"seoul_mayor", "auditor"}
    theirs_not = AuditEvent.actor == author.person_id
    assert await _seers(cast, AuditEvent, event_visible, drafted, theirs_not) == NAIROBI
    handed_in = AuditEvent.select(AuditEvent.after).where(
        AuditEvent.verb == "submit", AuditEvent.subject_type == "value"
    )
    told = await handed_in.order_by(AuditEvent.id).output(load_json=True)
    assert (told[0]["after"]["value"], told[0]["after"]["state"]) == ("12", "submitted")
    with pytest.raises(Forbidden):  # who only drafted it is an author as well
        await reporting.approve(replace(author, memberships=cast.officer.memberships), row.id)
    await reporting.approve(cast.officer, row.id)


async def test_no_refusal_tells_that_there_is_a_draft(api: Api, cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    period, indicator = f"Period:{project.period_id}", f"Indicator:{project.indicator_id}"
    tried = (
        f'periodEdit(id: "{period}", input: {{ startsOn: "{today(-40)}" }})',
        f'periodRemove(id: "{period}")',
        f'periodWaive(id: "{period}", reason: "No register.")',
        f'indicatorEdit(id: "{indicator}", input: {{ unit: "weeks" }})',
        f'indicatorRemove(id: "{indicator}")',
    )
    asked = " ".join(
        f"t{place}: {each} {{ problems {{ code field message }} }}"
        for place, each in enumerate(tried)
    )

    async def refused() -> dict[str, Any]:
        return await api.data(f"mutation {{ {asked} }}", actor=cast.seoul_coordinator)

    before = await refused()
    assert all(each["problems"] for each in before.values())
    await drafting.draft(cast.nairobi_coordinator, project.period_id, cast.nairobi, UNFINISHED)
    assert await refused() == before


async def test_draft_may_lack_what_a_report_needs(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    author = cast.nairobi_coordinator
    row = await drafting.draft(author, project.period_id, cast.nairobi, ValueDraft())
    with pytest.raises(Invalid) as refusal:
        await drafting.submit(author, row.id)
    assert set(refusal.value.fields) == {"value"}
    with pytest.raises(Invalid, match="go on with that one"):
        await drafting.draft(cast.nairobi_cio, project.period_id, cast.nairobi, UNFINISHED)
    await factories.value(cast, project)
    await drafting.redraft(author, row.id, ValueDraft(value=Decimal(1)))
    with pytest.raises(Invalid, match="waiting for approval already"):
        await drafting.submit(author, row.id)
    await drafting.discard(author, row.id)
    assert await Value.count() == 1


async def test_locked_period_takes_no_draft(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    author = cast.nairobi_coordinator
    row = await drafting.draft(author, project.period_id, cast.nairobi, ValueDraft())
    await periods.lock_period(cast.officer, project.period_id)
    for attempt in (
        drafting.redraft(author, row.id, ValueDraft(value=Decimal(1))),
        drafting.submit(author, row.id),
        drafting.draft(cast.seoul_coordinator, project.period_id, cast.seoul, ValueDraft()),
    ):
        with pytest.raises(Invalid, match="locked"):
            await attempt


async def test_evidence_of_a_value_stays_once_it_counts(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    author = cast.nairobi_coordinator
    row = await factories.value(cast, project)
    file = ReceivedFile("k" * 32, "list.pdf", "application/pdf", 9, "a" * 64)
    await attaching.attach(author, row.id, [LINK, LINK])
    await attaching.attach_file(author, row.id, file)
    await attaching.attach_file(author, row.id, file, "The same again")
    shown = await Evidence.select().where(Evidence.value == row.id).order_by(Evidence.id)
    assert [each["title"] for each in shown] == ["Register", "list.pdf"]
    with pytest.raises(Invalid, match="stays as it is"):
        await attaching.detach(author, row.id, shown[0]["id"])
    await reporting.return_(cast.seoul_approver, row.id, "Which register?")
    await attaching.detach(author, row.id, shown[0]["id"])
    with pytest.raises(Forbidden):
        await attaching.attach(cast.seoul_coordinator, row.id, [LINK])
    await reporting.revise(author, row.id, ValueDraft(value=Decimal(3)))
    await reporting.approve(cast.seoul_approver, row.id)
    with pytest.raises(Invalid, match="stays as it is"):
        await attaching.attach(author, row.id, [LINK])


async def test_who_attached_what_shows_a_value_does_not_approve_it(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    row = await factories.value(cast, project)
    await attaching.attach(cast.nairobi_cio, row.id, [LINK])
    former = replace(cast.nairobi_cio, memberships=cast.officer.memberships, affiliated=frozenset())
    with pytest.raises(Forbidden):
        await reporting.approve(former, row.id)


async def _broken_down(
    cast: Cast, measure: Measure = Measure.UNIT, **changes: Any
) -> tuple[JointProject, int]:
    """A period of an indicator whose values are broken down by gender, and that dimension."""
    project = await factories.joint_project(cast, "active")
    indicator = await factories.add_indicator(
        cast,
        project.id,
        measure=measure,
        dimensions=[replace(GENDER, **changes)],
        periods=[PeriodPlan(starts_on=today(-50), ends_on=today(-10))],
    )
    [period] = await Period.objects().where(Period.indicator == indicator.id)
    [row] = await Dimension.objects().where(Dimension.indicator == indicator.id)
    return replace(project, indicator_id=indicator.id, period_id=period.id), row.id


def _parts(dimension: int, measure: Measure, **figures: Any) -> list[PartDraft]:
    return [
        PartDraft(dimension_id=dimension, category=each, value=Decimal(number))
        if measure == Measure.UNIT
        else PartDraft(
            dimension_id=dimension,
            category=each,
            numerator=Decimal(number[0]),
            denominator=Decimal(number[1]),
        )
        for each, number in figures.items()
    ]


@pytest.mark.parametrize(
    ("measure", "additive", "whole", "figures", "warned"),
    [
        (Measure.UNIT, True, {"value": 500}, {"women": 260, "men": 240}, []),
        (Measure.UNIT, True, {"value": 500}, {"women": 260, "men": 220}, ["gender"]),
        (Measure.UNIT, False, {"value": 500}, {"women": 260, "men": 220}, []),
        # A part that is missing is not zero, so nothing can be compared.
        (Measure.UNIT, True, {"value": 500}, {"women": 260}, []),
        (Measure.UNIT, True, {"value": 0}, {"women": 0, "men": 0}, []),
        (
            Measure.PERCENTAGE,
            True,
            {"numerator": 30, "denominator": 100},
            {"women": (10, 60), "men": (20, 40)},
            [],
        ),
        (
            Measure.PERCENTAGE,
            True,
            {"numerator": 30, "denominator": 100},
            {"women": (10, 60), "men": (20, 30)},
            ["gender"],
        ),
    ],
)
async def test_parts_that_do_not_add_up_are_warned_about(
    api: Api,
    cast: Cast,
    measure: Measure,
    additive: bool,
    whole: dict[str, int],
    figures: dict[str, Any],
    warned: list[str],
) -> None:
    project, dimension = await _broken_down(cast, measure, additive=additive)
    numbers: dict[str, Any] = {name: Decimal(number) for name, number in whole.items()}
    draft = ValueDraft(**numbers, parts=_parts(dimension, measure, **figures))
    row = await reporting.report(cast.nairobi_coordinator, project.period_id, cast.nairobi, draft)
    document = """query ($id: ID!) { value(id: $id) { differingDimensions
      parts { nodes { category value dimension { name } } } } }"""
    found = (await api.data(document, {"id": f"Value:{row.id}"}, cast.officer))["value"]
    assert found["differingDimensions"] == warned
    assert len(found["parts"]["nodes"]) == len(figures)


async def test_parts_are_rewritten_with_their_value_and_told_in_the_trail(cast: Cast) -> None:
    project, dimension = await _broken_down(cast)
    author, unit = cast.nairobi_coordinator, Measure.UNIT
    first = ValueDraft(value=Decimal(3), parts=_parts(dimension, unit, women=1, men=2))
    row = await drafting.draft(author, project.period_id, cast.nairobi, first)
    await drafting.submit(author, row.id)
    await reporting.return_(cast.seoul_approver, row.id, "Men?")
    blank = PartDraft(dimension_id=dimension, category="men")
    second = [*_parts(dimension, unit, women=3), blank]
    await reporting.revise(author, row.id, ValueDraft(value=Decimal(3), parts=second))
    kept = await ValuePart.select(ValuePart.category, ValuePart.value)
    assert kept == [{"category": "women", "value": Decimal(3)}]
    events = (
        await AuditEvent.select(AuditEvent.verb, AuditEvent.before, AuditEvent.after)
        .where(AuditEvent.subject_type == "value", AuditEvent.verb.is_in(["submit", "revise"]))
        .order_by(AuditEvent.id)
        .output(load_json=True)
    )
    assert [each["after"]["parts"] for each in events] == [
        {"gender": {"women": "1", "men": "2"}},
        {"gender": {"women": "3"}},
    ]


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"category": "cats"}, {"parts.0.category"}),
        ({"dimension_id": 999}, {"parts.0.dimension_id"}),
        ({"value": Decimal("NaN")}, {"parts.0.value"}),
        ({"value": None, "numerator": Decimal(1)}, {"parts.0.value", "parts.0.numerator"}),
    ],
)
async def test_part_that_does_not_fit(
    cast: Cast, given: dict[str, Any], problems: set[str]
) -> None:
    project, dimension = await _broken_down(cast)
    [part] = _parts(dimension, Measure.UNIT, women=1)
    draft = ValueDraft(value=Decimal(3), parts=[replace(part, **given)])
    with pytest.raises(Invalid) as refusal:
        await reporting.report(cast.nairobi_coordinator, project.period_id, cast.nairobi, draft)
    assert set(refusal.value.fields) == problems


async def test_dimension_keeps_what_figures_stand_for(cast: Cast) -> None:
    project, dimension = await _broken_down(cast)
    author = cast.nairobi_coordinator
    with pytest.raises(Invalid) as refusal:
        await dimensions.add_dimension(author, project.indicator_id, GENDER)
    assert set(refusal.value.fields) == {"name"}
    one = DimensionPlan(name=" ", categories=["women", " women"])
    with pytest.raises(Invalid) as refusal:
        await dimensions.add_dimension(author, project.indicator_id, one)
    assert set(refusal.value.fields) == {"name", "categories"}
    draft = ValueDraft(value=Decimal(3), parts=_parts(dimension, Measure.UNIT, women=1))
    await reporting.report(author, project.period_id, cast.nairobi, draft)
    wider = replace(GENDER, categories=["women", "men", "others"])
    assert (await dimensions.edit_dimension(author, dimension, wider)).categories[2] == "others"
    lost = replace(GENDER, categories=["men", "others"])
    with pytest.raises(Invalid, match="reported for women"):
        await dimensions.edit_dimension(author, dimension, lost)
    with pytest.raises(Invalid, match="so it stays"):
        await dimensions.remove_dimension(author, dimension)
    for who in set(ACTORS) - {"nairobi_coordinator", "nairobi_cio", "seoul_coordinator"}:
        with pytest.raises(Forbidden):
            await dimensions.edit_dimension(cast[who], dimension, wider)
