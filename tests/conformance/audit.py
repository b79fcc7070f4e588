"""GraphQL over HTTP to the letter: the official audit of the npm package graphql-http."""

import asyncio
import json
from collections import Counter
from typing import Any

from tests.conformance.rows import Row
from tests.conformance.server import Server
from tests.nodejs import ENVIRONMENT, FOLDER, NODE

CHECKS_MOST = 61
"""What the audit checks; a new version of it may check more, and then says so here."""


async def check(server: Server) -> list[Row]:
    """How many checks are ok, and how many warn or fail."""
    found = await audited(server.api)
    for each in found:
        if each["status"] != "ok":
            print(f"audit {each['status']}: {each['name']}: {each['reason']}")
    counted = Counter(each["status"] for each in found)
    return [
        Row("audit.ok", counted["ok"], at_least=CHECKS_MOST),
        Row("audit.warnings", counted["warn"], at_most=0),
        Row("audit.errors", counted["error"], at_most=0),
    ]


async def audited(address: str, token: str = "") -> list[dict[str, Any]]:
    """The `status`, `name` and `reason` of each check of the API at this address. It looks at the
    schema: give a token where that is for people only."""
    process = await asyncio.create_subprocess_exec(
        NODE, str(FOLDER / "audit.js"), address, token,
        stdout=asyncio.subprocess.PIPE, env=ENVIRONMENT, cwd=FOLDER,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, output
    return [json.loads(line) for line in output.splitlines()]
