"""Delivery, the ledger of every mail, and Suppression, addresses that get none."""

from typing import Any

from piccolo.columns import (
    UUID,
    Array,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    Serial,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.reference import LazyTableReference
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from tracker.domain.audit import PERSON
from tracker.domain.constraints import RESTRICT, one_of
from tracker.domain.database import DB
from tracker.domain.meaning import Meaning


class DeliveryKind(Meaning):
    """What a mail is."""

    DIGEST = "digest", "A digest of a period, or of a project that closed."
    HOOK = "hook", "A digest, posted to a channel of its reader's."
    MILESTONE = "milestone", "Milestones fall due, or are late: all that is to be said in a day."
    REMINDER = "reminder", "A report or a value is due, or nothing was heard of it."
    DECISION = "decision", "A decision waits."
    MENTION = "mention", "A comment names its reader."
    NOTICE = "notice", "Roles, deputies or a sign-on have changed, or a deputy decided."
    INVITATION = "invitation", "Somebody is asked to take up a role, by a link."
    SIGN_IN = "sign_in", "A link that signs in, sets a password or confirms an address."
    ACCOUNT = "account", "Something has happened to its reader's account, or is asked of them."


class Lane(Meaning):
    """Mails of one lane wait for each other, and never for those of another."""

    FAST = "fast", "Somebody sits and waits for it."
    USUAL = "usual", "It should come soon."
    BULK = "bulk", "Many of them fall due at once."
    HOOKS = "hooks", "Posted to addresses of their readers' own, not by the mail relay."


class DeliveryState(Meaning):
    """How far a mail is on its way. The row exists before anything is sent."""

    DUE = "due", "It is to be sent; it is not composed yet."
    READY = "ready", "Composed and frozen to the byte; waits to be sent."
    SENDING = "sending", "In a worker's hands; the relay cannot have accepted it yet."
    IN_DOUBT = (
        "in_doubt",
        "Handed to the relay, whose answer is not known; settled before anything is tried again.",
    )
    SENT = "sent", "Accepted by the relay."
    FAILED = "failed", "Given up: refused by policy, impossible, or tried in vain for days."
    BOUNCED = "bounced", "There is no such mailbox, says whoever would hold it."
    SUPPRESSED = "suppressed", "Not sent, because its address gets no mail."
    CANCELLED = "cancelled", "Not sent, because it was wanted or needed no more, or too old."


class DeliveryWait(Meaning):
    """What a mail waits for whose time of day has not come."""

    MORNING = "morning", "Its reader's morning, in which reminders come."
    QUIET_HOURS = "quiet_hours", "The end of its reader's quiet hours."


OPEN = ("due", "ready", "sending", "in_doubt")
"""States from which a mail still goes on."""

OPTIONAL = ("digest", "milestone", "reminder", "decision", "mention")
"""Kinds that a person may do without. Whoever has an account is told what becomes of it."""

LINKS = ("sign_in", "invitation")
"""Kinds whose mails are about the link that they carry: whoever needs another one asks for it."""

SECRET = (*LINKS, "milestone")
"""Kinds whose mails carry a link that opens something: nobody reads them in the database."""


def _in(values: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


_DELIVERY = LazyTableReference("Delivery", module_path=__name__)


class Delivery(Table, tablename="delivery", db=DB):
    """One mail to one recipient. What it is about is in the row that points to it, or in its
    content; times are of the database's clock."""

    id: Serial
    person: ForeignKey[Any] = ForeignKey(
        PERSON,
        on_delete=RESTRICT,
        null=True,
        default=None,
        index=True,
        help_text="Who gets it; none: somebody who is not here yet.",
    )
    address = Varchar(
        length=254,
        null=True,
        default=None,
        help_text="Where it goes; none: to the person's address, as of when it is composed.",
    )
    kind = Varchar(length=20, choices=DeliveryKind, help_text="What it is.")
    lane = Varchar(length=20, choices=Lane, help_text="What it waits for.")
    key = Varchar(length=120, help_text="What it is about; once per recipient and kind.")
    state = Varchar(
        length=20, choices=DeliveryState, default=DeliveryState.DUE, help_text="How far it is."
    )
    content = Text(
        null=True,
        default=None,
        secret=True,
        help_text="What it says beyond what other rows tell, encrypted; gone once composed.",
    )
    message = Bytea(
        null=True,
        default=None,
        secret=True,
        help_text="The whole mail, frozen before sending; encrypted if it carries a secret.",
    )
    sealed = Boolean(default=False, help_text="Whether it is kept encrypted, and not for long.")
    message_id = Varchar(
        length=200, null=True, default=None, unique=True, help_text="Message-ID of the mail."
    )
    relay = Varchar(
        length=100, null=True, default=None, help_text="The relay that it was given to last."
    )
    created_at = Timestamptz(help_text="When it fell due.")
    composed_at = Timestamptz(null=True, default=None, help_text="When it was written.")
    tried_at = Timestamptz(null=True, default=None, help_text="When it was first tried.")
    sent_at = Timestamptz(null=True, default=None, help_text="When the relay accepted it.")
    expires_at = Timestamptz(
        null=True, default=None, help_text="From when it is of no use and not sent any more."
    )
    attempts = SmallInt(default=0, help_text="How often sending was tried.")
    journalled = Boolean(
        default=False, help_text="Whether the journal was to get a copy at the last try."
    )
    doubts = SmallInt(default=0, help_text="How often it was tried again after a lost answer.")
    next_try_at = Timestamptz(help_text="From when it may be taken up.")
    waits_for = Varchar(
        length=20,
        choices=DeliveryWait,
        null=True,
        default=None,
        help_text="What it waits for until then, if for a time of day.",
    )
    lease_until = Timestamptz(
        null=True, default=None, help_text="Until when one worker holds it alone."
    )
    lease_token = UUID(
        null=True, default=None, help_text="Fencing token: only its holder may update the row."
    )
    last_error = Text(
        null=True, default=None, help_text="What went wrong last, or why it was not sent."
    )
    answers = Array(
        base_column=Text(),
        help_text="What came of each try that did not end well, with its instant and relay, the"
        " oldest first.",
    )
    resends: ForeignKey[Any] = ForeignKey(
        _DELIVERY,
        on_delete=RESTRICT,
        null=True,
        default=None,
        index=True,
        help_text="The first mail that said the same, if an administrator had it sent once more.",
    )

    delivery_kind_is_known = one_of("kind", DeliveryKind)
    delivery_lane_is_known = one_of("lane", Lane)
    delivery_state_is_known = one_of("state", DeliveryState)
    delivery_wait_is_known = one_of("waits_for", DeliveryWait)
    delivery_is_once_per_person_and_key = Unique([person, kind, key])
    delivery_goes_somewhere = Check("person IS NOT NULL OR address IS NOT NULL")
    delivery_sent_has_a_time = Check("(state = 'sent') <= (sent_at IS NOT NULL)")
    delivery_is_frozen_before_sending = Check(
        "state NOT IN ('ready', 'sending', 'in_doubt') OR (message IS NOT NULL AND"
        " message_id IS NOT NULL AND address IS NOT NULL)"
    )
    delivery_seals_secrets = Check(f"sealed OR kind NOT IN {_in(SECRET)}")
    delivery_forgets_secrets = Check(
        f"state IN {_in(OPEN)} OR (content IS NULL AND (message IS NULL OR NOT sealed))"
    )
    delivery_resends_another = Check("resends < id")
    delivery_is_held_by_its_token = Check("(lease_until IS NULL) = (lease_token IS NULL)")


class SuppressionReason(Meaning):
    """Why an address gets no mail."""

    BOUNCED = "bounced", "Mail to it was refused for good."
    COMPLAINED = "complained", "Its reader called a mail of ours unwanted."
    ASKED = "asked", "An administrator was asked to."


class Suppression(Table, tablename="suppression", db=DB):
    """An address that gets no mail until an administrator lifts that. Links that somebody asks for
    to sign in go there all the same: a forged bounce must lock nobody out."""

    id: Serial
    address = Varchar(length=254, help_text="The address, lower case.")
    reason = Varchar(length=20, choices=SuppressionReason, help_text="Why.")
    detail = Text(default="", help_text="What was said then, such as the relay's answer.")
    delivery = ForeignKey(
        Delivery,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The mail that it began with, if so.",
    )
    created_at = Timestamptz(help_text="Since when.")
    lifted_at = Timestamptz(null=True, default=None, help_text="When it was lifted, if so.")
    lifted_by: ForeignKey[Any] = ForeignKey(
        PERSON, on_delete=RESTRICT, null=True, default=None, help_text="Who lifted it."
    )
    lift_reason = Text(default="", help_text="Why it was lifted.")

    suppression_reason_is_known = one_of("reason", SuppressionReason)
    suppression_address_is_lower_case = Check("address = lower(address)")
    suppression_lifted_says_why = Check("(lifted_at IS NULL) = (lift_reason = '')")


class RelayBreaker(Table, tablename="relay_breaker", db=DB):
    """A mail relay that could not be reached, and is left alone for a while by all workers."""

    id: Serial
    name = Varchar(length=100, unique=True, help_text="The relay.")
    failures = SmallInt(help_text="How often in a row it could not be reached.")
    last_error = Text(help_text="What went wrong last.")
    failed_at = Timestamptz(help_text="When that was.")
    open_until = Timestamptz(help_text="Until when nobody tries.")


class DomainMinute(Table, tablename="domain_minute", db=DB):
    """How many mails were on their way to a domain in a minute, where there may be only so many."""

    id: Serial
    domain = Varchar(length=254, help_text="The domain of their readers' addresses.")
    minute = Timestamptz(help_text="When it began.")
    mails = Integer(help_text="How many.")

    domain_minute_is_counted_once = Unique([domain, minute])
