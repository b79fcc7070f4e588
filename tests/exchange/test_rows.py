"""Answers as rows, and rows as text."""

import csv as standard
import io
from typing import Any

import pytest

from tracker.exchange import csv, table
from tracker.exchange.rows import NotOneList, flat, lists, the_list

PROJECTS: dict[str, Any] = {
    "projects": {
        "totalCount": 2,
        "nodes": [
            {"code": "A", "city": None, "days": 0, "milestones": {"nodes": []}, "tags": ["x", "y"]},
            {
                "code": "B",
                "city": {"name": "서울"},
                "days": None,
                "milestones": {
                    "nodes": [{"title": "one", "on": None}, {"title": "two", "on": "9"}]
                },
                "tags": [],
            },
        ],
    }
}


def test_nested_values_become_dotted_columns_and_lists_are_joined() -> None:
    columns, rows = flat(the_list(PROJECTS))
    assert columns == ["code", "city.name", "days", "milestones.title", "milestones.on", "tags"]
    assert rows == [
        ["A", None, 0, None, None, "x; y"],
        ["B", "서울", None, "one; two", "; 9", None],
    ]


def test_missing_is_empty_and_zero_stays_zero() -> None:
    lines = csv.written(*flat(the_list(PROJECTS))).splitlines()
    assert lines[1] == "A,,0,,,x; y"
    assert lines[2] == "B,서울,,one; two,; 9,"


def test_edges_groups_and_single_objects_are_rows() -> None:
    edges = {"cities": {"edges": [{"cursor": "c", "node": {"name": "Lima"}}]}}
    assert flat(the_list(edges)) == (["cursor", "node.name"], [["c", "Lima"]])
    groups = {"portfolio": {"count": 3, "groups": {"nodes": [{"keys": {"state": "ACTIVE"}}]}}}
    assert flat(the_list(groups)) == (["keys.state"], [["ACTIVE"]])
    assert flat(the_list({"viewer": {"name": "Ann"}})) == (["viewer.name"], [["Ann"]])
    assert flat(the_list({"viewer": None})) == (["viewer"], [[None]])


def test_several_lists_are_no_table() -> None:
    data: dict[str, Any] = {"cities": {"nodes": []}, "projects": {"nodes": []}}
    assert list(lists(data)) == ["cities", "projects"]
    with pytest.raises(NotOneList, match="cities, projects"):
        the_list(data)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\x00"])
def test_cells_that_a_spreadsheet_would_run_are_harmless(start: str) -> None:
    text = csv.written([f"{start}name"], [[f"{start}1+1|cmd"]])
    header, row = standard.reader(io.StringIO(text, newline=""))
    assert (header, row) == ([f"'{start}name"], [f"'{start}1+1|cmd"])


def test_numbers_below_zero_stay_numbers() -> None:
    assert csv.written(["a", "b", "c"], [[-3, "-12.5", True]]).splitlines()[1] == "-3,-12.5,true"
    assert csv.harmless("-12.5;=x") == "'-12.5;=x"
    assert csv.harmless("-1\n") == "'-1\n"


def test_table_lines_up_in_any_script() -> None:
    text = table.drawn(["city", "n"], [["서울", 5], ["São Paulo", 12], ["e\u0301", None]])
    assert text.splitlines() == [
        "city        n",
        "─────────  ──",
        "서울        5",
        "São Paulo  12",
        "e\u0301",
    ]


def test_table_steers_no_terminal_and_cuts_what_is_long() -> None:
    text = table.drawn(["a"], [["\x1b[31mred\nnext"], ["가" * 40]])
    assert "\x1b" not in text
    assert len(text.splitlines()) == 4
    assert table.width(text.splitlines()[3]) <= table.WIDTH_MOST
    assert text.endswith("…\n")
