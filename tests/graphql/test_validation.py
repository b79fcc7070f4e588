"""Rules of validation that are left out have nothing to say: all of them find no more."""

import pytest
from graphql import parse, specified_rules, validate

from tracker.graphql import graphql_schema
from tracker.graphql.planner.validation import ABOUT, rules_for

WRONG = {
    "FragmentsOnCompositeTypesRule": "{ viewer { ... on Date { name } } }",
    "UniqueFragmentNamesRule": "{ ...a } fragment a on Query { viewer { id } }"
    " fragment a on Query { viewer { id } }",
    "KnownFragmentNamesRule": "{ viewer { ...nowhere } }",
    "NoUnusedFragmentsRule": "{ viewer { id } } fragment a on Query { viewer { id } }",
    "PossibleFragmentSpreadsRule": "{ viewer { ... on City { id } } }",
    "NoFragmentCyclesRule": "{ ...a } fragment a on Query { ...a }",
    "KnownDirectivesRule": "{ viewer @nothing { id } }",
    "UniqueDirectivesPerLocationRule": "{ viewer { id @skip(if: true) @skip(if: true) } }",
    "DeferStreamDirectiveOnRootField": "mutation { ... @defer { apiTokenRevoke { ok } } }",
    "DeferStreamDirectiveOnValidOperationsRule": "subscription { ... @defer { a } b }",
    "DeferStreamDirectiveLabel": '{ ... @defer(label: "a") { b } ... @defer(label: "a") { c } }',
    "StreamDirectiveOnListField": "{ viewer @stream(initialCount: 1) { id } }",
    "VariablesAreInputTypesRule": "query($a: City) { viewer { id } }",
    "UniqueVariableNamesRule": "query($a: ID!, $a: ID!) { city(id: $a) { id } }",
    "NoUndefinedVariablesRule": "{ city(id: $a) { id } }",
    "NoUnusedVariablesRule": "query($a: ID) { viewer { id } }",
    "VariablesInAllowedPositionRule": "query($a: Int) { city(id: $a) { id } }",
    "MaxIntrospectionDepthRule": "{ __schema { types { fields { type { fields { type { fields"
    " { type { fields { name } } } } } } } } } }",
    "SingleFieldSubscriptionsRule": "subscription { a b }",
}
"""Rule that may be left out -> a document in which it finds something."""

OTHERS = (
    "{ nothing }",
    "{ viewer }",
    "{ city { id } }",
    '{ city(id: "City:1", more: 1) { id } }',
    "{ cities(filter: {name: {eq: 1}}, first: true) { totalCount } }",
    "{ a: viewer { id } a: cities { totalCount } }",
    "query a { viewer { id } } query a { viewer { id } }",
    "{ viewer { id __typename } }",
)


def test_every_rule_that_may_be_left_out_is_tried() -> None:
    assert set(WRONG) == {name for names in ABOUT.values() for name in names}
    assert set(WRONG) <= {rule.__name__ for rule in specified_rules}


@pytest.mark.parametrize("name", WRONG)
def test_rule_is_asked_where_it_finds_something(name: str) -> None:
    [rule] = [each for each in specified_rules if each.__name__ == name]
    assert validate(graphql_schema, parse(WRONG[name]), [rule])
    assert rule in rules_for(WRONG[name])


@pytest.mark.parametrize("text", [*WRONG.values(), *OTHERS])
def test_what_is_found_is_what_all_rules_find(text: str) -> None:
    document = parse(text)
    found = validate(graphql_schema, document, rules_for(text))
    assert [str(each) for each in found] == [
        str(each) for each in validate(graphql_schema, document)
    ]
    assert rules_for("{ viewer { id } }") != list(specified_rules)
