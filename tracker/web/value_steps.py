"""What can be done with a value, as buttons and short forms."""

from dataclasses import dataclass
from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.messages import say
from tracker.domain.outcomes import attaching, drafting, reporting, verdicts
from tracker.domain.outcomes.content import ValueDraft
from tracker.web.evidence import Link, linking
from tracker.web.steps import Nothing, Remark, Step, Why, by_verb
from tracker.web.words import N_


@dataclass(frozen=True, kw_only=True)
class Correction(ValueDraft):
    """Another value, and why."""

    reason: str = ""


@dataclass(frozen=True)
class Reply:
    """What there is to say to a dispute."""

    text: str = ""


async def _correct(
    actor: Actor, number: int, draft: Correction, seen_version: int | None = None
) -> Any:
    return await reporting.correct(actor, number, draft, draft.reason, seen_version)


STEPS = by_verb(
    Step(
        "approve",
        reporting.approve,
        N_("Approve"),
        N_("The value counts from now on, and is shown wherever the project is."),
        kind="primary",
    ),
    Step(
        "return",
        reporting.return_,
        N_("Return"),
        N_("The city that reported it revises it."),
        Remark,
    ),
    Step(
        "revise",
        reporting.revise,
        N_("Revise"),
        N_("The value is handed in again for approval."),
        ValueDraft,
        "primary",
        draft=True,
    ),
    Step(
        "submit",
        drafting.submit,
        N_("Hand in"),
        N_("The other side approves it or returns it."),
        kind="primary",
    ),
    Step(
        "redraft",
        drafting.redraft,
        N_("Go on with the draft"),
        N_("Nobody but your city sees it."),
        ValueDraft,
        draft=True,
    ),
    Step(
        "correct",
        _correct,
        N_("Correct"),
        N_("The present value stands until the correction is approved."),
        Correction,
        draft=True,
    ),
    Step(
        "confirm",
        verdicts.confirm,
        N_("Confirm for your city"),
        N_("Your city finds the same."),
        kind="primary",
    ),
    Step(
        "dispute",
        verdicts.dispute,
        N_("Dispute"),
        N_("The value is shown as disputed wherever it is shown; the reason stays inside."),
        Why,
        "danger",
    ),
    Step(
        "answer",
        verdicts.answer,
        N_("Reply to the dispute"),
        N_("Where the city that disputes it is right, correct the value instead."),
        Reply,
    ),
    Step(
        "attach",
        linking(attaching.attach),
        N_("Attach a link"),
        N_("What shows where the figure comes from. The public does not see it."),
        Link,
    ),
    Step(
        "discard",
        drafting.discard,
        N_("Throw the draft away"),
        N_("It goes, with what is attached to it."),
        Nothing,
        "danger",
    ),
)

JUDGED = say(
    "A value that was handed in is approved or returned by a coordinator, CIO or "
    "approver of the other partner city, or by the secretariat; never by the city "
    "that reported it."
)
SPOKEN = say(
    "A value is confirmed or disputed by a coordinator, CIO or approver of another"
    " partner city; never by the city that reported it, nor by anybody who wrote"
    " it."
)
OWNERS = say(
    "Only a coordinator of the city that reports the value does this, and no more once its period"
    " is locked."
)
REFUSALS = {
    **dict.fromkeys(("submit", "redraft", "correct", "answer", "attach", "discard"), OWNERS),
    **dict.fromkeys(("confirm", "dispute"), SPOKEN),
    "approve": JUDGED,
    "return": JUDGED,
    "revise": say(
        "Only a coordinator of the city that reported a value revises it, once returned."
    ),
}
"""Verb -> why it is not offered."""
