"""The documents of pages and examples."""

import pytest

from tests.web.browser import Browser
from tracker.graphql import graphql_schema
from tracker.web.documents import main, mistakes, wrong
from tracker.web.explorer import EXAMPLES, examples


def test_every_document_fits_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(mistakes()) == []
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == "Every document fits the schema.\n"
    assert graphql_schema.query_type


def test_mistakes_are_named_by_file_and_line() -> None:
    path = EXAMPLES / "7_cities.graphql"
    [unknown] = wrong(path, "query Cities {\n  cities { nodes { mayor } }\n}")
    assert unknown.startswith("tracker/web/examples/7_cities.graphql:2: Cannot query field 'mayor'")
    [syntax] = wrong(path, "query {\n\n")
    assert ":3: Syntax Error" in syntax


async def test_every_example_is_answered(browser: Browser) -> None:
    for example in examples():
        if example["document"].count("mutation"):
            continue
        variables = example["variables"].replace("IN_30_DAYS", "2027-01-01")
        answer = await browser.client.get(
            "/graphql",
            params={"query": example["document"], "variables": variables},
            headers={"Accept": "application/graphql-response+json"},
        )
        assert answer.status_code == 200, example["name"]
        assert "errors" not in answer.json(), example["name"]
