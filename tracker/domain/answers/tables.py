"""AnswerLink: a link in a mail that answers for one milestone or decision, once. InboundMail: that
a mail came in, and what became of it. StuckMail: that one in a mailbox could not be taken."""

from piccolo.columns import ForeignKey, OnDelete, Serial, SmallInt, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from tracker.domain.comments.tables import Comment
from tracker.domain.constraints import RESTRICT, one_of
from tracker.domain.database import DB
from tracker.domain.deliveries.tables import Delivery
from tracker.domain.meaning import Meaning
from tracker.domain.milestones.tables import Milestone
from tracker.domain.people.tables import Person
from tracker.domain.projects.tables import Decision


class AnswerLink(Table, tablename="answer_link", db=DB):
    """That a person may answer for one milestone or decision without signing in, once. Only the
    SHA-256 of the link's secret is kept."""

    id: Serial
    person = ForeignKey(
        Person, on_delete=RESTRICT, null=False, index=True, help_text="Who was asked."
    )
    milestone = ForeignKey(
        Milestone,
        on_delete=OnDelete.cascade,  # a plan that is not agreed yet may lose milestones
        null=True,
        default=None,
        index=True,
        help_text="What for, if for a milestone.",
    )
    decision = ForeignKey(
        Decision,
        on_delete=RESTRICT,
        null=True,
        default=None,
        index=True,
        help_text="What for, if for a decision.",
    )
    delivery = ForeignKey(
        Delivery, on_delete=RESTRICT, null=False, index=True, help_text="The mail that carries it."
    )
    token_hash = Varchar(length=64, unique=True, secret=True, help_text="SHA-256, hexadecimal.")
    created_at = Timestamptz(help_text="When the mail was written.")
    expires_at = Timestamptz(help_text="From when it opens nothing.")
    used_at = Timestamptz(null=True, default=None, help_text="When it was answered with, if so.")

    answer_link_is_for_one_thing = Check("(milestone IS NULL) <> (decision IS NULL)")


class InboundOutcome(Meaning):
    """What became of a mail that came in."""

    RECORDED = "recorded", "It is a comment now, or its files are evidence."
    REFUSED = "refused", "It could not be recorded; its sender was told why."
    FORGED = "forged", "It bore no token of ours, or came from somebody else than its reader."
    BOUNCED = "bounced", "It tells that a mail of ours could not be delivered."
    COMPLAINED = "complained", "It tells that the reader of a mail of ours called it unwanted."
    IGNORED = "ignored", "A program sent it by itself, or it says nothing."


REASON_MOST = 300
"""Characters of why nothing came of a mail that are kept."""


class InboundMail(Table, tablename="inbound_mail", db=DB):
    """That a mail came in, so that it is taken once. What it said is in the comment alone."""

    id: Serial
    message_hash = Varchar(
        length=64, unique=True, help_text="SHA-256 of what a reader answered, or else of all of it."
    )
    delivery = ForeignKey(
        Delivery,
        on_delete=RESTRICT,
        null=True,
        default=None,
        index=True,
        help_text="The mail that it replies to, or tells of, if any.",
    )
    comment = ForeignKey(
        Comment,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The comment that it became, if so.",
    )
    outcome = Varchar(length=20, choices=InboundOutcome, help_text="What became of it.")
    reason = Varchar(
        length=REASON_MOST,
        null=True,
        default=None,
        help_text="Why nothing came of it, in English, in our own words.",
    )
    received_at = Timestamptz(help_text="When it came in.")

    inbound_mail_outcome_is_known = one_of("outcome", InboundOutcome)


NAME_MOST = 300
"""Characters of the name of a mailbox, or of a mail in it, that are kept."""


class StuckMail(Table, tablename="stuck_mail", db=DB):
    """A mail in a mailbox that went wrong when it was taken. It is passed over for a while, longer
    each time, and after some days left to people, flagged in the mailbox; gone once it is taken."""

    id: Serial
    box = Varchar(length=NAME_MOST, help_text="The mailbox, without who signs in there.")
    key = Varchar(
        length=NAME_MOST,
        help_text="The mail in it: the name of its file, or its UIDVALIDITY and UID (IMAP).",
    )
    tries = SmallInt(help_text="How often it went wrong.")
    error = Varchar(length=100, help_text="What kind of error it was last; the log has it all.")
    since = Timestamptz(help_text="When it went wrong first.")
    next_try_at = Timestamptz(help_text="Until when it is passed over.")
    set_aside_at = Timestamptz(
        null=True, default=None, help_text="When it was flagged and left to people, if so."
    )

    stuck_mail_is_told_once = Unique([box, key])
