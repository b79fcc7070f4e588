"""Every address, knocked at by every viewer: who gets an answer, and what stands in its bytes."""

from collections.abc import Iterator
from typing import Any

from litestar import Litestar

from tests.matrix.cells import Asking
from tests.matrix.classified import ROUTE, read
from tests.matrix.exports import own_data
from tests.matrix.sight import sees
from tests.web.browser import DOMAIN, Browser
from tracker.domain.roles import Permission
from tracker.settings import Settings
from tracker.storage import path

NOUNS = {
    "erasures": "Person",
    "projects": "Project",
    "milestones": "Milestone",
    "evidence": "Evidence",
    "decisions": "Decision",
    "plan-changes": "PlanChange",
    "transactions": "Transaction",
    "budget-lines": "BudgetLine",
    "reports": "StatusReport",
    "results": "Result",
    "indicators": "Indicator",
    "dimensions": "Dimension",
    "library": "IndicatorDefinition",
    "practices": "Practice",
    "periods": "Period",
    "requests": "Request",
    "risks": "Risk",
    "values": "Value",
    "comments": "Comment",
    "discussions": "Milestone",
    "digests": "DigestIssue",
    "deliveries": "Delivery",
    "suppressions": "Suppression",
    "tokens": "ApiToken",
    "invitations": "Invitation",
    "sign-ons": "SignOn",
    "sign-on": "City",
    "account": "Session",
    "delegations": "Delegation",
    "memberships": "Membership",
    "people": "Person",
    "roles": "Membership",
}
"""First word of an address -> the type whose rows it is about."""

VERBS = {"projects": "suspend", "milestones": "move", "values": "approve", "risks": "assess",
         "comments": "edit"}  # fmt: skip

ROWS_MOST = 25
"""Rows that an address is tried with, of the first and of the last each."""


async def knock(asking: Asking, app: Litestar, settings: Settings, most: int = ROWS_MOST) -> None:
    """All addresses, as one viewer."""
    _store_files(asking, settings)
    browser = Browser(app)
    key = asking.world.keys.of[asking.name][0]
    if key.secret:
        browser.client.cookies.set("session", key.secret, domain=DOMAIN, path="/")
    for door, listed in read()["routes"].items():
        for route in ROUTE.findall(listed):
            method, address = route.split()
            for number, at in _addresses(asking, door, address, most):
                page = await browser.client.request(method, at)
                if at == "/account/data/export":
                    own_data(asking, page.content)
                else:
                    asking.scan(page.content, f"{method} {at}")
                asking.scan(str(page.headers).encode(), f"{method} {at}")
                _judge(asking, door, f"{method} {at}", address, number, page)
    await browser.client.aclose()


def _judge(asking: Asking, door: str, at: str, address: str, number: int, page: Any) -> None:
    """Whether that one should have been let in."""
    name, tally, status = asking.name, asking.tally, page.status_code
    tally.deny(f"{name} {at} broke", [status] if status >= 500 else [], ())
    public = asking.viewer.person_id is None
    if door == "row":
        there = sees(asking.world, asking.viewer, NOUNS[address.split("/")[1]], number)
        if NOUNS[address.split("/")[1]] == "Evidence":
            there = there and asking.world.rows["Evidence"][number]["file_key"] is not None
        tally.compare(f"{name} {at}", [status], [200 if there else 404])
    elif door == "signed_in" and public and at.startswith("GET"):
        tally.compare(f"{name} {at}", [status, page.headers.get("location", "")[:8]],
                      [303, "/sign-in"])  # fmt: skip
    elif door == "signed_in" and at.startswith("GET") and number:
        there = sees(asking.world, asking.viewer, NOUNS[address.split("/")[1]], number)
        tally.deny(f"{name} {at}", [] if there or status >= 300 else [status], ())
    elif door == "signed_in" and public:
        tally.deny(f"{name} {at}", [status] if status < 300 else [], ())
    elif door == "secretariat":
        tally.compare(
            f"{name} {at}", [status], [200 if asking.viewer.may(Permission.REVIEW) else 404]
        )
    elif door == "administrator" and at.startswith("GET"):
        expected = 200 if asking.viewer.may(Permission.MANAGE_PEOPLE) else 303 if public else 403
        tally.compare(f"{name} {at}", [status], [expected])
    elif door == "demonstration":
        tally.deny(f"{name} {at}", [status] if status < 400 else [], ())


def _addresses(asking: Asking, door: str, address: str, most: int) -> Iterator[tuple[int, str]]:
    """The address with rows filled in; once, where it is about none."""
    words = address.split("/")
    fixed = address.replace("{secret}", "x" * 43).replace("{name}", "tracker.css")
    fixed = fixed.replace("{starts_on}", "2026-01-01").replace("{kind}", "milestone")
    fixed = fixed.replace("{verb}", VERBS.get(words[1], "x"))
    if door == "demonstration":  # its mails are files, and no rows
        fixed = fixed.replace("{number}", "0")
    if "{number}" not in fixed and "{code}" not in fixed:
        yield 0, fixed
        return
    rows = asking.world.rows[NOUNS[words[1]]]
    most = most if door == "row" else 3
    evidence = next(iter(asking.world.rows["Evidence"]))
    # The first and the last: those of the finished and of the hidden.
    for number in list(dict.fromkeys([*list(rows)[:most], *list(rows)[-most:]])):
        given = {"{number}": str(number), "{code}": rows[number].get("code", "").split(" ")[0]}
        at = fixed.replace("{evidence}", str(evidence))
        for key, value in given.items():
            at = at.replace(key, value)
        yield number, at


def _store_files(asking: Asking, settings: Settings) -> None:
    for row in asking.world.rows["Evidence"].values():
        if row["file_key"]:
            file = path(settings, row["file_key"])
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"%PDF-1.7 a")
