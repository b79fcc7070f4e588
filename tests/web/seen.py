"""What each layer tells of a planted project's figures, as one reads it there: the database, the
API, the pages, a status report, the digest, the files."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal as D
from typing import Any

from tests import factories
from tests.cast import email
from tests.web.browser import Browser
from tests.web.missing import SPANS, Cells, Planted
from tracker.digests import writing
from tracker.domain.database import fetch
from tracker.domain.digests import queries
from tracker.domain.people.queries import actor_by_email
from tracker.graphql import execute
from tracker.query import worded
from tracker.settings import Settings

NOTHING = ("–", "No approved value yet", "No value yet", "Waived:", "no value yet")
"""How pages and mails say that there is no figure."""


def figure(text: str) -> D | None:
    """A figure as people read it, with its unit; None where it says that there is none."""
    plain = " ".join(re.sub(r"<[^>]+>", " ", text).split())
    if not plain or plain.startswith(NOTHING):
        return None
    found = re.match(r"-?[\d,]*\.?\d+", plain)
    assert found, f"neither a figure nor its absence: {plain!r}"
    return D(found[0].replace(",", ""))


def number(text: str | None) -> D | None:
    """A figure as programs read it."""
    return D(text) if text else None


async def database(planted: Planted) -> Cells:
    """The columns themselves."""
    found: Cells = {}
    for name, _, _, period in planted.spans():
        [row] = await fetch(_ROW, period)
        found[f"{name.partition('.')[0]}.baseline"] = row["baseline_value"]
        found |= {f"{name}.{key}": row[key] for key in ("target", "value", "counted")}
        found |= {f"{name}.{key}": row[key] for key in ("women", "men")}
    for row in await fetch("SELECT * FROM budget_line WHERE project = $1", planted.project.id):
        found |= {
            f"{row['title']}.amount": row["amount"],
            f"{row['title']}.days": row["person_days"],
        }
    return found


_PART = "(SELECT p.value FROM value_part p WHERE p.whole = v.id AND p.category = '{0}') AS {0}"

_ROW = f"""SELECT i.baseline_value, q.target_value AS target, v.value, v.numerator AS counted,
       {_PART.format("women")}, {_PART.format("men")}
FROM period q JOIN indicator i ON i.id = q.indicator LEFT JOIN value v ON v.period = q.id
WHERE q.id = $1"""

DOCUMENT = """query($id: ID!) {
  node(id: $id) { ... on Project {
    indicators(first: 20) { nodes {
      title baselineValue achievement latestValue { value }
      periods(first: 20) { nodes { targetValue values(first: 5) { nodes {
        value numerator parts(first: 5) { nodes { category value } } } } } } } }
    budgetLines(first: 20) { nodes { title amount personDays } } } }
  portfolio { indicators { nodes { title value } } } }"""


async def api(planted: Planted) -> Cells:
    """What a program reads. Where anything is missing, nothing is computed from it."""
    asked = {"id": f"Project:{planted.project.id}"}
    data = await execute(DOCUMENT, asked, planted.cast.nairobi_coordinator)
    found: Cells = {}
    for each in data["node"]["indicators"]["nodes"]:
        if each["title"].startswith("Gauge"):
            found |= _indicator(each)
    for line in data["node"]["budgetLines"]["nodes"]:
        found[f"{line['title']}.amount"] = number(line["amount"])
        found[f"{line['title']}.days"] = number(line["personDays"])
    rolled_up = {each["title"]: each["value"] for each in data["portfolio"]["indicators"]["nodes"]}
    for place, gauge in enumerate(planted.gauges):
        assert (rolled_up[f"Gauge {place}"] is None) == (gauge.latest is None)
    return found


def _indicator(told: Mapping[str, Any]) -> Cells:
    title, latest = told["title"], (told["latestValue"] or {}).get("value")
    found = {f"{title}.baseline": number(told["baselineValue"]), f"{title}.latest": number(latest)}
    for at, period in enumerate(told["periods"]["nodes"]):
        name = f"{title}.{at}"
        found[f"{name}.target"] = number(period["targetValue"])
        [value] = period["values"]["nodes"] or [{}]
        found[f"{name}.value"] = number(value.get("value"))
        found[f"{name}.counted"] = number(value.get("numerator"))
        parts = value.get("parts", {"nodes": []})["nodes"]
        known = {part["category"]: number(part["value"]) for part in parts}
        found |= {f"{name}.{each}": known.get(each) for each in ("women", "men")}
    if None in (told["baselineValue"], latest):
        assert told["achievement"] is None
    return found


async def results(planted: Planted, reader: Browser) -> Cells:
    """The page of all results."""
    code = (await planted.project.row()).code
    page = (await reader.open(f"/projects/{code}/results")).text
    found: Cells = {}
    for place, indicator in enumerate(planted.indicators):
        article = page.split(f'id="indicator-{indicator}"')[1].split("</article>")[0]
        found |= _drawing(f"Gauge {place}", article)
        for name, heading in (("target", "Target"), ("value", "Value")):
            cells = re.findall(rf'data-heading="{heading}"[^>]*>(.*?)</td>', article, re.DOTALL)
            assert len(cells) == len(SPANS)
            found |= {f"Gauge {place}.{at}.{name}": figure(each) for at, each in enumerate(cells)}
    return found


def _drawing(title: str, part: str) -> Cells:
    """What stands below an indicator's bar."""
    told = dict(re.findall(r"<dt>(\w+)</dt><dd>(.*?)</dd>", part, re.DOTALL))
    names = {"baseline": "Baseline", "latest": "Actual", "shown target": "Target"}
    return {f"{title}.{name}": figure(told[heading]) for name, heading in names.items()}


async def project(planted: Planted, reader: Browser) -> Cells:
    """The project's own page."""
    code = (await planted.project.row()).code
    page = (await reader.open(f"/projects/{code}")).text
    titles = [f"Gauge {place}" for place in range(len(planted.gauges))]
    parts = {
        title: page.split(f"<h4><bdi>{title}</bdi></h4>")[1].split("</dl>")[0] for title in titles
    }
    return {
        name: each for title, part in parts.items() for name, each in _drawing(title, part).items()
    }


async def values(planted: Planted, reader: Browser) -> Cells:
    """The page of each value."""
    found: Cells = {}
    for name, gauge, span, period in planted.spans():
        for row in await fetch("SELECT id FROM value WHERE period = $1", period):
            page = (await reader.open(f"/values/{row['id']}")).text
            [lead] = re.findall(r'<p class="lead">(.*?)</p>', page, re.DOTALL)
            told = dict(re.findall(r"<dt>(\w+)</dt><dd>(.*?)</dd>", page, re.DOTALL))
            parts = dict(
                re.findall(
                    r">(women|men)</th>.*?data-heading=\"Value\"[^>]*>(.*?)</td>", page, re.DOTALL
                )
            )
            found[f"{name}.value"] = figure(lead)
            found[f"{name}.target"] = figure(told["Target"])
            found[f"{name.partition('.')[0]}.baseline"] = figure(told["Baseline"])
            if not gauge.percentage:
                found |= {
                    f"{name}.{each}": figure(parts.get(each, "")) for each in ("women", "men")
                }
        assert span.told == (f"{name}.value" in found)
    return found


async def report(planted: Planted, reader: Browser) -> Cells:
    """A published status report: its document, and its page, which say the same."""
    row = await factories.status_report(planted.cast, planted.project)
    document = json.loads((await reader.open(f"/reports/{row.id}/document")).content)
    page = (await reader.open(f"/reports/{row.id}")).text
    told = {(each["indicator"], each["startsOn"]): each for each in document["facts"]["values"]}
    found: Cells = {}
    for name, gauge, span, _ in planted.spans():
        title, at = name.split(".")
        key = (title, str(SPANS[int(at)][0]))
        assert (key in told) == (span in gauge.approved)
        if key in told:
            found[f"{name}.value"] = number(told[key]["value"])
            found[f"{name}.target"] = number(told[key]["target"])
            found[f"{title}.baseline"] = number(told[key]["baseline"])
    for title in {name.split(".")[0] for name, *_ in planted.spans()}:
        read = re.findall(rf"<bdi>{title}</bdi>: (.*?)<span", page, re.DOTALL)
        frozen = [each for (named, _), each in told.items() if named == title]
        both = [tuple(map(figure, f"{each} / ".split(" / ")[:2])) for each in read]
        assert both == [(number(each["value"]), number(each["target"])) for each in frozen]
    return found


async def digest(planted: Planted, settings: Settings) -> Cells:
    """What the mayor reads of approved figures; an indicator without one is none of its figures."""
    reader, actor = email("nairobi_mayor"), await actor_by_email(email("nairobi_mayor"))
    recipient = await queries.recipient_by_email(reader)
    assert recipient
    assert actor
    told = await writing.whole(settings, recipient, actor)
    lines = re.findall(r"^- (Gauge \d): (.*?)\s→\s(.*?)\s/\s(\S+)", told.text, re.MULTILINE)
    titles = {f"Gauge {n}" for n, gauge in enumerate(planted.gauges) if gauge.latest is not None}
    assert {title for title, *_ in lines} == titles
    names = ("baseline", "latest", "shown target")
    return {
        f"{title}.{name}": figure(text)
        for title, *texts in lines
        for name, text in zip(names, texts, strict=True)
    }


async def budget(planted: Planted, reader: Browser) -> Cells:
    """The page of the budget, and its file."""
    code = (await planted.project.row()).code
    page = (await reader.open(f"/projects/{code}/budget")).text
    file = (await reader.open(f"/projects/{code}/budget/lines.csv")).text
    found = _lines(csv.DictReader(io.StringIO(file)))
    for place in range(len(planted.lines)):
        row = page.split(f"<bdi>Line {place}</bdi>")[1].split("</tr>")[0]
        worth = row.split('data-heading="Planned"')[1].split("</td>")[0]
        amount, days = (
            re.search(r"KES\s*([\d.,]+)", worth),
            re.search(r"([\d.]+) person-day", worth),
        )
        assert found[f"Line {place}.amount"] == figure(amount[1] if amount else "")
        assert found[f"Line {place}.days"] == figure(days[1] if days else "")
    return found


def _lines(rows: Iterable[Mapping[str, str]]) -> Cells:
    return {
        f"{row['title']}.{name}": number(row[column])
        for row in rows
        for name, column in (("amount", "amount"), ("days", "personDays"))
    }


EXPORT = """query($id: ID!) { periods(first: 100, filter: {project: {id: {eq: $id}}},
    orderBy: [{field: ID}]) { nodes {
    id targetValue indicator { title baselineValue } values(first: 3) { nodes { value numerator } }
} } }"""


async def exported(planted: Planted) -> list[dict[str, str]]:
    """The rows of `tracker query` as CSV; as JSON and as a table they say the same."""
    asked = {"id": f"Project:{planted.project.id}"}
    data = await execute(EXPORT, asked, planted.cast.nairobi_coordinator)
    rows = list(csv.DictReader(io.StringIO(worded({"data": data}, "csv", EXPORT))))
    assert json.loads(worded({"data": data}, "json"))["data"] == data
    heading, rule, *lines = worded({"data": data}, "table", EXPORT).splitlines()
    places = [(each.start(), each.end()) for each in re.finditer("─+", rule)]
    names = [heading[first:last].strip() for first, last in places]
    for row, line in zip(rows, lines, strict=True):
        drawn = dict(zip(names, (line[first:last].strip() for first, last in places), strict=True))
        assert drawn == row
    return [row for row in rows if row["indicator.title"].startswith("Gauge")]


def in_file(planted: Planted, rows: Iterable[Mapping[str, str]]) -> Cells:
    """What the file says."""
    by_period = {row["id"]: row for row in rows}
    found: Cells = {}
    for name, _, _, period in planted.spans():
        row = by_period[f"Period:{period}"]
        found[f"{name.partition('.')[0]}.baseline"] = number(row["indicator.baselineValue"])
        found[f"{name}.target"] = number(row["targetValue"])
        found[f"{name}.value"] = number(row.get("values.value"))
        found[f"{name}.counted"] = number(row.get("values.numerator"))
    return found
