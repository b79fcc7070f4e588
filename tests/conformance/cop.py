"""The checks of graphql-cop 1.15 (MIT, Dolev Farhi and Nick Aleks), asked anew by our own code of
an installation for real use, as somebody who has not signed in.

Its field duplication is off in its own list, because it also reports servers that merge fields;
here it counts.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tests.conformance.production import producing
from tests.conformance.rows import Row
from tests.conformance.server import Server

Check = Callable[[httpx.AsyncClient], Awaitable[bool]]
"""Whether it finds what it looks for."""

API = "/graphql"
TRACES = ("tracing", "cost", "queryplan")
IDES = ("graphiql", "graphql playground", "graphql-playground", "apollo sandbox", "altair")


async def check(server: Server) -> list[Row]:
    """All of them, against a server over the demonstration's data that is none itself."""
    with producing(server) as address:
        async with httpx.AsyncClient(base_url=address, follow_redirects=True) as client:
            found = [name for name, look in CHECKS.items() if await look(client)]
    print(*(f"  found: {name}" for name in found), sep="\n")
    return [
        Row("cop.checks", len(CHECKS), at_least=12),
        Row("cop.findings", len(found), at_most=0),
    ]


async def asked(client: httpx.AsyncClient, query: str) -> Any:
    """The answer to a document, as the tool sends it; {} for what is no JSON."""
    return read(await client.post(API, json={"query": query, "operationName": "cop"}))


def read(answer: httpx.Response) -> Any:
    """What an answer says."""
    try:
        return answer.json()
    except ValueError:
        return {}


def data(answer: Any) -> dict[str, Any]:
    """The data of an answer, {} without any."""
    return (answer.get("data") or {}) if isinstance(answer, dict) else {}


def said(answer: Any) -> str:
    """Every error of an answer as text."""
    return str(answer.get("errors", "")) if isinstance(answer, dict) else ""


async def field_suggestions(client: httpx.AsyncClient) -> bool:
    """A mistyped field brings out the names of others."""
    texts = ("__schema { directive }", "project { code }", "projects { node { code } }")
    answers = [said(await asked(client, f"query cop {{ {text} }}")) for text in texts]
    return any("did you mean" in each.lower() for each in answers)


async def introspection(client: httpx.AsyncClient) -> bool:
    """The schema is shown."""
    answer = await asked(client, "query cop { __schema { types { name fields { name } } } }")
    return bool(data(answer).get("__schema"))


async def ide(client: httpx.AsyncClient) -> bool:
    """One of the known explorers answers a browser."""
    text = (await client.get(API, headers={"Accept": "text/html"})).text.lower()
    return any(word in text for word in IDES)


async def get_queries(client: httpx.AsyncClient) -> bool:
    """Queries go by GET."""
    answer = read(await client.get(API, params={"query": "query cop {__typename}"}))
    return bool(data(answer).get("__typename"))


async def aliases(client: httpx.AsyncClient) -> bool:
    """A hundred and one aliases in one document."""
    fields = " ".join(f"alias{number}: __typename" for number in range(101))
    return "alias100" in data(await asked(client, f"query cop {{ {fields} }}"))


async def batches(client: httpx.AsyncClient) -> bool:
    """Ten operations in one request."""
    answer = read(await client.post(API, json=[{"query": "query cop { __typename }"}] * 10))
    return isinstance(answer, list) and len(answer) >= 10


async def tracing(client: httpx.AsyncClient) -> bool:
    """How long the parts of an answer took is told."""
    answer = await asked(client, "query cop { __typename }")
    return any(word in str(answer).lower() for word in TRACES)


async def directives(client: httpx.AsyncClient) -> bool:
    """Each of ten unknown directives on one field has an error of its own."""
    answer = await asked(client, f"query cop {{ __typename {'@aa' * 10} }}")
    return isinstance(answer, dict) and len(answer.get("errors", [])) >= 10


async def circles(client: httpx.AsyncClient) -> bool:
    """The schema asked in a circle."""
    circle = "fields { type { " * 4 + "name" + " } }" * 4
    answer = await asked(client, f"query cop {{ __schema {{ types {{ {circle} }} }} }}")
    return bool(data(answer).get("__schema"))


async def get_mutations(client: httpx.AsyncClient) -> bool:
    """Mutations go by GET."""
    answer = read(await client.get(API, params={"query": "mutation cop {__typename}"}))
    return bool(data(answer).get("__typename"))


async def posted_forms(client: httpx.AsyncClient) -> bool:
    """A form, which every site can send, is taken for a query."""
    answer = read(await client.post(API, data={"query": "query cop { __typename }"}))
    return bool(data(answer).get("__typename"))


async def unhandled_errors(client: httpx.AsyncClient) -> bool:
    """What cannot be read brings out an exception."""
    answer = await asked(client, "qwerty cop { abc }")
    return any(word in str(answer).lower() for word in ("exception", "traceback", "stacktrace"))


async def duplicates(client: httpx.AsyncClient) -> bool:
    """Five hundred times the same field."""
    answer = await asked(client, f"query cop {{ {'__typename ' * 500} }}")
    return bool(data(answer).get("__typename"))


CHECKS: dict[str, Check] = {
    each.__name__: each
    for each in (
        *(field_suggestions, introspection, ide, get_queries, aliases, batches, tracing),
        *(directives, circles, get_mutations, posted_forms, unhandled_errors, duplicates),
    )
}
