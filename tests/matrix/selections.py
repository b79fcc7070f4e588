"""What is asked of a declared type, and the names in the answers."""

import re
from typing import Any

from tests.matrix.classified import types
from tracker.graphql.planner.declare import Declaration, Many, One, Scalar
from tracker.graphql.planner.pointers import Pointer

MOST = 100
"""Rows of a page, of related rows, and of those that are asked for one by one."""

OWN_KEY = re.compile(r'\{c\}\."(\w+)" = \{p\}\.id')
"""Relations to many whose rows say themselves whose they are."""


def selection(declaration: Declaration, most: int = MOST) -> str:
    """Every field; of what is related, which rows, `most` of each."""
    parts = []
    for name, declared in declaration.fields.items():
        if isinstance(declared, Scalar):
            parts.append(name)
        elif isinstance(declared, One | Pointer):
            parts.append(f"{name} {{ id }}")
        else:
            parts.append(f"{name}(first: {most}) {{ totalCount nodes {{ id }} }}")
    return " ".join(parts)


def guarded_scalars(declaration: Declaration) -> list[str]:
    """Fields that fewer people see than the row."""
    told = types()[declaration.name].fields
    return [
        name
        for name, declared in declaration.fields.items()
        if isinstance(declared, Scalar) and told[name] != "all"
    ]


def column_of(name: str, declared: One, row: Any) -> str | None:
    """The column of the row that holds a relation to one; None where only SQL knows."""
    column = snake(name)
    return column if column in row and f'"{column}"' in declared.on else None


def key_of(declared: Many) -> str | None:
    """The column of the related rows that holds whose they are; None where only SQL knows."""
    key = OWN_KEY.fullmatch(declared.on)
    return key[1] if key else None


def number(global_id: str) -> int:
    """The number in an id such as `Project:12`."""
    return int(global_id.partition(":")[2])


def snake(camel: str) -> str:
    """`dueOn` as the column says it."""
    return re.sub(r"([A-Z])", r"_\1", camel).lower()


def camel(snake_: str) -> str:
    """`due_on` as the field says it."""
    first, *others = snake_.split("_")
    return first + "".join(each.capitalize() for each in others)
