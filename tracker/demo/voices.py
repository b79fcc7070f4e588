"""The people of the story, each with a program that speaks for them to the public API."""

import asyncio
import http.client
import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from tracker.domain.actor import SYSTEM
from tracker.domain.people.queries import actor_by_email
from tracker.domain.people.tokens import issue_token

Row = dict[str, Any]

ANSWER_SECONDS = 30
CONNECTIONS = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}


class Unexpected(Exception):
    """The API said something else than the story needs; one line with what it said."""


@dataclass(frozen=True)
class Voice:
    """One person: what they may do is decided by the token alone."""

    name: str
    time_zone: str
    language: str
    person: str
    city: str | None
    base_url: str
    secret: str

    @property
    def now(self) -> datetime:
        """The present by the person's clock."""
        return datetime.now(ZoneInfo(self.time_zone))

    async def read(self, operation: str, **variables: Any) -> Row:
        """The data of one of the story's queries. Raises Unexpected."""
        return await _data(self.base_url, self.secret, operation, variables)

    async def do(self, operation: str, **variables: Any) -> Row:
        """The row that one of the story's mutations changed. Raises Unexpected when refused."""
        payload = await self._payload(operation, variables)
        if payload["problems"]:
            refusals = "; ".join(each["message"] for each in payload["problems"])
            raise Unexpected(f"{operation} was refused: {refusals}")
        [row] = (each for name, each in payload.items() if name != "problems")
        if row is None:
            raise Unexpected(f"{operation} came back without a row")
        found: Row = row
        return found

    async def refused(self, operation: str, code: str, **variables: Any) -> str:
        """The reason for which the rules refuse a mutation. Raises Unexpected unless they do."""
        problems = (await self._payload(operation, variables))["problems"]
        if [each["code"] for each in problems] != [code]:
            raise Unexpected(f"{operation} should have been refused as {code}, got {problems}")
        reason: str = problems[0]["message"]
        return reason

    async def _payload(self, operation: str, variables: Row) -> Row:
        [payload] = (await self.read(operation, **variables)).values()
        found: Row = payload
        return found


async def voice(base_url: str, email: str) -> Voice:
    """The person with this address, with a token for a day; the database is connected.

    Raises Unexpected when there is no such person.
    """
    actor = await actor_by_email(email)
    if actor is None or actor.person_id is None:
        raise Unexpected(f"nobody has the address {email}; the portfolio is not complete")
    _, secret = await issue_token(
        SYSTEM, actor.person_id, days=1, purpose="The demonstration's story"
    )
    viewer = (await _data(base_url, secret, "Who", {}))["viewer"]
    city = viewer["memberships"]["nodes"][0]["city"]
    return Voice(
        name=viewer["name"],
        time_zone=viewer["timeZone"],
        language=viewer["language"],
        person=viewer["id"],
        city=city and city["id"],
        base_url=base_url,
        secret=secret,
    )


async def _data(base_url: str, secret: str, operation: str, variables: Row) -> Row:
    document = operations()[operation]
    body = json.dumps({"query": document, "variables": variables})
    try:
        status, text = await asyncio.to_thread(_post, base_url, secret, body)
        answer = json.loads(text)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unexpected(f"{base_url}/graphql does not answer {operation}: {error!r}") from error
    if status != 200 or answer.get("errors"):
        raise Unexpected(f"{operation} was answered with {status}: {text[:500]}")
    data: Row = answer["data"]
    return data


def _post(base_url: str, secret: str, body: str) -> tuple[int, str]:
    parts = urlsplit(base_url)
    connection = CONNECTIONS[parts.scheme](parts.netloc, timeout=ANSWER_SECONDS)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {secret}"}
    try:
        connection.request("POST", f"{parts.path}/graphql", body.encode(), headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


@cache
def operations() -> dict[str, str]:
    """Name -> document. In the file, a brace at the start of a line ends an operation."""
    text = Path(__file__).with_name("story.graphql").read_text()
    found = re.finditer(r"^(?:query|mutation) (\w+).*?^}", text, re.DOTALL | re.MULTILINE)
    return {each[1]: each[0] for each in found}
