"""What somebody sends who means harm: each is refused, or answered cheaply."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Hostile:
    """One request's body; `refused` is set where an answer with data would be a failure."""

    name: str
    body: bytes
    refused: bool = True


def everything() -> Iterator[Hostile]:
    """All of them, each different from the last time where a cache could hide what it costs."""
    yield from _shapes()
    yield from _values()
    yield from _bodies()


def _shapes() -> Iterator[Hostile]:
    """Documents by the shape of their selections."""
    inside = "leadCity { practices { nodes { city { practices { nodes { city {"
    yield _one("nested deeply", f"{{ projects {{ nodes {{ {inside} name }} }} }} }} }} }} }} }} }}")
    yield _one(
        "as deep as it goes",
        f"{{ projects(first: 1) {{ nodes {{ {_deep(6)} }} }} }}",
        refused=False,
    )
    yield _one(
        "as deep and wide as it goes",
        f"{{ projects(first: 1) {{ nodes {{ {_wide(3)} }} }} }}",
        refused=False,
    )
    yield _one("nested beyond recursion", "{ a" * 900 + " }" * 900)
    yield _one(
        "aliases", "{ " + " ".join(f"a{i}: cities {{ totalCount }}" for i in range(150)) + " }"
    )
    yield _one("aliases of a field", "{ cities { nodes { " + _many("a{i}: name", 200) + " } } }")
    yield _one("fragment bomb", _bomb(12))
    yield _one(
        "fragment cycle", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"
    )
    yield _one(
        "fragment cycle over a union",
        '{ search(query: "a") { nodes { ...A } } } fragment A on SearchResult { ... on Practice {'
        " city { practices { nodes { ...B } } } } } fragment B on Practice { title ...A }",
    )
    yield _one("many fragments", "{ __typename } " + _many("fragment F{i} on City {{ name }}", 150))
    yield _one("directives", "{ __typename " + "@include(if: true) " * 150 + "}")
    yield _one("unknown directives", "{ __typename " + "@a @b @c " * 100 + "}")
    yield _one("repeated field", "{ " + "__typename " * 950 + "}", refused=False)
    yield _one("beyond the tokens", "{ " + "__typename " * 8_000 + "}")
    yield _one("overlapping fields", _overlapping(40))
    product = "{ cities(first: 100) { nodes { practices(first: 100) { nodes { projects(first: 100)"
    yield _one("product of pages", product + " { nodes { title } } } } } } }")
    yield _one(
        "introspection with aliases",
        "{ " + _many("a{i}: __schema {{ types {{ name }} }}", 20) + " }",
    )
    types = "fields { type { fields { type { fields { type { name } } } } } }"
    yield _one("introspection in circles", f"{{ __schema {{ types {{ {types} }} }} }}")
    yield _one("field suggestions", "{ " + _many("citie{i}", 300) + " }")
    yield _one(
        "argument suggestions", "{ cities(" + _many("firs{i}: 1", 200) + ") { totalCount } }"
    )
    yield _one("many operations", _many("query Q{i} {{ __typename }}", 150))
    yield _one("long name", "query " + "A" * 60_000 + " { __typename }", refused=False)
    yield _one("variables nobody uses", "query(" + _many("$v{i}: Int", 200) + ") { __typename }")


def _values() -> Iterator[Hostile]:
    """Documents by what they ask for."""
    by = "query($f: ProjectFilter) { projects(filter: $f) { totalCount } }"
    has = {"title": {"contains": "a"}}
    yield _one("a thousand alternatives", by, f={"or": [has] * 1000})
    yield _one("nested filter", by, f=_nested(300))
    yield _one("relations in a filter", by, f=_related(30))
    yield _one("long list", by, f={"code": {"in": [f"ES-{i}" for i in range(8000)]}}, refused=False)
    yield _one("expression", by, f={"title": {"contains": "(a+)+$" * 5000}}, refused=False)
    yield _one("wildcards", by, f={"title": {"contains": "%_%_" * 10_000}}, refused=False)
    yield _one("long order", "query($o: [ProjectOrder!]) { projects(orderBy: $o) { totalCount } }",
               o=[{"field": "HEALTH"}] * 2000)  # fmt: skip
    seek = "query($q: String!) { search(query: $q) { totalCount nodes { __typename } } }"
    yield _one("long search", seek, q="a or " * 10_000)
    yield _one("search of operators", seek, q="-!&|():*<->\\'\" " * 12, refused=False)
    yield _one("search of single letters", seek, q="a b c d e or " * 15, refused=False)
    yield _one("search without end", seek, q='"' * 199, refused=False)
    yield _one(
        "searches in a filter", by, f={"or": [{"text": {"matches": f"w{i}"}} for i in range(90)]}
    )
    yield _one(
        "huge number", "{ cities(filter: {population: {eq: " + "9" * 20_000 + "}}) { totalCount } }"
    )
    huge = '{ cities(filter: {name: {eq: "%s"}}) { totalCount } }'
    yield _one("huge string", huge % ("a" * 90_000), refused=False)
    yield _one(
        "nested literal",
        "{ cities(filter: " + "{not: " * 150 + "{}" + "}" * 150 + ") { totalCount } }",
    )
    yield _one(
        "foreign cursor", '{ cities(after: "' + "W1tb" * 20_000 + '") { totalCount nodes { id } } }'
    )
    yield _one(
        "escapes", '{ cities(filter: {name: {eq: "' + "\\u0000" * 10_000 + '"}}) { totalCount } }'
    )
    yield _one(
        "surrogates", '{ cities(filter: {name: {eq: "\\ud800"}}) { totalCount } }', refused=False
    )


def _bodies() -> Iterator[Hostile]:
    """What is no document at all."""
    yield Hostile("batch", b"[" + b",".join([b'{"query":"{__typename}"}'] * 2000) + b"]")
    yield Hostile("invalid UTF-8", b'{"query":"{ __typename }' + b"\xff\xfe\xc0\x80" * 2000 + b'"}')
    yield Hostile("deep JSON", b'{"query":"{ __typename }","variables":{"a":' + b"[" * 40_000)
    deep = b'{"a":' * 9000 + b"1" + b"}" * 9000
    yield Hostile("deep variables", b'{"query":"{ __typename }","variables":' + deep + b"}", False)
    yield Hostile("large body", b'{"query":"{ __typename }' + b" " * 2_000_000 + b'"}')
    wide = json.dumps({f"v{i}": i for i in range(6000)}).encode()
    yield Hostile("wide variables", b'{"query":"{ __typename }","variables":' + wide + b"}", False)
    hashes = b'{"query":"","extensions":{"persistedQuery":{"version":1,"sha256Hash":"%s"}}}'
    yield Hostile("persisted hash", hashes % (b"0" * 64))
    yield Hostile("long persisted hash", hashes % (b"f" * 90_000))
    yield Hostile("not JSON", b"\x00" * 90_000)


def _one(name: str, query: str, *, refused: bool = True, **variables: Any) -> Hostile:
    return Hostile(name, json.dumps({"query": query, "variables": variables}).encode(), refused)


def _many(pattern: str, count: int) -> str:
    return " ".join(pattern.format(i=i) for i in range(count))


def _bomb(levels: int) -> str:
    """Fragments that each spread the next one twice under two fields."""
    parts = ["{ cities { nodes { ...F0 } } }"]
    for i in range(levels):
        below = f"...F{i + 1}" if i + 1 < levels else "id"
        inner = f"nodes {{ city {{ {below} }} }}"
        parts.append(f"fragment F{i} on City {{ practices {{ {inner} }} requests {{ {inner} }} }}")
    return " ".join(parts)


def _deep(levels: int) -> str:
    """A project's milestones' project's milestones, each a page of one."""
    return (
        f"milestones(first: 1) {{ nodes {{ project {{ {_deep(levels - 2)} }} }} }}"
        if levels
        else "id"
    )


def _wide(levels: int) -> str:
    """Every part of a project, and of its project every part again."""
    if not levels:
        return "id code"
    parts = ("milestones", "results", "risks", "participations", "statusReports", "budgetLines")
    inner = f"(first: 1) {{ nodes {{ id project {{ {_wide(levels - 1)} }} }} }}"
    return " ".join(part + inner for part in parts[: 3 if levels > 1 else 5])


def _overlapping(count: int) -> str:
    """Every pair of these fields has to be compared, and every pair inside them."""
    inner = " ".join(["nodes { city { name id } }"] * 3)
    return "{ cities { nodes { " + f"practices {{ {inner} }} " * count + "} } }"


def _nested(depth: int) -> Any:
    return {"not": _nested(depth - 1)} if depth else {}


def _related(depth: int) -> Any:
    return {"milestones": {"some": {"project": _related(depth - 1)}}} if depth else {}
