"""What operators do at the command line to somebody's account, that person is told."""

import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.cast import Cast, email
from tests.starting import run
from tests.workers.conftest import Outbox, owe
from tracker.domain import clock
from tracker.domain.database import fetch
from tracker.domain.deliveries import owing, posting, suppressing
from tracker.domain.deliveries.owing import Mailing
from tracker.domain.deliveries.tables import Delivery, DeliveryKind
from tracker.domain.people import queries
from tracker.domain.people.account_mails import tell_account
from tracker.domain.preferences.actions import choose_mails


def test_person_whose_token_an_operator_issues_is_told_in_their_language(
    cast: Cast, outbox: Outbox
) -> None:
    settings = replace(outbox.settings, delivery_lease_seconds=5)
    done = subprocess.run(
        [sys.executable, "-m", "tracker", "token", email("seoul_mayor"), "--scope", "read"],
        env=os.environ | settings.to_environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.startswith("est_"), done.stderr
    [mail] = outbox.mails()
    assert mail["Subject"] == "시스템 운영자가 귀하의 계정에 API 토큰을 발급했습니다"
    for body in outbox.bodies(email("seoul_mayor")):
        assert mail["Subject"] in body
        assert "https://tracker.example.org/tokens" in body
        assert done.stdout.strip() not in body, "the token is for who asked for it"


@pytest.mark.parametrize("contact", ["Secretariat <office@example.org>", None])
async def test_mail_that_says_to_tell_the_secretariat_names_its_address_where_there_is_one(
    cast: Cast, outbox: Outbox, contact: str | None
) -> None:
    outbox = replace(outbox, settings=replace(outbox.settings, contact_address=contact))
    known = await queries.person(cast.nairobi_mayor.person_id or 0)
    signing_in = await queries.person(cast.officer.person_id or 0)
    seen = {"device": "Firefox, Android", "network": "203.0.113.0/24", "at": clock.now()}
    await tell_account(known.id, "password_changed")
    await posting.post(signing_in, "new_device", context=seen)
    await outbox.drain()
    for name in ("nairobi_mayor", "officer"):
        for body in outbox.bodies(email(name)):
            assert "tell the secretariat" in body
            said = re.sub(r"<[^>]+>", "", body)
            asked = "Replies to this mail go to the secretariat: office@example.org" in said
            assert asked == bool(contact)


def _run(outbox: Outbox, *command: str) -> subprocess.CompletedProcess[str]:
    settings = replace(outbox.settings, delivery_lease_seconds=5)
    return run("tracker", *command, environment=os.environ | settings.to_environment())


UNKNOWN = (("resend", "9999"), ("release", "9999", "lost"))


async def test_mails_of_an_address_that_nobody_has_are_no_empty_list(
    cast: Cast, outbox: Outbox
) -> None:
    ask = ("deliveries", "list", "--person")
    done = _run(outbox, *ask, "nobody@example.org")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nobody here has the address nobody@example.org, and no mail was to go" in done.stderr
    assert _run(outbox, *ask, email("seoul_mayor").upper()).returncode == 0
    asked = Mailing(kind=DeliveryKind.INVITATION, key="1", address="asked@example.org")
    await owing.owe([asked])
    assert "asked@example.org" in _run(outbox, *ask, "asked@example.org").stdout
    none = _run(outbox, "deliveries", "list", "--most", "0")
    assert (none.returncode, none.stdout) == (2, "")
    assert "argument --most: 0: choose 1 or more" in none.stderr


async def test_mails_are_listed_under_heads_and_read_decoded(
    cast: Cast, reads: None, outbox: Outbox
) -> None:
    sent, off = await owe(cast, "seoul_mayor", "nairobi_mayor")
    await fetch("UPDATE delivery SET state = 'cancelled' WHERE id = $1", off)
    await outbox.drain()
    heads, *lines = _run(outbox, "deliveries", "list").stdout.splitlines()
    assert heads.startswith("NUMBER\tRECORDED\tGOES OUT FROM\tKIND")
    assert [line.split("\t")[0] for line in lines] == [str(sent)]
    assert len(_run(outbox, "deliveries", "list", "--all").stdout.splitlines()) == 3
    told = _run(outbox, "deliveries", "inspect", str(sent)).stdout
    assert f"Subject: {outbox.mails()[0]['Subject']}" in told
    assert "=?utf-8" not in told
    assert "quoted-printable" in _run(outbox, "deliveries", "inspect", str(sent), "--raw").stdout
    for ask in (("inspect", "9999"), *((*each, "--reason", "W") for each in UNKNOWN)):
        done = _run(outbox, "deliveries", *ask)
        told = "tracker: there is no mail 9999: see tracker deliveries list\n"
        assert (done.returncode, done.stdout, done.stderr) == (1, "", told)
    refused = _run(outbox, "deliveries", "release", str(sent), "lost", "--reason", "W").stderr
    assert refused == "tracker: This mail is not in doubt; look at it again.\n"


async def test_mail_whose_answer_may_still_come_is_being_sent(
    cast: Cast, reads: None, outbox: Outbox
) -> None:
    [number] = await owe(cast, "seoul_mayor")
    await outbox.drain()
    await fetch(
        "UPDATE delivery SET state = 'in_doubt', sent_at = NULL, lease_token = gen_random_uuid(),"
        " lease_until = now() + interval '10 minutes'"
    )
    for state, other in (("sending", "in_doubt"), ("in_doubt", "sending")):
        assert f"\nstate: {state}\n" in _run(outbox, "deliveries", "inspect", str(number)).stdout
        found = [_run(outbox, "deliveries", "list", "--state", each) for each in (state, other)]
        assert [len(each.stdout.splitlines()) for each in found] == [2, 1]
        await fetch("UPDATE delivery SET lease_until = now()")


async def test_mail_that_waits_says_until_when_and_what_for(
    cast: Cast, reads: None, outbox: Outbox
) -> None:
    [number] = await owe(cast, "seoul_mayor")
    at = "2030-01-02T06:00:00Z"
    for waits_for, what in {"morning": "its reader's morning", None: "its turn"}.items():
        await fetch(
            "UPDATE delivery SET waits_for = $1, next_try_at = $2::text::timestamptz", waits_for, at
        )
        told = _run(outbox, "deliveries", "inspect", str(number)).stdout
        assert f"\nwaits: until {at}, for {what}\n" in told
    line = _run(outbox, "deliveries", "list").stdout.splitlines()[1].split("\t")
    assert (line[1] != at, line[2]) == (True, at)
    mayor = cast.seoul_mayor.person_id
    another = Mailing(kind=DeliveryKind.DIGEST, key="another", person_id=mayor)
    [behind] = (await owing.owe([another])).values()
    told = _run(outbox, "deliveries", "inspect", str(behind)).stdout
    first = f"behind mail {number}, which goes first and waits until {at}, for its turn"
    assert f"\nwaits: {first}\n" in told
    await fetch("UPDATE delivery SET state = 'cancelled'")
    assert "waits:" not in _run(outbox, "deliveries", "inspect", str(number)).stdout


async def test_operator_is_warned_where_no_mail_goes_to_the_reader(
    cast: Cast, outbox: Outbox
) -> None:
    await suppressing.add(cast.administrator, email("seoul_mayor"), "Asked by telephone")
    told = _run(outbox, "digest", "preview", email("seoul_mayor")).stderr
    assert f"mail to {email('seoul_mayor')} is stopped" in told
    assert not _run(outbox, "digest", "preview", email("nairobi_mayor")).stderr


async def test_digest_that_would_not_be_sent_is_not_owed_and_the_reason_is_told_in_one_line(
    cast: Cast, outbox: Outbox
) -> None:
    mayor = cast.nairobi_mayor.person_id or 0
    await choose_mails(cast.nairobi_mayor, mayor, DeliveryKind.DIGEST, True)
    await choose_mails(cast.nairobi_mayor, mayor, DeliveryKind.DIGEST, False)
    for taker in (cast.seoul_mayor, cast.lima_mayor):
        await choose_mails(taker, taker.person_id or 0, DeliveryKind.DIGEST, True)
    await suppressing.add(cast.administrator, email("seoul_mayor"), "Asked by telephone")
    left = "UPDATE membership SET ended_at = now() WHERE person = $1"
    await fetch(left, cast.lima_mayor.person_id)
    for name, why in {
        "nairobi_mayor": "The digest is switched off",
        "seoul_mayor": "Nothing goes to this reader's address",
        "lima_mayor": "There is no role any more",
        "nairobi_coordinator": f"{email('nairobi_coordinator')} does not get the digest, so none",
    }.items():
        done = _run(outbox, "digest", "send", email(name))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"tracker: {why}")
        assert done.stderr.count("\n") == 1
    assert await Delivery.count() == 0


@pytest.mark.parametrize("command", ["preview", "send"])
async def test_digest_of_nobody_is_refused_with_what_to_do(
    cast: Cast, outbox: Outbox, command: str
) -> None:
    done = _run(outbox, "digest", command, "nobody@example.org")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "tracker: nobody has the address 'nobody@example.org';"
        " `tracker person list` says who is here\n"
    )


async def test_operator_is_told_which_words_a_mail_has_that_is_sent_once_more(
    cast: Cast, reads: None, outbox: Outbox
) -> None:
    [number] = await owe(cast, "seoul_mayor")
    await outbox.drain()
    kept = _run(outbox, "deliveries", "resend", str(number), "--reason", "Lost").stdout
    written = (
        await fetch("SELECT composed_at AS at FROM digest_issue WHERE delivery = $1", number)
    )[0]["at"]
    assert f"exactly what was written on {written:%Y-%m-%dT%H:%M:%SZ}; `tracker digest send" in kept
    await outbox.drain()
    await fetch("UPDATE delivery SET message = NULL")
    await fetch("UPDATE digest_issue SET html = NULL")
    anew = _run(outbox, "deliveries", "resend", str(number), "--reason", "Lost").stdout
    assert "It is written anew" in anew
