"""Documents generated from the declarations: every field, filter and order of a type."""

from collections.abc import Iterator

from tracker.graphql.planner.declare import Declaration, Many, One, Scalar
from tracker.graphql.planner.kinds import Kind
from tracker.graphql.registry import registry

LITERALS = {
    "Int": "1",
    "Float": "1.5",
    "Boolean": "true",
    "String": '"a"',
    "Date": '"2026-01-31"',
    "DateTime": '"2026-01-31T08:00:00Z"',
    "Decimal": '"1.5"',
}


def everything(declaration: Declaration) -> str:
    """All scalars of a type, and the ids of everything related to it."""
    lines = []
    for name, field in declaration.fields.items():
        if isinstance(field, Scalar):
            lines.append(name)
        elif isinstance(field, One):
            lines.append(f"{name} {{ __typename id }}")
        else:
            lines.append(f"{name} {{ totalCount nodes {{ id }} }}")
    return f"{{ {declaration.plural} {{ totalCount nodes {{ {' '.join(lines)} }} }} }}"


def filters(declaration: Declaration) -> Iterator[str]:
    """A filter for every operator of every field of a type."""
    for name, field in declaration.fields.items():
        if isinstance(field, One):
            yield f'{{ {name}: {{ id: {{ eq: "{field.target}:1" }} }} }}'
        elif isinstance(field, Many):
            yield f'{{ {name}: {{ some: {{ id: {{ eq: "{field.target}:1" }} }} }} }}'
            yield f"{{ {name}: {{ none: {{}} }} }}"
        else:
            for operator in sorted(field.kind.operators):
                value = _literal(field.kind, declaration, operator)
                yield f"{{ {name}: {{ {operator}: {value} }} }}"


def orders(declaration: Declaration) -> Iterator[str]:
    """Every key that a type can be ordered by, both ways."""
    for name, field in declaration.fields.items():
        if isinstance(field, Scalar) and field.kind.orderable:
            constant = "".join(f"_{c}" if c.isupper() else c.upper() for c in name)
            yield f"{{ field: {constant}, direction: ASC }}"
            yield f"{{ field: {constant}, direction: DESC }}"


def names() -> list[str]:
    """All declared types."""
    return list(registry.declarations)


def _literal(kind: Kind, declaration: Declaration, operator: str) -> str:
    if operator == "isNull":
        return "false"
    name = kind.name.removesuffix("List")
    if name == "ID":
        value = f'"{declaration.name}:1"'
    elif name in LITERALS:
        value = LITERALS[name]
    else:
        python = kind.annotation.__args__[0] if kind.name.endswith("List") else kind.annotation
        value = next(iter(python)).name
    return f"[{value}]" if operator == "in" else value
