"""Proposing a project, editing the proposal, reporting how it fares."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tests.factories import today
from tracker.domain.audit import AuditEvent
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.messages import word
from tracker.domain.projects import actions
from tracker.domain.projects.actions import SectorShare
from tracker.domain.projects.tables import Health, Participation, Sector
from tracker.domain.requests.tables import Request


def _shares(*percentages: str) -> list[SectorShare]:
    return [
        SectorShare(code=f"1518{number}", percentage=Decimal(percentage))
        for number, percentage in enumerate(percentages)
    ]


async def test_proposal_names_both_cities_and_its_lead(cast: Cast) -> None:
    project = await actions.propose(cast.nairobi_cio, factories.proposal(cast))
    number: int = project.id
    partners = await Participation.select().where(Participation.project == number)
    assert {(row["city"], row["side"], row["organisation_role"]) for row in partners} == {
        (cast.seoul, "donor", "extending"),
        (cast.nairobi, "recipient", "implementing"),
    }
    assert (project.lead_city, project.state, project.version) == (cast.nairobi, "draft", 1)
    assert project.code.startswith(f"ES-{today().year}-")


async def test_proposal_by_the_donor_is_led_by_the_donor(cast: Cast) -> None:
    project = await actions.propose(cast.seoul_coordinator, factories.proposal(cast))
    assert project.lead_city == cast.seoul


@pytest.mark.parametrize(
    "who",
    sorted(set(ACTORS) - {"seoul_coordinator", "nairobi_coordinator", "nairobi_cio"}),
)
async def test_proposal_by_whoever_coordinates_neither_city(cast: Cast, who: str) -> None:
    with pytest.raises(Forbidden, match="coordinator of the donor or the recipient"):
        await actions.propose(cast[who], factories.proposal(cast))


async def test_everything_wrong_with_a_proposal_at_once(cast: Cast) -> None:
    with pytest.raises(Invalid) as refusal:
        await actions.propose(
            cast.nairobi_coordinator,
            factories.proposal(
                cast,
                title="x" * 10_000,
                summary=" ",
                planned_end_on=today(-60),
                sdg_goals=[0, 18, 18],
                themes=["x"] * 3 + [str(number) for number in range(11)],
                sectors=_shares("50", "49.99"),
                donor_city_id=cast.nairobi,
            ),
        )
    assert refusal.value.fields == {
        "title": ["10,000 characters; shorten it to 200 at most."],
        "summary": ["Write something here."],
        "planned_end_on": ["Must be later than the planned start."],
        "sdg_goals.0": ["0 is no SDG goal; choose from 1 to 17."],
        "sdg_goals.1": ["18 is no SDG goal; choose from 1 to 17."],
        "sdg_goals.2": ["18 is no SDG goal; choose from 1 to 17."],
        "sdg_goals": ["Name each goal only once."],
        "themes": ["12 are too many; at most 10."],
        "sectors": ["The percentages sum to 99.99; they must sum to exactly 100."],
        "recipient_city_id": ["A city cannot be both donor and recipient; choose another city."],
    }


@pytest.mark.parametrize(
    ("percentages", "problem"),
    [
        (["100.01"], "100.01 % is no share"),
        (["0", "100"], "0 % is no share"),
        (["-1", "101"], "-1 % is no share"),
        (["33.333", "33.333", "33.334"], "two decimals at most"),
        (["NaN"], "NaN % is no share"),
        (["Infinity"], "Infinity % is no share"),
        (["1E+30"], "sum to"),
        (["60", "60"], "sum to 120; they must sum to exactly 100"),
        (["99.99"], "sum to 99.99; they must sum to exactly 100"),
    ],
)
async def test_percentages_other_than_a_hundred(
    cast: Cast, percentages: list[str], problem: str
) -> None:
    draft = factories.proposal(cast, sectors=_shares(*percentages))
    with pytest.raises(Invalid) as refusal:
        await actions.propose(cast.nairobi_coordinator, draft)
    assert {name.partition(".")[0] for name in refusal.value.fields} == {"sectors"}
    assert problem in str(refusal.value)


@pytest.mark.parametrize("code", ["1518", "151855", "1518x", "１５１８５", ""])
async def test_sector_code_that_is_none(cast: Cast, code: str) -> None:
    share = SectorShare(code=code, percentage=Decimal(100))
    with pytest.raises(Invalid, match="is no OECD-DAC purpose code"):
        await actions.propose(cast.nairobi_coordinator, factories.proposal(cast, sectors=[share]))


async def test_sector_named_twice(cast: Cast) -> None:
    share = SectorShare(code="15185", percentage=Decimal(50))
    with pytest.raises(Invalid, match="Name each sector only once"):
        await actions.propose(
            cast.nairobi_coordinator, factories.proposal(cast, sectors=[share, share])
        )


async def test_proposal_with_unknown_cities(cast: Cast) -> None:
    draft = factories.proposal(cast, donor_city_id=901, recipient_city_id=902)
    with pytest.raises(Invalid) as refusal:
        await actions.propose(cast.nairobi_coordinator, draft)
    assert set(refusal.value.fields) == {"donor_city_id", "recipient_city_id"}


async def test_text_that_a_database_cannot_hold(cast: Cast) -> None:
    changes = {"title": "a\x00b", "summary": "\x00", "themes": ["\x00"]}
    with pytest.raises(Invalid) as refusal:
        await actions.propose(cast.nairobi_coordinator, factories.proposal(cast, **changes))
    assert set(refusal.value.fields) == {"title", "summary", "themes.0"}


async def test_controls_that_came_along_with_a_text_are_left_out(cast: Cast) -> None:
    text = "\x1b\tOne\x02 line,\x0bthe\x9f next\x7f.\r\n\nEnd"
    draft = factories.proposal(cast, summary=text)
    project = await actions.propose(cast.nairobi_coordinator, draft)
    assert project.summary == "One line,\nthe next.\r\n\nEnd"


async def test_title_is_one_tidy_line(cast: Cast) -> None:
    draft = factories.proposal(cast, title="  Permits\n\twithout   queues ", themes=["Open  Data"])
    project = await actions.propose(cast.nairobi_coordinator, draft)
    assert (project.title, project.themes) == ("Permits without queues", ["open data"])


async def test_proposal_that_answers_a_request(cast: Cast) -> None:
    practice = await factories.practice(cast)
    request = await factories.request(cast, practice_id=practice.id)
    answer: dict[str, Any] = {"practice_id": practice.id, "request_id": request.id}
    await actions.propose(cast.nairobi_coordinator, factories.proposal(cast, **answer))
    [row] = await Request.select(Request.state, Request.version)
    assert row == {"state": "matched", "version": 2}
    with pytest.raises(Invalid) as refusal:
        await actions.propose(cast.nairobi_coordinator, factories.proposal(cast, **answer))
    assert refusal.value.fields == {"request_id": ["The request is matched."]}


async def test_proposal_that_answers_others(cast: Cast) -> None:
    practice = await factories.practice(cast)
    request = await factories.request(cast)
    swapped = {"donor_city_id": cast.nairobi, "recipient_city_id": cast.seoul}
    wrong_practice = factories.proposal(cast, **swapped, practice_id=practice.id)
    with pytest.raises(Invalid, match="belongs to another city than the donor"):
        await actions.propose(cast.nairobi_coordinator, wrong_practice)
    wrong_request = factories.proposal(cast, **swapped, request_id=request.id)
    with pytest.raises(Invalid, match="made by another city than the recipient"):
        await actions.propose(cast.nairobi_coordinator, wrong_request)
    assert await Request.exists().where(Request.state == "open")


async def test_edit_replaces_the_sectors(cast: Cast) -> None:
    project = await factories.joint_project(cast, "returned")
    draft = factories.proposal(cast, title="New title", sectors=_shares("100"))
    row = await actions.edit(cast.nairobi_coordinator, project.id, draft)
    sectors = await Sector.select(Sector.code).where(Sector.project == project.id)
    assert [sector["code"] for sector in sectors] == ["15180"]
    assert row.title == "New title"


async def test_edit_of_the_sectors_alone(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    draft = factories.proposal(cast, sectors=[SectorShare(code="15112", percentage=Decimal(100))])
    row = await actions.edit(cast.nairobi_coordinator, project.id, draft, seen_version=1)
    assert row.version == 2
    event = await AuditEvent.select().order_by(AuditEvent.id, ascending=False).first()
    assert event
    assert json.loads(event["before"]) == {"sectors": {"15185": "60.50", "22040": "39.50"}}
    assert json.loads(event["after"]) == {"sectors": {"15112": "100"}}


@pytest.mark.parametrize("state", sorted(set(factories.STATES) - {"draft", "returned"}))
async def test_edit_after_submission(cast: Cast, state: str) -> None:
    project = await factories.joint_project(cast, state)
    with pytest.raises(Invalid) as refusal:
        await actions.edit(cast.nairobi_coordinator, project.id, factories.proposal(cast))
    assert f"The proposal is {word(state)};" in refusal.value.fields["state"][0]


async def test_edit_by_others(cast: Cast) -> None:
    project = await factories.joint_project(cast, "returned")
    refusals = {
        "seoul_coordinator": Forbidden,
        "nairobi_mayor": Forbidden,
        "officer": Forbidden,
        "lima_coordinator": NotFound,
        "public": NotFound,
    }
    for who, refusal in refusals.items():
        with pytest.raises(refusal):
            await actions.edit(cast[who], project.id, factories.proposal(cast))


async def test_reported_health_while_under_way(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    row = await actions.report_health(cast.seoul_coordinator, project.id, Health.AMBER)
    assert row.reported_health == "amber"
    with pytest.raises(Forbidden):
        await actions.report_health(cast.lima_coordinator, project.id, Health.RED)


async def test_reported_health_before_and_after(cast: Cast) -> None:
    for state in ("agreed", "closed"):
        project = await factories.joint_project(cast, state)
        with pytest.raises(Invalid, match="not under way"):
            await actions.report_health(cast.seoul_coordinator, project.id, Health.GREEN)


async def test_planned_end_one_day_after_the_start(cast: Cast) -> None:
    start = today(5)
    draft = factories.proposal(
        cast, planned_start_on=start, planned_end_on=start + timedelta(days=1)
    )
    assert await actions.propose(cast.nairobi_coordinator, draft)


async def test_days_that_cannot_be_meant(cast: Cast) -> None:
    ends = {"planned_start_on": date.min, "planned_end_on": date.max}
    with pytest.raises(Invalid) as refusal:
        await actions.propose(cast.nairobi_coordinator, factories.proposal(cast, **ends))
    assert set(refusal.value.fields) == set(ends)


@pytest.mark.parametrize("share", ["1e999999999", "-1e999999999", "1e-999999999", "NaN", "sNaN"])
async def test_share_that_no_arithmetic_takes(cast: Cast, share: str) -> None:
    shares = [SectorShare(code="15185", percentage=Decimal(share)), *_shares("50", "50")]
    with pytest.raises(Invalid) as refusal:
        await actions.propose(cast.nairobi_coordinator, factories.proposal(cast, sectors=shares))
    assert "is too large, too fine, or no number" in refusal.value.fields["sectors.0.percentage"][0]


@pytest.mark.parametrize(
    "title", ["a\x00b", "a\x1bb", "a\x7fb", "a\u202eb", "a\u2066b", "a\ud800b"]
)
async def test_title_with_characters_that_nobody_sees(cast: Cast, title: str) -> None:
    draft = factories.proposal(cast, title=title)
    with pytest.raises(Invalid) as refusal:
        await actions.propose(cast.nairobi_coordinator, draft)
    message = "Contains control characters, which nobody sees; remove them."
    assert refusal.value.fields == {"title": [message]}
