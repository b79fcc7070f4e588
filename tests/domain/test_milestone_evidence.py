"""What shows that a milestone is reached: links that are attached and taken away."""

import json

import pytest

from tests.cast import ACTORS, Cast
from tests.domain.steps import LINK, OWNERS, milestone_in
from tracker.domain.audit import AuditEvent
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.milestones import attaching
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.milestones.tables import Evidence


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org",
        "//example.org",
        "https://",
        "https://a b",
        "x",
        "https://x/" + "y" * 2000,
    ],
)
async def test_evidence_that_is_no_web_address(cast: Cast, url: str) -> None:
    number = await milestone_in(cast, "planned")
    with pytest.raises(Invalid, match="is no web address"):
        await attaching.attach(
            cast.nairobi_coordinator, number, [EvidenceLink(title="It", url=url)]
        )


async def test_evidence_attached_twice(cast: Cast) -> None:
    number = await milestone_in(cast, "planned")
    await attaching.attach(cast.nairobi_coordinator, number, [LINK, LINK])
    await attaching.attach(cast.nairobi_coordinator, number, [LINK])
    assert await Evidence.count().where(Evidence.milestone == number) == 1


async def test_attaching_to_a_settled_milestone(cast: Cast) -> None:
    number = await milestone_in(cast, "accepted")
    with pytest.raises(Invalid, match="what shows it is settled too"):
        await attaching.attach(cast.nairobi_coordinator, number, [LINK])


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://user:secret@example.org", "Leave name and password out"),
        ("https://user@example.org", "Leave name and password out"),
        ('https://example.org/"><script>', "is no web address"),
        ("https://example.org/'x", "is no web address"),
        ("https://example.org:99999/", "is no web address"),
        ("https://example.org/\ud800", "is no web address"),
    ],
)
async def test_evidence_that_would_mislead(cast: Cast, url: str, message: str) -> None:
    number = await milestone_in(cast, "planned")
    with pytest.raises(Invalid, match=message):
        await attaching.attach(
            cast.nairobi_coordinator, number, [EvidenceLink(title="It", url=url)]
        )


async def test_evidence_with_its_scheme_in_capitals(cast: Cast) -> None:
    number = await milestone_in(cast, "planned")
    shouted = EvidenceLink(title="It", url="HTTPS://Example.org/Portal")
    await attaching.attach(cast.nairobi_coordinator, number, [shouted])
    assert await Evidence.exists().where(Evidence.url == "https://Example.org/Portal")


async def test_evidence_is_taken_away_by_the_owner_city_only(cast: Cast) -> None:
    number = await milestone_in(cast, "planned")
    await attaching.attach(cast.nairobi_coordinator, number, [LINK])
    [evidence] = await Evidence.objects().where(Evidence.milestone == number)
    for who in sorted(set(ACTORS) - OWNERS):
        with pytest.raises((Forbidden, NotFound)):
            await attaching.detach(cast[who], number, evidence.id)
    await attaching.detach(cast.nairobi_coordinator, number, evidence.id)
    assert not await Evidence.exists().where(Evidence.milestone == number)
    event = await AuditEvent.select().order_by(AuditEvent.id, ascending=False).first()
    assert event
    assert (event["verb"], event["subject_id"]) == ("detach", evidence.id)
    assert json.loads(event["before"])["url"] == LINK.url


@pytest.mark.parametrize("state", ["submitted", "accepted"])
async def test_evidence_that_was_handed_in_stays(cast: Cast, state: str) -> None:
    number = await milestone_in(cast, state)
    [evidence] = await Evidence.objects().where(Evidence.milestone == number)
    with pytest.raises(Invalid, match="what shows it stays"):
        await attaching.detach(cast.nairobi_coordinator, number, evidence.id)


async def test_evidence_of_another_milestone_is_not_taken_away(cast: Cast) -> None:
    number, other = await milestone_in(cast, "planned"), await milestone_in(cast, "planned")
    await attaching.attach(cast.nairobi_coordinator, other, [LINK])
    [evidence] = await Evidence.objects().where(Evidence.milestone == other)
    with pytest.raises(Invalid, match="no such evidence"):
        await attaching.detach(cast.nairobi_coordinator, number, evidence.id)
