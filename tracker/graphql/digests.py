"""Digests."""

from datetime import datetime

from tracker.domain.digests import actions, reading, rules, tables
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, computed, one
from tracker.graphql.planner.aggregate import Aggregate, Figure, Key
from tracker.graphql.planner.kinds import DATE, INT
from tracker.graphql.registry import registry


@registry.node(tables.DigestSubscription, visible=rules.subscription_visible)
class DigestSubscription:
    """When a person gets the digest, in that person's own time zone."""

    cadence: auto
    weekday: auto
    month_day: auto
    hour: auto
    working_days: auto
    briefing: auto
    active: auto
    created_at: auto
    version: auto
    person = one("Person", null=True)


def _of_delivery(sql: str) -> str:
    ended = "('bounced', 'suppressed', 'cancelled')"
    return f"SELECT {sql.format(ended=ended)} FROM delivery vd WHERE vd.id = {{t}}.delivery"


def _of_first_mail(column: str) -> str:
    """Of the first mail that has it: the digest's own, or one that said the same once more."""
    return (
        f"SELECT vd.{column} FROM delivery vd WHERE vd.{column} IS NOT NULL"
        " AND (vd.id = {t}.delivery OR vd.resends = {t}.delivery) ORDER BY vd.id LIMIT 1"
    )


@registry.node(tables.DigestIssue, visible=rules.subscription_visible, order=("-id",))
class DigestIssue:
    """One digest for one person and period, kept as it was sent."""

    kind: auto
    period_key: auto
    period_from: auto
    period_to: auto
    language: auto
    created_at: auto
    composed_at: auto
    state = computed(
        tables.DigestState,
        _of_delivery("CASE WHEN vd.state IN {ended} THEN 'failed' ELSE vd.state END"),
        "How far it is.",
    )
    message_id = computed(str | None, _of_first_mail("message_id"), "Message-ID of the mail.")
    sent_at = computed(datetime | None, _of_first_mail("sent_at"), "When the relay accepted it.")
    attempts = computed(int, _of_delivery("vd.attempts"), "How often sending was tried.")
    doubts = computed(int, _of_delivery("vd.doubts"), "How often the relay's answer was lost.")
    last_error = computed(str | None, _of_delivery("vd.last_error"), "What went wrong last.")
    delivery = one("Delivery")
    person = one("Person", null=True)
    project = one("Project", null=True)
    subject = computed(str | None, "{t}.subject", "Subject as sent.", visible=rules.copy_visible)
    html = computed(str | None, "{t}.html", "HTML body as sent.", visible=rules.copy_visible)
    text = computed(str | None, "{t}.text", "Plain text body as sent.", visible=rules.copy_visible)
    sheet = computed(
        str | None,
        "{t}.sheet",
        "HTML that its briefing was made of, if one was sent with it.",
        visible=rules.copy_visible,
    )
    opened_at = computed(
        datetime | None,
        "{t}.opened_at",
        "When its reader first opened its web copy, if ever; for its reader alone.",
        visible=rules.issue_visible,
    )
    verdict = computed(
        tables.DigestVerdict | None,
        "{t}.verdict",
        "What its reader said of it last, if they did; for its reader alone.",
        visible=rules.issue_visible,
    )


@registry.node(tables.DigestFeed, visible=rules.subscription_visible, order=("-id",))
class DigestFeed:
    """An address at which a program reads a person's digests. The address itself was shown once and
    is not kept; it is made and revoked on the page of one's digests."""

    created_at: auto
    read_at: auto
    revoked_at: auto
    person = one("Person", null=True)


@registry.node(tables.DigestHook, visible=rules.subscription_visible, order=("-id",))
class DigestHook:
    """A channel that a person's digests are posted to as well. Its address and key are shown to
    nobody; it is set up and ended on the page of one's digests."""

    format: auto
    host: auto
    created_at: auto
    sent_at: auto
    failures: auto
    last_error: auto
    ended_at: auto
    gave_up: auto
    person = one("Person", null=True)


_SENT = "EXISTS (SELECT 1 FROM delivery vd WHERE vd.id = {t}.delivery AND vd.state = 'sent')"


_MONTH = "date_trunc('month', {t}.created_at AT TIME ZONE 'UTC')"
_SETTLED = f"({_MONTH} + interval '1 month {rules.SETTLED_DAYS} days') AT TIME ZONE 'UTC'"

# Whoever could choose whose digests are counted, subtract a sum from a larger one, or figures from
# those of an hour later, would learn what a single reader did: so months are told of whole or not
# at all, once nothing changes any more, and sums are of those alone.
_TOLD = (
    f"{_SETTLED} <= :now AND {_MONTH} IN (SELECT {_MONTH.format(t='vo')} FROM digest_issue vo"
    " JOIN delivery vd ON vd.id = vo.delivery AND vd.state = 'sent'"
    f" GROUP BY 1 HAVING count(DISTINCT vo.person) >= {rules.READERS_LEAST})"
)


def _received(condition: str, description: str) -> Figure:
    """How many of those sent, of months that are told of; null where there is none."""
    count = f"count(*) FILTER (WHERE {condition} AND {_SENT} AND {_TOLD})"
    return Figure(INT, f"CASE WHEN bool_or({_TOLD}) THEN {count} END", description, null=True)


registry.aggregate(
    "digestFigures",
    Aggregate(
        name="DigestFigures",
        over="DigestIssue",
        description="How digests are received, over all that you may know of, by the months in"
        " which they fell due. What readers did is told of whole months, and not of those in which"
        f" fewer than {rules.READERS_LEAST} people got one: it would tell on them. A month is told"
        f" of {rules.SETTLED_DAYS} days after its end, when its digests take no answers any more."
        " Sums are of the months that are told of; where there is none, they are null.",
        sources={},
        filtered=False,
        fields={
            "sent": Figure(INT, f"count(*) FILTER (WHERE {_SENT})", "Digests that were sent."),
            "counted": _received("true", "Those of months that are told of."),
            "opened": _received(
                f"{{t}}.opened_at < {_SETTLED}",
                "Those counted of which the web copy was opened by then.",
            ),
            "answered": _received(
                "{t}.verdict IS NOT NULL", "Those counted of which their readers said something."
            ),
            "useful": _received("{t}.verdict = 'useful'", "Those counted and found useful."),
            "notUseful": _received(
                "{t}.verdict = 'not_useful'", "Those counted and found not useful."
            ),
        },
        keys={
            "MONTH": Key(
                "month",
                f"{_MONTH}::date",
                "The month, by UTC, in which it fell due: its first day.",
                DATE,
            ),
        },
    ),
)

MUTATIONS = [
    *mutations(
        "DigestSubscription", actions.subscribe, actions.edit_subscription, actions.unsubscribe
    ),
    *mutations("DigestIssue", actions.send_now, reading.answer),
]

for field in ("state", "messageId", "sentAt", "attempts", "doubts", "lastError"):
    registry.deprecate(
        f"DigestIssue.{field}", until="2027-06-30", reason=f"Use delivery {{ {field} }}."
    )
