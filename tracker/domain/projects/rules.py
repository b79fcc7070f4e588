"""The lifecycle with its guards, and who sees and does what with a project."""

from collections.abc import Callable
from dataclasses import dataclass

from tracker.domain.actor import Actor
from tracker.domain.independence import ASKING, PROPOSING, RAISING, Work, authored, independent
from tracker.domain.messages import Message, listed, say, word
from tracker.domain.projects.gaps import no_indicator, no_milestone
from tracker.domain.projects.tables import Project, ProjectState
from tracker.domain.roles import Permission

S = ProjectState


def visible(t: str) -> str:
    """A draft to the city that writes it; from submission on to the partner cities and the
    secretariat; from agreement on to everybody, unless the cities keep it confidential.

    `IS TRUE` has PostgreSQL look up the project's few partners and compare, instead of looking up
    each of the viewer's cities: they are unknown where one plan serves everybody, and it would
    reckon with many."""
    return (
        f"(({t}.agreed_at IS NOT NULL AND NOT {t}.confidential)"
        f" OR (:secretariat AND {t}.submitted_at IS NOT NULL)"
        f" OR EXISTS (SELECT 1 FROM participation v WHERE v.project = {t}.id"
        f" AND (v.city = ANY(:cities)) IS TRUE"
        f" AND ({t}.submitted_at IS NOT NULL OR v.city = {t}.lead_city)))"
    )


def through(project: str) -> str:
    """What belongs to the project with this id, to everybody who sees the project."""
    return f"EXISTS (SELECT 1 FROM project vp WHERE vp.id = {project} AND {visible('vp')})"


def inside(project: str) -> str:
    """What stays among the partner cities and the secretariat."""
    return (
        f"EXISTS (SELECT 1 FROM project vp WHERE vp.id = {project} AND {visible('vp')}"
        f" AND {among_partners('vp.id')})"
    )


def among_partners(project: str) -> str:
    """The part of `inside` that is left once the project is known to be visible."""
    return (
        "(:secretariat OR EXISTS (SELECT 1 FROM participation vi"
        f" WHERE vi.project = {project} AND (vi.city = ANY(:cities)) IS TRUE))"
    )


def insider(t: str) -> str:
    """Of a visible project `t`, what stays inside: reasons, and what tells of work in progress."""
    return among_partners(f"{t}.id")


def part_insider(t: str) -> str:
    """Of a visible part of a project, what stays inside; and the people behind it."""
    return among_partners(f"{t}.project")


def drafting(t: str) -> str:
    """Whether the event `t` is about the draft of a value or an evaluation. In SQL."""
    return (
        f"(({t}.subject_type = 'value' AND {t}.verb IN ('draft', 'redraft', 'discard'))"
        f" OR ({t}.subject_type = 'evaluation' AND {t}.verb = 'draft')"
        f" OR ({t}.subject_type = 'evidence' AND {t}.verb IN ('attach_draft', 'detach_draft')))"
    )


def part_visible(t: str) -> str:
    """Partners and sectors are as public as their project."""
    return through(f"{t}.project")


def decision_visible(t: str) -> str:
    """Decisions are the partners' own business."""
    return inside(f"{t}.project")


def proposed_by(t: str, person: str) -> str:
    """Whether the person wrote the proposal of the project. In SQL."""
    return authored("project", f"{t}.id", PROPOSING, person)


def asked_by(t: str, person: str) -> str:
    """Whether the person asked for what the decision `t` settles, beside the proposal. In SQL."""
    kinds = [
        f"({t}.kind = '{kind}' AND {authored('project', f'{t}.project', verbs, person)})"
        for kind, verbs in ASKING.items()
    ]
    return f"({' OR '.join(kinds)} OR {authored('decision', f'{t}.id', RAISING, person)})"


def settled_elsewhere(t: str, person: str) -> str:
    """Whether the person, or a deputy of theirs, gave the same decision as `t` for another city
    of the project. In SQL."""
    return (
        f"EXISTS (SELECT 1 FROM decision vd WHERE vd.project = {t}.project"
        f" AND vd.kind = {t}.kind AND vd.city <> {t}.city AND vd.state = 'given'"
        f" AND {t}.kind NOT IN ('escalate', 'waive')"
        f" AND {person} IN (vd.decided_by, vd.on_behalf_of))"
    )


@dataclass(frozen=True, kw_only=True)
class Partners:
    """Who takes part and who wrote the proposal, which is all that permissions look at."""

    city_ids: list[int]
    lead_city: int
    authors: list[int]


@dataclass(frozen=True, kw_only=True)
class Facts(Partners):
    """What the guards look at besides, read in one statement (`queries.facts`)."""

    missing_endorsements: list[str]
    missing_signatures: list[str]
    plan_gaps: list[str]
    open_milestones: list[str]
    missing_values: list[str]
    missing_evaluations: list[str]
    missing_acceptances: list[str]
    waived: list[str]
    """Names of guards that the secretariat does without."""


Guard = Callable[[Facts], Message | None]
"""What is missing and what to do about it, or None."""


def endorsed(facts: Facts) -> Message | None:
    """Both mayors stand behind the proposal."""
    if not facts.missing_endorsements:
        return None
    return say(
        "The mayor's endorsement is missing from {cities}; remind them of the open decision.",
        cities=listed(facts.missing_endorsements),
    )


def signed(facts: Facts) -> Message | None:
    """Both cities have signed the agreement."""
    if not facts.missing_signatures:
        return None
    return say(
        "The signature is missing from {cities}; remind them of the open decision.",
        cities=listed(facts.missing_signatures),
    )


def planned(facts: Facts) -> Message | None:
    """There is something to do."""
    return no_milestone(facts.plan_gaps)


def measurable(facts: Facts) -> Message | None:
    """Each side that claims a benefit can show it."""
    return no_indicator(facts.plan_gaps)


def finished(facts: Facts) -> Message | None:
    """Every step was taken or given up for a reason."""
    if not facts.open_milestones:
        return None
    return say(
        "Not yet accepted or waived: {milestones}; settle each of them first.",
        milestones=listed(facts.open_milestones),
    )


def reported(facts: Facts) -> Message | None:
    """Every value that fell due is in."""
    if not facts.missing_values:
        return None
    return say(
        "No approved value, and no waiver with a reason, for: {values}; approve or waive each.",
        values=listed(facts.missing_values),
    )


def evaluated(facts: Facts) -> Message | None:
    """Both cities have looked back."""
    if not facts.missing_evaluations:
        return None
    return say(
        "The closing evaluation is missing from {cities}; submit it first.",
        cities=listed(facts.missing_evaluations),
    )


def accepted(facts: Facts) -> Message | None:
    """The recipients take over what was brought about."""
    if not facts.missing_acceptances:
        return None
    return say(
        "The mayor's acceptance is missing from {cities}; remind them of the open decision.",
        cities=listed(facts.missing_acceptances),
    )


@dataclass(frozen=True)
class Standing:
    """Who may do something, in words that end "Only … may do this" and as a test."""

    who: Message
    holds: Callable[[Actor, Partners], bool]


def coordinates(actor: Actor, partners: Partners) -> bool:
    """Whether the actor coordinates one of the partner cities."""
    return actor.may_in(Permission.PLAN, partners.city_ids)


def oversees(actor: Actor, partners: Partners) -> bool:
    """Whether the actor is an officer with no role in any partner city, who did not propose the
    project either."""
    work = Work(frozenset(partners.authors), frozenset(partners.city_ids))
    return actor.may(Permission.REVIEW) and independent(actor, work)


LEAD = Standing(
    say("a coordinator of the city that drafted the proposal"),
    lambda actor, partners: actor.may(Permission.PLAN, partners.lead_city),
)
PARTNER = Standing(say("a coordinator of a partner city"), coordinates)
OFFICER = Standing(
    say("a secretariat officer without a role in a partner city, who did not propose the project"),
    oversees,
)
PARTNER_OR_OFFICER = Standing(
    say("a coordinator of a partner city or a secretariat officer without a role in one"),
    lambda actor, partners: coordinates(actor, partners) or oversees(actor, partners),
)
MAYOR_OR_OFFICER = Standing(
    say("a partner city's mayor or a secretariat officer without a role in a partner city"),
    lambda actor, partners: (
        actor.may_in(Permission.CANCEL, partners.city_ids) or oversees(actor, partners)
    ),
)


@dataclass(frozen=True)
class Transition:
    """One row of the lifecycle table: who may take a project from where to where, and when."""

    sources: tuple[ProjectState, ...]
    target: ProjectState
    standing: Standing
    guards: tuple[Guard, ...] = ()
    reason_required: bool = False


LIFECYCLE: dict[str, Transition] = {
    "submit": Transition((S.DRAFT, S.RETURNED), S.SUBMITTED, LEAD),
    "withdraw": Transition((S.DRAFT, S.SUBMITTED, S.RETURNED), S.WITHDRAWN, LEAD),
    "review": Transition((S.SUBMITTED,), S.UNDER_REVIEW, OFFICER),
    "return": Transition((S.UNDER_REVIEW,), S.RETURNED, OFFICER, reason_required=True),
    "reject": Transition((S.UNDER_REVIEW,), S.REJECTED, OFFICER, reason_required=True),
    "agree": Transition((S.UNDER_REVIEW,), S.AGREED, OFFICER, (endorsed,)),
    "start": Transition((S.AGREED,), S.ACTIVE, PARTNER, (signed, planned, measurable)),
    "suspend": Transition((S.ACTIVE,), S.SUSPENDED, PARTNER_OR_OFFICER, reason_required=True),
    "resume": Transition((S.SUSPENDED, S.FINALISING), S.ACTIVE, PARTNER_OR_OFFICER),
    "cancel": Transition(
        (S.AGREED, S.ACTIVE, S.SUSPENDED), S.CANCELLED, MAYOR_OR_OFFICER, reason_required=True
    ),
    "finalise": Transition((S.ACTIVE,), S.FINALISING, PARTNER, (finished,)),
    "close": Transition(
        (S.FINALISING,), S.CLOSED, OFFICER, (finished, reported, evaluated, accepted)
    ),
    "reopen": Transition((S.CLOSED,), S.FINALISING, OFFICER, reason_required=True),
}
"""Verb -> transition: the whole lifecycle, as in the domain's table."""

TAKEN_BACK = frozenset({(S.UNDER_REVIEW, S.RETURNED), (S.FINALISING, S.ACTIVE)})
"""Ways in which a project goes back to do more: what was accepted or waived for the step that it
was about to take counts no more, because it was said of something else."""

PLANNING = frozenset({S.DRAFT, S.SUBMITTED, S.UNDER_REVIEW, S.RETURNED, S.AGREED})
"""States in which the plan is being made."""

RUNNING = frozenset({S.ACTIVE, S.SUSPENDED, S.FINALISING})
"""States in which work is reported."""

ENDED = frozenset({S.CLOSED, S.CANCELLED, S.REJECTED, S.WITHDRAWN})
"""States that nothing but a reopening leaves."""


def closed_plan(state: str, *, adding: bool = False) -> Message | None:
    """Why the plan cannot change in this state and what to do instead; None where it is open.
    What a mayor endorsed or signed is what takes effect: it stays as it is in between. Only
    while signatures are collected may something be added, because a start asks for it."""
    if state == S.UNDER_REVIEW:
        return say(
            "The mayors are deciding on this plan; to change it, have the proposal returned."
        )
    if state == S.AGREED and not adding:
        return say(
            "The plan is agreed and being signed. Add to it, or propose to move a milestone, with "
            "a reason; change the rest once the project is active."
        )
    if state not in PLANNING | RUNNING:
        return say("The project is {state}; its plan is closed.", state=word(state))
    return None


AGREED_PLAN = say(
    "The plan is agreed: propose this as a plan change, which the other side accepts."
)


def settled_plan(state: str) -> Message | None:
    """Why nobody proposes or accepts a change of the agreed plan in this state; None where it may
    change. The work of a finalising project was found done: what is added is not, nor is it
    asked of anybody."""
    if state == S.FINALISING:
        return say(
            "The work of the project counts as done; resume it first, then propose the change."
        )
    if state in ENDED:
        return say("The project is {state}; its plan is closed.", state=word(state))
    return None


def proposed_only(project: Project) -> Message | None:
    """Why only both sides together change this plan, once its state would let it change; None
    before the agreement. What was agreed was agreed by two."""
    if not bool(project.agreed_at) or project.state in ENDED:
        return None
    return AGREED_PLAN


def unmet(transition: Transition, facts: Facts) -> list[Message]:
    """What every failing guard says, all at once; nothing of those that are waived."""
    guards = (guard for guard in transition.guards if guard.__name__ not in facts.waived)
    return [message for guard in guards if (message := guard(facts))]


def asked_ahead(state: str) -> set[str]:
    """Names of the guards of every step that a project in this state may still come to."""
    reached = {ProjectState(state)}
    while True:
        ahead = [each for each in LIFECYCLE.values() if reached & set(each.sources)]
        if reached >= (targets := {each.target for each in ahead}):
            return {guard.__name__ for each in ahead for guard in each.guards}
        reached |= targets


def verbs_from(state: ProjectState) -> list[str]:
    """What may be done next in this state, whoever does it."""
    return [verb for verb, each in LIFECYCLE.items() if state in each.sources]
