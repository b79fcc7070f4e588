"""The documents of pages and examples."""

import pytest

from tracker.graphql import graphql_schema
from tracker.web.documents import main, wrong
from tracker.web.explorer import EXAMPLES


def test_every_document_fits_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == "Every document fits the schema.\n"
    assert graphql_schema.query_type


def test_mistakes_are_named_by_file_and_line() -> None:
    path = EXAMPLES / "13_find.graphql"
    [unknown] = wrong(path, "query Cities {\n  cities { nodes { mayor } }\n}")
    assert unknown.startswith("tracker/web/examples/13_find.graphql:2: Cannot query field 'mayor'")
    [syntax] = wrong(path, "query {\n\n")
    assert ":3: Syntax Error" in syntax
