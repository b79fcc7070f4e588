"""Validation by those rules that have something to look at.

graphql-core asks every rule at every node of a document, and most are about what most documents
do not have. A rule is left out only where the text lacks the very characters without which it
cannot hold what the rule is about, so that nothing is overlooked; a rule that is not known here is
always asked.
"""

import re
from collections.abc import Mapping, Sequence

from graphql import ASTValidationRule, specified_rules

FRAGMENTS = re.compile(r"\.\.\.|fragment")
DIRECTIVES = re.compile("@")
VARIABLES = re.compile(r"\$")
INTROSPECTION = re.compile("__(?:schema|type)(?!name)")
SUBSCRIPTION = re.compile("subscription")

ABOUT: Mapping[re.Pattern[str], Sequence[str]] = {
    FRAGMENTS: (
        *("FragmentsOnCompositeTypesRule", "UniqueFragmentNamesRule", "KnownFragmentNamesRule"),
        *("NoUnusedFragmentsRule", "PossibleFragmentSpreadsRule", "NoFragmentCyclesRule"),
    ),
    DIRECTIVES: (
        *("KnownDirectivesRule", "UniqueDirectivesPerLocationRule"),
        *("DeferStreamDirectiveOnRootField", "DeferStreamDirectiveOnValidOperationsRule"),
        *("DeferStreamDirectiveLabel", "StreamDirectiveOnListField"),
    ),
    VARIABLES: (
        *("VariablesAreInputTypesRule", "UniqueVariableNamesRule", "NoUndefinedVariablesRule"),
        *("NoUnusedVariablesRule", "VariablesInAllowedPositionRule"),
    ),
    INTROSPECTION: ("MaxIntrospectionDepthRule",),
    SUBSCRIPTION: ("SingleFieldSubscriptionsRule",),
}
"""What a document cannot have without characters that match -> the rules that are about it."""


def rules_for(text: str) -> list[type[ASTValidationRule]]:
    """The rules to ask about the document, in the order in which graphql-core asks them."""
    absent = {name for mark, names in ABOUT.items() if not mark.search(text) for name in names}
    return [rule for rule in specified_rules if rule.__name__ not in absent]
