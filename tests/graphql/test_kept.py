"""What the planner keeps: bounded, counted, and not to be pushed out by somebody else."""

import pytest

from tests.cast import Cast
from tracker.graphql import LIMITS, graphql_schema
from tracker.graphql.planner.kept import Plans, Recent
from tracker.graphql.planner.limits import Limits
from tracker.graphql.planner.run import Planner
from tracker.graphql.registry import registry


def test_recent_counts_what_could_not_be_made() -> None:
    recent: Recent[str, int] = Recent(10)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            recent.recall("bad", lambda: 1 // 0)
    assert (len(recent), recent.figures.misses, recent.figures.hits) == (0, 2, 0)


def test_what_is_kept_is_bounded_by_its_weight_too() -> None:
    recent: Recent[str, int] = Recent(10, room=6, weigh=len)
    for key in ("aa", "bb", "cc", "aa", "dddd"):
        recent.recall(key, lambda: 1)
    assert list(recent) == ["aa", "dddd"]
    plans: Plans[int] = Plans(10, room=6, weigh=lambda operation, _: len(str(operation)))
    for operation in ("aa", "bb", "cc", "aa", "dddd"):
        plans.recall(operation, "shape", lambda: 1)
    assert len(plans) == 2
    plans.recall("aa", "shape", lambda: pytest.fail("it was kept"))


def test_long_documents_take_no_more_room_than_short_ones(played: Cast) -> None:
    planner = Planner(graphql_schema, registry, cache_size=30)
    for number in range(40):
        fields = " ".join(f"a{n}x{number}: name" for n in range(15)) + " name" * 200
        _ask(planner, f"{{ cities {{ nodes {{ {fields} }} }} }}", {}, LIMITS)
    kept = planner.figures()
    assert 3 < kept["documents"][0] < 10
    assert kept["operations"][0] < 10
    assert kept["plans"][0] < 20


def test_plans_of_one_operation_push_out_only_each_other() -> None:
    plans: Plans[int] = Plans(100, shapes_most=3)
    plans.recall("innocent", "shape", lambda: 1)
    for shape in range(1000):
        plans.recall("hostile", shape, lambda: 2)
    assert len(plans) == 4
    plans.recall("innocent", "shape", lambda: pytest.fail("it was kept"))
    assert (plans.figures.hits, plans.figures.misses, plans.figures.evictions) == (1, 1001, 997)


def test_plans_forget_the_operation_used_longest_ago() -> None:
    plans: Plans[int] = Plans(2)
    for operation in ("a", "b", "a", "c"):
        plans.recall(operation, "shape", lambda: 1)
    assert len(plans) == 2
    plans.recall("a", "shape", lambda: pytest.fail("it was kept"))


def _ask(planner: Planner, text: str, variables: dict[str, object], limits: Limits | None) -> None:
    operation = planner.prepared(text, None, limits)
    planner.plan(operation, planner.variables(operation, variables))


def test_planner_keeps_its_own_plans_whatever_others_ask(played: Cast) -> None:
    planner = Planner(graphql_schema, registry, cache_size=30)
    own = "query($f: CityFilter) { cities(filter: $f) { totalCount } }"
    _ask(planner, own, {}, None)
    for number in range(40):
        _ask(planner, f"{{ a{number}: cities {{ totalCount }} }}", {}, LIMITS)
    for number in range(40):
        filter_: dict[str, object] = {"and": [{"name": {"eq": "Lima"}}] * number}
        _ask(planner, own.replace("totalCount", "__typename"), {"f": filter_}, LIMITS)
    figures = planner.figures()
    assert (figures["documents"][0], figures["plans"][0]) == (30, 30)
    misses = figures["own_plans"][1].misses
    _ask(planner, own, {}, None)
    figures = planner.figures()
    assert figures["own_plans"][1].misses == misses
    assert (figures["own_operations"][1].hits, figures["own_plans"][1].hits) == (1, 1)
    assert figures["plans"][1].seconds > 0
