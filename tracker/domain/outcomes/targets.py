"""What can be a target, and what a plan change that both sides agreed to makes of one."""

from decimal import Decimal
from typing import Protocol

from tracker.domain.actor import Actor
from tracker.domain.audit import change, note
from tracker.domain.messages import Message, say
from tracker.domain.outcomes.rules import contradicts, visible
from tracker.domain.outcomes.tables import Measure, Period
from tracker.domain.problems import Problems, plausible


class Measured(Protocol):
    """As much of an indicator, planned or kept, as a target depends on."""

    @property
    def measure(self) -> Measure | str:
        """Its measure."""

    @property
    def ascending(self) -> bool:
        """Whether more is better."""

    @property
    def baseline_value(self) -> Decimal | None:
        """Where it starts."""


def check_target(
    indicator: Measured, target: Decimal | None, problems: Problems, field: str
) -> None:
    """Notes why that cannot be reached for: no number, or worse than where it starts."""
    target = problems.number(field, target)
    problems.unless(
        target is None or indicator.measure != Measure.QUALITATIVE,
        field,
        say("A qualitative indicator has no numbers; leave the target out."),
    )
    baseline = indicator.baseline_value
    if baseline is not None and plausible(baseline):
        problems.unless(
            not contradicts(baseline, target, indicator.ascending),
            field,
            _worse(indicator.ascending, target, baseline),
        )


def _worse(ascending: bool, target: Decimal | None, baseline: Decimal) -> Message:
    if ascending:
        return say(
            "More is better here, so the target {target} is worse than the baseline {baseline};"
            " correct one of the three.",
            target=target,
            baseline=baseline,
        )
    return say(
        "Less is better here, so the target {target} is worse than the baseline {baseline};"
        " correct one of the three.",
        target=target,
        baseline=baseline,
    )


async def retarget_as_agreed(
    actor: Actor, period_id: int, target: Decimal | None, plan_change_id: int
) -> Period:
    """Set the target that both sides agreed to, in the caller's transaction. The caller has
    checked it."""
    async with change(actor, Period, period_id, visible, "retarget") as period:
        period.target_value = target
        note(period, "plan_change", None, plan_change_id)
    return period
