"""Computed figures of indicators, beside figures worked out by hand."""

from decimal import Decimal
from typing import Any

import pytest

from tests import factories
from tests.cast import Cast
from tests.factories.projects import today
from tests.graphql.conftest import Api
from tracker.domain.outcomes import reporting
from tracker.domain.outcomes.actions import PeriodPlan
from tracker.domain.outcomes.reporting import ValueDraft


@pytest.mark.parametrize(
    ("baseline", "target", "actual", "ascending", "expected"),
    [
        ("0", "10", "5", True, "0.5"),
        ("40", "10", "25", False, "0.5"),
        ("40", "10", "10", False, "1"),
        ("10", "20", "5", True, "-0.5"),
        ("10", "20", "40", True, "3"),
        ("-5", "5", "0", True, "0.5"),
        ("80", "80", "80", True, "1"),
        ("80", "80", "95", True, "1"),
        ("80", "80", "60", True, "0.75"),
        ("80", "80", "60", False, "1"),
        ("80", "80", "100", False, "0.75"),
        ("0", "0", "0", False, "1"),
        ("0", "0", "3", False, "0"),
        ("-4", "-4", "-5", True, "0.75"),
        ("0", "10", "0", True, "0"),
        (None, "10", "5", True, None),
        ("0", None, "5", True, None),
        ("0", "10", None, True, None),
        ("40", "10", "12", False, "0.9333"),
        ("40", "10", "45", False, "-0.1667"),
        ("10", "40", "55", True, "1.5"),
        ("10", "10", "7.5", False, "1"),
        ("10", "10", "13", False, "0.7"),
        ("0", "0", "-3", True, "0"),
        ("-5", "-5", "-6", True, "0.8"),
        (None, "10", "12", True, None),
        (None, "0", "3", True, None),
    ],
)
async def test_achievement(
    api: Api,
    cast: Cast,
    baseline: str | None,
    target: str | None,
    actual: str | None,
    ascending: bool,
    expected: str | None,
) -> None:
    project = await factories.joint_project(cast, "active")
    period = PeriodPlan(starts_on=today(-50), ends_on=today(-10), target_value=_number(target))
    indicator = await factories.add_indicator(
        cast,
        project.id,
        ascending=ascending,
        baseline_value=_number(baseline),
        baseline_on=today(-90) if baseline else None,
        periods=[period],
    )
    before = await _indicator(api, indicator.id)
    assert (before["achievement"], before["latestValue"]) == (None, None)
    if actual is not None:
        number = int(before["periods"]["nodes"][0]["id"].split(":")[1])
        draft = ValueDraft(value=Decimal(actual))
        value = await reporting.report(cast.nairobi_coordinator, number, cast.nairobi, draft)
        await reporting.approve(cast.seoul_approver, value.id)
        found = await _indicator(api, indicator.id)
        assert Decimal(found["latestValue"]["value"]) == Decimal(actual)
    found = await _indicator(api, indicator.id)
    assert _number(found["achievement"]) == _number(expected)


async def _indicator(api: Api, number: int) -> dict[str, Any]:
    document = """query($id: ID!) { indicator(id: $id) {
      achievement latestValue { value } periods { nodes { id } } } }"""
    found = await api.data(document, {"id": f"Indicator:{number}"})
    indicator: dict[str, Any] = found["indicator"]
    return indicator


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
