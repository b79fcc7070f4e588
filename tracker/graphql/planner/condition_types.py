"""The Strawberry types of conditions and orders: a filter and an order for each declared type."""

from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from tracker.graphql.planner import enums, pointers, search
from tracker.graphql.planner.declare import Declaration, Many, One, Scalar
from tracker.graphql.planner.kinds import Kind, constant
from tracker.graphql.planner.pointers import Pointer

if TYPE_CHECKING:
    from tracker.graphql.planner.types import TypeBuilder

OPERATORS = {
    "eq": "Equal to.",
    "in": "Equal to one of these.",
    "notIn": "There is a value, and it equals none of these.",
    "gt": "Greater than.",
    "gte": "Greater than or equal to.",
    "lt": "Less than.",
    "lte": "Less than or equal to.",
    "contains": "Contains this text, whatever its case.",
    "startsWith": "Starts with this text, whatever its case.",
    "endsWith": "Ends with this text, whatever its case.",
    "has": "Contains this item.",
    "hasAny": "Contains at least one of these items.",
    "hasAll": "Contains each of these items.",
    "isNull": "Whether there is no value.",
}


class OrderDirection(StrEnum):
    """Which way an order runs."""

    ASC = "asc"
    DESC = "desc"


DIRECTIONS = {
    "ASC": "The smallest, earliest or first of the alphabet first; what has no value last.",
    "DESC": "The largest, latest or last of the alphabet first; what has none last as well.",
}


class ConditionTypes:
    """Makes the inputs by which rows are chosen and put in order."""

    def __init__(self, builder: "TypeBuilder") -> None:
        self.builder = builder
        self._input, self._type = builder._input, builder.type

    def make(self) -> None:
        """Those of all declared types."""
        enums.shown(OrderDirection, "Which way an order runs.", DIRECTIONS)
        self.builder.names["OrderDirection"] = OrderDirection
        for declaration in self.builder.registry.declarations.values():
            self._filter(declaration)
            self._order(declaration)

    def _filter(self, declaration: Declaration) -> None:
        name = f"{declaration.name}Filter"
        fields = [
            self._input("and", f"Optional[list[{name}]]", "All of these hold."),
            self._input("or", f"Optional[list[{name}]]", "At least one of these holds."),
            self._input("not", f"Optional[{name}]", "This does not hold."),
            self._input(
                "isNull",
                "Optional[bool]",
                "In a filter by a relation: whether there is no such row that you may see.",
            ),
        ]
        for key, field in declaration.fields.items():
            if isinstance(field, Scalar):
                kind = self._operators(field.kind)
            elif isinstance(field, Pointer):
                kind = self._operators(pointers.IDS)
            elif isinstance(field, One):
                kind = f"{field.target}Filter"
            else:
                kind = self._quantifiers(field)
            fields.append(self._input(key, f"Optional[{kind}]", field.description))
        if declaration.search:
            text = "What is found by these words."
            fields.append(self._input(search.FILTER, f"Optional[{self._search_input()}]", text))
        self._type(
            name, fields, f"Conditions on {declaration.name} rows; all must hold.", input=True
        )

    def _search_input(self) -> str:
        name = "SearchFilter"
        if name not in self.builder.names:
            text = 'Words that must all be there, "a phrase", -without, or; slips are forgiven.'
            fields = [self._input(search.OPERATOR, "Optional[str]", text)]
            self._type(name, fields, "A search by words.", input=True)
        return name

    def _quantifiers(self, relation: Many) -> str:
        name = f"{relation.target}ListFilter"
        if name not in self.builder.names:
            target = f"Optional[{relation.target}Filter]"
            fields = [
                self._input("some", target, "At least one related row fits."),
                self._input("none", target, "No related row fits."),
                self._input("every", target, "Every related row fits; so it is without any."),
            ]
            self._type(name, fields, f"Conditions on related {relation.target} rows.", input=True)
        return name

    def _operators(self, kind: Kind) -> str:
        name = f"{kind.name}Filter"
        if name not in self.builder.names:
            plain = self.builder._named(kind)
            if plain.startswith("list["):
                plain = plain[5:-1]
            listed = f"Optional[list[{plain}]]"
            types = {
                "isNull": "Optional[bool]",
                **dict.fromkeys(("in", "notIn", "hasAny", "hasAll"), listed),
            }
            fields = [
                self._input(operator, types.get(operator, f"Optional[{plain}]"), text)
                for operator, text in OPERATORS.items()
                if operator in kind.operators
            ]
            self._type(name, fields, f"Conditions on a value of type {kind.name}.", input=True)
        return name

    def _order(self, declaration: Declaration) -> None:
        name = declaration.name
        keys = [
            key
            for key, field in declaration.fields.items()
            if isinstance(field, Scalar) and field.kind.orderable
        ]
        members = {constant(key): key for key in keys}
        order_field = Enum(f"{name}OrderField", members)  # type: ignore[misc]
        words = {constant(key): declaration.fields[key].description for key in keys}
        enums.shown(order_field, f"What {name} rows can be ordered by.", words)
        self.builder.names[order_field.__name__] = order_field
        field = self._input("field", order_field.__name__, "What to order by.")
        direction = self._input("direction", "OrderDirection", "Which way.", OrderDirection.ASC)
        fields = [field, direction]
        self._type(f"{name}Order", fields, f"One key of an order of {name} rows.", input=True)
