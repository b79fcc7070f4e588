"""What is selected of an object: fields merged by their response keys, through fragments and
directives, and the arguments of each."""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)

from tracker.graphql.planner.codes import ErrorCode
from tracker.graphql.planner.faults import Fault
from tracker.graphql.planner.statement import NotPlannable
from tracker.graphql.planner.values import Tree, Variables, tree

Nodes = list[FieldNode]


class Selections:
    """Reads the selections of one operation for variables of one shape."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Variables,
    ) -> None:
        self.schema = schema
        self.fragments = fragments
        self.variables = variables

    def type(self, name: str) -> GraphQLObjectType:
        """The object type of that name."""
        found = self.schema.type_map[name]
        assert isinstance(found, GraphQLObjectType)
        return found

    def fields(
        self, gtype: GraphQLObjectType, sets: Iterable[SelectionSetNode]
    ) -> list[tuple[str, Nodes]]:
        """Response key -> the field nodes merged under it, in the order of the response."""
        found: dict[str, Nodes] = {}
        self._collect(gtype, sets, found, set())
        return list(found.items())

    def _collect(
        self,
        gtype: GraphQLObjectType,
        sets: Iterable[SelectionSetNode],
        found: dict[str, Nodes],
        spread: set[str],
    ) -> None:
        for node in (node for each in sets for node in each.selections):
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                found.setdefault(key, []).append(node)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
                if node.name.value not in spread and self._applies(fragment, gtype):
                    spread.add(node.name.value)
                    self._collect(gtype, [fragment.selection_set], found, spread)
            elif isinstance(node, InlineFragmentNode) and self._applies(node, gtype):
                self._collect(gtype, [node.selection_set], found, spread)

    def _applies(
        self, node: FragmentDefinitionNode | InlineFragmentNode, gtype: GraphQLObjectType
    ) -> bool:
        condition = node.type_condition
        if condition is None or condition.name.value == gtype.name:
            return True
        kind = self.schema.type_map[condition.name.value]
        return is_abstract_type(kind) and self.schema.is_sub_type(kind, gtype)

    def _included(self, node: Any) -> bool:
        for directive in node.directives or ():
            name = directive.name.value
            if name not in ("skip", "include"):
                raise NotPlannable(f"@{name}")
            value = directive.arguments[0].value
            holds = (
                self.variables.get(value.name.value)
                if isinstance(value, VariableNode)
                else value.value
            )
            if holds is None:
                raise Fault(
                    f"@{name}: if is null; give true or false.", ErrorCode.BAD_ARGUMENT, [node]
                )
            if bool(holds) == (name == "skip"):
                return False
        return True

    def arguments(self, owner: GraphQLObjectType, node: FieldNode) -> dict[str, Tree | None]:
        """The field's arguments as trees."""
        known_arguments = owner.fields[node.name.value].args
        return {
            each.name.value: tree(each.value, known_arguments[each.name.value].type, self.variables)
            for each in node.arguments or ()
        }


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The document's fragments by name."""
    return {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
