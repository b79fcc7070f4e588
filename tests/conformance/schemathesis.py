"""Schemathesis throws generated operations at every query and mutation, as a coordinator and as
the public: whatever they say, the answer is GraphQL and no fault of the server's."""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

import httpx
import schemathesis
from graphql import get_introspection_query
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.graphql import nodes
from schemathesis.graphql.checks import GraphQLClientError

from tests.conformance.rows import Row
from tests.conformance.server import Server
from tracker.graphql.planner.codes import ErrorCode

EXAMPLES = 200
"""Drawn for each operation; every one is sent twice."""

PROCESSES = 2

LIMITS = httpx.Limits(keepalive_expiry=1)
"""Connections are not taken up again at the moment at which the server ends them, after 5 s."""

COORDINATOR = "coordinator@nairobi.example"
FAULT = "Something went wrong here"

Send = Callable[[str, bool], httpx.Response]
"""(document, as a coordinator) -> the answer."""


@dataclass
class Tally:
    """What came of the examples: operation -> how many, and what failed."""

    sent: Counter[str] = field(default_factory=Counter)
    executed: int = 0
    failures: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        """What came of other operations."""
        self.sent += other.sent
        self.executed += other.executed
        self.failures |= other.failures

    def rows(self) -> list[Row]:
        """Figures and bars."""
        least = min(self.sent.values(), default=0)
        return [
            Row("schemathesis.operations", len(self.sent), at_least=1),
            Row("schemathesis.examples_least", least, at_least=EXAMPLES),
            Row("schemathesis.executed", self.executed, at_least=1),
            Row("schemathesis.failures", len(self.failures), at_most=0),
        ]


async def check(server: Server, begins: str = "") -> list[Row]:
    """Every operation of the running demonstration whose name `begins` so, by two processes:
    drawing takes longest."""
    token = server.token(COORDINATOR)
    tally = Tally()
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        shares = [pool.submit(_share, server.api, token, begins, n) for n in range(PROCESSES)]
        for each in shares:
            tally.add(await asyncio.wrap_future(each))
    for example, failure in list(tally.failures.items())[:20]:
        print(f"  {failure}: {example[:400]}")
    return tally.rows()


def _share(address: str, token: str, begins: str, number: int) -> Tally:
    """One process's operations."""
    tally = Tally()
    with httpx.Client(timeout=30, limits=LIMITS) as client:

        def send(document: str, signed_in: bool) -> httpx.Response:
            headers = {"authorization": f"Bearer {token}"} if signed_in else {}
            return client.post(address, json={"query": document}, headers=headers)

        named = [o for o in operations(send) if o.label.partition(".")[2].startswith(begins)]
        for operation in named[number::PROCESSES]:
            while tally.sent[operation.label] < EXAMPLES:  # a small operation has few examples
                throw(operation, send, EXAMPLES, tally)
    return tally


def _text(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values.map(str).map(nodes.String)


SCALARS = {
    "Date": _text(st.dates() | st.sampled_from(["0001-01-01", "9999-12-31", "-1", "2026-02-30"])),
    "DateTime": _text(
        st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)
        | st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "now"])
    ),
    "Decimal": _text(st.decimals() | st.sampled_from(["1e400", "1e-400", "9" * 500, "", "٣"])),
    "JSON": _text(st.text(max_size=20)),
    "Upload": _text(st.text(max_size=20)),
}
"""Our own scalars, which nobody else knows how to draw: what fits, and what is just beyond."""


def operations(send: Send) -> list[Any]:
    """Every query and mutation of the API, as schemathesis reads them from its introspection."""
    for name, values in SCALARS.items():
        schemathesis.graphql.scalar(name, values)
    introspection = send(get_introspection_query(descriptions=False), True).json()["data"]
    loaded = schemathesis.graphql.from_dict(introspection)
    return [each.ok() for each in loaded.get_all_operations() if isinstance(each, Ok)]


def throw(operation: Any, send: Send, examples: int, tally: Tally, *, same: bool = False) -> None:
    """Send generated examples of one operation, each as a coordinator and as the public; the
    `same` ones each time, or new ones."""

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=same,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def one(case: Any) -> None:
        tally.sent[operation.label] += 1
        for signed_in in (True, False):
            try:
                answer = send(case.body, signed_in)
            except httpx.TransportError as error:
                tally.failures[case.body] = f"{operation.label}: no answer: {error!r}"
                continue
            tally.executed += "data" in answer.json()
            if failure := judged(case, answer):
                tally.failures[case.body] = f"{operation.label}: {failure}"

    one()


def judged(case: Any, answer: httpx.Response) -> str | None:
    """What is wrong with the answer, if anything. A refusal is an answer: what schemathesis draws
    need not fit our limits, nor name a row that exists."""
    if answer.status_code >= 500 or FAULT in answer.text:
        return f"{answer.status_code} {answer.text[:300]}"
    codes = [each.get("extensions", {}).get("code") for each in answer.json().get("errors", ())]
    if codes and None not in codes and ErrorCode.INTERNAL not in codes:
        return None
    try:
        case.validate_response(answer, checks=[schemathesis.checks.not_a_server_error])
    except FailureGroup as group:
        wrong = [e for e in group.exceptions if not isinstance(e, GraphQLClientError)]
        return f"{wrong[0]}: {answer.text[:300]}" if wrong else None
    return None
