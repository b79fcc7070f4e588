"""Mails on their way: how far each is, never what it says."""

from tracker.domain.deliveries import rules, tables
from tracker.graphql.planner import auto, one
from tracker.graphql.registry import registry


@registry.node(tables.Delivery, visible=rules.visible, order=("-id",))
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
    last_error: auto
    person = one("Person", null=True)
