"""Mails on their way: how far each is, what became of how many, and addresses that get none. What
one says is its reader's."""

from datetime import date

from tracker.domain.answers import tables as inbound
from tracker.domain.deliveries import operating, rules, suppressing, tables
from tracker.domain.resending.actions import resend
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, computed, many, one
from tracker.graphql.planner.aggregate import Aggregate, Figure, Key
from tracker.graphql.planner.kinds import DATE, INSTANT, INT, TEXT, enumeration
from tracker.graphql.registry import registry

_HEAD = "split_part(encode({t}.message, 'escape'), E'\\r\\n\\r\\n', 1)"

HEADERS = (
    "^(From|To|Date|Message-ID|Auto-Submitted|List-Id|Content-Type|Content-Language"
    "|MIME-Version|DKIM-Signature):"
)
"""Headers that say nothing of what a mail is about, and open nothing."""


@registry.node(tables.Delivery, visible=rules.visible, plural="deliveries", order=("-id",))
class Delivery:
    """One mail to one recipient: its envelope, and how far it is on its way."""

    kind: auto
    lane: auto
    key: auto
    state: auto
    address: auto
    message_id: auto
    relay: auto
    created_at: auto
    composed_at: auto
    tried_at: auto
    sent_at: auto
    expires_at: auto
    attempts: auto
    doubts: auto
    next_try_at: auto
    waits_for: auto
    last_error: auto
    answers: auto
    sealed: auto
    headers = computed(
        list[str],
        "coalesce((SELECT array_agg(vh) FROM regexp_split_to_table("
        f"CASE WHEN NOT {{t}}.sealed THEN {_HEAD} END, E'\\r\\n(?![ \\t])') vh"
        f" WHERE vh ~* '{HEADERS}'), ARRAY[]::text[])",
        "The mail's headers as frozen, as far as they say nothing of its content; none before it is"
        " written, of mails that carry a link, and 30 days after it ended.",
    )
    message = computed(
        str | None,
        "CASE WHEN NOT {t}.sealed THEN encode({t}.message, 'escape') END",
        "The whole mail as frozen, for its reader alone; null before it is written, of mails that"
        " carry a link, and 30 days after it ended.",
        visible=rules.content_visible,
    )
    person = one("Person", null=True)
    resends = one("Delivery", null=True)
    answer_awaited = computed(
        bool,
        rules.awaited("{t}"),
        "Whether it is in doubt for no more than that the relay's answer, or a witness's, may still"
        " come: people are told that it is being sent.",
    )
    goes_after = one(
        "Delivery",
        "The mail of the same kind to the same person that goes out first, or ends, before this one"
        " has its turn: the oldest of them. What is sent once more waits for none.",
        on=f"{{c}}.id = {rules.first_before('{p}')}",
    )
    resent = many("Delivery", "Mails that said the same once more.", by="resends")


@registry.node(tables.Suppression, visible=rules.suppression_visible, order=("-id",))
class Suppression:
    """An address that gets no mail until an administrator lifts that."""

    address: auto
    reason: auto
    detail: auto
    created_at: auto
    lifted_at: auto
    lift_reason: auto
    delivery = one("Delivery", null=True)
    lifted_by = one("Person", null=True)


@registry.node(
    inbound.InboundMail, visible=rules.suppression_visible, plural="inboundMails", order=("-id",)
)
class InboundMail:
    """That a mail came in, and what became of it. What it said is nowhere here."""

    outcome: auto
    reason: auto
    received_at: auto
    delivery = one("Delivery", null=True)


@registry.node(inbound.StuckMail, visible=rules.suppression_visible, order=("id",))
class StuckMail:
    """A mail that came into the mailbox and could not be taken. It is tried again, later each time;
    after some days it is flagged in the mailbox and left to people."""

    box: auto
    key: auto
    tries: auto
    error: auto
    since: auto
    next_try_at: auto
    set_aside_at: auto


def _key(name: str, kind: type, sql: str, description: str) -> Key:
    kinds = {str: TEXT, date: DATE}
    return Key(name, sql, description, kinds.get(kind) or enumeration(kind))


registry.aggregate(
    "deliveryFigures",
    Aggregate(
        name="DeliveryFigures",
        over="Delivery",
        description="Figures over the mails that you may know of and that fit the filter.",
        sources={},
        fields={
            "count": Figure(INT, "count(*)", "Mails."),
            "oldestAt": Figure(
                INSTANT, "min({t}.created_at)", "When the first of them fell due.", null=True
            ),
            "attempts": Figure(INT, "coalesce(sum({t}.attempts), 0)::bigint", "Tries to send."),
            "answersAwaited": Figure(
                INT,
                f"count(*) FILTER (WHERE {rules.awaited('{t}')})",
                "Mails in doubt of which the relay's answer may still come.",
            ),
            "doubts": Figure(
                INT,
                "coalesce(sum({t}.doubts), 0)::bigint",
                "Tries after an answer that was lost: mails that may have come twice.",
            ),
        },
        keys={
            "STATE": _key("state", tables.DeliveryState, "{t}.state", "How far it is."),
            "KIND": _key("kind", tables.DeliveryKind, "{t}.kind", "What it is."),
            "REASON": _key(
                "reason",
                str,
                "CASE WHEN {t}.state = 'cancelled' THEN {t}.last_error END",
                "Why it was called off; null for mails that were not.",
            ),
            "RELAY": _key(
                "relay", str, "{t}.relay", "The relay that it was given to last; null before."
            ),
            "DAY": _key(
                "day",
                date,
                "(coalesce({t}.sent_at, {t}.created_at) AT TIME ZONE 'UTC')::date",
                "The day, by UTC, on which it was sent or else fell due.",
            ),
        },
    ),
)

MUTATIONS = [
    *mutations("Delivery", resend, operating.release),
    *mutations("Suppression", suppressing.add, suppressing.lift),
]
