"""The page of those who look after mails on their way."""

import re

import pytest

from tests.cast import Cast, email
from tests.web.conftest import SignedIn
from tracker.domain.answers import stuck
from tracker.domain.database import fetch
from tracker.domain.deliveries import suppressing
from tracker.domain.deliveries.owing import Mailing, owe
from tracker.domain.deliveries.tables import SECRET, Delivery, DeliveryKind, Suppression
from tracker.domain.digests.actions import send_now
from tracker.domain.preferences.actions import choose_mails
from tracker.mail.boxes import shown

SENT = """
UPDATE delivery SET state = 'sent', composed_at = now(), sent_at = now(), address = $1,
    relay = 'relay.example.org:25',
    message_id = '<1@example.org>', answers = '{"2026-11-26T11:00:00Z relay 451 greylisted"}',
    message = convert_to(E'From: t@example.org\\r\\nSubject: Hushed\\r\\nContent-Type: text/plain;'
        '\\r\\n charset=utf-8\\r\\nX-Other: y\\r\\n\\r\\nWords', 'UTF8')
"""


SUPPRESSED = """
INSERT INTO suppression (address, reason, created_at) VALUES ($1, 'bounced', now())
"""


async def test_page_counts_finds_and_shows_mails_without_their_words(
    signed_in: SignedIn, cast: Cast
) -> None:
    browser = await signed_in("administrator")
    await browser.open("/deliveries")
    assert "No mail yet" in browser.text
    assert "Mail goes to every address." in browser.text
    mayor = cast.seoul_mayor
    number = (await send_now(mayor, mayor.person_id or 0)).delivery
    await browser.open("/deliveries")
    assert "The oldest that is not sent fell due" in browser.text
    await fetch(SENT, email("seoul_mayor"))
    for choice, there in {
        "state=SENT&kind=digest": True,
        "who=seoul_mayor": True,
        "who=Seoul: mayor": True,
        "state=FAILED": False,
        "day=2020-01-01": False,
    }.items():
        await browser.open(f"/deliveries?{choice}")
        assert (f"/deliveries/{number}" in browser.links) == there, choice
    assert (await browser.open("/deliveries?day=soon")).status_code == 422
    await browser.open("/deliveries")
    assert "relay.example.org:25" in browser.text
    await browser.open(f"/deliveries/{number}")
    assert "Nov 26, 2026, 20:00" in browser.text, "by the clock of who reads, in Seoul"
    assert "T11:00" not in re.sub("<[^>]+>", "", browser.text)
    for told in ("451 greylisted", "charset=utf-8", "From: t@example.org", "<1@example.org>"):
        assert told in browser.text
    for hidden in ("Hushed", "Words", "X-Other"):
        assert hidden not in browser.text


async def test_mail_that_waits_for_a_time_of_day_is_no_worry_and_says_so(
    signed_in: SignedIn, cast: Cast
) -> None:
    browser = await signed_in("administrator")
    number = (await send_now(cast.seoul_mayor, cast.seoul_mayor.person_id or 0)).delivery
    for change, waits in {
        "next_try_at = now() + interval '1 hour', waits_for = 'morning'": "morning.",
        "waits_for = 'quiet_hours'": "quiet hours to end.",
        "next_try_at = now()": "",
        "next_try_at = now() + interval '1 hour', waits_for = NULL": "",
    }.items():
        await fetch(f"UPDATE delivery SET {change}")
        await browser.open("/deliveries")
        assert ("The oldest that is not sent fell due" in browser.text) == (not waits), change
        said = [browser.text]
        await browser.open(f"/deliveries/{number}")
        said.append(browser.text)
        for what in ("morning.", "quiet hours to end."):
            found = [f"waits for its reader's {what}" in text for text in said]
            assert found == [what == waits] * 2, (change, what)
    await fetch(
        "UPDATE delivery SET created_at = '2026-11-20 08:00Z', next_try_at = '2030-01-02 08:00Z'"
    )
    await browser.open(f"/deliveries/{number}")
    assert "Waiting to be sent" in browser.text
    assert "Recorded Nov 20, 2026" in browser.text
    assert "To go out from Jan 2, 2030" in browser.text
    await browser.open("/deliveries")
    assert "To go out from: Jan 2, 2030" in browser.text
    await fetch("UPDATE delivery SET state = 'cancelled'")
    await browser.open("/deliveries")
    assert "Not needed: called off before they were sent" in browser.text


IN_FLIGHT = """
UPDATE delivery SET state = 'in_doubt', sent_at = NULL, lease_token = gen_random_uuid(),
    lease_until = now() + interval '1 minute'
"""


async def test_mail_is_in_doubt_only_once_no_answer_came_in_time(
    signed_in: SignedIn, cast: Cast
) -> None:
    browser = await signed_in("administrator")
    number = (await send_now(cast.seoul_mayor, cast.seoul_mayor.person_id or 0)).delivery
    await fetch(SENT, email("seoul_mayor"))
    await fetch(IN_FLIGHT)
    for state, words in {"SENDING": "Being sent", "IN_DOUBT": "In doubt"}.items():
        await browser.open("/deliveries")
        assert f"{words} : 1" in browser.text
        for choice in ("SENDING", "IN_DOUBT", "SENT"):
            await browser.open(f"/deliveries?state={choice}")
            assert (f"/deliveries/{number}" in browser.links) == (choice == state)
        await browser.open(f"/deliveries/{number}")
        assert f"{words} Envelope" in browser.text
        assert (f"/deliveries/{number}/release" in browser.actions) == (state == "IN_DOUBT")
        await fetch("UPDATE delivery SET lease_until = now()")


async def test_mail_that_waits_for_its_turn_says_behind_which_and_until_when(
    signed_in: SignedIn, cast: Cast
) -> None:
    browser = await signed_in("administrator")
    mayor = cast.seoul_mayor
    older = (await send_now(mayor, mayor.person_id or 0)).delivery
    another = Mailing(kind=DeliveryKind.DIGEST, key="another", person_id=mayor.person_id)
    [newer] = (await owe([another])).values()
    for waits_for, what in {
        "morning": "its reader's morning, until Jan 2, 2030",
        "quiet_hours": "its reader's quiet hours to end, until Jan 2, 2030",
        None: "until Jan 2, 2030",
    }.items():
        await fetch(
            "UPDATE delivery SET next_try_at = '2030-01-02 08:00Z', waits_for = $2 WHERE id = $1",
            older,
            waits_for,
        )
        await browser.open(f"/deliveries/{newer}")
        assert f"It goes out after mail {older}, which is of the same kind" in browser.text
        assert f"/deliveries/{older}" in browser.links
        assert what in browser.text
        assert "To go out from" not in browser.text
    await browser.open("/deliveries")
    assert f"Goes out after mail {older}" in browser.text
    await fetch("UPDATE delivery SET next_try_at = now() WHERE id = $1", older)
    await browser.open(f"/deliveries/{newer}")
    assert "That one waits" not in browser.text
    for change in (f"resends = {older} WHERE id = {newer}", f"state = 'failed' WHERE id = {older}"):
        await fetch(f"UPDATE delivery SET {change}")
        await browser.open(f"/deliveries/{newer}")
        assert "goes out after" not in browser.text
        await fetch("UPDATE delivery SET resends = NULL")


CAME = """
INSERT INTO inbound_mail (message_hash, delivery, outcome, reason, received_at)
VALUES ($1, $2, $3, $4, now())
"""

ABOUT = {
    ("digest", "periodic:2026-W48"): "Digest of week 48 of 2026",
    ("digest", "periodic:2026-Q4"): "Digest of quarter 4 of 2026",
    ("digest", "periodic:2026-11"): "Digest of Nov 2026",
    ("digest", "periodic:2026-11-24"): "Digest of Nov 24, 2026",
    ("digest", "periodic:2026-11-24T05:00:00Z:2026-11-26T11:00:00.000001Z"):
        "Digest that was asked for on Nov 24, 2026, ",
    ("digest", "closing:ES-2026-0007"): "Closing digest ES-2026-0007",
    ("milestone", "day:2026-11-24"): "What was due on Nov 24, 2026",
    ("decision", "decision:12:2026-11-24:late"): "Decision 12",
    ("decision", "decision:12:ask:2026-11-24T05:00:00.000001Z"): "Decision 12",
    ("notice", "membership:3:grant:2026-11-24T05:00:00.000001Z"): "Role 3",
    ("invitation", "4:1"): "Invitation 4",
    ("account", "account:0a1b2c"): "Account",
    ("account", "decided:0a1b2c"): "Decision",
    ("sign_in", "sign_in:0a1b2c"): "Sign-in link",
    ("hook", "9:2"): "Sent digest 9",
}  # fmt: skip
"""Kind and key of a mail -> what its page says that it is about."""


async def test_page_says_in_words_what_a_mail_is_about(signed_in: SignedIn, cast: Cast) -> None:
    browser = await signed_in("administrator")
    number = (await send_now(cast.seoul_mayor, cast.seoul_mayor.person_id or 0)).delivery
    for (kind, key), words in ABOUT.items():
        sealed = kind in SECRET
        await fetch("UPDATE delivery SET kind = $1, key = $2, sealed = $3", kind, key, sealed)
        await browser.open(f"/deliveries/{number}")
        assert f"What it is about {words}" in browser.text, key
        assert (words == "Decision 12") == ("/decisions/12" in browser.links), key
        if key.count(":") > 1 or kind != "digest":
            raw = rf"(?<![\d:]){re.escape(key)}(?![\d:])"  # a time of day may hold its digits
            assert not re.search(raw, browser.page.text)


async def test_replies_that_were_not_taken_are_counted_and_the_last_ones_shown_with_the_reason(
    signed_in: SignedIn, cast: Cast
) -> None:
    browser = await signed_in("officer")
    await browser.open("/deliveries")
    assert "Replies that were not taken" not in browser.text
    number = (await send_now(cast.seoul_mayor, cast.seoul_mayor.person_id or 0)).delivery
    for name, outcome in (("a", "recorded"), ("b", "refused"), ("c", "forged"), ("d", "forged")):
        why = f"It is {name}." if outcome != "recorded" else None
        await fetch(CAME, name, number if name == "b" else None, outcome, why)
    await browser.open("/deliveries")
    section = browser.text.partition("Replies that were not taken")[2]
    assert "Replies recorded: 1. Refused, and their writers told why: 1." in section
    assert "nobody told: 2." in section
    assert "Refused : It is b. The mail that it replies to" in section
    assert "Not believed : It is c." in section
    assert "It is a." not in section
    assert f"/deliveries/{number}" in browser.links
    mayor = await signed_in("seoul_mayor")
    assert (await mayor.open("/deliveries")).status_code == 403


async def test_mail_that_was_never_written_says_so(signed_in: SignedIn, cast: Cast) -> None:
    browser = await signed_in("administrator")
    number = (await send_now(cast.seoul_mayor, cast.seoul_mayor.person_id or 0)).delivery
    for written, never in {"NULL": True, "now()": False}.items():
        await fetch(f"UPDATE delivery SET state = 'suppressed', composed_at = {written}")
        await browser.open(f"/deliveries/{number}")
        assert ("This mail was never written." in browser.text) == never
        assert ("no longer kept" in browser.text) != never


async def test_mail_is_sent_again_and_an_address_is_let_go_by_the_administrator_alone(
    signed_in: SignedIn, cast: Cast
) -> None:
    mayor = cast.seoul_mayor
    number = (await send_now(mayor, mayor.person_id or 0)).delivery
    await fetch(SENT, email("seoul_mayor"))
    await fetch(SUPPRESSED, "gone@example.org")
    [held] = await Suppression.objects()
    officer = await signed_in("officer")
    await officer.open(f"/deliveries/{number}")
    assert f"/deliveries/{number}/resend" not in officer.actions
    assert "Administrators of the secretariat send mails once more" in officer.text
    for page in (f"/suppressions/{held.id}", "/deliveries"):
        assert (await officer.open(page)).status_code == 200
        assert "Administrators of the secretariat stop mails to an address" in officer.text
    browser = await signed_in("administrator")
    await browser.open(f"/deliveries/{number}")
    assert "says exactly what was written on" in browser.text
    assert f"tracker digest send {email('seoul_mayor')}" in browser.text
    await browser.submit(f"/deliveries/{number}/resend")
    assert browser.page.status_code == 422
    await browser.submit(f"/deliveries/{number}/resend", reason="Lost")
    await browser.follow()
    assert f"It says once more what mail {number} said." in browser.text
    assert await Delivery.count() == 2
    await browser.open("/deliveries")
    await browser.open(f"/suppressions/{held.id}")
    await browser.submit(f"/suppressions/{held.id}/lift", reason="Back again")
    await browser.follow()
    assert "Mails go to this address again." in browser.text


async def test_mail_that_would_not_be_sent_is_not_offered_and_reasons_are_counted(
    signed_in: SignedIn, cast: Cast
) -> None:
    mayor = cast.seoul_mayor
    number = (await send_now(mayor, mayor.person_id or 0)).delivery
    why = "The reader unsubscribed before it was sent."
    await fetch("UPDATE delivery SET state = 'cancelled', last_error = $1", why)
    await fetch(SUPPRESSED, email("seoul_mayor"))
    [held] = await Suppression.objects()
    await choose_mails(mayor, mayor.person_id or 0, DeliveryKind.DIGEST, True)
    browser = await signed_in("administrator")
    await browser.open(f"/deliveries/{number}")
    assert "Nothing goes to its address; let mails go there again first." in browser.text
    assert f"/suppressions/{held.id}" in browser.links
    await suppressing.lift(cast.administrator, held.id, "Back again")
    await browser.open(f"/deliveries/{number}")
    assert "It is written anew" in browser.text
    assert f"/deliveries/{number}/resend" in browser.actions
    await choose_mails(mayor, mayor.person_id or 0, DeliveryKind.DIGEST, False)
    await browser.open(f"/deliveries/{number}")
    assert "It would not be sent. Its reader does without mails of this kind." in browser.text
    assert f"/deliveries/{number}/resend" not in browser.actions
    await browser.open("/deliveries")
    assert f"1 × {why}" in browser.text


async def test_mails_to_an_address_are_stopped_by_the_administrator_alone(
    signed_in: SignedIn, cast: Cast
) -> None:
    officer = await signed_in("officer")
    await officer.open("/deliveries")
    assert "/suppressions" not in officer.actions
    browser = await signed_in("administrator")
    await browser.open("/deliveries")
    await browser.submit("/suppressions", address="nobody", reason=" ")
    assert browser.page.status_code == 422
    assert "is no e-mail address" in browser.text
    assert "Write something here." in browser.text
    form = browser.page.text.partition('<details class="disclosure" open>')[2]
    assert 'value="nobody"' in form, "what is wrong is not folded away"
    assert 'href="/deliveries" aria-current="page"' in browser.page.text
    await browser.submit("/suppressions", address="Gone@example.org", reason="Asked by telephone")
    await browser.follow()
    for told in ("gone@example.org", "Asked by telephone", "No mail goes to this address"):
        assert told in browser.text
    await browser.open("/deliveries")
    await browser.open("/deliveries")
    assert "Asked by telephone" in browser.text
    await browser.submit("/suppressions", address="gone@example.org", reason="Once more")
    assert "No mail goes to this address already." in browser.text
    await browser.open("/suppressions")
    assert browser.page.headers["Location"] == "/deliveries#suppressions"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("seoul_mayor", "사무국만 볼 수 있습니다."),
        ("nairobi_administrator", "Only the secretariat sees mails on their way to others."),
    ],
)
async def test_page_is_the_secretariats(signed_in: SignedIn, name: str, why: str) -> None:
    browser = await signed_in(name)
    assert (await browser.open("/deliveries")).status_code == 403
    assert why in browser.text


async def test_mails_that_could_not_be_taken_are_shown_to_the_secretariat(
    signed_in: SignedIn, cast: Cast
) -> None:
    browser = await signed_in("administrator")
    await browser.open("/deliveries")
    assert "could not be taken" not in browser.text
    box, secret = "imaps://tracker:secret@mail.example.org/INBOX", "secret"
    await stuck.failed(shown(box), "12", ValueError("what it says"))
    await browser.open("/deliveries")
    assert "imaps://mail.example.org/INBOX 12" in browser.text
    assert "ValueError" in browser.text
    for hidden in (secret, "what it says", "Flagged, not tried any more"):
        assert hidden not in browser.text
    await fetch("UPDATE stuck_mail SET since = now() - interval '6 days'")
    assert await stuck.failed(shown(box), "12", ValueError())
    await browser.open("/deliveries")
    assert "Flagged, not tried any more" in browser.text
    await stuck.taken(shown(box), "12")
    await browser.open("/deliveries")
    assert "could not be taken" not in browser.text
