"""Kinds of scalar: how each is bound to a statement, written as JSON by PostgreSQL, and read
back where graphql-core has to complete it. Both ways must give the same text."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, ValueNode, value_from_ast_untyped
from piccolo.columns import Array, Column, Varchar
from strawberry.types.scalar import ScalarDefinition

EQUAL = frozenset({"eq", "in", "notIn", "isNull"})
ORDERED = EQUAL | {"gt", "gte", "lt", "lte"}
LIST = frozenset({"has", "hasAny", "hasAll", "isNull"})

Json = NewType("Json", object)
"""A JSON value as it was stored."""


@dataclass(frozen=True)
class Kind:
    """One kind of scalar.

    `name` names its filter input; `annotation` is what Strawberry exposes; `cast` the PostgreSQL
    type of its bind parameters; `text` turns the SQL expression `{x}` into text that is JSON
    as it is, or between double quotes when `quoted`; `bind` and `read` convert a coerced
    argument for asyncpg and a JSON value for graphql-core.
    """

    name: str
    annotation: Any
    cast: str
    text: str
    quoted: bool = False
    operators: frozenset[str] = ORDERED
    orderable: bool = True
    bind: Callable[[Any], Any] = lambda value: value
    read: Callable[[Any], Any] = lambda value: value


INT = Kind("Int", int, "bigint", "{x}::text")
FLOAT = Kind("Float", float, "float8", "{x}::text")
BOOLEAN = Kind("Boolean", bool, "boolean", "{x}::text", operators=EQUAL)
# JSON_SCALAR takes half the time of to_json: it looks up the type once for a statement.
TEXT = Kind(
    "String",
    str,
    "text",
    "JSON_SCALAR({x})::text",
    operators=ORDERED | {"contains", "startsWith", "endsWith"},
)
DATE = Kind("Date", date, "date", "{x}::text", quoted=True, read=date.fromisoformat)
INSTANT = Kind(
    "DateTime",
    datetime,
    "timestamptz",
    """to_char({x} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')""",
    quoted=True,
    read=datetime.fromisoformat,
)
DECIMAL = Kind("Decimal", Decimal, "numeric", "trim_scale({x})::text", quoted=True, read=Decimal)
JSON = Kind("JSON", Json, "jsonb", "{x}::text", operators=frozenset({"isNull"}), orderable=False)


POSITION = Kind("ID", strawberry.ID, "text", "{x}", quoted=True, operators=frozenset())
"""An opaque place in a stream, of characters that JSON leaves as they are."""


def constant(camel: str) -> str:
    """dueOn -> DUE_ON, ApiToken -> API_TOKEN."""
    words = "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in camel)
    return words.lstrip("_")


def enumeration(kind: type[Enum]) -> Kind:
    """An enum stored by its values; GraphQL shows names, which must be the values in capitals."""
    for member in kind:
        if member.name != str(member.value).upper():
            raise TypeError(f"{kind.__name__}.{member.name} must be named as its value in capitals")
    return Kind(
        kind.__name__,
        kind,
        "text",
        "upper({x})",
        quoted=True,
        operators=EQUAL,
        bind=lambda member: member.value,
        read=lambda name: kind[name],
    )


def identity(type_name: str) -> Kind:
    """The global id `Type:number` of a declared type."""
    return Kind(
        "ID",
        strawberry.ID,
        "integer",
        f"'{type_name}:'||{{x}}",
        quoted=True,
        operators=EQUAL - {"isNull"},
        bind=lambda text: number_of(text, type_name),
    )


VOWELS = ("A", "E", "I", "O")


def articled(type_name: str) -> str:
    """City -> a City; Indicator -> an Indicator."""
    return f"{'an' if type_name.startswith(VOWELS) else 'a'} {type_name}"


def number_of(text: object, type_name: str) -> int:
    """The row number inside a global id. Raises GraphQLError for another type's id."""
    head, _, tail = str(text).partition(":")
    if head != type_name or not (tail.isascii() and tail.isdecimal()):
        raise GraphQLError(
            f"{text!r} is not the id of {articled(type_name)}; ids look like {type_name}:12."
        )
    return int(tail) if len(tail) < 10 or (len(tail) == 10 and int(tail) < 2**31) else 0


def list_of(kind: Kind) -> Kind:
    """An array of `kind`, filtered by membership. Its `bind` is the member's."""
    enum, written = isinstance(kind.annotation, type(Enum)), "to_json({x})::text"
    return Kind(
        f"{kind.name}List",
        list[kind.annotation],  # type: ignore[name-defined]
        kind.cast,
        f"upper({written})" if enum else written,
        operators=LIST,
        orderable=False,
        bind=kind.bind,
        read=lambda values: [kind.read(value) for value in values],
    )


BY_VALUE_TYPE: dict[Any, Kind] = {
    int: INT,
    float: FLOAT,
    bool: BOOLEAN,
    str: TEXT,
    date: DATE,
    datetime: INSTANT,
    Decimal: DECIMAL,
    Json: JSON,
}


def of_column(column: Column) -> Kind:
    """The kind of a Piccolo column. Raises TypeError for one that cannot be exposed."""
    if column._meta.choices and not isinstance(column, Array):
        return enumeration(column._meta.choices)
    if isinstance(column, Array):
        return list_of(of_column(column.base_column))
    if column.column_type == "JSONB":
        return JSON
    if column._meta.secret:
        raise TypeError(f"{column._meta.name} is secret and is never exposed")
    kind = BY_VALUE_TYPE.get(str if isinstance(column, Varchar) else column.value_type)
    if kind is None:
        raise TypeError(f"{column._meta.name}: no kind for {column.value_type}")
    return kind


DIGITS_MOST = 1000
"""On either side of a number's point. PostgreSQL's driver makes 0 of some that have far more."""


def _fine(number: Decimal) -> bool:
    return int(number.as_tuple().exponent) < -DIGITS_MOST


def _decimal(value: object) -> Decimal:
    try:
        number = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if number.is_finite() and (abs(number.adjusted()) > DIGITS_MOST or _fine(number)):
        raise GraphQLError(
            f'"{str(value)[:40]}" has more than {DIGITS_MOST:,} digits before or after its point.'
        )
    if not number.is_finite():
        raise GraphQLError(
            f'"{str(value)[:40]}" is not a number. Write digits such as "12.5"; leave the field out'
            " when no value is known: missing is not zero."
        )
    return number


def _date(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise GraphQLError(f'"{value}" is not a date. Write it as YYYY-MM-DD.') from None


def _instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        instant = datetime.min
    if instant.tzinfo is None:
        raise GraphQLError(
            f'"{value}" is not an instant. Write it with its offset: 2026-11-24T08:00:00Z.'
        )
    return instant


def _located(parse: Callable[[object], Any]) -> Callable[..., Any]:
    """Reads what is written into a document; what is wrong there is said of its place."""

    def read(node: ValueNode, variables: Any = None) -> Any:
        try:
            return parse(value_from_ast_untyped(node, variables))
        except GraphQLError as error:
            raise GraphQLError(error.message, node) from None

    return read


SCALARS: dict[object, ScalarDefinition] = {
    date: strawberry.scalar(
        name="Date",
        description="A civil date, ISO 8601: 2026-11-24.",
        serialize=lambda value: value.isoformat(),
        parse_value=_date,
        parse_literal=_located(_date),
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant in UTC, RFC 3339 to the second: 2026-11-24T08:00:00Z.",
        serialize=lambda value: value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        parse_value=_instant,
        parse_literal=_located(_instant),
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal number as text, so that no digit is lost: "12.5".',
        serialize=lambda value: format(value, "f"),
        parse_value=_decimal,
        parse_literal=_located(_decimal),
    ),
    Json: strawberry.scalar(
        name="JSON",
        description="Any JSON value, as it was stored.",
        serialize=lambda value: value,
        parse_value=lambda value: json.dumps(value),
    ),
}
"""Strawberry's own scalars lose digits, guess zones and explain little; these replace them."""
