"""Reported values in any state."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.cast import Cast
from tests.factories.projects import JointProject
from tracker.domain.outcomes import reporting
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.tables import Value


async def value(
    cast: Cast, project: JointProject, state: str = "submitted", **changes: Any
) -> Value:
    """A value that Nairobi reports for the project's period; Seoul returns or approves it. A
    superseded one has been corrected since."""
    draft = replace(ValueDraft(value=Decimal(12), narrative="Median of 812 permits."), **changes)
    reporter, approver = cast.nairobi_coordinator, cast.seoul_approver
    row = await reporting.report(reporter, project.period_id, cast.nairobi, draft)
    number: int = row.id
    if state == "returned":
        row = await reporting.return_(approver, number, "Does this include withdrawn permits?")
    if state in ("approved", "superseded"):
        row = await reporting.approve(approver, number)
    if state == "superseded":
        corrected = replace(draft, value=Decimal(13))
        newer = await reporting.correct(reporter, number, corrected, "Counted twice.")
        await reporting.approve(approver, newer.id)
        [row] = await Value.objects().where(Value.id == number)
    return row
