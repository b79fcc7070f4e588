"""`tracker query` at a running installation."""

import asyncio
import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cast import Cast
from tests.factories.projects import joint_project
from tests.starting import run
from tracker.domain.people.tokens import issue_token

PAGES = """query Pages($first: Int = 1, $after: String) {
  projects(first: $first, after: $after, orderBy: [{field: CODE}]) {
    nodes { code title donorCity { name } nextMilestone { title } }
    pageInfo { hasNextPage endCursor }
  }
}
query Named($name: String!) { cities(filter: {name: {eq: $name}}) { nodes { name timeZone } } }
"""


@dataclass
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    lines: list[str]


@dataclass
class Shell:
    """Somebody's shell, with a token, at an installation."""

    folder: Path
    url: str
    token: str

    async def query(self, document: str, *more: str, url: str = "", token: str = "") -> Said:
        """Run the command over a file with the document."""
        (self.folder / "q.graphql").write_text(document)
        arguments = ("tracker", "query", "q.graphql", "--url", url or self.url, *more)
        secret = {"TRACKER_TOKEN": token or self.token}
        done = await asyncio.to_thread(run, *arguments, environment=secret, folder=self.folder)
        return Said(done.returncode, done.stdout, done.stderr.splitlines())


@pytest.fixture
async def shell(tmp_path: Path, served_cast: str, cast: Cast) -> Shell:
    """A coordinator's, at an installation with three projects."""
    for _ in range(3):
        await joint_project(cast)
    actor = cast.nairobi_coordinator
    assert actor.person_id
    _, token = await issue_token(actor, actor.person_id)
    return Shell(tmp_path, served_cast.replace("ws://", "http://").removesuffix("/graphql"), token)


async def test_answers_come_as_json_csv_and_table(shell: Shell) -> None:
    named = ("--operation", "Named", "--var", "name=Seoul")
    found = await shell.query(PAGES, *named)
    city = {"name": "Seoul", "timeZone": "Asia/Seoul"}
    assert json.loads(found.out) == {"data": {"cities": {"nodes": [city]}}}
    found = await shell.query(PAGES, *named, "--format", "csv")
    assert found.out.splitlines() == ["name,timeZone", "Seoul,Asia/Seoul"]
    found = await shell.query(PAGES, *named, "--format", "table")
    assert found.out.splitlines()[0].split() == ["name", "timeZone"]
    assert (found.code, found.lines) == (0, [])
    nowhere = ("--operation", "Named", "--var", "name=Atlantis", "--format", "csv")
    assert (await shell.query(PAGES, *nowhere)).out.splitlines() == ["name,timeZone"]


async def test_all_pages_are_followed_into_a_file(shell: Shell) -> None:
    some = ("--operation", "Pages", "--output", "projects.csv")
    [line] = (await shell.query(PAGES, *some)).lines
    assert "projects: only the first 1" in line
    assert "--all" in line
    file = shell.folder / "projects.csv"
    assert len(file.read_text().splitlines()) == 2
    assert (await shell.query(PAGES, *some, "--all")).lines == []
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    assert len({row["code"] for row in rows}) == 3
    assert rows[0]["donorCity.name"] == "Seoul"
    assert {each.name for each in shell.folder.iterdir()} == {"q.graphql", "projects.csv"}


async def test_every_mistake_is_a_line_with_its_place(shell: Shell) -> None:
    found = await shell.query("{\n  cities { nodes { mayor } }\n  viewer { shoe }\n}")
    assert (found.code, found.out) == (1, "")
    assert [line.split(": ")[1] for line in found.lines] == ["q.graphql:2:20", "q.graphql:3:12"]
    named = ("--operation", "Pages", "--var")
    found = await shell.query(PAGES, *named, "first=some", "--var", "last=2", "--var", "x")
    assert [line.split(": ", 1)[1] for line in found.lines] == [
        "--var first: 'some' is no Int",
        "--var last: the document declares $first, $after",
        "--var x: write name=value",
    ]
    several = "{ cities { nodes { name } } projects { nodes { code } } }"
    [line] = (await shell.query(several, "--format", "csv")).lines
    assert "cities, projects" in line
    [line] = (await shell.query("{ cities { nodes { name } } }", "--all")).lines
    assert "pageInfo { hasNextPage endCursor }" in line


async def test_addresses_and_tokens_that_do_not_serve_are_named(shell: Shell) -> None:
    document = "{ viewer { name } }"
    assert "API token is unknown" in (await shell.query(document, token="est_x")).lines[0]
    for url, says in (
        ("ftp://tracker.example", "write an address such as"),
        ("http://tracker.example", "use https"),
        ("http://127.0.0.1:1", "does not answer"),
        (f"{shell.url}/health/live", "does not take requests of this kind"),
    ):
        [line] = (await shell.query(document, url=url)).lines
        assert says in line
    [line] = (await shell.query(document, "--as", "officer@example.org")).lines
    assert "TRACKER_TOKEN" in line


async def test_problems_of_a_mutation_are_lines_and_an_exit_code(shell: Shell) -> None:
    change = """mutation { projectReportHealth(id: "Project:0", health: AMBER) {
      project { code } problems { field code message } } }"""
    found = await shell.query(change)
    assert found.code == 1
    [problem] = json.loads(found.out)["data"]["projectReportHealth"]["problems"]
    [line] = found.lines
    assert line.startswith("tracker: projectReportHealth.id: ")
    assert problem["message"] in line
