"""Mails as they are received: small, valid, signed, taken for no spam, and no link leads nowhere.

All that the demonstration has sent, one each of the kinds that it does not send by itself, and, for
their size, the fullest that there can be in each language.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from urllib.parse import urlsplit

import httpx

from tests import fullest
from tests.conformance.letters import Letter, html_problems, letters, signatures_wrong, spam_scores
from tests.conformance.rows import Row
from tests.conformance.server import Server
from tests.conformance.signin import browser_at, enter, submit
from tracker.demo.people import accounts
from tracker.domain.deliveries.tables import DeliveryKind
from tracker.locale import languages

KB_MOST, SCORE_MOST, SECONDS_MOST = 80, 1.0, 60

KINDS = [each.value for each in DeliveryKind if each != DeliveryKind.HOOK]

BY_LINK = ("sign_in", "invitation")
"""Kinds for people who are not signed in, or have no account yet."""

OFFICER = "officer@secretariat.example"

PROJECT = "{ projects(first: 1, filter: {state: {eq: ACTIVE}}) { nodes { id } } }"

MENTION = """
mutation ($subject: ID!) {
  commentAdd(input: {subjectId: $subject, text: "@Auditor of the secretariat, please look."}) {
    comment { mentions { totalCount } }
  }
}
"""


async def check(server: Server) -> list[Row]:
    """A figure of the worst, or a count of what is wrong; what is wrong is printed."""
    async with browser_at(server) as forgetful:
        found = await _sent(server, forgetful)
        links = await _links(server, found, forgetful)
    fullest_ = [mail.html for each in languages() for _, mail in fullest.mails(each)]
    return [
        Row("mails.kinds", len({each.kind for each in found} & {*KINDS}), at_least=len(KINDS)),
        Row("mails.letters", len(found)),
        Row(
            "mails.html_kb",
            max(_size(each.part("html")) for each in found) / 1000,
            at_most=KB_MOST,
        ),
        Row("mails.fullest_html_kb", max(map(_size, fullest_)) / 1000, at_most=KB_MOST),
        Row("mails.html_validate_errors", await _invalid(found), at_most=0),
        *links,
        Row("mails.dkim_failures", _unsigned(server, found), at_most=0),
        *await _spam(found),
    ]


def _size(html: str) -> int:
    return len(html.encode())


async def _sent(server: Server, forgetful: httpx.AsyncClient) -> list[Letter]:
    """All that there is in the outbox, once a mail of each kind is there."""
    await _provoke(server, forgetful)
    for _ in range(SECONDS_MOST):
        found = letters(server.outbox)
        if {each.kind for each in found} >= {*KINDS}:
            break
        await asyncio.sleep(1)
    return found


async def _provoke(server: Server, forgetful: httpx.AsyncClient) -> None:
    """Have those mails sent that the story does not."""
    somebody = accounts()[-1].email
    await submit(forgetful, "/sign-in", "/sign-in", email=somebody)
    await submit(forgetful, "/sign-in/forgotten", "/sign-in/forgotten", email=somebody)
    token = server.token(OFFICER)  # of which its owner is told
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
        found = (await client.post(server.api, json={"query": PROJECT})).json()
        about = {"subject": found["data"]["projects"]["nodes"][0]["id"]}
        await client.post(server.api, json={"query": MENTION, "variables": about})


async def _invalid(found: Sequence[Letter]) -> int:
    problems = await html_problems([each.part("html") for each in found])
    for each in problems:
        print(
            f"mails {found[each['page']].kind}: {each['rule']} at {each['line']}: {each['message']}"
        )
    return len(problems)


async def _links(
    server: Server, found: Sequence[Letter], forgetful: httpx.AsyncClient
) -> list[Row]:
    """As whom each is opened: what lets somebody in, in the browser that asked for it; what is
    mailed to be used without an account, as nobody; the rest as its reader."""
    links: dict[str, set[str]] = defaultdict(set)
    for each in found:
        links["" if each.kind in BY_LINK else each.reader] |= each.links
    asked = {link for link in links[""] if urlsplit(link).path.startswith("/sign-in/")}
    links[""] -= asked
    answers = await asyncio.gather(
        _broken(forgetful, "whoever asked", asked),
        *(_broken_to(server, *each) for each in links.items()),
    )
    for said in (line for lines in answers for line in lines):
        print(f"mails link: {said}")
    number = len(asked) + sum(map(len, links.values()))
    return [Row("mails.broken_links", sum(map(len, answers)), at_most=0, of=number)]


async def _broken_to(server: Server, reader: str, links: set[str]) -> list[str]:
    async with browser_at(server) as browser:
        if reader:
            await enter(server, browser, reader)
        return await _broken(browser, reader or "anybody", links)


async def _broken(browser: httpx.AsyncClient, reader: str, links: set[str]) -> list[str]:
    answers = [(link, await _answer(browser, link)) for link in sorted(links)]
    return [f"{link} answers {reader} {said}" for link, said in answers if said != "200"]


async def _answer(browser: httpx.AsyncClient, link: str) -> str:
    """The status of where the link leads in the end; being asked to sign in is no answer."""
    answer = await browser.get(link, follow_redirects=True)
    asked = answer.url.path == "/sign-in" != urlsplit(link).path
    # The story goes on: what a link was to settle is settled since, and it leads on to that.
    if answer.status_code == httpx.codes.GONE and "next=/decisions/" in answer.text:
        return "200"
    return "by asking to sign in" if asked else str(answer.status_code)


def _unsigned(server: Server, found: Sequence[Letter]) -> int:
    """Signatures that do not verify by the records that the tracker says to publish."""
    lines = (line.split(" TXT ") for line in server.said("mail", "records").splitlines())
    records = {name.encode(): text.replace('" "', "").strip('"').encode() for name, text in lines}
    return sum(signatures_wrong(each, records) for each in found)


async def _spam(found: Sequence[Letter]) -> list[Row]:
    scores = await spam_scores(found)
    if scores is None:
        print("mails.spam_score: skipped, there is no spamassassin (apt install spamassassin)")
        return []
    worst, rules = max(scores)
    print(f"mails.spam_score: the worst by {rules}")
    return [Row("mails.spam_score", worst, at_most=SCORE_MOST)]
