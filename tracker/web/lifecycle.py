"""The steps along a project's lifecycle: their words, whose they are, and which invite."""

import dataclasses
from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.closing import actions as closing
from tracker.domain.errors import Forbidden
from tracker.domain.messages import either, say, word
from tracker.domain.milestones.rules import SETTLED
from tracker.domain.projects import lifecycle
from tracker.domain.projects.asking import OF_LIFECYCLE
from tracker.domain.projects.rules import LIFECYCLE, verbs_from
from tracker.domain.projects.states import ProjectState
from tracker.web.partners import partners
from tracker.web.steps import Begun, Ended, Step, Why, by_verb, of
from tracker.web.words import N_

STEPS = by_verb(
    Step(
        "submit",
        lifecycle.submit,
        N_("Submit the proposal"),
        N_("The secretariat reviews it, and the partner city can see it from now on."),
        kind="primary",
    ),
    Step(
        "review",
        lifecycle.review,
        N_("Take under review"),
        N_("Both mayors are asked to endorse it."),
        kind="primary",
    ),
    Step(
        "agree",
        lifecycle.agree,
        N_("Agree to the project"),
        N_("The dates of its milestones become the baseline, and both mayors are asked to sign."),
        kind="primary",
    ),
    Step(
        "start",
        lifecycle.start,
        N_("Start the work"),
        N_("From now on milestones and values are reported."),
        Begun,
        "primary",
    ),
    Step(
        "finalise",
        lifecycle.finalise,
        N_("Say that the work is done"),
        N_("Both cities then evaluate the project, and the last values come in."),
        Ended,
        "primary",
    ),
    Step(
        "close",
        closing.close,
        N_("Close the project"),
        N_("The mayors of both cities get a closing digest."),
        kind="primary",
    ),
    Step(
        "resume",
        lifecycle.resume,
        N_("Resume the work"),
        N_("Milestones and values are reported again."),
    ),
    Step(
        "return",
        lifecycle.return_,
        N_("Return the proposal"),
        N_("The city that wrote it can improve it and submit it again."),
        Why,
    ),
    Step(
        "suspend",
        lifecycle.suspend,
        N_("Suspend the project"),
        N_("The work pauses until somebody resumes it."),
        Why,
    ),
    Step(
        "reopen",
        closing.reopen,
        N_("Reopen the project"),
        N_(
            "Something can be put right before it is closed again. A follow-up stays if it was"
            " reported for or commented on; any other is withdrawn, and closing schedules it anew."
        ),
        Why,
    ),
    Step(
        "withdraw",
        lifecycle.withdraw,
        N_("Withdraw the proposal"),
        N_("It ends here, for good."),
        kind="danger",
    ),
    Step(
        "reject",
        lifecycle.reject,
        N_("Reject the proposal"),
        N_("It ends here, for good."),
        Why,
        "danger",
    ),
    Step(
        "cancel",
        lifecycle.cancel,
        N_("Cancel the project"),
        N_("It ends here, for good; what was reported stays."),
        Why,
        "danger",
    ),
)


def possible(project: dict[str, Any], actor: Actor) -> list[Step]:
    """What the actor may do next with the project of a page's data; the actions check again."""
    facts = partners(project, actor)
    verbs = verbs_from(ProjectState(project["state"].lower()))
    return of(STEPS, [verb for verb in verbs if LIFECYCLE[verb].standing.holds(actor, facts)])


def require_possible(chosen: Step, project: dict[str, Any], actor: Actor) -> None:
    """Raises Forbidden with the reason why the actor is not asked what the step asks."""
    transition = LIFECYCLE[chosen.verb]
    if not transition.standing.holds(actor, partners(project, actor)):
        raise Forbidden(say("Only {who} may do this.", who=transition.standing.who))
    state = project["state"].lower()
    if state not in transition.sources:
        raise Forbidden(
            say(
                "The project is {state}; this is for one that is {sources}.",
                state=word(state),
                sources=either(transition.sources),
            )
        )


def ranked(steps: list[Step], project: dict[str, Any], *, busy: bool) -> list[Step]:
    """A step of the lifecycle invites to be taken only by somebody who has nothing else to do
    (`busy`), and where nothing on the page says that it would be refused."""
    return [
        dataclasses.replace(step, kind="secondary")
        if step.kind == "primary" and (busy or _waits(step.verb, project))
        else step
        for step in steps
    ]


def _waits(verb: str, project: dict[str, Any]) -> bool:
    """Whether a guard of the step is plainly unmet; the action looks at all of them."""
    milestones = [each["state"] for each in project["milestones"]["nodes"]]
    if verb == "start" and not milestones:
        return True
    if verb in ("agree", "start"):
        return any(
            each["state"] == "PENDING" and each["kind"].lower() in OF_LIFECYCLE
            for each in project["decisions"]["nodes"]
        )
    if verb == "finalise":
        return any(state.lower() not in SETTLED for state in milestones)
    cities = project["participations"]["nodes"]
    told = [each for each in project["evaluations"]["nodes"] if each["submittedAt"]]
    return verb == "close" and len(told) < len(cities)
