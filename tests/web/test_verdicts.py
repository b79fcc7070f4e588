"""Whether digests are read: the answer by the link in the mail, opened web copies, and figures."""

import re
from datetime import datetime, timedelta

import pytest

from tests.cast import Cast
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tests.workers.conftest import Outbox, outbox, owe
from tracker.domain import clock, sealing
from tracker.domain.audit import AuditEvent
from tracker.domain.database import fetch
from tracker.domain.digests.reading import ABOUT, answer, open_copy, token
from tracker.domain.digests.rules import answered_until
from tracker.domain.digests.tables import DigestIssue, DigestVerdict
from tracker.domain.errors import Invalid
from tracker.graphql import ReadError, execute

__all__ = ["outbox"]

FIGURES = """{ digestFigures {
    sent counted opened answered useful notUseful
    groups(by: [MONTH]) { nodes { counted useful } }
} }"""


async def test_link_of_the_mail_takes_one_answer_and_another_without_signing_in(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    await owe(cast, "nairobi_mayor")
    await outbox.drain()
    for body in outbox.bodies("nairobi_mayor"):
        links = re.findall(r"https://tracker\.example\.org(/verdicts/[^\s\"]+)", body)
        assert [each.partition("?say=")[2] for each in links] == ["useful", "not_useful"]
    path = links[1].partition("?")[0]
    for link in links * 2:  # mail gateways
        assert (await browser.open(link)).status_code == 200
    assert "Opening this page has recorded nothing" in browser.text
    days = outbox.bodies("nairobi_mayor")[0].partition(" to ")[2].partition("\n")[0]
    assert days.partition(" · ")[0] in browser.text, "as its own clock has it"
    assert await said() == [None]
    await browser.submit(path)
    assert await said() == ["not_useful"], "what the link said is chosen"
    assert "Your answer is recorded" in browser.text
    await browser.open(links[0])
    assert re.search(r"You said “Not useful” on \w+ \d+, 20\d\d, \d\d:\d\d", browser.text)
    assert "Change the answer" in browser.text
    await browser.submit(path, verdict="useful")
    assert await said() == ["useful"]
    event = await AuditEvent.objects().order_by(AuditEvent.id, ascending=False).first()
    assert event
    assert (event.actor, event.verb) == (cast.nairobi_mayor.person_id, "answer")


async def test_answer_that_is_none_says_so(browser: Browser, cast: Cast, outbox: Outbox) -> None:
    await owe(cast, "nairobi_mayor")
    await browser.open(path := f"/verdicts/{token(await issue())}")
    for typed in ("", "perhaps"):
        answer = await browser.submit(path, verdict=typed)
        assert answer.status_code == 422
        assert "Choose whether it was useful." in browser.text
    assert await said() == [None]


async def test_link_that_is_made_up_or_old_leads_nowhere(
    browser: Browser, cast: Cast, outbox: Outbox
) -> None:
    await owe(cast, "nairobi_mayor")
    real = token(await issue())
    await browser.open(f"/verdicts/{real}")
    known = browser.token
    await fetch("UPDATE digest_issue SET created_at = created_at - interval '91 days'")
    wrong = ("x", real[:-2], sealing.sealed("1", "another"), sealing.sealed("999999", ABOUT), real)
    for each in wrong:
        assert (await browser.open(f"/verdicts/{each}")).status_code == 410
        assert "This link counts no longer" in browser.text
        assert "Nothing was recorded." in browser.text
        assert "/sign-in?next=/digests" in browser.links
        fields = {"csrf_token": known, "verdict": "useful"}
        assert (await browser.post(f"/verdicts/{each}", **fields)).status_code == 410
    assert await said() == [None]


async def test_web_copy_is_opened_once_by_its_reader_alone(
    signed_in: SignedIn, cast: Cast, outbox: Outbox
) -> None:
    await owe(cast, "nairobi_mayor")
    await outbox.drain()
    path = f"/digests/{await issue()}"
    await (await signed_in("administrator")).open(path)
    mayor = await signed_in("nairobi_mayor")
    await mayor.open("/digests/preview")
    await mayor.open(path, **{"Sec-Purpose": "prefetch"})
    assert await opened() == []
    await mayor.open(path)
    assert mayor.page.status_code == 200
    [first] = await opened()
    await mayor.open(path)
    assert await opened() == [first]


MANY = ("nairobi_mayor", "seoul_mayor", "lima_mayor", "nairobi_coordinator", "seoul_coordinator")


@pytest.mark.parametrize("readers", [4, 5])
async def test_secretariat_sees_rates_and_not_who(
    signed_in: SignedIn, cast: Cast, outbox: Outbox, readers: int
) -> None:
    await owe(cast, *MANY[:readers])
    await outbox.drain()
    await fetch("UPDATE digest_issue SET verdict = 'useful' WHERE person = $1",
                cast.nairobi_mayor.person_id)  # fmt: skip
    reader = await signed_in("seoul_mayor")
    number = await issue(cast.seoul_mayor.person_id or 0)
    await reader.open(f"/digests/{number}")
    await of_months_ago(2)
    *found, _ = (await execute(FIGURES, {}, cast.administrator))["digestFigures"].values()
    known = [5, 1, 1, 1, 0] if readers == 5 else [None] * 5
    assert found == [readers, *known]
    browser = await signed_in("administrator")
    await browser.open("/deliveries")
    assert "How digests are received" in browser.text
    assert "only of months in which five people or more got a digest" in browser.text
    assert ("1 of 5 (20%)" in browser.text) == (readers == 5)
    assert ("1 of 1 (100%)" in browser.text) == (readers == 5), "of those who answered"
    assert ("Not known yet" in browser.text) == (readers == 4)
    one = """query ($id: ID!) { digestIssue(id: $id) { openedAt verdict }
        auditEvents { nodes { verb } } }"""
    asked = {"id": f"DigestIssue:{number}"}
    own = await execute(one, asked, cast.seoul_mayor)
    assert own["digestIssue"]["openedAt"]
    others = await execute(one, asked, cast.administrator)
    assert others["digestIssue"] == {"openedAt": None, "verdict": None}
    verbs = [{each["verb"] for each in data["auditEvents"]["nodes"]} for data in (own, others)]
    assert ["open_copy" in each for each in verbs] == [True, False]


async def test_no_two_figures_differ_by_what_one_reader_did(cast: Cast, outbox: Outbox) -> None:
    """Nobody chooses whose digests are counted, and a sum holds no month that is not told of."""
    await owe(cast, *MANY)
    await of_months_ago(2)
    await owe(cast, "nairobi_mayor")
    await outbox.drain()
    await fetch("UPDATE digest_issue SET verdict = 'useful' WHERE person = $1",
                cast.nairobi_mayor.person_id)  # fmt: skip
    found = (await execute(FIGURES, {}, cast.administrator))["digestFigures"]
    groups = found["groups"]["nodes"]
    assert sorted(groups, key=str) == [
        {"counted": 5, "useful": 1},
        {"counted": None, "useful": None},
    ]
    assert (found["sent"], found["counted"], found["useful"]) == (6, 5, 1)
    for narrower in (
        'digestFigures(filter: { createdAt: { gte: "2026-01-01T00:00:00Z" } }) { useful }',
        "digestFigures { groups(by: [KIND]) { nodes { useful } } }",
    ):
        with pytest.raises(ReadError):
            await execute(f"{{ {narrower} }}", {}, cast.administrator)


async def test_figures_of_a_month_are_told_once_no_answer_changes_them(
    cast: Cast, outbox: Outbox
) -> None:
    """Whoever looked before and after somebody answered would know what they said."""
    await owe(cast, *MANY)
    await outbox.drain()
    mayor, number = cast.nairobi_mayor, await issue(cast.nairobi_mayor.person_id or 0)
    until = answered_until(clock.now())

    async def told() -> list[int | None]:
        found = (await execute(FIGURES, {}, cast.administrator))["digestFigures"]
        return list(found.values())[:-1]

    for moment in (clock.now(), until - timedelta(minutes=1)):
        with clock.at(moment):
            await answer(mayor, number, DigestVerdict.USEFUL)
            assert await told() == [5, *[None] * 5]
    with clock.at(until):
        with pytest.raises(Invalid, match="takes no answers any more"):
            await answer(mayor, number, DigestVerdict.NOT_USEFUL)
        await open_copy(mayor, number)
        assert await told() == [5, 5, 0, 1, 1, 0], "whatever its reader does now"


@pytest.mark.parametrize(
    ("fell_due", "until"),
    [
        ("2026-01-01T00:00:00+00:00", "2026-02-08T00:00:00+00:00"),
        ("2026-01-31T23:59:59+00:00", "2026-02-08T00:00:00+00:00"),
        ("2026-02-01T08:00:00+09:00", "2026-02-08T00:00:00+00:00"),
        ("2026-12-15T12:00:00+00:00", "2027-01-08T00:00:00+00:00"),
    ],
)
def test_digest_takes_answers_until_a_week_after_its_month(fell_due: str, until: str) -> None:
    assert answered_until(datetime.fromisoformat(fell_due)).isoformat() == until


async def of_months_ago(months: int) -> None:
    """Have all digests be of an earlier month, as if this one had none yet."""
    await fetch(
        "UPDATE digest_issue SET created_at = created_at - make_interval(months => $1),"
        " opened_at = opened_at - make_interval(months => $1), period_key = 'former ' || id",
        months,
    )
    await fetch("UPDATE delivery SET key = 'former ' || id WHERE kind = 'digest'")


async def issue(person: int | None = None) -> int:
    rows = await fetch("SELECT id, person FROM digest_issue ORDER BY id")
    number: int = next(row["id"] for row in rows if person in (None, row["person"]))
    return number


async def said() -> list[str | None]:
    return [row["verdict"] for row in await DigestIssue.select(DigestIssue.verdict)]


async def opened() -> list[object]:
    events = await fetch("SELECT 1 FROM audit_event WHERE verb = 'open_copy'")
    rows = await fetch("SELECT opened_at FROM digest_issue WHERE opened_at IS NOT NULL")
    assert len(events) == len(rows)
    return [row["opened_at"] for row in rows]
