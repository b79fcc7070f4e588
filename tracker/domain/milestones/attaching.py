"""What shows that a milestone was reached, or that a value is true: links and files, attached and
taken away again."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from piccolo.columns.combination import Where

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import create, record_gone
from tracker.domain.messages import say, word
from tracker.domain.milestones.evidence import ReceivedFile
from tracker.domain.milestones.queries import files_of_project
from tracker.domain.milestones.rules import EDITABLE, SETTLED
from tracker.domain.milestones.sides import owned
from tracker.domain.milestones.tables import Evidence, Milestone
from tracker.domain.problems import Problems
from tracker.domain.projects.rules import PLANNING, RUNNING

EVIDENCE_MOST = 20
"""Links to one milestone or value at a time."""

Shown = Any
"""The row that evidence shows: a milestone or a value, of a project."""


@dataclass(frozen=True, kw_only=True)
class EvidenceLink:
    """A link that shows that a milestone was reached, or that a value is true."""

    title: str
    url: str


async def attach(actor: Actor, milestone_id: int, evidence: Sequence[EvidenceLink]) -> Milestone:
    """Add evidence without handing the milestone in yet."""
    problems = Problems()
    links = checked_links(evidence, problems)
    problems.unless(bool(links), "evidence", say("Attach at least one link."))
    problems.raise_any()
    async with _attaching(actor, milestone_id) as milestone:
        await attach_links(actor, milestone, links)
    return milestone


async def attach_file(
    actor: Actor, milestone_id: int, file: ReceivedFile, title: str = ""
) -> Milestone:
    """Add a file as evidence; without a title it goes by its name. The same file again changes
    nothing."""
    problems = Problems()
    title = problems.title("title", title or file.name)
    if file.problem:
        problems.add("file", file.problem)
    problems.raise_any()
    async with _attaching(actor, milestone_id) as milestone:
        await attach_received(actor, milestone, file, title)
    return milestone


async def attach_received(
    actor: Actor, shown: Shown, file: ReceivedFile, title: str, verb: str = "attach"
) -> None:
    """The file, unless the same one is there already. Raises Invalid where the project's files
    would become too many or too large."""
    if await Evidence.exists().where(_of(shown), Evidence.sha256 == file.sha256):
        return
    await _require_room(shown, file)
    await create(actor, _evidence(actor, shown, title, file=file), verb)


async def _require_room(shown: Shown, file: ReceivedFile) -> None:
    if file.room is None:
        return
    files, size = await files_of_project(shown.project)
    problems = Problems()
    problems.unless(
        files < file.room.files and size + file.size <= file.room.bytes,
        "file",
        say(
            "The project may hold {files:,} files and {megabytes:,} MB; take some away, or "
            "attach a link.",
            files=file.room.files,
            megabytes=file.room.bytes // 1000000,
        ),
    )
    problems.raise_any()


async def detach(actor: Actor, milestone_id: int, evidence_id: int) -> Milestone:
    """Take evidence away again, before anybody is asked to judge by it. A file is removed for
    good within two days; the audit trail remembers what it was.

    Raises Invalid from handing in on, NotFound, or Forbidden for anybody but the owner city.
    """
    problems = Problems()
    async with owned(actor, milestone_id, "detach", None) as (milestone, project):
        problems.unless(
            project.state in PLANNING | RUNNING,
            "project",
            say("The project is {state}.", state=word(project.state)),
        )
        problems.unless(
            milestone.state in EDITABLE,
            "state",
            say("The milestone is {state}; what shows it stays.", state=word(milestone.state)),
        )
        await take_away(actor, milestone, evidence_id, problems)
    return milestone


async def take_away(
    actor: Actor, shown: Shown, evidence_id: int, problems: Problems, verb: str = "detach"
) -> None:
    """What was attached. Raises Invalid with what was noted, or where there is no such evidence."""
    evidence = await Evidence.objects().get((Evidence.id == evidence_id) & _of(shown))
    problems.unless(
        evidence is not None, "evidence_id", say("There is no such evidence (any more).")
    )
    problems.raise_any()
    assert evidence is not None
    await record_gone(actor, evidence, verb)
    await Evidence.delete().where(Evidence.id == evidence_id)


@asynccontextmanager
async def _attaching(actor: Actor, milestone_id: int) -> AsyncIterator[Milestone]:
    problems = Problems()
    async with owned(actor, milestone_id, "attach", None) as (milestone, project):
        problems.unless(
            project.state in PLANNING | RUNNING,
            "project",
            say("The project is {state}.", state=word(project.state)),
        )
        problems.unless(
            milestone.state not in SETTLED,
            "state",
            say(
                "The milestone is {state}; what shows it is settled too.",
                state=word(milestone.state),
            ),
        )
        problems.raise_any()
        yield milestone


def checked_links(links: Sequence[EvidenceLink], problems: Problems) -> list[EvidenceLink]:
    """The links as they are kept; what is wrong with them goes to `problems`."""
    problems.unless(
        len(links) <= EVIDENCE_MOST,
        "evidence",
        say("At most {most} links at a time.", most=EVIDENCE_MOST),
    )
    checked = []
    for index, link in enumerate(links):
        url = problems.web_address(f"evidence.{index}.url", link.url)
        title = problems.title(f"evidence.{index}.title", link.title or url)
        checked.append(EvidenceLink(title=title, url=url))
    return checked


async def attach_links(
    actor: Actor, shown: Shown, links: Sequence[EvidenceLink], verb: str = "attach"
) -> None:
    """Those that are not there yet, each with its event."""
    known = await Evidence.select(Evidence.url).where(_of(shown))
    urls = {row["url"] for row in known}
    for link in links:
        if link.url not in urls:
            urls.add(link.url)
            await create(actor, _evidence(actor, shown, link.title, url=link.url), verb)


def _of(shown: Shown) -> Where:
    column: Any = Evidence._meta.get_column_by_name(shown._meta.tablename)
    found: Where = column == shown.id
    return found


def _evidence(
    actor: Actor,
    shown: Shown,
    title: str,
    url: str | None = None,
    file: ReceivedFile | None = None,
) -> Evidence:
    return Evidence(
        project=shown.project,
        title=title,
        url=url,
        file_key=file and file.key,
        file_name=file and file.name,
        media_type=file and file.media_type,
        size=file and file.size,
        sha256=file and file.sha256,
        author=actor.person_id,
        created_at=clock.now(),
        **{shown._meta.tablename: shown.id},
    )
