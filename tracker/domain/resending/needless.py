"""Why a mail would not be sent, were it owed once more: what workers ask when its turn comes, as
far as it can be known without reading as its reader."""

from collections.abc import Callable, Mapping

from piccolo.columns.combination import WhereRaw
from piccolo.table import Table

from tracker.domain.actor import Actor
from tracker.domain.comments import rules as comments
from tracker.domain.comments.tables import Comment
from tracker.domain.deliveries.rules import LEFT, UNWANTED
from tracker.domain.deliveries.tables import Delivery
from tracker.domain.digests import issues
from tracker.domain.messages import Message, say
from tracker.domain.notices.mailing import SETTLING
from tracker.domain.notices.tables import Notice
from tracker.domain.people import queries
from tracker.domain.people import rules as people
from tracker.domain.people.sign_on_tables import SignOn
from tracker.domain.people.tables import Delegation, Membership, Person
from tracker.domain.projects import rules as projects
from tracker.domain.projects.tables import Decision, DecisionState
from tracker.domain.reminders.mailing import DONE, done
from tracker.domain.visibility import bound

NOTHING = say("There is nothing to tell any more, or not to this reader.")

DECIDED = say("It is decided already.")

TOLD: Mapping[str, tuple[type[Table], Callable[[str], str]]] = {
    "membership": (Membership, people.membership_visible),
    "sign_on": (SignOn, people.sign_on_visible),
    "delegation": (Delegation, people.delegation_visible),
    "comment": (Comment, comments.visible),
    "decision": (Decision, projects.decision_visible),
}
"""What notices tell of, and who sees it."""


async def needless(mail: Delivery) -> Message | None:
    """Why nobody needs the mail any more, or may read it; None where nothing speaks against it. Its
    reader's rights may change until its turn comes, so that it is asked again then."""
    if mail.person is None:
        return None
    person = await Person.objects().get(Person.id == mail.person)
    reader = await queries.actor_by_email(person.email) if person else None
    if person is None or reader is None:
        return LEFT
    if mail.kind in person.unwanted_mails:
        return UNWANTED
    return await _settled(reader, mail.resends or mail.id)


async def _settled(reader: Actor, number: int) -> Message | None:
    """What was done meanwhile to that which the mail of this number tells."""
    if why := (await issues.needless([number])).get(number):
        # Whether it was sent before its reader unsubscribed is nothing to this one.
        return UNWANTED if why is issues.UNSUBSCRIBED else why
    if await done([number]):
        return DONE
    notice = await Notice.objects().where(Notice.delivery == number).first()
    return await _over(reader, notice) if notice is not None else None


async def _over(reader: Actor, notice: Notice) -> Message | None:
    """Why what a notice tells is not there any more for its reader to see, or to settle."""
    table, visible = TOLD[notice.subject_type]
    condition, values = bound(visible(table._meta.tablename), reader)
    row = (
        await table.objects()
        .where(table._meta.primary_key == notice.subject_id, WhereRaw(condition, *values))
        .first()
    )
    if row is None or getattr(row, "withdrawn_at", None) is not None:
        return NOTHING
    settled = isinstance(row, Decision) and row.state != DecisionState.PENDING
    return DECIDED if settled and notice.verb not in SETTLING else None
