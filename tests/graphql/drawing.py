"""Documents drawn from the schema for property tests.

hypothesis-graphql draws selections and arguments; `_Twist` gives them values that occur in the
data, and rewrites them into everything that a client may write instead: variables with and
without defaults, fragments of every kind, directives, aliases, the same field twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NamedTypeNode,
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    OverlappingFieldsCanBeMergedRule,
    SelectionSetNode,
    StringValueNode,
    VariableDefinitionNode,
    VariableNode,
    build_schema,
    get_named_type,
    parse_type,
    print_ast,
    print_schema,
    validate,
    value_from_ast_untyped,
)
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from tracker.graphql.planner.declare import Registry

Order = tuple[tuple[str, str], ...]
"""What stands between the brackets of `orderBy`: (field constant, direction) pairs."""

ROWS_MOST = (1, 2, 3, 5, 20)
"""Page sizes: small ones make many pages of few rows."""

PAGE = {"size": 2, "filter": 4, "order": 2, "cursor": 5}
"""What a page is asked with -> once in how many. With all at once, hardly any row is left; every
filter and every order is asked for by itself elsewhere."""


@dataclass(frozen=True)
class Seeds:
    """What occurs in the data: `ids` by type, those that most people see last; `values` by kind of
    scalar; `fields` by type and field, the values that its rows have; `cursors` by type and order,
    cursors of its rows."""

    ids: dict[str, list[str]]
    values: dict[str, Any]
    fields: dict[tuple[str, str], list[Any]]
    cursors: dict[str, dict[Order, list[str]]]


@dataclass(frozen=True)
class Drawn:
    """A document with its variables. Printed by hypothesis when a test fails."""

    text: str
    variables: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"\n{self.text}\nvariables: {dict(self.variables)!r}\n"


def declared_part(schema: GraphQLSchema, registry: Registry) -> GraphQLSchema:
    """The schema made anew without resolvers, and without what is not declared over tables."""
    made = build_schema(print_schema(schema), assume_valid=True)
    assert made.query_type
    roots = {*registry.roots, "node", "nodes"}
    _keep(made.query_type.fields, roots)
    for name, declaration in registry.declarations.items():
        kind: Any = made.type_map[name]
        _keep(kind.fields, set(declaration.fields))
        connection: Any = made.type_map[f"{name}Connection"]
        _keep(connection.fields, {"nodes", "edges", "pageInfo", "totalCount"})
        given: Any = made.type_map[f"{name}Filter"]
        _keep(given.fields, {*declaration.fields, "and", "or", "not", "isNull"})
    return made


def _keep(fields: dict[str, Any], names: set[str]) -> None:
    for name in set(fields) - names:
        del fields[name]


MERGED = [OverlappingFieldsCanBeMergedRule]
"""What the drawing library keeps for one level of fragments only: `createdAt` may be null in one
type and not in another, and two fragments may ask for it below one field."""


def documents(schema: GraphQLSchema, registry: Registry, seeds: Seeds) -> st.SearchStrategy[Drawn]:
    """Documents with one to three root fields over `schema`, which holds declared types only."""
    scalars = {
        name: st.sampled_from(list(values)).map(nodes.Int if name == "Int" else nodes.String)
        for name, values in seeds.values.items()
        if name != "Float"
    }
    assert schema.query_type
    every = sorted(schema.query_type.fields)
    lists = [declaration.plural for declaration in registry.declarations.values()]
    # Lists show many rows, and what is hidden among them; a row by its id is often hidden itself.
    root = st.sampled_from([name for name in lists if name in every]) | st.sampled_from(every)
    roots = st.lists(root, min_size=1, max_size=2, unique=True)
    plain = roots.flatmap(
        lambda names: queries(
            schema, fields=names, custom_scalars=scalars, allow_null=False,
            print_ast=lambda document: document,
        ).filter(lambda document: not validate(schema, document, MERGED))
    )  # fmt: skip

    @st.composite
    def drawn(draw: st.DrawFn) -> Drawn:
        found: list[DocumentNode] = [draw(plain)]
        if draw(_one_in(4)):
            found.append(draw(plain))
        return _Twist(draw, schema, registry, seeds).document(found)

    return drawn()


def _one_in(number: int) -> st.SearchStrategy[bool]:
    """True once in a while, and shrinking to False."""
    return st.integers(0, number - 1).map(lambda drawn: drawn == number - 1)


@dataclass
class _Twist:
    draw: st.DrawFn
    schema: GraphQLSchema
    registry: Registry
    seeds: Seeds
    variables: dict[str, Any] = field(default_factory=dict)
    definitions: list[VariableDefinitionNode] = field(default_factory=list)
    fragments: list[FragmentDefinitionNode] = field(default_factory=list)

    def document(self, drawn: Sequence[DocumentNode]) -> Drawn:
        """The first document; the roots of the others join it under aliases."""
        roots: list[Any] = []
        for index, each in enumerate(drawn):
            operation: Any = each.definitions[0]
            for node in operation.selection_set.selections:
                alias = f"again{index}_{node.name.value}" if index else None
                roots.append(self._field("Query", node, alias))
        if self._rarely(8):
            roots.append(FieldNode(name=NameNode(value="__typename")))
        operation = OperationDefinitionNode(
            operation=OperationType.QUERY,
            name=NameNode(value="Drawn"),
            variable_definitions=tuple(self.definitions),
            directives=(),
            selection_set=SelectionSetNode(selections=tuple(roots)),
        )
        document = DocumentNode(definitions=(operation, *self.fragments))
        return Drawn(print_ast(document), self.variables)

    def _rarely(self, number: int) -> bool:
        return self.draw(_one_in(number))

    # --- selections

    def _field(self, owner: str, node: FieldNode, alias: str | None = None) -> FieldNode:
        name = node.name.value
        kind: Any = self.schema.type_map[owner]
        gfield = kind.fields[name]
        target = get_named_type(gfield.type).name
        if alias is None and node.alias:
            alias = node.alias.value
        selections = node.selection_set
        return FieldNode(
            name=NameNode(value=name),
            alias=NameNode(value=alias) if alias else None,
            arguments=tuple(self._arguments(owner, name, gfield, node)),
            directives=tuple(self._directives()),
            selection_set=self._selections(target, selections.selections) if selections else None,
        )

    def _selections(self, owner: str, given: Iterable[Any]) -> SelectionSetNode:
        made: list[Any] = []
        for node in given:
            if isinstance(node, InlineFragmentNode):
                assert node.type_condition  # hypothesis-graphql draws no other
                condition = node.type_condition.name.value
                inner = self._selections(condition, node.selection_set.selections)
                made.append(self._fragment(condition, inner))
            else:
                made.append(self._field(owner, node))
        made += self._extras(owner, made)
        if len(made) > 1 and self._rarely(4):
            at = self.draw(st.integers(0, len(made) - 1))
            made[at:] = [self._fragment(owner, SelectionSetNode(selections=tuple(made[at:])))]
        return SelectionSetNode(selections=tuple(made))

    def _extras(self, owner: str, made: list[Any]) -> Iterable[Any]:
        """The type's name, the interface's field, rows of a page, and something once more. Most of
        a type's fields are relations, so that few documents would tell rows apart without ids."""
        if self._rarely(6):
            yield FieldNode(name=NameNode(value="__typename"), directives=tuple(self._directives()))
        if (owner in self.registry.declarations or owner == "Node") and self._rarely(2):
            text = FieldNode(name=NameNode(value="id"))
            yield self._inline("Node", SelectionSetNode(selections=(text,)))
        if owner.endswith("Connection") and self._rarely(2):
            number = SelectionSetNode(selections=(FieldNode(name=NameNode(value="id")),))
            yield FieldNode(name=NameNode(value="nodes"), directives=(), selection_set=number)
        if made and self._rarely(8):
            yield made[0]

    def _fragment(self, owner: str, inner: SelectionSetNode) -> Any:
        """One of the three ways to write a fragment."""
        way = self.draw(st.sampled_from(("on", "named", "bare")))
        if way == "named":
            name = f"F{len(self.fragments)}"
            self.fragments.append(
                FragmentDefinitionNode(
                    name=NameNode(value=name), type_condition=_named(owner),
                    directives=(), variable_definitions=(), selection_set=inner,
                )
            )  # fmt: skip
            return FragmentSpreadNode(
                name=NameNode(value=name), directives=tuple(self._directives())
            )
        # Without a condition only what surely is of this type may stand.
        return self._inline(owner if way == "on" or self._concrete(owner) else None, inner)

    def _concrete(self, owner: str) -> bool:
        return owner in self.registry.declarations

    def _inline(self, owner: str | None, inner: SelectionSetNode) -> InlineFragmentNode:
        return InlineFragmentNode(
            type_condition=_named(owner) if owner else None,
            directives=tuple(self._directives()),
            selection_set=inner,
        )

    def _directives(self) -> Iterable[DirectiveNode]:
        if not self._rarely(10):
            return
        name = self.draw(st.sampled_from(("include", "skip")))
        value = BooleanValueNode(value=self.draw(st.booleans()))
        given = self._maybe_variable("Boolean!", value)
        yield DirectiveNode(
            name=NameNode(value=name),
            arguments=(ArgumentNode(name=NameNode(value="if"), value=given),),
        )

    # --- arguments

    def _arguments(self, owner: str, name: str, gfield: Any, node: FieldNode) -> Iterable[Any]:
        given = {each.name.value: each.value for each in node.arguments or ()}
        if "id" in given:
            target = get_named_type(gfield.type).name
            given["id"] = StringValueNode(value=self._id(target))
        elif "ids" in given:
            given["ids"] = ListValueNode(
                values=tuple(StringValueNode(value=self._id("Node")) for _ in range(3))
            )
        elif "orderBy" in given:
            given = self._page(get_named_type(gfield.type).name.removesuffix("Connection"), given)
        for key, value in given.items():
            kind = gfield.args[key].type
            if not isinstance(kind, GraphQLNonNull) and self._rarely(20):
                fitted: Any = NullValueNode()
            else:
                fitted = self._fitted(value, kind, "")
            yield ArgumentNode(
                name=NameNode(value=key), value=self._maybe_variable(str(kind), fitted)
            )

    def _id(self, target: str) -> str:
        known = self.seeds.ids.get(target) or [each for ids in self.seeds.ids.values()
                                               for each in ids]  # fmt: skip
        return self.draw(st.sampled_from([*known, f"{known[0].partition(':')[0]}:999999"]))

    def _page(self, target: str, given: dict[str, Any]) -> dict[str, Any]:
        """A page that makes sense: one size, a cursor of its order, not everything at once."""
        kept = {part for part, one_in in PAGE.items() if self._rarely(one_in)}
        made: dict[str, Any] = {}
        if "filter" in kept:
            made["filter"] = given["filter"]
        if "size" in kept:
            size = self.draw(st.sampled_from(ROWS_MOST))
            way = self.draw(st.sampled_from(("first", "last")))
            made[way] = IntValueNode(value=str(size))
        if "cursor" in kept and self.seeds.cursors.get(target):
            orders = self.seeds.cursors[target]
            order = self.draw(st.sampled_from(sorted(orders)))
            made["orderBy"] = ListValueNode(values=tuple(_order(*each) for each in order))
            way = self.draw(st.sampled_from(("after", "before")))
            made[way] = StringValueNode(value=self.draw(st.sampled_from(orders[order])))
        elif "order" in kept:
            made["orderBy"] = given["orderBy"]
        return made

    def _fitted(self, node: Any, kind: Any, declared: str, hops: int = 0, field: str = "") -> Any:
        """The value with ids of the right types, and with no more conditions than find rows.
        What a field is compared with is mostly a value that a row has."""
        kind = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(kind, GraphQLList):
            items = node.values if isinstance(node, ListValueNode) else (node,)
            fitted = [self._fitted(each, kind.of_type, declared, hops, field)
                      for each in items[:3]]  # fmt: skip
            return fitted[0] if len(fitted) == 1 and self._rarely(4) else _list(fitted)
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(node, kind, declared, hops, field)
        if kind.name == "ID" and declared:
            return StringValueNode(value=self._id(declared))
        known = self.seeds.fields.get((declared, field))
        if known and not self._rarely(4):
            return _of_value(self.draw(st.sampled_from(known)), kind)
        return node

    def _object(
        self,
        node: ObjectValueNode,
        kind: GraphQLInputObjectType,
        declared: str,
        hops: int,
        field: str,
    ) -> ObjectValueNode:
        name = kind.name.removesuffix("Filter").removesuffix("List")
        is_type = name in self.registry.declarations
        declared = name if is_type else declared
        fields = list(node.fields)
        if kind.name.endswith("Filter"):
            fields = fields[:2] if hops < 4 else []
        made = []
        for each in fields:
            inner = kind.fields[each.name.value].type
            deeper = hops + (get_named_type(inner).name.endswith("Filter"))
            about = each.name.value if is_type else field
            about = "" if about == "isNull" or each.name.value == "isNull" else about
            fitted = self._fitted(each.value, inner, declared, deeper, about)
            made.append(
                ObjectFieldNode(
                    name=NameNode(value=each.name.value),
                    value=self._maybe_variable(str(inner), fitted),
                )
            )
        return ObjectValueNode(fields=tuple(made))

    def _maybe_variable(self, kind: str, node: Any) -> Any:
        """The value, or a variable that has it: given, by default, or as one item of a list."""
        if not self._rarely(5) or _holds_variable(node):
            return node
        name = f"v{len(self.definitions)}"
        by_default = self._rarely(3) and not isinstance(node, NullValueNode)
        if not by_default:
            self.variables[name] = value_from_ast_untyped(node)
        self.definitions.append(
            VariableDefinitionNode(
                variable=VariableNode(name=NameNode(value=name)),
                type=parse_type(kind),
                default_value=node if by_default else None,
                directives=(),
            )
        )
        return VariableNode(name=NameNode(value=name))


def _named(name: str) -> NamedTypeNode:
    return NamedTypeNode(name=NameNode(value=name))


def _list(values: Sequence[Any]) -> ListValueNode:
    return ListValueNode(values=tuple(values))


def _of_value(value: Any, kind: Any) -> Any:
    """A value as a row shows it, as an argument of that type."""
    if isinstance(kind, GraphQLEnumType):
        return nodes.Enum(value)
    if isinstance(value, bool):
        return BooleanValueNode(value=value)
    made: Any = {int: nodes.Int, float: nodes.Float}.get(type(value), nodes.String)
    return made(value)


def ordered_by(order: Order) -> str:
    """The argument `orderBy`."""
    pairs = (f"{{field: {name}, direction: {way}}}" for name, way in order)
    return f"[{', '.join(pairs)}]"


def _order(constant: str, direction: str) -> ObjectValueNode:
    pairs = (("field", constant), ("direction", direction))
    return nodes.Object(
        [ObjectFieldNode(name=NameNode(value=k), value=nodes.Enum(v)) for k, v in pairs]
    )


def _holds_variable(node: Any) -> bool:
    if isinstance(node, VariableNode):
        return True
    if isinstance(node, ObjectValueNode):
        return any(_holds_variable(each.value) for each in node.fields)
    return isinstance(node, ListValueNode) and any(_holds_variable(each) for each in node.values)
