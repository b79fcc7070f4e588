"""Digests."""

from tracker.domain.digests import actions, rules, tables
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, computed, one
from tracker.graphql.registry import registry


@registry.node(tables.DigestSubscription, visible=rules.subscription_visible)
class DigestSubscription:
    """When a person gets the digest, in that person's own time zone."""

    cadence: auto
    weekday: auto
    month_day: auto
    hour: auto
    working_days: auto
    active: auto
    created_at: auto
    version: auto
    person = one("Person", null=True)


@registry.node(tables.DigestIssue, visible=rules.subscription_visible, order=("-id",))
class DigestIssue:
    """One digest for one person and period, kept as it was sent."""

    kind: auto
    period_key: auto
    period_from: auto
    period_to: auto
    state: auto
    language: auto
    message_id: auto
    created_at: auto
    composed_at: auto
    sent_at: auto
    attempts: auto
    doubts: auto
    last_error: auto
    person = one("Person", null=True)
    project = one("Project", null=True)
    subject = computed(str | None, "{t}.subject", "Subject as sent.", visible=rules.issue_visible)
    html = computed(str | None, "{t}.html", "HTML body as sent.", visible=rules.issue_visible)
    text = computed(str | None, "{t}.text", "Plain text body as sent.", visible=rules.issue_visible)


MUTATIONS = [
    *mutations(
        "DigestSubscription", actions.subscribe, actions.edit_subscription, actions.unsubscribe
    ),
    *mutations("DigestIssue", actions.send_now),
]
