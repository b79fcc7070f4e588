"""Changes of an agreed plan that one side proposes and the other answers."""

from typing import Any

from tracker.domain.plan_changes import actions, rules, tables
from tracker.domain.plan_changes.tables import PlanChangeState
from tracker.domain.projects.rules import among_partners
from tracker.graphql.comments import comments_on
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, computed, many, one
from tracker.graphql.planner.kinds import Json
from tracker.graphql.registry import registry
from tracker.graphql.told import AS_NAMED, told


def _in_project(t: str) -> str:
    return among_partners(f"{t}.project")


@registry.node(
    tables.PlanChange,
    visible=rules.visible,
    scope="project",
    in_scope=_in_project,
    order=("-createdAt",),
)
class PlanChange:
    """A change of an agreed plan that one side proposes, with a reason, and that the other side
    accepts or refuses as a whole. Only the partners and the secretariat see it."""

    reason: auto
    refusal_reason: auto
    created_at: auto
    decided_at: auto
    version: auto
    project = one("Project")
    comments = comments_on("plan_change")
    city = one("City")
    decider = one("City")
    proposed_by = one("Person", null=True)
    decided_by = one("Person", null=True)
    items = many("PlanChangeItem", "What it would change.", by="plan_change", order=("id",))
    state = computed(
        PlanChangeState,
        rules.state("{t}"),
        "What became of it; lapsed as soon as an answer would not matter any more.",
    )
    awaits_viewer = computed(
        bool,
        rules.awaits("{t}", ":person"),
        "Whether it is for you to accept or refuse, by a role of yours on the other side.",
    )


def _told(side: str, stood: str) -> Any:
    sql = told(f"{{t}}.{side}", "'plan_change_item'", f"'{side}'")
    return computed(Json, sql, f"What it changes, as it {stood}: field by field, {AS_NAMED}.")


@registry.node(
    tables.PlanChangeItem,
    visible=rules.visible,
    scope="project",
    in_scope=_in_project,
    order=("id",),
)
class PlanChangeItem:
    """One part of the plan that a plan change would change."""

    kind: auto
    project = one("Project")
    plan_change = one("PlanChange")
    milestone = one("Milestone")
    period = one("Period")
    budget_line = one("BudgetLine")
    indicator = one("Indicator")
    result = one("Result")
    city = one("City")
    before = _told("before", "was")
    after = _told("after", "would be, or has become")
    counts = computed(
        bool,
        rules.counts("{t}"),
        "Whether it could still change: what is settled meanwhile stays as it is.",
    )


MUTATIONS = [
    *mutations("PlanChange", actions.propose, actions.accept, actions.refuse, actions.withdraw)
]
