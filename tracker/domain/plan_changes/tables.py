"""PlanChange, and the parts of the plan that it would change."""

from piccolo.columns import JSONB, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from tracker.domain.budgets.tables import BudgetLine
from tracker.domain.cities.tables import City
from tracker.domain.constraints import RESTRICT, at_most, one_of
from tracker.domain.database import DB
from tracker.domain.meaning import Meaning
from tracker.domain.milestones.tables import Milestone
from tracker.domain.outcomes.tables import Indicator, Period, Result
from tracker.domain.people.tables import Person
from tracker.domain.projects.tables import Project


class PlanChangeState(Meaning):
    """What became of a proposed change of the plan."""

    PROPOSED = "proposed", "Waits for the other side's answer; the plan is as it was."
    ACCEPTED = "accepted", "The other side agreed; the plan changed at that moment."
    REFUSED = "refused", "The other side said no, with a reason; the plan stays as it was."
    WITHDRAWN = "withdrawn", "The city that proposed it took it back before an answer."
    LAPSED = (
        "lapsed",
        "Nobody answered while it could still matter: what it would change is settled, or the"
        " project has ended.",
    )


class PlanChangeKind(Meaning):
    """What is done to one part of the plan."""

    MOVE_MILESTONE = "move_milestone", "A milestone gets another due date."
    ADD_MILESTONE = "add_milestone", "A city takes another milestone on."
    CHANGE_WEIGHT = "change_weight", "A milestone counts more, or less, in the progress."
    MOVE_END = "move_end", "The project is planned to end on another day."
    CHANGE_TARGET = "change_target", "A period gets another target."
    ADD_INDICATOR = "add_indicator", "A result is measured by something more."
    ADD_PERIOD = "add_period", "An indicator gets a target for another stretch of time."
    ADD_BUDGET_LINE = "add_budget_line", "A city sets something more aside."
    CHANGE_BUDGET_LINE = "change_budget_line", "A city sets something else aside."
    REMOVE_BUDGET_LINE = "remove_budget_line", "A city sets nothing aside for this any more."


class PlanChange(Table, tablename="plan_change", db=DB):
    """A change of an agreed plan that one side proposes and the other accepts or refuses, as a
    whole."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    city = ForeignKey(City, on_delete=RESTRICT, null=False, help_text="The city that proposes it.")
    decider = ForeignKey(
        City,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The one city whose answer counts, because the change is about something of its"
        " own; null where any city of the other side answers.",
    )
    reason = Text(help_text="Why the plan should change.")
    state = Varchar(
        length=20,
        choices=PlanChangeState,
        default=PlanChangeState.PROPOSED,
        help_text="What became of it.",
    )
    refusal_reason = Text(null=True, default=None, help_text="Why it was refused, if it was.")
    proposed_by = ForeignKey(Person, on_delete=RESTRICT, null=False, help_text="Who proposed it.")
    decided_by = ForeignKey(
        Person,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="Who accepted, refused or withdrew it.",
    )
    created_at = Timestamptz(help_text="When it was proposed.")
    decided_at = Timestamptz(
        null=True, default=None, help_text="When it was accepted, refused or withdrawn."
    )
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    plan_change_state_is_known = one_of("state", PlanChangeState)
    plan_change_reason_is_there = Check("reason <> ''")
    plan_change_reason_is_short_enough = at_most("reason")
    plan_change_refusal_reason_is_short_enough = at_most("refusal_reason")
    plan_change_has_who_and_when_once_settled = Check(
        "(state = 'proposed') = (decided_at IS NULL)"
        " AND (decided_at IS NULL) = (decided_by IS NULL)"
    )
    plan_change_refused_has_a_reason = Check(
        "state <> 'refused' OR coalesce(refusal_reason, '') <> ''"
    )
    plan_change_is_not_accepted_by_who_proposed_it = Check(
        "state NOT IN ('accepted', 'refused') OR decided_by <> proposed_by"
    )


class PlanChangeItem(Table, tablename="plan_change_item", db=DB):
    """One part of the plan that a plan change would change, as it was and as it would be."""

    id: Serial
    project = ForeignKey(Project, on_delete=RESTRICT, null=False, help_text="The project.")
    plan_change = ForeignKey(
        PlanChange, on_delete=RESTRICT, null=False, index=True, help_text="The whole proposal."
    )
    kind = Varchar(length=20, choices=PlanChangeKind, help_text="What is done to it.")
    milestone = ForeignKey(
        Milestone,
        on_delete=RESTRICT,
        null=True,
        default=None,
        index=True,
        help_text="The milestone; null of one that is yet to be added.",
    )
    period = ForeignKey(
        Period,
        on_delete=RESTRICT,
        null=True,
        default=None,
        index=True,
        help_text="The period whose target changes; null of one that is yet to be added.",
    )
    indicator = ForeignKey(
        Indicator,
        on_delete=RESTRICT,
        null=True,
        default=None,
        index=True,
        help_text="The indicator that gets another period, or is added; null of one that is yet to"
        " be added.",
    )
    result = ForeignKey(
        Result,
        on_delete=RESTRICT,
        null=True,
        default=None,
        index=True,
        help_text="The result that the added indicator measures; null of one of the library's as"
        " long as the project has none of that name.",
    )
    budget_line = ForeignKey(
        BudgetLine,
        on_delete=RESTRICT,
        null=True,
        default=None,
        index=True,
        help_text="The budget line; null of one that is yet to be added.",
    )
    city = ForeignKey(
        City,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The city whose milestone or money it is; null of what is measured and of the"
        " planned end, which are both's.",
    )
    before = JSONB(help_text="What it would change, as it was when this was proposed.")
    after = JSONB(help_text="What it would change, as it would be.")

    plan_change_item_kind_is_known = one_of("kind", PlanChangeKind)
    plan_change_item_names_what_it_changes = Check(
        "(milestone IS NULL OR kind IN ('move_milestone', 'add_milestone', 'change_weight'))"
        " AND (milestone IS NOT NULL OR kind NOT IN ('move_milestone', 'change_weight'))"
        " AND (period IS NULL OR kind IN ('change_target', 'add_period'))"
        " AND (period IS NOT NULL OR kind <> 'change_target')"
        " AND (indicator IS NULL OR kind IN ('add_indicator', 'add_period'))"
        " AND (indicator IS NOT NULL OR kind <> 'add_period')"
        " AND (result IS NULL OR kind = 'add_indicator')"
        " AND (budget_line IS NULL OR kind LIKE '%budget_line')"
        " AND (budget_line IS NOT NULL OR kind NOT IN ('change_budget_line',"
        " 'remove_budget_line'))"
    )
    plan_change_item_has_an_owner = Check(
        "(kind IN ('change_target', 'add_indicator', 'add_period', 'move_end')) = (city IS NULL)"
    )
