"""What the figures mean, and who sees, reports and approves them."""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from tracker.domain.actor import Actor, Role
from tracker.domain.projects.rules import COORDINATORS, inside, through

PERCENTAGE_STEP = Decimal("1e-12")
"""A percentage that never ends is rounded here; numerator and denominator stay the truth."""


def visible(t: str) -> str:
    """Results, indicators and periods are as public as their project."""
    return through(f"{t}.project")


def value_visible(t: str) -> str:
    """A value that was once approved is as public as its project; others stay among the partners
    and the secretariat."""
    return (
        f"(({t}.state IN ('approved', 'superseded') AND {through(f'{t}.project')})"
        f" OR {inside(f'{t}.project')})"
    )


def reporter(actor: Actor, city_id: int, partner_ids: list[int]) -> bool:
    """A coordinator of the city, which is a partner."""
    return city_id in partner_ids and actor.holds(city_id, *COORDINATORS)


def approver(actor: Actor, city_id: int, partner_ids: list[int], author: int) -> bool:
    """A person of another partner city than the reporting one, or an officer. Nobody who reported
    the value or holds any role in the city that did; the system is nobody's second pair of eyes."""
    if actor.person_id is None or actor.person_id == author:
        return False
    if city_id in actor.city_ids:
        return False
    roles = (*COORDINATORS, Role.APPROVER)
    return actor.officer or any(actor.holds(city, *roles) for city in partner_ids)


def percentage(numerator: Decimal, denominator: Decimal) -> Decimal:
    """100 · numerator / denominator, without trailing zeros. The denominator is positive."""
    with localcontext(prec=60, rounding=ROUND_HALF_EVEN):
        exact = (100 * numerator / denominator).quantize(PERCENTAGE_STEP)
    return Decimal(f"{exact:f}".rstrip("0").rstrip("."))


def achievement(
    baseline: Decimal | None, target: Decimal | None, actual: Decimal | None, ascending: bool
) -> Decimal | None:
    """How much of the way from the baseline to the target was gone: 1 is all of it, more is
    overshoot, less than 0 is regress; neither is clamped away. None when a figure is missing.

    The formula serves both directions. A target that equals the baseline means "maintain": 1 when
    held or better; otherwise 1 less the loss as a share of the target (holding 80 and falling to
    60 gives 0.75), or 0 where the target is zero and nothing can be a share of it.
    """
    if baseline is None or target is None or actual is None:
        return None
    if target != baseline:
        return (actual - baseline) / (target - baseline)
    loss = target - actual if ascending else actual - target
    if loss <= 0:
        return Decimal(1)
    return 1 - loss / abs(target) if target else Decimal(0)


def contradicts(baseline: Decimal | None, target: Decimal | None, ascending: bool) -> bool:
    """Whether the target is worse than where the indicator stands already."""
    if baseline is None or target is None:
        return False
    return target < baseline if ascending else target > baseline
