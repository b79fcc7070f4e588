"""DigestSubscription and DigestIssue, which is what a digest says; how far it is on its way is its
delivery's. DigestFeed, by whose address a program reads the issues; DigestHook, a channel that they
are posted to."""

from piccolo.columns import (
    Boolean,
    ForeignKey,
    Integer,
    Serial,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from tracker.domain.constraints import RESTRICT, one_of
from tracker.domain.database import DB
from tracker.domain.deliveries.tables import Delivery
from tracker.domain.meaning import Meaning
from tracker.domain.people.tables import Person
from tracker.domain.projects.tables import Project


class Cadence(Meaning):
    """How often a person wants the digest."""

    DAILY = "daily", "Every day, at the hour that the person chose."
    WEEKLY = "weekly", "Once a week, on the weekday that the person chose."
    FORTNIGHTLY = "fortnightly", "Every second week, on the weekday that the person chose."
    MONTHLY = "monthly", "Once a month, on the day of the month that the person chose."
    QUARTERLY = (
        "quarterly",
        "In January, April, July and October, on the day of the month that the person chose.",
    )


class DigestKind(Meaning):
    """What a digest is about."""

    PERIODIC = (
        "periodic",
        "Sent at the cadence of the person's subscription, over all of the city's projects.",
    )
    CLOSING = "closing", "Sent when a project closes, about that project."


class DigestState(Meaning):
    """How far the mail of a digest is: what clients of the API asked before its delivery told."""

    DUE = "due", "Its time has come; it is not composed yet."
    READY = "ready", "Composed and frozen to the byte; waits to be sent."
    SENDING = "sending", "In a worker's hands; the relay cannot have accepted it yet."
    IN_DOUBT = (
        "in_doubt",
        "Handed to the relay, whose answer is not known; settled before anything is tried again.",
    )
    SENT = "sent", "Accepted by the relay."
    FAILED = "failed", "Not sent: given up, refused for good, or not wanted any more."


class DigestVerdict(Meaning):
    """What its reader says of a digest."""

    USEFUL = "useful", "It told its reader what they needed."
    NOT_USEFUL = "not_useful", "It did not."


class DigestSubscription(Table, tablename="digest_subscription", db=DB):
    """When a person gets the digest, in that person's own time zone."""

    id: Serial
    person = ForeignKey(
        Person, on_delete=RESTRICT, null=False, unique=True, help_text="Who gets it."
    )
    cadence = Varchar(length=20, choices=Cadence, default=Cadence.WEEKLY, help_text="How often.")
    weekday = SmallInt(
        default=1, help_text="ISO weekday of a weekly or fortnightly one: Monday is 1."
    )
    month_day = SmallInt(
        default=1, help_text="Day of the month of a monthly or quarterly one, 1 to 28."
    )
    hour = SmallInt(default=8, help_text="Local hour from which it may be sent, 0 to 23.")
    working_days = Boolean(
        default=True,
        help_text="Whether one that falls on a weekend or a public holiday of the person's city"
        " waits for the next working day.",
    )
    briefing = Boolean(
        default=False, help_text="Whether the mail brings what it says as a PDF of one page, too."
    )
    active = Boolean(default=True, help_text="Whether it is sent at all.")
    created_at = Timestamptz(help_text="Since when.")
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    digest_subscription_cadence_is_known = one_of("cadence", Cadence)
    digest_subscription_weekday_is_one_to_seven = Check("weekday BETWEEN 1 AND 7")
    digest_subscription_month_day_is_in_every_month = Check("month_day BETWEEN 1 AND 28")
    digest_subscription_hour_is_on_the_clock = Check("hour BETWEEN 0 AND 23")


class DigestIssue(Table, tablename="digest_issue", db=DB):
    """One digest for one person and period, kept as it was sent."""

    id: Serial
    person = ForeignKey(
        Person, on_delete=RESTRICT, null=False, index=True, help_text="Who gets it."
    )
    kind = Varchar(length=20, choices=DigestKind, help_text="Periodic, or at a closing.")
    project = ForeignKey(
        Project,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The project that closed, if it is about one.",
    )
    period_key = Varchar(
        length=40, help_text="The period in the person's own calendar, such as 2026-W47."
    )
    period_from = Timestamptz(help_text="Start of the period, included.")
    period_to = Timestamptz(help_text="End of the period, excluded.")
    language = Varchar(length=35, default="en", help_text="Language it is written in, BCP 47.")
    subject = Varchar(length=998, null=True, default=None, help_text="Subject as sent.")
    html = Text(null=True, default=None, help_text="HTML body as sent.")
    text = Text(null=True, default=None, help_text="Plain text body as sent.")
    sheet = Text(
        null=True,
        default=None,
        help_text="What its briefing was made of: the HTML with what a page has room for.",
    )
    created_at = Timestamptz(help_text="When it fell due.")
    composed_at = Timestamptz(null=True, default=None, help_text="When its data were read.")
    delivery = ForeignKey(
        Delivery, on_delete=RESTRICT, null=False, unique=True, help_text="The mail of it."
    )
    opened_at = Timestamptz(
        null=True, default=None, help_text="When its reader first opened its web copy, if ever."
    )
    verdict = Varchar(
        length=20,
        null=True,
        default=None,
        choices=DigestVerdict,
        help_text="What its reader said of it last, if they did.",
    )

    digest_issue_verdict_is_known = one_of("verdict", DigestVerdict)
    digest_issue_kind_is_known = one_of("kind", DigestKind)
    digest_issue_period_is_not_empty = Check("period_from < period_to")
    digest_issue_is_once_per_person_and_period = Unique([person, kind, period_key])


class DigestFeed(Table, tablename="digest_feed", db=DB):
    """An address at which a program reads a person's digests. It holds a secret, of which only the
    SHA-256 is kept; one counts at a time."""

    id: Serial
    person = ForeignKey(
        Person, on_delete=RESTRICT, null=False, index=True, help_text="Whose digests they are."
    )
    token_hash = Varchar(length=64, unique=True, secret=True, help_text="SHA-256, hexadecimal.")
    created_at = Timestamptz(help_text="Since when there is this address.")
    read_at = Timestamptz(
        null=True, default=None, help_text="When it was last read, to some minutes, if ever."
    )
    revoked_at = Timestamptz(null=True, default=None, help_text="When it was revoked, if so.")


class HookFormat(Meaning):
    """How a digest is written for a channel."""

    SLACK = "slack", "Slack: an incoming webhook."
    TEAMS = "teams", "Microsoft Teams: a workflow that begins when a webhook request is received."
    MATTERMOST = "mattermost", "Mattermost: an incoming webhook."


class DigestHook(Table, tablename="digest_hook", db=DB):
    """A channel that a person's digests are posted to as well. Whoever knows its address can write
    there, so that is kept encrypted, as is the key that the posts are signed with."""

    id: Serial
    person = ForeignKey(
        Person, on_delete=RESTRICT, null=False, index=True, help_text="Whose digests they are."
    )
    format = Varchar(length=20, choices=HookFormat, help_text="How they are written.")
    host = Varchar(length=253, help_text="The server that they are posted to.")
    address = Text(secret=True, help_text="The whole address, encrypted.")
    key = Text(secret=True, help_text="What the posts are signed with, encrypted.")
    created_at = Timestamptz(help_text="When it was set up.")
    sent_at = Timestamptz(
        null=True, default=None, help_text="When the server last took a digest, if ever."
    )
    failures = SmallInt(default=0, help_text="How often it failed since.")
    last_error = Text(null=True, default=None, help_text="What went wrong last, if it did since.")
    ended_at = Timestamptz(null=True, default=None, help_text="When it was ended, if so.")
    gave_up = Boolean(
        default=False, help_text="Whether it was ended because it failed again and again."
    )

    digest_hook_format_is_known = one_of("format", HookFormat)
    digest_hook_gives_up_by_ending = Check("ended_at IS NOT NULL OR NOT gave_up")
