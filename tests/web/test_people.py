"""Preferences."""

import re

from tests.cast import Cast
from tests.web.conftest import SignedIn
from tracker.domain.digests.tables import DigestSubscription
from tracker.domain.people.tables import Person


async def test_profile_is_changed_and_pages_follow(signed_in: SignedIn, cast: Cast) -> None:
    browser = await signed_in("nairobi_mayor")
    await browser.open("/preferences")
    await browser.submit("/preferences", language="ko", time_zone="Asia/Seoul")
    await browser.follow()
    assert '<html lang="ko" dir="ltr">' in browser.page.text
    [person] = await Person.objects().where(Person.id == cast.nairobi_mayor.person_id)
    assert (person.language, person.time_zone) == ("ko", "Asia/Seoul")


async def test_profile_names_every_mistake_and_keeps_the_text(signed_in: SignedIn) -> None:
    browser = await signed_in("nairobi_mayor")
    await browser.open("/preferences")
    await browser.submit("/preferences", name="", language="klingon!", time_zone="Mars")
    assert browser.page.status_code == 422
    for message in ("Write something here.", "is no language", "is no time zone"):
        assert message in browser.text
    assert 'value="Mars"' in browser.page.text
    await browser.submit("/preferences", name="Mayor", language="en", time_zone="localtime")
    assert "localtime' is no time zone" in browser.text


async def test_digest_is_taken_changed_and_stopped(signed_in: SignedIn, cast: Cast) -> None:
    browser = await signed_in("nairobi_mayor")
    await browser.open("/preferences")
    assert "You do not get the digest at present." in browser.text
    await browser.submit("/preferences", digest="true", cadence="monthly", month_day="31", hour="x")
    assert browser.page.status_code == 422
    assert "“x” is no whole number" in browser.text
    await browser.submit("/preferences", hour="7")
    assert browser.page.status_code == 422
    await browser.submit("/preferences", month_day="15")
    [taken] = await DigestSubscription.objects()
    assert (taken.cadence, taken.month_day, taken.hour, taken.active) == ("monthly", 15, 7, True)
    assert (taken.working_days, taken.briefing) == (True, False)
    await browser.open("/preferences")
    assert 'value="15"' in browser.page.text
    await browser.submit("/preferences", briefing="true")
    await taken.refresh()
    assert taken.briefing
    await browser.open("/preferences")
    await browser.submit("/preferences", hour="8")
    await taken.refresh()
    assert (taken.briefing, taken.hour) == (True, 8)
    await browser.open("/preferences")
    await browser.submit("/preferences", digest="")
    await taken.refresh()
    assert not taken.active


async def test_mails_and_quiet_hours_are_chosen(signed_in: SignedIn, cast: Cast) -> None:
    browser = await signed_in("nairobi_mayor")
    await browser.open("/preferences")
    assert "Mails about your account, your roles and invitations always come" in browser.text
    await browser.submit("/preferences", kinds=["decision", "mention"])
    await browser.open("/preferences")
    await browser.submit("/preferences", quiet_from="20", quiet_until="")
    assert browser.page.status_code == 422
    assert "Quiet hours begin and end: say both, or neither." in browser.text
    assert '<option value="20" selected>' in browser.page.text
    await browser.submit("/preferences", quiet_until="7")
    [person] = await Person.objects().where(Person.id == cast.nairobi_mayor.person_id)
    assert sorted(person.unwanted_mails) == ["milestone", "reminder"]
    assert (person.quiet_from, person.quiet_until) == (20, 7)
    await browser.open("/preferences")
    assert browser.page.text.count('name="kinds"') == 4
    await browser.submit("/preferences", quiet_from="", quiet_until="")
    assert await Person.exists().where(Person.id == person.id, Person.quiet_until.is_null())


async def test_time_zone_is_chosen_from_a_list(signed_in: SignedIn) -> None:
    browser = await signed_in("nairobi_mayor")
    await browser.open("/preferences")
    assert '<option value="Africa/Nairobi" selected>' in browser.page.text
    assert '<option value="America/Argentina/Buenos_Aires">' in browser.page.text
    assert '<option value="UTC">' in browser.page.text


async def test_preferences_are_saved_together_or_come_back_as_typed(
    signed_in: SignedIn, cast: Cast
) -> None:
    browser = await signed_in("nairobi_mayor")
    await browser.open("/preferences")
    typed = {
        "name": "Wanjiru", "language": "sw", "kinds": ["mention"], "digest": "true",
        "cadence": "daily", "hour": "25", "quiet_from": "21", "quiet_until": "",
    }  # fmt: skip
    await browser.submit("/preferences", **typed)
    assert browser.page.status_code == 422
    assert "Quiet hours begin and end" in browser.text
    assert 'href="#field-hour"' in browser.page.text, "all that is wrong, at once"
    for said in ('value="Wanjiru"', '<option value="sw" selected>', 'value="25"'):
        assert said in browser.page.text
    assert re.findall(r'name="kinds" value="(\w+)" checked', browser.page.text) == ["mention"]
    assert await Person.exists().where(Person.name == "Wanjiru") is False, "nothing was saved"
    assert await DigestSubscription.count() == 0
    await browser.submit("/preferences", hour="7", quiet_until="6")
    [person] = await Person.objects().where(Person.id == cast.nairobi_mayor.person_id)
    assert (person.name, person.language, person.quiet_until) == ("Wanjiru", "sw", 6)
    assert sorted(person.unwanted_mails) == ["decision", "milestone", "reminder"]
    [taken] = await DigestSubscription.objects()
    assert (taken.cadence, taken.hour, taken.active) == ("daily", 7, True)
