"""How digests are received, without a trace in the mail: what its reader says of one by the link
that it carries, and that they opened its web copy. Both are their own; others see figures alone.

The link names one digest, sealed: nobody makes one up or reads it, and it opens nothing else.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tracker.domain import clock, sealing
from tracker.domain.actor import Actor
from tracker.domain.audit import change
from tracker.domain.database import fetch
from tracker.domain.digests.rules import answered_until, issue_visible
from tracker.domain.digests.tables import DigestIssue, DigestVerdict
from tracker.domain.errors import Invalid
from tracker.domain.messages import say
from tracker.domain.people import queries
from tracker.domain.people.tables import Person

ABOUT = "digest verdict"


class Gone(Invalid):
    """The link is none of ours, too old, or its person has left."""

    def __init__(self) -> None:
        super().__init__({"link": [say("This link counts no longer.")]})


@dataclass(frozen=True)
class Asked:
    """Which digest a link asks about, as whom it is answered, and what they said last, and when;
    `days` are the first and the last of its period, by its reader's clock, as the digest says
    them."""

    actor: Actor
    issue: DigestIssue
    verdict: DigestVerdict | None
    answered_at: datetime | None
    days: tuple[date, date]


def token(issue_id: int) -> str:
    """What the digest carries."""
    return sealing.sealed(str(issue_id), ABOUT)


async def asked(given: str) -> Asked:
    """What the link is about. Raises Gone."""
    try:
        number = int(sealing.unsealed(given, ABOUT))
    except (sealing.Unreadable, ValueError, TypeError) as error:
        raise Gone from error
    issue = await DigestIssue.objects().get(DigestIssue.id == number)
    person = await Person.objects().get(Person.id == issue.person) if issue else None
    actor = await queries.actor_by_email(person.email) if person else None
    if issue is None or person is None or actor is None or _is_settled(issue):
        raise Gone
    zone = ZoneInfo(person.time_zone)
    days = (issue.period_from.astimezone(zone).date(), issue.period_to.astimezone(zone).date())
    verdict = DigestVerdict(issue.verdict) if issue.verdict else None
    [answered] = await fetch(_ANSWERED, issue.id)
    return Asked(actor, issue, verdict, answered["at"], days)


_ANSWERED = """SELECT max(at) AS at FROM audit_event
WHERE subject_type = 'digest_issue' AND subject_id = $1 AND verb = 'answer'"""


async def answer_by_link(given: str, said: str, request_id: str | None) -> None:
    """Say so of the link's digest, whoever is signed in. Raises Gone, or Invalid for no verdict."""
    found = await asked(given)
    if said not in set(DigestVerdict):
        raise Invalid({"verdict": [say("Choose whether it was useful.")]})
    actor = replace(found.actor, request_id=request_id)
    await answer(actor, found.issue.id, DigestVerdict(said))


async def answer(actor: Actor, digest_issue_id: int, verdict: DigestVerdict) -> DigestIssue:
    """Say whether a digest of one's own was useful; the last answer counts.

    Raises NotFound, also for another's, or Invalid once figures tell of its month.
    """
    async with change(actor, DigestIssue, digest_issue_id, issue_visible, "answer") as issue:
        if _is_settled(issue):
            text = say("This digest takes no answers any more; say it of a newer one.")
            raise Invalid({"digest_issue_id": [text]})
        issue.verdict = verdict.value
    return issue


def _is_settled(issue: DigestIssue) -> bool:
    return answered_until(issue.created_at) <= clock.now()


async def open_copy(actor: Actor, digest_issue_id: int) -> DigestIssue:
    """Note that its reader has opened the web copy of a digest, the first time only.

    Raises NotFound, also for another's.
    """
    async with change(actor, DigestIssue, digest_issue_id, issue_visible, "open_copy") as issue:
        issue.opened_at = issue.opened_at or clock.now()
    return issue
