"""From a selection set to one SQL expression whose value is the response's JSON text."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
)

from tracker.graphql.planner import filters, instants, pages, pointers, search, union
from tracker.graphql.planner import nodes as global_ids
from tracker.graphql.planner.aggregate import Aggregate
from tracker.graphql.planner.connection import ConnectionText, TableText
from tracker.graphql.planner.declare import Declaration, Many, One, Registry, Root, Scalar
from tracker.graphql.planner.faults import Fault
from tracker.graphql.planner.figures import FiguresText, rows_of
from tracker.graphql.planner.selections import Nodes, Selections
from tracker.graphql.planner.statement import (
    TYPE_KEY,
    Bind,
    NotPlannable,
    SizeOf,
    Statement,
    Text,
    kept_beside,
    literal,
    placed,
    response_key,
    where,
)
from tracker.graphql.planner.values import Leaf, Null, Tree, Variables, known

NUMBERS = "#rows"
"""Stands beside the variables that a document names, whose names have no such letter."""


@dataclass(frozen=True)
class Plan:
    """One statement: its text, how to fill its parameters, and what bounds its size. `texts`
    holds other wordings of it for as long as the plan lives."""

    sql: str
    binds: tuple[Bind, ...]
    sizes: tuple[tuple[SizeOf, ...], ...]
    texts: dict[str, str] = field(default_factory=dict, compare=False)


class Compiler(Selections):
    """Compiles one operation of a validated document for variables of one shape."""

    def __init__(
        self,
        schema: GraphQLSchema,
        registry: Registry,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Variables,
        own: bool = False,
    ) -> None:
        super().__init__(schema, fragments, variables)
        self.registry = registry
        self.statement = Statement(registry, variables, own)
        self._path: tuple[SizeOf, ...] = ()
        self.completed = False

    def query(self, operation: OperationDefinitionNode) -> Plan:
        """The whole operation. Raises NotPlannable when any root field is not declared."""
        query = self.schema.query_type
        assert query is not None
        text = Text("{")
        for index, (key, nodes) in enumerate(self.fields(query, [operation.selection_set])):
            text.key(index, key)
            if nodes[0].name.value == "__typename":
                text.add(f'"{query.name}"')
            else:
                text.sql(self._root(nodes))
        text.add("}")
        return self._plan(text)

    def root_field(self, nodes: Nodes) -> Plan:
        """One root field by itself, for an operation that graphql-core executes."""
        self.completed = True
        text = Text()
        text.sql(self._root(nodes))
        return self._plan(text)

    def no_ids(self, nodes: Nodes) -> dict[int, Fault]:
        """What is no id among those that a field `nodes` is given: place in the list -> error."""
        assert self.schema.query_type is not None
        [leaf] = self.arguments(self.schema.query_type, nodes[0]).values()
        with self.statement.at(response_key(nodes), nodes=nodes):
            return global_ids.wrong(self, known(leaf, self.variables))

    def rows(self, declaration: Declaration, nodes: Nodes) -> Plan:
        """Rows by their numbers and in their order, as the payload of a mutation selects them.
        The plan finds the numbers among the variables, under `NUMBERS`."""
        c = self.statement.alias()
        wanted = self.statement.bind("rows", "integer[]", lambda variables, _: variables[NUMBERS])
        conditions = [f"{c}.id = ANY({wanted})", *self.statement.visible(declaration, c)]
        body, joins = self.row_text(declaration, c, nodes)
        text = Text()
        text.add("[")
        text.sql(
            f"coalesce((SELECT string_agg({body},',' ORDER BY array_position({wanted},{c}.id))"
            f" FROM {declaration.sql_name} {c}{joins}{where(conditions)}),'')"
        )
        text.add("]")
        return self._plan(text)

    def _plan(self, text: Text) -> Plan:
        sql, binds = self.statement.used(f"SELECT {text}")
        return Plan(sql, binds, tuple(self.statement.sizes))

    # --- roots

    def _root(self, nodes: Nodes) -> str:
        with self.statement.at(response_key(nodes), nodes=nodes):
            return self._placed_root(nodes)

    def _placed_root(self, nodes: Nodes) -> str:
        name = nodes[0].name.value
        if name in ("node", "nodes"):
            return self._by_global_id(name, nodes)
        if name in self.registry.values:
            value = self.registry.values[name]
            text = Text()
            text.scalar(value.kind, self.statement.tokens(value.sql), value.null)
            return str(text)
        aggregate = self.registry.aggregates.get(name.removesuffix("History"))
        if aggregate is not None:
            return self._aggregate(aggregate, nodes)
        if name in self.registry.unions:
            return self._union(self.registry.unions[name], nodes)
        root = self.registry.roots.get(name)
        if root is None:
            raise NotPlannable(name)
        declaration = self.registry.declarations[root.target]
        query = self.schema.query_type
        assert query is not None
        arguments = self.arguments(query, nodes[0])
        if root.single:
            return self.single(declaration, self._found_by(root, arguments), nodes)
        return self._connection(declaration, query, nodes, on=root.on, parent=None)

    def _found_by(self, root: Root, arguments: dict[str, Tree | None]) -> str:
        if root.by is None:
            return self.statement.tokens(root.on)
        name, kind = root.by
        leaf = arguments[name]
        assert isinstance(leaf, Leaf)
        with self.statement.at(name):
            return root.on.replace("{by}", self.statement.leaf(leaf, kind))

    def _by_global_id(self, name: str, nodes: Nodes) -> str:
        query = self.schema.query_type
        assert query is not None
        [leaf] = self.arguments(query, nodes[0]).values()
        assert isinstance(leaf, Leaf)
        return (
            global_ids.node(self, leaf, nodes)
            if name == "node"
            else (global_ids.nodes(self, leaf, nodes))
        )

    def single(
        self, declaration: Declaration, on: str, nodes: Nodes, *, abstract: bool = False
    ) -> str:
        """The SQL text expression of the one visible row for which `on` holds, or null."""
        c = self.statement.alias()
        conditions = [placed(on, {"c": c}), *self.statement.visible(declaration, c)]
        body, joins = self.row_text(declaration, c, nodes, abstract=abstract)
        found = f"SELECT {body} FROM {declaration.sql_name} {c}{joins}{where(conditions)}"
        return f"coalesce(({found}),'null')"

    def _aggregate(self, aggregate: Aggregate, nodes: Nodes) -> str:
        """Figures over the rows that fit the filter; the rows are read once for all of them."""
        query = self.schema.query_type
        assert query is not None
        arguments = self.arguments(query, nodes[0])
        rows = self.statement.alias()
        given = _given(arguments.get("filter"))
        now = self.registry.parameters["now"][1]
        if nodes[0].name.value in self.registry.aggregates:
            at = instants.instant(self.statement, arguments, now)
            figures = FiguresText(self, aggregate, rows, at or "")
            body = figures.whole(self.type(aggregate.name), nodes)
            select = rows_of(self, aggregate, given, figures.read(body), at=at)
        else:
            at = instants.instants(self.statement, arguments, now)
            figures = FiguresText(self, aggregate, rows, at)
            body = figures.points(nodes)
            select = rows_of(self, aggregate, given, figures.read(body), during=at)
        return figures.around(select, body)

    def _union(self, found: union.Union, nodes: Nodes) -> str:
        query = self.schema.query_type
        assert query is not None
        arguments = self.arguments(query, nodes[0])
        page = pages.slice_of(self.statement, arguments, union.TERMS)
        text = union.connection(self, found, arguments, page)
        return self._paged(text, found.name, nodes)

    # --- objects

    def object(self, text: Text, name: str, nodes: Nodes) -> Iterator[Nodes]:
        """Writes an object of that type: yields the nodes of each field when its value is due;
        the caller closes the brace."""
        text.add("{")
        sets = [n.selection_set for n in nodes if n.selection_set]
        for index, (key, found) in enumerate(self.fields(self.type(name), sets)):
            text.key(index, key)
            if found[0].name.value == "__typename":
                text.add(f'"{name}"')
            else:
                yield found

    def row_by_number(self, declaration: Declaration, number: str, nodes: Nodes) -> str:
        """The text of the row with this number (an SQL expression), or null."""
        return self.single(declaration, f"{{c}}.id = {number}", nodes)

    @contextmanager
    def within(self, size: SizeOf) -> Iterator[None]:
        """What is compiled inside is written once for each of `size` entries."""
        outer = self._path
        self._path = (*outer, size)
        self.statement.sizes.append(self._path)
        yield
        self._path = outer

    def row_text(
        self, declaration: Declaration, alias: str, nodes: Nodes, *, abstract: bool = False
    ) -> tuple[str, str]:
        """The text of one row, and the joins that it needs. Where graphql-core completes it and
        the field's type is `abstract`, the row says first what it is."""
        gtype = self.type(declaration.name)
        text = Text()
        begin = f'{{"{TYPE_KEY}":"{declaration.name}",' if abstract and self.completed else "{"
        fields = self.fields(gtype, [n.selection_set for n in nodes if n.selection_set])
        kept, joins = self._kept(declaration, alias, fields)
        text.add(begin if fields else begin.rstrip(","))
        for index, (key, found) in enumerate(fields):
            text.key(index, key)
            name = found[0].name.value
            if name == "__typename":
                text.add(f'"{declaration.name}"')
                continue
            field = declaration.fields.get(name)
            if field is None:
                raise NotPlannable(f"{declaration.name}.{name}")
            if isinstance(field, Scalar):
                sql = field.beside if kept and field.beside else field.sql
                names = {"t": alias, "f": f"{alias}f"}
                text.scalar(field.kind, self.statement.tokens(placed(sql, names)), field.null)
                continue
            with self.statement.at(key, nodes=found):
                if isinstance(field, pointers.Pointer):
                    text.sql(self._pointed(field, alias, found))
                elif isinstance(field, One):
                    joins += self._one(declaration, field, alias, found, text)
                else:
                    text.sql(self._many(declaration, gtype, field, alias, found))
        text.add("}")
        return str(text), joins

    def _kept(
        self, declaration: Declaration, alias: str, fields: list[tuple[str, Nodes]]
    ) -> tuple[bool, str]:
        """Whether the row's text reads what is kept beside it from a join, because several of its
        fields do; and that join, unless the row has it already. Row by row, because PostgreSQL
        does not know how few rows a page has."""
        named = (declaration.fields.get(found[0].name.value) for _, found in fields)
        if sum(isinstance(each, Scalar) and bool(each.beside) for each in named) < 2:
            return False, ""
        if alias in self.statement.joined:
            return True, ""
        self.statement.joined.add(alias)
        return True, kept_beside(declaration, alias)

    def _one(self, parent: Declaration, relation: One, alias: str, nodes: Nodes, text: Text) -> str:
        """Adds the related row's text. A row that must be there is joined; one that may be
        missing or invisible is looked up for itself."""
        child = self.registry.declarations[relation.target]
        c = self.statement.alias()
        on = self.statement.tokens(placed(relation.on, {"p": alias, "c": c}))
        seen = [] if relation.open else self.statement.visible(child, c, parent.scope)
        body, joins = self.row_text(child, c, nodes)
        if not (relation.null or relation.order or seen):
            text.sql(body)
            return f" JOIN {child.sql_name} {c} ON {on}{joins}"
        order = f" ORDER BY {placed(relation.order, {'c': c})} LIMIT 1" if relation.order else ""
        text.sql(
            f"coalesce((SELECT {body} FROM {child.sql_name} {c}{joins}"
            f"{where([on, *seen])}{order}),'null')"
        )
        return ""

    def _pointed(self, pointer: pointers.Pointer, alias: str, nodes: Nodes) -> str:
        """The text of the row of whichever type, or null where the viewer may see none."""
        on = f"{{c}}.id = {alias}.{pointer.number}"
        arms = "".join(
            f" WHEN {literal(table)} THEN {self.single(each, on, nodes, abstract=True)}"
            for table, each in pointers.targets(self.registry, pointer).items()
        )
        return f"(CASE {alias}.{pointer.kind}{arms} ELSE 'null' END)"

    def _many(
        self,
        parent: Declaration,
        gtype: GraphQLObjectType,
        relation: Many,
        alias: str,
        nodes: Nodes,
    ) -> str:
        child = self.registry.declarations[relation.target]
        on = self.statement.tokens(placed(relation.on, {"p": alias, "c": "{c}"}))
        return self._connection(
            child, gtype, nodes, on=on, parent=parent, order=relation.order or child.order
        )

    # --- connections

    def _connection(
        self,
        declaration: Declaration,
        owner: GraphQLObjectType,
        nodes: Nodes,
        *,
        on: str,
        parent: Declaration | None,
        order: tuple[str, ...] | None = None,
    ) -> str:
        """The text of a connection: its rows in a subselect, everything asked of them above."""
        arguments = self.arguments(owner, nodes[0])
        c = self.statement.alias()
        sought = arguments.get(search.ARGUMENT)
        likeness = None
        if declaration.search and isinstance(sought, Leaf):
            likeness = search.asked(self.statement, declaration.search, sought, search.ARGUMENT)
        page = pages.page(self.statement, declaration, arguments, order or declaration.order,
                          likeness)  # fmt: skip
        with self.statement.at("filter"):
            given = _given(arguments.get("filter"))
            fitting = filters.conditions(self.statement, declaration, c, given)
        conditions = [
            placed(self.statement.tokens(on), {"c": c}),
            *self.statement.visible(declaration, c, parent.scope if parent else None),
            *fitting,
        ]
        if declaration.search and likeness:
            conditions.append(search.found(declaration.search, c, likeness))
        text = TableText(self, declaration, page, c, conditions)
        return self._paged(text, declaration.name, nodes)

    def _paged(self, text: ConnectionText, name: str, nodes: Nodes) -> str:
        outer = self._path
        self._path = (*outer, text.page.size)
        self.statement.sizes.append(self._path)
        sets = [n.selection_set for n in nodes if n.selection_set]
        result = text.build(self.fields(self.type(f"{name}Connection"), sets))
        self._path = outer
        return result


def _given(filter_: Tree | None) -> Tree | None:
    """A null where a whole filter could stand means none: generated clients send it for absent.
    Inside a filter a null is an error, because there it would silently widen the result."""
    return None if isinstance(filter_, Null) else filter_
