"""Which mails a person gets, and the hours in which there are none."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.cast import Cast
from tracker.domain.database import fetch
from tracker.domain.deliveries import ledger
from tracker.domain.deliveries.owing import Mailing, owe
from tracker.domain.deliveries.quiet import QuietHours
from tracker.domain.deliveries.tables import DeliveryKind, Lane
from tracker.domain.digests.tables import DigestSubscription
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.preferences.actions import choose_mails, set_quiet_hours

CHANGES = [
    *("Europe/Berlin 2026-03-29", "Europe/Berlin 2026-10-25"),  # from 2 to 3, from 3 to 2
    *("Australia/Lord_Howe 2026-10-04", "Australia/Lord_Howe 2026-04-05"),  # by half an hour
    *("America/Havana 2026-03-08", "America/Havana 2026-11-01"),  # midnight is left out, twice
    "Africa/Nairobi 2026-05-05",  # never
]
HOURS = [(20, 7), (0, 1), (1, 2), (2, 3), (22, 0), (23, 2), (0, 23), (9, 17)]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("hours", HOURS)
def test_quiet_hours_go_by_what_the_local_clock_shows(change: str, hours: tuple[int, int]) -> None:
    zone_name, day = change.split()
    zone, begin = ZoneInfo(zone_name), datetime.fromisoformat(day).replace(tzinfo=UTC)
    quiet = QuietHours(quiet_from=hours[0], quiet_until=hours[1])
    at, end = begin - timedelta(days=1), begin + timedelta(days=2)
    while at < end:
        shown, over = at.astimezone(zone).hour, quiet.over_at(at, zone)
        inside = hours[0] <= shown < hours[1]
        if hours[0] > hours[1]:
            inside = not hours[1] <= shown < hours[0]
        assert (over is not None) == inside, at
        assert over is None or at < over <= at + timedelta(days=1, hours=2), at
        before = over and over - timedelta(minutes=1)
        assert not before or quiet.over_at(before, zone) == over, "quiet to the last minute"
        assert not over or quiet.over_at(over, zone) is None, "and no longer"
        at += timedelta(minutes=10)


async def test_mail_that_is_switched_off_is_not_sent_and_comes_again(cast: Cast) -> None:
    mayor, person = cast.seoul_mayor, cast.seoul_mayor.person_id or 0
    await owe([Mailing(kind=DeliveryKind.MENTION, key="1", person_id=person)])
    row = await choose_mails(mayor, person, DeliveryKind.MENTION, False)
    await choose_mails(mayor, person, DeliveryKind.MENTION, False)
    assert row.unwanted_mails == ["mention"]
    [claim] = await ledger.claim(Lane.USUAL, 10, 60)
    assert claim.unwanted
    await ledger.put_back([claim], 0)
    await choose_mails(cast.administrator, person, DeliveryKind.MENTION, True)
    [claim] = await ledger.claim(Lane.USUAL, 10, 60)
    assert not claim.unwanted
    verbs = await fetch(
        "SELECT count(*) FROM audit_event WHERE subject_type = 'person' AND verb = 'choose_mails'"
    )
    assert verbs[0]["count"] == 2, "choosing what holds changes nothing"


async def test_digest_is_taken_and_left_as_it_was(cast: Cast) -> None:
    mayor, person = cast.seoul_mayor, cast.seoul_mayor.person_id or 0
    await choose_mails(mayor, person, DeliveryKind.DIGEST, False)
    assert await DigestSubscription.count() == 0
    for wanted in (True, False, True):
        await choose_mails(mayor, person, DeliveryKind.DIGEST, wanted)
        [row] = await DigestSubscription.objects()
        assert row.active == wanted


async def test_mails_about_accounts_stay_and_others_choose_for_nobody(cast: Cast) -> None:
    mayor, person = cast.seoul_mayor, cast.seoul_mayor.person_id or 0
    for kind in (DeliveryKind.ACCOUNT, DeliveryKind.SIGN_IN, DeliveryKind.INVITATION):
        with pytest.raises(Invalid):
            await choose_mails(mayor, person, kind, False)
    with pytest.raises(Forbidden):
        await choose_mails(cast.nairobi_mayor, person, DeliveryKind.MENTION, False)
    with pytest.raises(Forbidden):
        await set_quiet_hours(cast.nairobi_mayor, person, QuietHours(quiet_from=1, quiet_until=2))
    for hours in ((20, None), (None, 7), (7, 7), (24, 7), (20, -1)):
        with pytest.raises(Invalid):
            await set_quiet_hours(
                mayor, person, QuietHours(quiet_from=hours[0], quiet_until=hours[1])
            )
