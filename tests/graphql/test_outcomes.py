"""Computed figures of indicators are those of the domain's rules."""

from decimal import Decimal

import pytest

from tests import factories
from tests.cast import Cast
from tests.factories.projects import today
from tests.graphql.conftest import Api
from tracker.domain.outcomes import reporting
from tracker.domain.outcomes.actions import PeriodPlan
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.rules import achievement

CASES = [
    ("40", "10", "12", False),
    ("40", "10", "45", False),
    ("10", "40", "55", True),
    ("0", "10", "0", True),
    ("10", "10", "12", True),
    ("10", "10", "7.5", True),
    ("10", "10", "7.5", False),
    ("10", "10", "13", False),
    ("0", "0", "0", True),
    ("0", "0", "-3", True),
    ("-5", "-5", "-6", True),
]


@pytest.mark.parametrize(("baseline", "target", "actual", "ascending"), CASES)
async def test_achievement_is_the_same_in_sql_and_in_the_rules(
    api: Api, cast: Cast, baseline: str, target: str, actual: str, ascending: bool
) -> None:
    project = await factories.joint_project(cast, "active")
    period = PeriodPlan(starts_on=today(-50), ends_on=today(-10), target_value=Decimal(target))
    indicator = await factories.add_indicator(
        cast, project.id, ascending=ascending, baseline_value=Decimal(baseline), periods=[period]
    )
    document = (
        "query($id: ID!) { indicator(id: $id) { achievement latestValue { value }"
        " periods { nodes { id } } } }"
    )
    variables = {"id": f"Indicator:{indicator.id}"}
    before = (await api.data(document, variables))["indicator"]
    assert (before["achievement"], before["latestValue"]) == (None, None)
    number = int(before["periods"]["nodes"][0]["id"].split(":")[1])
    draft = ValueDraft(value=Decimal(actual))
    value = await reporting.report(cast.nairobi_coordinator, number, cast.nairobi, draft)
    await reporting.approve(cast.seoul_approver, value.id)
    found = (await api.data(document, variables))["indicator"]
    expected = achievement(Decimal(baseline), Decimal(target), Decimal(actual), ascending)
    assert expected is not None
    assert Decimal(found["achievement"]) == round(expected, 4)
    assert Decimal(found["latestValue"]["value"]) == Decimal(actual)
