"""The portfolio's figures: right by hand, in one statement, and only of what one may see."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.cast import Cast
from tests.domain.test_budgets import PLAN
from tests.domain.test_visibility import INSIDE
from tests.factories import (
    JointProject,
    add_budget_line,
    add_milestone,
    joint_project,
    today,
    value,
)
from tests.graphql.conftest import Api
from tracker.domain import clock
from tracker.domain.budgets.rates import import_rates, read_rates

RATES = "Date,USD,KRW\n2026-02-25,1.25,1500\n2026-03-02,1.2,1600\n"

EVERYTHING = """
fragment Figures on PortfolioGroup {
  count states { active draft } health { green amber red unknown }
  reportedHealth { green unreported } milestones { count planned accepted }
  overdue { projects milestones projectsWithMilestones }
  budget { lines projects byCurrency { currency amount lines }
    converted(to: "usd") { amount lines sources unconverted { currency amount lines } } }
  outcomes { indicators measured unknown onTarget improved projects }
  indicators { totalCount nodes { title unit value notAggregable } }
}
query Everything($by: [PortfolioKey!]!, $first: Int) {
  portfolio { groups(by: $by, first: $first) { totalCount truncated nodes {
    keys { state region regionName theme donorCity { name } recipientCity { name }
      sector sectorName sdgGoal quarter }
    ...Figures } } }
}
"""


async def _cost(cast: Cast, project: JointProject, amount: str, currency: str, day: str) -> None:
    plan = replace(
        PLAN,
        amount=Decimal(amount),
        currency=currency,
        value_on=datetime.fromisoformat(day).date(),
    )
    await add_budget_line(cast, project.id, cast.seoul, plan)


async def _portfolio(api: Api, selection: str, cast: Cast, who: str = "officer") -> dict[str, Any]:
    found = await api.data(f"{{ portfolio {selection} }}", actor=cast[who])
    assert len(api.statements) == 1
    portfolio: dict[str, Any] = found["portfolio"]
    return portfolio


async def test_portfolio_of_nothing_is_zero_or_null(api: Api, cast: Cast) -> None:
    found = await _portfolio(
        api,
        """{ count health { green } budget { lines byCurrency { amount }
        converted(to: "EUR") { amount lines unconverted { lines } } }
        groups(by: [STATE]) { totalCount truncated nodes { count } } }""",
        cast,
    )
    assert found == {
        "count": 0,
        "health": {"green": 0},
        "budget": {
            "lines": 0,
            "byCurrency": [],
            "converted": {"amount": None, "lines": 0, "unconverted": []},
        },
        "groups": {"totalCount": 0, "truncated": False, "nodes": []},
    }


async def test_joint_project_counts_once_in_all_and_once_in_each_group(
    api: Api, cast: Cast
) -> None:
    await joint_project(cast, "active", themes=["permits", "open data"])
    await joint_project(cast, "active", themes=["permits"])
    await joint_project(cast, "submitted", themes=[])
    found = await _portfolio(
        api,
        """{ count milestones { count planned } groups(by: [THEME, STATE]) { totalCount truncated
        nodes { keys { theme state region } count milestones { count } } } }""",
        cast,
    )
    assert (found["count"], found["milestones"]) == (3, {"count": 3, "planned": 3})
    groups = [
        (each["keys"]["theme"], each["keys"]["state"], each["count"], each["milestones"]["count"])
        for each in found["groups"]["nodes"]
    ]
    assert groups == [
        ("permits", "ACTIVE", 2, 2),
        ("open data", "ACTIVE", 1, 1),
        (None, "SUBMITTED", 1, 1),
    ]
    assert found["groups"]["nodes"][0]["keys"]["region"] is None  # it was not grouped by


@pytest.mark.parametrize("rows", [1, 3])
async def test_every_key_and_figure_takes_one_statement(api: Api, cast: Cast, rows: int) -> None:
    for _ in range(rows):
        project = await joint_project(cast, "active")
        await _cost(cast, project, "10", "KRW", "2026-03-02")
    for by in (["REGION", "THEME", "DONOR_CITY", "QUARTER", "SDG_GOAL"],
               ["STATE", "RECIPIENT_CITY", "SECTOR"]):  # fmt: skip
        found = await api.data(EVERYTHING, {"by": by}, cast.officer)
        assert len(api.statements) == 1
        assert found["portfolio"]["groups"]["totalCount"] == 2
        assert {each["count"] for each in found["portfolio"]["groups"]["nodes"]} == {rows}
    keys = found["portfolio"]["groups"]["nodes"][0]["keys"]
    assert (keys["state"], keys["recipientCity"]) == ("ACTIVE", {"name": "Nairobi"})
    assert keys["sector"] in ("15185", "22040")


async def test_groups_say_what_their_codes_stand_for(api: Api, cast: Cast) -> None:
    await joint_project(cast, "active")
    asked = "{ groups(by: [REGION]) { nodes { keys { region regionName sectorName } } } }"
    found = await _portfolio(api, asked, cast)
    assert [each["keys"] for each in found["groups"]["nodes"]] == [
        {"region": "002", "regionName": "Africa", "sectorName": None}
    ]
    asked = "{ groups(by: [SECTOR], orderBy: KEYS) { nodes { keys { sectorName } } } }"
    found = await _portfolio(api, asked, cast)
    names = [each["keys"]["sectorName"] for each in found["groups"]["nodes"]]
    assert "Information and communication technology (ICT)" in names
    data = await api.data("{ sectors { nodes { code name } } }", actor=cast.officer)
    assert {"code": "22040", "name": names[-1]} in data["sectors"]["nodes"]


async def test_budget_is_converted_at_dated_rates_and_nothing_is_dropped(
    api: Api, cast: Cast
) -> None:
    await import_rates(cast.administrator, read_rates(RATES), "Made up")
    project = await joint_project(cast, "active")
    await _cost(cast, project, "16000", "KRW", "2026-03-05")  # 16000 / 1600 * 1.2 = 12
    await _cost(cast, project, "15000", "KRW", "2026-02-26")  # 15000 / 1500 * 1.25 = 12.5
    await _cost(cast, project, "100", "EUR", "2026-03-12")  # no dollar within ten days
    await _cost(cast, project, "10", "EUR", "2026-03-11")  # 10 * 1.2 = 12
    await _cost(cast, project, "0.10", "USD", "2020-01-01")  # as it is
    await _cost(cast, project, "7", "KES", "2026-03-02")
    budget = (await _portfolio(api, """{ budget { lines projects
        byCurrency { currency amount lines }
        converted(to: "USD") { amount lines sources unconverted { currency amount lines } }
        euro: converted(to: "eur") { amount lines unconverted { currency } } } }""", cast))[
        "budget"
    ]  # fmt: skip
    assert budget["byCurrency"] == [
        {"currency": "EUR", "amount": "110", "lines": 2},
        {"currency": "KES", "amount": "7", "lines": 1},
        {"currency": "KRW", "amount": "31000", "lines": 2},
        {"currency": "USD", "amount": "0.1", "lines": 1},
    ]
    assert budget["converted"] == {
        "amount": "36.6",
        "lines": 4,
        "sources": ["Made up"],
        "unconverted": [
            {"currency": "EUR", "amount": "100", "lines": 1},
            {"currency": "KES", "amount": "7", "lines": 1},
        ],
    }
    assert budget["euro"]["amount"] == "130"  # 10 + 10 + 110; the dime of 2020 has no rate
    assert [each["currency"] for each in budget["euro"]["unconverted"]] == ["KES", "USD"]


async def test_budget_counts_only_lines_that_the_viewer_may_see(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    await _cost(cast, project, "5", "EUR", "2026-03-02")
    for who in ("public", "lima_coordinator", "seoul_mayor", "nairobi_coordinator", "auditor"):
        found = await _portfolio(
            api,
            """{ count budget { lines byCurrency { amount } }
            groups(by: STATE) { nodes { count budget { lines projects } } } }""",
            cast,
            who,
        )
        lines = int(who in INSIDE)
        assert (found["count"], found["budget"]["lines"]) == (1, lines)
        assert len(found["budget"]["byCurrency"]) == lines
        [group] = found["groups"]["nodes"]
        assert group == {"count": 1, "budget": {"lines": lines, "projects": lines}}


async def test_budget_kept_of_each_project_comes_to_what_its_lines_do(api: Api, cast: Cast) -> None:
    several = await joint_project(cast, "active", themes=["permits", "tax"], sdg_goals=[11, 16])
    for amount, currency in (
        ("5", "EUR"),
        ("7.25", "USD"),
        ("0", "KES"),
        ("3", "KRW"),
        ("2", "USD"),
    ):
        await _cost(cast, several, amount, currency, "2026-03-02")
    for _ in range(2):
        same = await joint_project(cast, "active", themes=["tax"])
        for amount, currency in (("1", "EUR"), ("2", "KES"), ("4", "KRW"), ("8", "USD")):
            await _cost(cast, same, amount, currency, "2026-03-02")
    await joint_project(cast, "active", themes=[])
    budget = """count budget { kept: byCurrency { currency amount } amounts: byCurrency { amount }
        lines: byCurrency { currency amount lines } }"""
    by = ("THEME", "[STATE, REGION]", "SECTOR", "[SDG_GOAL, THEME]", "QUARTER")
    groups = " ".join(
        f"g{n}: groups(by: {keys}) {{ nodes {{ {budget} milestones {{ count }} }} }}"
        for n, keys in enumerate(by)
    )
    for who in ("officer", "nairobi_coordinator", "lima_coordinator", "public"):
        found = await _portfolio(api, f"{{ {budget} {groups} }}", cast, who)
        nodes = [node for n in range(len(by)) for node in found[f"g{n}"]["nodes"]]
        for each in (found, *nodes):
            lines = [{k: v for k, v in x.items() if k != "lines"} for x in each["budget"]["lines"]]
            assert each["budget"]["kept"] == lines
            assert [x["amount"] for x in lines] == [x["amount"] for x in each["budget"]["amounts"]]
        assert len(found["budget"]["kept"]) == (4 if who in INSIDE else 0)


async def test_portfolio_counts_only_projects_that_the_viewer_may_see(api: Api, cast: Cast) -> None:
    for state in ("draft", "submitted", "active"):
        await joint_project(cast, state)
    await joint_project(cast, "active", confidential=True)
    counts = {
        who: (await _portfolio(api, "{ count groups(by: [STATE]) { totalCount } }", cast, who))
        for who in ("public", "lima_mayor", "nairobi_mayor", "seoul_mayor", "officer")
    }
    seen = {who: (each["count"], each["groups"]["totalCount"]) for who, each in counts.items()}
    assert seen == {
        "public": (1, 1),
        "lima_mayor": (1, 1),
        "nairobi_mayor": (4, 3),
        "seoul_mayor": (3, 2),
        "officer": (3, 2),
    }


async def test_any_filter_of_projects_applies(api: Api, cast: Cast) -> None:
    await joint_project(cast, "active", themes=["permits"])
    await joint_project(cast, "submitted", themes=["open data"])
    document = """query($filter: ProjectFilter) { portfolio(filter: $filter) { count
        milestones { count } groups(by: THEME) { nodes { keys { theme } } } } }"""
    filters: dict[str, dict[str, Any]] = {
        "permits": {"milestones": {"some": {"project": {"state": {"eq": "ACTIVE"}}}}},
        "open data": {"not": {"themes": {"has": "permits"}}},
    }
    for theme, given in filters.items():
        found = (await api.data(document, {"filter": given}, cast.officer))["portfolio"]
        assert (found["count"], found["milestones"]["count"]) == (1, 1)
        assert [each["keys"]["theme"] for each in found["groups"]["nodes"]] == [theme]
    assert (await api.data(document, {"filter": None}, cast.officer))["portfolio"]["count"] == 2


async def test_overdue_is_judged_by_each_citys_own_date(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "active", planned_end_on=today(5))
    due = today(3)
    await add_milestone(cast, project.id, due_on=due)
    [evening] = [datetime(due.year, due.month, due.day, 22, 30, tzinfo=UTC)]
    for hour, expected in ((20, 0), (21, 1)):  # Nairobi is three hours ahead of UTC
        with clock.at(evening.replace(hour=hour)):
            found = await _portfolio(
                api, "{ overdue { projects milestones projectsWithMilestones } }", cast
            )
        assert found["overdue"] == {
            "projects": 0,
            "milestones": expected,
            "projectsWithMilestones": expected,
        }
    ended = today(5)
    with clock.at(datetime(ended.year, ended.month, ended.day, 21, 30, tzinfo=UTC)):
        found = await _portfolio(api, "{ overdue { projects } }", cast)
    assert found["overdue"]["projects"] == 1


async def test_outcomes_tell_known_from_unknown(api: Api, cast: Cast) -> None:
    for figure in ("12", "9", "41"):  # of the way from 40 down to 10: 0.93, 1.03 and -0.03
        await value(cast, await joint_project(cast, "active"), "approved", value=Decimal(figure))
    await value(cast, await joint_project(cast, "active"), "submitted", value=Decimal(10))
    found = await _portfolio(
        api, "{ outcomes { indicators measured unknown onTarget improved projects } }", cast
    )
    assert found["outcomes"] == {
        "indicators": 4,
        "measured": 3,
        "unknown": 1,
        "onTarget": 1,
        "improved": 2,
        "projects": 3,
    }


async def test_groups_are_bounded_and_say_so(api: Api, cast: Cast) -> None:
    await joint_project(cast, "active", themes=["a", "b", "c"])
    found = await _portfolio(
        api,
        """{ two: groups(by: [THEME], first: 2, orderBy: KEYS) { totalCount truncated
             nodes { keys { theme } } more: nodes { __typename } }
             groups(by: [THEME], first: 3) { truncated } }""",
        cast,
    )
    assert found["two"] == {
        "totalCount": 3,
        "truncated": True,
        "nodes": [{"keys": {"theme": "a"}}, {"keys": {"theme": "b"}}],
        "more": [{"__typename": "PortfolioGroup"}] * 2,
    }
    assert not found["groups"]["truncated"]


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ("{ groups(by: []) { totalCount } }", "at least one key"),
        ("{ groups(by: [THEME, SECTOR, SDG_GOAL]) { totalCount } }", "of which 3"),
        ("{ groups(by: [STATE, REGION, THEME, DONOR_CITY, RECIPIENT_CITY, QUARTER])"
         " { totalCount } }", "6 keys"),
        ("{ groups(by: STATE, first: 0) { totalCount } }", "not between 1 and 5000"),
        ("{ groups(by: STATE, first: 5001) { totalCount } }", "not between 1 and 5000"),
        ('{ budget { converted(to: "XQZ") { amount } } }', "'XQZ' is no currency"),
        ("{ " + " ".join(f"g{i}: groups(by: STATE) {{ totalCount }}" for i in range(8)) + " }",
         "More than 8 aggregates"),
        ("{ groups(by: DONOR_CITY, first: 1000) { nodes { keys { donorCity {"
         " practices { nodes { id } } } } } } }", "20,000 rows"),
    ],
)  # fmt: skip
async def test_too_much_is_refused_in_words(
    api: Api, cast: Cast, selection: str, message: str
) -> None:
    [error] = await api.errors(f"{{ portfolio {selection} }}", actor=cast.officer)
    assert message in error


async def test_plan_follows_the_keys_in_a_variable(api: Api, cast: Cast) -> None:
    await joint_project(cast, "active", themes=["a", "b"])
    document = """query($by: [PortfolioKey!]!, $key: PortfolioKey!, $order: GroupOrder) {
        portfolio { groups(by: $by, orderBy: $order) { totalCount }
          mixed: groups(by: [$key, STATE]) { totalCount } } }"""
    for by, totals in (("STATE", (1, 1)), ("THEME", (2, 2)), ("SECTOR", (2, 2))):
        variables = {"by": [by], "key": by, "order": "KEYS"}
        found = (await api.data(document, variables, cast.officer))["portfolio"]
        assert (found["groups"]["totalCount"], found["mixed"]["totalCount"]) == totals


async def test_figures_are_the_same_when_graphql_core_completes_them(api: Api, cast: Cast) -> None:
    await import_rates(cast.administrator, read_rates(RATES), "Made up")
    project = await joint_project(cast, "closed")
    await _cost(cast, await joint_project(cast, "active"), "16000", "KRW", "2026-03-05")
    assert project.id
    variables = {"by": ["STATE", "THEME", "SDG_GOAL", "DONOR_CITY", "QUARTER"]}
    planned = await api.data(EVERYTHING, variables, cast.officer)
    mixed = EVERYTHING.replace("portfolio {", "__schema { queryType { name } } portfolio {")
    completed = await api.data(mixed, variables, cast.officer)
    assert completed.pop("__schema")
    assert completed == planned
    assert planned["portfolio"]["groups"]["totalCount"] == 4


async def test_health_is_counted_of_projects_under_way_and_what_is_not_is_told_apart(
    api: Api, cast: Cast
) -> None:
    for state in ("submitted", "closed", "active"):
        await joint_project(cast, state)
    counts = "green amber red unknown notUnderWay"
    found = await _portfolio(
        api,
        f"""{{ count health {{ {counts} }} scheduleHealth {{ {counts} }}
        outcomeHealth {{ {counts} }} reportedHealth {{ {counts} unreported }}
        groups(by: [HEALTH]) {{ nodes {{ keys {{ health }} count }} }} }}""",
        cast,
    )
    assert found["health"]["notUnderWay"] == 2
    for name in ("health", "scheduleHealth", "outcomeHealth", "reportedHealth"):
        assert sum(found[name].values()) == found["count"] == 3, name
    assert found["reportedHealth"]["unreported"] == 1
    groups = {each["keys"]["health"]: each["count"] for each in found["groups"]["nodes"]}
    assert groups.pop(None) == 2
    assert list(groups.values()) == [1]


async def test_proposal_whose_milestones_days_have_passed_is_not_overdue(
    api: Api, cast: Cast
) -> None:
    await joint_project(cast, "submitted")
    with clock.at(clock.now() + timedelta(days=400)):
        found = await _portfolio(api, "{ overdue { projects milestones } }", cast)
        stale = await api.data(
            "{ projects(filter: { stale: { eq: true } }) { totalCount } }", actor=cast.officer
        )
    assert found["overdue"] == {"projects": 0, "milestones": 0}
    assert stale == {"projects": {"totalCount": 0}}
