"""Declarations: a GraphQL type as columns, relations and computed fields over a table.

    @registry.node(tables.Milestone, visible=rules.visible, scope="project")
    class Milestone:
        title: auto
        due_on: auto
        project = one("Project")
        evidence = many("Evidence", by="milestone")
        days_late = computed(int | None, "...", "Days past the due date.")

Type, nullability, enum and description of a column come from the column. Nothing is exposed
that is not listed.
"""

import inspect
import re
import types as pytypes
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from piccolo.columns import ForeignKey
from piccolo.table import Table
from strawberry.utils.str_converters import to_camel_case

from tracker.graphql.planner import kinds
from tracker.graphql.planner.aggregate import Aggregate
from tracker.graphql.planner.deprecations import Deprecation, deprecation
from tracker.graphql.planner.kinds import Kind
from tracker.graphql.planner.pointers import Pointer

if TYPE_CHECKING:
    from tracker.graphql.planner.search import Search
    from tracker.graphql.planner.union import Union

Predicate = Callable[[str], str]
"""Table alias -> SQL condition; may name viewer parameters as `:token`."""

T = TypeVar("T")


class auto:
    """Marks a field that is exactly its column. A subclass with a predicate marks one that is null
    for everybody for whom the predicate does not hold: in answers, conditions and orders."""

    visible: ClassVar[Predicate | None] = None


@dataclass(frozen=True)
class Scalar:
    """A value over the alias `{t}`: exactly the `column` of that name, or computed. With
    `visible`, `sql` already gives null to everybody for whom it does not hold. What is kept
    `beside` the row is looked up by `sql`, or read over the aliases `{t}` and `{f}` where the
    kept rows are joined."""

    kind: Kind
    sql: str
    null: bool
    description: str
    column: str = ""
    visible: Predicate | None = None
    beside: str = ""


@dataclass(frozen=True)
class One:
    """A relation to at most one row: `on` joins the parent `{p}` with the child `{c}`;
    with an `order`, the first such row. What is `open` is visible to whoever sees the parent,
    because `on` holds for no other row. With `visible`, a predicate over the parent, `on` already
    finds nothing for everybody for whom that does not hold."""

    target: str
    on: str
    null: bool
    description: str
    order: str = ""
    open: bool = False
    visible: Predicate | None = None


@dataclass(frozen=True)
class Many:
    """A relation to any number of rows, shown as a connection in the given default order."""

    target: str
    on: str
    order: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class _Spec:
    """What a class body says before the table is known."""

    make: Callable[["Declaration", str], Scalar | One | Many]


_KEPT = re.compile(r"\{f\}\.(\w+)")


@dataclass
class Declaration:
    """A declared type. `scope` names rows that are visible together: between two types of the
    same scope, following a relation needs no second look at visibility, or only at `in_scope`
    where the type is narrower than its scope."""

    name: str
    table: type[Table]
    visible: Predicate
    scope: str | None
    order: tuple[str, ...]
    description: str
    plural: str
    in_scope: Predicate | None = None
    search: "Search | None" = None
    beside: tuple[str, str, tuple[str, ...]] | None = None
    """A table with one more row for each row, its column with this one's id, and the columns that
    it has copies of, by which its indexes find what this one is asked for."""
    narrow: tuple[str, tuple[str, ...]] | None = None
    """A table with a row of the same id for each row, and its columns: copies, and some of its
    own. Aggregates read it in place of the wide one, as far as it has all that they read."""
    fields: dict[str, Scalar | One | Many | Pointer] = field(default_factory=dict)

    @property
    def sql_name(self) -> str:
        """The table's name, quoted where SQL needs it."""
        return f'"{self.table._meta.tablename}"'

    @cached_property
    def kept(self) -> list[str]:
        """The columns beside the row that its fields read."""
        scalars = (each for each in self.fields.values() if isinstance(each, Scalar))
        return sorted({name for each in scalars for name in _KEPT.findall(each.beside)})


@dataclass(frozen=True)
class Root:
    """A query field: the rows of `target` for which `on` holds over the alias `{c}`; a `single`
    one finds at most one by the argument `by` (argument name, kind), or by `on` alone."""

    target: str
    description: str
    single: bool
    on: str = "true"
    by: tuple[str, Kind] | None = None


@dataclass(frozen=True)
class Argument:
    """A plain argument of a stream; with `on`, a condition over the alias `{c}` and the bound
    `{value}`, it narrows the stream's rows."""

    kind: Kind
    description: str
    on: str = ""


@dataclass(frozen=True)
class Stream:
    """A subscription field: rows of the event type `target` as they are added. `filtered` names
    a relation of the event whose filter the field takes."""

    target: str
    description: str
    arguments: Mapping[str, Argument]
    filtered: str = ""


@dataclass
class Registry:
    """Every declared type and root, and the viewer parameters that predicates may name:
    token -> (PostgreSQL type, viewer -> value). `values` are query fields of one computed value;
    `events` are types that only streams show, without a global id."""

    parameters: Mapping[str, tuple[str, Callable[[Any], Any]]]
    declarations: dict[str, Declaration] = field(default_factory=dict)
    roots: dict[str, Root] = field(default_factory=dict)
    values: dict[str, Scalar] = field(default_factory=dict)
    events: dict[str, Declaration] = field(default_factory=dict)
    streams: dict[str, Stream] = field(default_factory=dict)
    aggregates: dict[str, Aggregate] = field(default_factory=dict)
    unions: dict[str, "Union"] = field(default_factory=dict)
    deprecations: dict[str, Deprecation] = field(default_factory=dict)

    def node(
        self,
        table: type[Table],
        *,
        visible: Predicate,
        scope: str | None = None,
        in_scope: Predicate | None = None,
        plural: str | None = None,
        order: Sequence[str] = ("id",),
        roots: bool = True,
        search: "Search | None" = None,
        beside: tuple[str, str, tuple[str, ...]] | None = None,
        narrow: tuple[str, tuple[str, ...]] | None = None,
    ) -> Callable[[type[T]], type[T]]:
        """Declare a type over `table`, with its roots `noun(id:)` and `nouns(…)`."""

        def declare(body: type[T]) -> type[T]:
            name = body.__name__
            declaration = Declaration(
                name=name,
                table=table,
                visible=visible,
                scope=scope,
                in_scope=in_scope,
                order=tuple(order),
                description=inspect.cleandoc(body.__doc__ or table.__doc__ or name),
                search=search,
                beside=beside,
                narrow=narrow,
                plural=plural or f"{to_camel_case(name[0].lower() + name[1:])}s",
            )
            self.declarations[name] = declaration
            _fill(declaration, body)
            if roots:
                self._add_roots(declaration)
            return body

        return declare

    def event(
        self, table: type[Table], *, visible: Predicate, position: Scalar
    ) -> Callable[[type[T]], type[T]]:
        """Declare a type of events over `table`, whose `id` is the place in the stream."""

        def declare(body: type[T]) -> type[T]:
            name = body.__name__
            description = inspect.cleandoc(body.__doc__ or name)
            event = Declaration(name, table, visible, None, ("id",), description, "")
            self.events[name] = event
            _fill(event, body)
            event.fields["id"] = position
            return body

        return declare

    def root(self, name: str, root: Root) -> None:
        """Add a query field of its own."""
        self.roots[name] = root

    def aggregate(self, name: str, aggregate: Aggregate) -> None:
        """Add a query field with figures over the rows of a type."""
        self.aggregates[name] = aggregate

    def union(self, name: str, union: "Union") -> None:
        """Add a query field that searches several types."""
        self.unions[name] = union

    def deprecate(self, coordinate: str, *, until: str, reason: str) -> None:
        """Announce that a part of the schema goes: `Project.code`, `Query.projects(first:)`,
        `Health.GREEN`. Raises ValueError unless `until` is a day and `reason` a sentence."""
        self.deprecations[coordinate] = deprecation(coordinate, until, reason)

    def _add_roots(self, declaration: Declaration) -> None:
        noun = declaration.name[0].lower() + declaration.name[1:]
        self.roots[noun] = Root(
            declaration.name,
            f"One {_words(noun)} by its id; null if there is none or you may not see it.",
            single=True,
            on="{c}.id = {by}",
            by=("id", kinds.identity(declaration.name)),
        )
        self.roots[declaration.plural] = Root(
            declaration.name, f"The {_words(declaration.plural)} that you may see.", single=False
        )


def one(
    target: str,
    description: str = "",
    *,
    on: str = "",
    null: bool | None = None,
    order: str = "",
    open: bool = False,
    visible: Predicate | None = None,
) -> Any:
    """A relation to one row: the foreign key of this name unless `on` says otherwise. Say
    `null=True` when the row may be invisible to somebody who sees this one, `open=True` when `on`
    finds only rows that everybody sees who sees this one: no second look is taken. With `visible`
    there is no such row for everybody for whom that predicate on this row does not hold."""

    def make(declaration: Declaration, name: str) -> One:
        if on:
            found = One(target, on, null is not False, description, order, open)
        else:
            found = _key(declaration, name, target, null, description)
        if visible is None:
            return found
        guarded = f"{found.on} AND {visible('{p}')}"
        return replace(found, on=guarded, null=True, visible=visible)

    return _Spec(make)


def _key(
    declaration: Declaration, name: str, target: str, null: bool | None, description: str
) -> One:
    column = declaration.table._meta.get_column_by_name(name)
    if not isinstance(column, ForeignKey):
        raise TypeError(f"{declaration.name}.{name} is no foreign key")
    return One(
        target,
        f'{{c}}.id = {{p}}."{name}"',
        column._meta.null if null is None else null,
        description or str(column._meta.help_text),
    )


def many(
    target: str, description: str = "", *, by: str = "", on: str = "", order: Sequence[str] = ()
) -> Any:
    """A relation to many rows: those whose foreign key `by` points here, or `on`."""

    def make(declaration: Declaration, name: str) -> Many:
        return Many(target, on or f'{{c}}."{by}" = {{p}}.id', tuple(order), description)

    return _Spec(make)


def computed(
    annotation: Any, sql: str, description: str, *, visible: Predicate | None = None
) -> Any:
    """A value computed by PostgreSQL from the row `{t}`; with `visible`, null for everybody
    for whom that predicate does not hold."""

    def make(declaration: Declaration, name: str) -> Scalar:
        kind, null = _kind_of(annotation)
        return _guarded(Scalar(kind, f"({sql})", null, description), visible)

    return _Spec(make)


def beside(annotation: Any, sql: str, description: str) -> Any:
    """A value over the row `{t}` and the row `{f}` that is kept beside it."""

    def make(declaration: Declaration, name: str) -> Scalar:
        if declaration.beside is None:
            raise TypeError(f"{declaration.name}.{name}: nothing is kept beside {declaration.name}")
        table, key, _ = declaration.beside
        kind, null = _kind_of(annotation)
        looked_up = sql.replace("{f}", "f")
        found = f"(SELECT {looked_up} FROM {table} f WHERE f.{key} = {{t}}.id)"
        return Scalar(kind, found, null, description, beside=f"({sql})")

    return _Spec(make)


def _guarded(scalar: Scalar, visible: Predicate | None) -> Scalar:
    if visible is None:
        return scalar
    # Whether it may be seen is not asked where a column has nothing to show.
    there = f"{scalar.sql} IS NOT NULL AND " if scalar.column else ""
    sql = f"(CASE WHEN {there}{visible('{t}')} THEN {scalar.sql} END)"
    return replace(scalar, sql=sql, null=True, visible=visible)


def _fill(declaration: Declaration, body: type) -> None:
    """Read the class body: annotated columns first, then everything else, each in order."""
    declaration.fields["id"] = Scalar(
        kinds.identity(declaration.name), "{t}.id", False, "Global identifier.", "id"
    )
    for name, annotation in inspect.get_annotations(body).items():
        if not (isinstance(annotation, type) and issubclass(annotation, auto)):
            raise TypeError(f"{declaration.name}.{name} must be annotated as auto")
        column = _column(declaration, name)
        declaration.fields[to_camel_case(name)] = _guarded(column, annotation.visible)
    for name, spec in vars(body).items():
        if isinstance(spec, _Spec):
            declaration.fields[to_camel_case(name)] = spec.make(declaration, name)
        elif isinstance(spec, Pointer):
            declaration.fields[to_camel_case(name)] = spec


def _column(declaration: Declaration, name: str) -> Scalar:
    column = declaration.table._meta.get_column_by_name(name)
    if not column._meta.help_text:
        raise TypeError(f"{declaration.name}.{name}: give the column a help_text")
    return Scalar(
        kinds.of_column(column),
        f'{{t}}."{name}"',
        column._meta.null,
        str(column._meta.help_text),
        name,
    )


def _kind_of(annotation: Any) -> tuple[Kind, bool]:
    """`int | None` -> (INT, True); an enum class -> its kind."""
    parts = typing.get_args(annotation) if _is_union(annotation) else (annotation,)
    null = type(None) in parts
    [plain] = [part for part in parts if part is not type(None)]
    if isinstance(plain, type) and issubclass(plain, Enum):
        return kinds.enumeration(plain), null
    if typing.get_origin(plain) is list:
        return kinds.list_of(_kind_of(typing.get_args(plain)[0])[0]), null
    return kinds.BY_VALUE_TYPE[plain], null


def _is_union(annotation: Any) -> bool:
    return typing.get_origin(annotation) in (typing.Union, pytypes.UnionType)


def _words(camel: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in camel)
