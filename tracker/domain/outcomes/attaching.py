"""What shows that a value is true: links and files, attached until it is approved."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tracker.domain.actor import Actor
from tracker.domain.messages import say, word
from tracker.domain.milestones.attaching import (
    EvidenceLink,
    attach_links,
    attach_received,
    checked_links,
    take_away,
)
from tracker.domain.milestones.evidence import ReceivedFile
from tracker.domain.outcomes.sides import own
from tracker.domain.outcomes.tables import Value, ValueState
from tracker.domain.problems import Problems

OPEN = (ValueState.DRAFT, ValueState.SUBMITTED, ValueState.RETURNED)
"""States in which what shows a value may be added to."""


async def attach(actor: Actor, value_id: int, evidence: Sequence[EvidenceLink]) -> Value:
    """Add links that show where the figure comes from.

    Raises Invalid, NotFound, or Forbidden for anybody but the reporting city's coordinators.
    """
    problems = Problems()
    links = checked_links(evidence, problems)
    problems.unless(bool(links), "evidence", say("Attach at least one link."))
    problems.raise_any()
    async with _attaching(actor, value_id, "attach", OPEN, problems) as (value, verb):
        await attach_links(actor, value, links, verb)
    return value


async def attach_file(actor: Actor, value_id: int, file: ReceivedFile, title: str = "") -> Value:
    """Add a file as evidence; without a title it goes by its name. The same file again changes
    nothing.

    Raises Invalid, NotFound, or Forbidden for anybody but the reporting city's coordinators.
    """
    problems = Problems()
    title = problems.title("title", title or file.name)
    if file.problem:
        problems.add("file", file.problem)
    problems.raise_any()
    async with _attaching(actor, value_id, "attach", OPEN, problems) as (value, verb):
        await attach_received(actor, value, file, title, verb)
    return value


async def detach(actor: Actor, value_id: int, evidence_id: int) -> Value:
    """Take evidence away again, before anybody is asked to judge by it. A file is removed for
    good within two days; the audit trail remembers what it was.

    Raises Invalid, NotFound, or Forbidden for anybody but the reporting city's coordinators.
    """
    problems = Problems()
    before = (ValueState.DRAFT, ValueState.RETURNED)
    async with _attaching(actor, value_id, "detach", before, problems) as (value, verb):
        await take_away(actor, value, evidence_id, problems, verb)
    return value


@asynccontextmanager
async def _attaching(
    actor: Actor, value_id: int, verb: str, states: Sequence[ValueState], problems: Problems
) -> AsyncIterator[tuple[Value, str]]:
    """The value, and the verb of the event: of a draft, its city alone hears."""
    async with own(actor, value_id, verb, None, problems) as (value, _):
        problems.unless(
            value.state in states,
            "state",
            say("The value is {state}; what shows it stays as it is.", state=word(value.state)),
        )
        problems.raise_any()
        yield value, f"{verb}_draft" if value.state == ValueState.DRAFT else verb
