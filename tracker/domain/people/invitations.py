"""Invitations: somebody is asked by mail to take up a role, and comes by the link in it.

Who invites by a page or the API never learns the link, nor whether its address was known before: a
worker makes the link while it writes the mail, and a new link for each mail. Only
the command line hands a link out, for installations that send no mail yet.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain import clock
from tracker.domain.actor import SYSTEM, Actor
from tracker.domain.audit import change, create, load, record_new
from tracker.domain.cities import rules as cities
from tracker.domain.cities.tables import City
from tracker.domain.database import fetch, transaction
from tracker.domain.deliveries.claims import Claim
from tracker.domain.deliveries.ledger import call_off
from tracker.domain.deliveries.owing import Mailing, owe
from tracker.domain.deliveries.tables import DeliveryKind
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.installation import chosen
from tracker.domain.meaning import Meaning
from tracker.domain.messages import say, word
from tracker.domain.people import queries
from tracker.domain.people.profiles import Profile, checked_email, checked_profile
from tracker.domain.people.rules import fingerprint, invitation_visible, may_invite, place_wanted
from tracker.domain.people.sessions import end_signed_on
from tracker.domain.people.tables import Invitation, Membership, Person
from tracker.domain.people.telling import tell_of_role
from tracker.domain.problems import Problems
from tracker.domain.roles import SECRETARIAT, Role
from tracker.domain.visibility import everyone

INVITATION_DAYS = 14
DAYS_MOST = 14
SECRET_BYTES = 32
MAILS_MOST = 10
"""Mails for one invitation; more would only fill somebody's mailbox."""

GONE = say(
    "This invitation was accepted, withdrawn or replaced before, or is too old; ask for another."
)


class InvitationState(Meaning):
    """How an invitation stands."""

    OPEN = "open", "It can be accepted by the link in the mail."
    ACCEPTED = "accepted", "Its person has come and holds the role."
    EXPIRED = "expired", "Nobody accepted it in time; it can be sent again."
    WITHDRAWN = "withdrawn", "It was taken back, and its link is dead."


@dataclass(frozen=True, kw_only=True)
class InvitationDraft:
    """Whom to ask, and for what. Without a city, the role is one in the secretariat."""

    email: str
    role: Role
    city_id: int | None = None
    language: str = "en"
    days: int = INVITATION_DAYS


@dataclass(frozen=True)
class Offer:
    """An invitation as its invitee sees it before they accept. `person` is who they are here
    already, if anybody; then nothing more is asked of them."""

    email: str
    role: Role
    city: City | None
    invited_by: str
    language: str
    expires_at: datetime
    person: Person | None


@dataclass(frozen=True)
class Letter:
    """What a mail to an invitee holds, with the secret of its link."""

    offer: Offer
    secret: str


async def send_invitation(actor: Actor, draft: InvitationDraft) -> Invitation:
    """Ask somebody by mail to take up a role.

    Raises Invalid, NotFound for an unknown city, or Forbidden for all but the secretariat's
    administrator and, as to roles in their own city, a city's.
    """
    problems = Problems()
    email = checked_email(draft.email, problems)
    language = problems.language("language", draft.language)
    _check(draft, problems)
    async with transaction():
        if draft.city_id is not None:
            await load(actor, City, draft.city_id, cities.visible)
        await _require_inviter(actor, draft, email)
        if not problems.fields:
            await _check_new(draft, email, problems)
            await _check_room(actor, "email", problems)
        problems.raise_any()
        invitation = Invitation(
            email=email,
            city=draft.city_id,
            role=draft.role,
            language=language,
            invited_by=actor.person_id,
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(days=draft.days),
        )
        await create(actor, invitation, "invite")
        await _owe_mail(invitation)
    return invitation


async def invite_by_hand(draft: InvitationDraft) -> Letter:
    """Ask somebody, as the system, without a mail: whoever runs the installation hands the link
    over. An open invitation to the same is made anew, because its link cannot be shown again.

    Raises as `send_invitation` does.
    """
    async with transaction():
        found = await queries.open_invitation(
            draft.email.strip().lower(), draft.city_id, draft.role
        )
        row = (
            await send_invitation(SYSTEM, draft)
            if found is None
            else await resend_invitation(SYSTEM, found)
        )
        await _call_off(row, say("The link was handed over."))
        secret = secrets.token_urlsafe(SECRET_BYTES)
        text = "UPDATE invitation SET token_hash = $2, delivery = NULL WHERE id = $1"
        await fetch(text, row.id, fingerprint(secret))
        return Letter(await _offer(row), secret)


async def resend_invitation(actor: Actor, invitation_id: int) -> Invitation:
    """Mail a new link, which counts for another two weeks; the old one is dead at once.

    Raises Invalid for one that was accepted or withdrawn, NotFound, or Forbidden.
    """
    async with change(actor, Invitation, invitation_id, invitation_visible, "resend") as row:
        _require_open(actor, row)
        if row.mails >= MAILS_MOST:
            text = say(
                "{mails} mails were sent for it; withdraw it, and ask by other means.",
                mails=MAILS_MOST,
            )
            raise Invalid({"invitation_id": [text]})
        problems = Problems()
        await _check_room(actor, "invitation_id", problems)
        problems.raise_any()
        await _kill_link(row)
        row.expires_at = clock.now() + timedelta(days=INVITATION_DAYS)
        await _call_off(row, say("Another mail took its place."))
        await _owe_mail(row)
    return row


async def withdraw_invitation(actor: Actor, invitation_id: int) -> Invitation:
    """Take an invitation back; its link is dead at once.

    Raises Invalid for one that was accepted or withdrawn, NotFound, or Forbidden.
    """
    async with change(actor, Invitation, invitation_id, invitation_visible, "withdraw") as row:
        _require_open(actor, row)
        await _kill_link(row)
        await _call_off(row, NEEDLESS)
        row.withdrawn_at = clock.now()
    return row


async def offer_of(secret: str) -> Offer:
    """What the link with this secret offers. Raises Invalid when it counts no longer."""
    row = await _by_secret(secret)
    if row is None:
        raise Invalid({"link": [GONE]})
    return await _offer(row)


async def accept(secret: str, profile: Profile, signed_in: int | None = None) -> Person:
    """Take up the role that the link offers, once. Somebody new is made from the profile, and the
    caller opens their first session. Who is here already stays as they are, and has signed in, as
    the person with the number `signed_in`: a link that waits for two weeks opens no account.

    Raises Invalid for a link that counts no longer, or a profile that cannot be meant, or where
    its person has yet to sign in.
    """
    async with transaction():
        row = await _by_secret(secret)
        if row is None:
            raise Invalid({"link": [GONE]})
        known = await Person.objects().get(Person.email == row.email)
        if known and known.id != signed_in:
            raise Invalid({"link": [say("Sign in as {name} first, then accept.", name=known.name)]})
        person = known or await make_person(row.email, profile)
        await take_up(person, row.id)
        return person


async def take_up(person: Person, invitation_id: int) -> Membership | None:
    """The person, who has proved to be the invitee, accepts; None for a role that they hold
    already. Inside the caller's transaction. Raises Invalid when it was closed meanwhile."""
    actor = Actor(person_id=person.id, name=person.name)
    async with change(actor, Invitation, invitation_id, everyone, "accept") as row:
        if not _is_open(row) or not await _still_offered(row, person):
            raise Invalid({"link": [GONE]})
        await _kill_link(row)
        row.accepted_at = clock.now()
        row.person = person.id
    role = Role(row.role)
    if await queries.holds(person.id, row.city, role):
        return None
    membership = Membership(person=person.id, city=row.city, role=role, started_at=clock.now())
    await end_signed_on(actor, city_id=row.city, person_id=person.id)
    await create(actor, membership, "join")
    await tell_of_role(actor, membership, "join")
    return membership


async def _still_offered(row: Invitation, person: Person) -> bool:
    """Whether who invited might do so today, and is not the one invited under another address."""
    if row.invited_by is None:
        return True
    found = await Person.objects().get(Person.id == row.invited_by)
    inviter = found and await queries.actor_by_email(found.email)
    if not inviter:
        return False
    alone = row.invited_by == person.id and not may_invite(inviter, None)
    return may_invite(inviter, row.city) and not alone


async def letters(claims: Sequence[Claim]) -> dict[int, Letter]:
    """What each of the deliveries is to say, with a new link, by the delivery's number. The links
    count once they are kept (`keep_links`)."""
    found: dict[int, Letter] = {}
    for claim in claims:
        row = await Invitation.objects().get(Invitation.delivery == claim.id)
        if row is not None:
            found[claim.id] = Letter(await _offer(row), secrets.token_urlsafe(SECRET_BYTES))
    return found


async def needless(claims: Sequence[Claim]) -> dict[int, str]:
    """The deliveries whose invitations were accepted or withdrawn, and why they are not sent."""
    rows = await fetch(_OPEN, [each.id for each in claims])
    still = {row["delivery"] for row in rows}
    return {each.id: NEEDLESS for each in claims if each.id not in still}


async def keep_links(secrets_of: Mapping[int, str]) -> None:
    """Have the links count that these deliveries carry, in the transaction in which their mails
    are frozen."""
    hashes = [fingerprint(each) for each in secrets_of.values()]
    await fetch(_KEEP, list(secrets_of), hashes)


_OPEN = """SELECT delivery FROM invitation WHERE delivery = ANY($1::int[])
AND accepted_at IS NULL AND withdrawn_at IS NULL"""

_KEEP = """UPDATE invitation i SET token_hash = k.hash
FROM unnest($1::int[], $2::text[]) AS k (delivery, hash) WHERE i.delivery = k.delivery"""

NEEDLESS = say("The invitation was accepted or withdrawn.")


async def _owe_mail(row: Invitation) -> None:
    """A mail for the invitation, in the caller's transaction."""
    person = await Person.objects().get(Person.email == row.email)
    mailing = Mailing(
        kind=DeliveryKind.INVITATION,
        key=f"{row.id}:{row.mails + 1}",
        person_id=person.id if person else None,
        address=row.email,
        expires_at=row.expires_at,
    )
    [row.delivery] = (await owe([mailing])).values()
    row.mails += 1
    text = "UPDATE invitation SET delivery = $2, mails = $3 WHERE id = $1"
    await fetch(text, row.id, row.delivery, row.mails)


async def _call_off(row: Invitation, why: str) -> None:
    if row.delivery is not None:
        await call_off(row.delivery, why)


def _check(draft: InvitationDraft, problems: Problems) -> None:
    held_in_secretariat = draft.role in SECRETARIAT
    problems.unless(
        held_in_secretariat == (draft.city_id is None),
        "city_id",
        place_wanted(draft.role),
    )
    problems.unless(
        1 <= draft.days <= DAYS_MOST, "days", say("Must lie between 1 and {days}.", days=DAYS_MOST)
    )


async def _require_inviter(actor: Actor, draft: InvitationDraft, email: str) -> None:
    """Raises Forbidden, also for a city's administrator who invites themselves."""
    if not may_invite(actor, draft.city_id):
        raise Forbidden(
            say(
                "The secretariat's administrator invites anybody, a city's administrator people"
                " of their own city."
            )
        )
    own = await Person.exists().where(Person.id == actor.person_id, Person.email == email)
    if own and not may_invite(actor, None):
        raise Forbidden(say("Nobody invites themselves; ask another administrator."))


async def _check_new(draft: InvitationDraft, email: str, problems: Problems) -> None:
    """Both are seen by whoever may invite there, so neither tells of anybody elsewhere."""
    person = await Person.objects().get(Person.email == email)
    if person and await queries.holds(person.id, draft.city_id, draft.role):
        problems.add(
            "email",
            say("{email} already is {role} there.", email=email, role=word(draft.role.words)),
        )
    elif await queries.open_invitation(email, draft.city_id, draft.role) is not None:
        problems.add(
            "email",
            say(
                "{email} is already invited to be {role} there.",
                email=email,
                role=word(draft.role.words),
            ),
        )


async def _check_room(actor: Actor, field: str, problems: Problems) -> None:
    """Whichever way invitations are sent, each is a mail to somebody who has not asked for it."""
    limit = chosen().limits("invitation").account
    if not limit.most or actor.person_id is None:
        return
    # The lock has the invitations of one inviter counted one after the other.
    await fetch("SELECT 1 FROM person WHERE id = $1 FOR NO KEY UPDATE", actor.person_id)
    [row] = await fetch(_SENT, actor.person_id, clock.now() - timedelta(seconds=limit.seconds))
    problems.unless(
        row["sent"] < limit.most,
        field,
        say("You have sent {most} lately; go on later.", most=limit.most),
    )


_SENT = """SELECT count(*) AS sent FROM audit_event
WHERE subject_type = 'invitation' AND verb IN ('invite', 'resend') AND actor = $1 AND at > $2"""


def _require_open(actor: Actor, row: Invitation) -> None:
    """Raises Forbidden or Invalid."""
    if not may_invite(actor, row.city):
        raise Forbidden(say("Only an administrator changes invitations."))
    if row.accepted_at or row.withdrawn_at:
        done = word("accepted" if row.accepted_at else "withdrawn")
        raise Invalid({"invitation_id": [say("This invitation was {done} before.", done=done)]})


async def _kill_link(row: Invitation) -> None:
    """By a statement of its own: secrets are no part of what `change` looks after."""
    await fetch("UPDATE invitation SET token_hash = NULL WHERE id = $1", row.id)


def _is_open(row: Invitation) -> bool:
    return not row.accepted_at and not row.withdrawn_at and row.expires_at > clock.now()


async def _by_secret(secret: str) -> Invitation | None:
    row = await Invitation.objects().get(Invitation.token_hash == fingerprint(secret))
    return row if row and _is_open(row) else None


async def _offer(row: Invitation) -> Offer:
    person = await Person.objects().get(Person.email == row.email)
    inviter = await Person.objects().get(Person.id == row.invited_by) if row.invited_by else None
    return Offer(
        email=row.email,
        role=Role(row.role),
        city=await City.objects().get(City.id == row.city) if row.city else None,
        invited_by=inviter.name if inviter else "",
        language=person.language if person else row.language,
        expires_at=row.expires_at,
        person=person,
    )


async def make_person(email: str, profile: Profile) -> Person:
    """Somebody new, by their own deed. Raises Invalid."""
    problems = Problems()
    columns = checked_profile(profile, problems)
    problems.raise_any()
    person = Person(email=email, created_at=clock.now(), **columns)
    await person.save()
    await record_new(Actor(person_id=person.id), person, "join")
    return person
