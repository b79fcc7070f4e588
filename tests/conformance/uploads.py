"""Hostile files sent as evidence: what is kept of them, how it is served, and whether a browser
that is made to open it runs anything."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import httpx

from tests.conformance.canary import canary
from tests.conformance.chromium import CHROMIUM, opened
from tests.conformance.hostile_files import PDF, everything
from tests.conformance.rows import Row
from tests.conformance.schemathesis import COORDINATOR
from tests.conformance.server import Server

MILESTONES = """{ projects(first: 50, filter: {state: {eq: ACTIVE}}) { nodes {
  milestones(first: 50) { nodes { id state city { name } } } } } }"""
ATTACH = """mutation ($id: ID!, $file: Upload!) {
  milestoneAttachFile(id: $id, file: $file) {
    milestone { evidence(last: 1) { nodes { url fileName } } } problems { message } } }"""

OPEN = ("PLANNED", "IN_PROGRESS", "SUBMITTED")

ACTIVE = ("html", "xml", "svg", "script", "css", "x-shockwave", "mhtml", "message/")
"""Parts of media types that a browser runs or renders as a page."""

ACTIVE_ENDINGS = ("html", "htm", "xhtml", "svg", "xml", "js", "mht", "mhtml", "xsl", "php", "exe")
EXPECTED = {
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True)
class Kept:
    """A file that was taken, and its address."""

    name: str
    address: str


async def check(server: Server) -> list[Row]:
    """Send all, look at how each that is kept is served, then open it in a browser."""
    headers = {"Authorization": f"Bearer {server.token(COORDINATOR)}"}
    with canary() as (port, called):
        async with httpx.AsyncClient(base_url=server.base_url, headers=headers) as client:
            milestone = await _milestone(client)
            sent = list(everything(port))
            tried = [await attach(client, milestone, name, content) for name, content in sent]
        kept = [each for each in tried if each]
        cookies = await _signed_in(server, kept[0].address)
        async with httpx.AsyncClient(base_url=server.base_url, cookies=cookies) as browser:
            wrong = {
                each.name: told
                for each in kept
                if (told := active(await browser.get(each.address)))
            }
        if CHROMIUM:
            await opened(server.base_url, cookies, [each.address for each in kept])
        ran = len(called)
    print(f"  taken, to be saved only: {', '.join(repr(each.name) for each in kept)}")
    print(*(f"  served active: {name!r}: {told}" for name, told in wrong.items()), sep="\n")
    return [
        Row("uploads.hostile", len(sent), at_least=40),
        Row("uploads.served_active", len(wrong), at_most=0),
        Row("uploads.opened_in_a_browser", len(kept) if CHROMIUM else 0),
        Row("uploads.ran_in_a_browser", ran, at_most=0),
    ]


async def attach(
    client: httpx.AsyncClient, milestone: str, name: str, content: bytes
) -> Kept | None:
    """Send a file under that very name, its bytes as they are, as no client of ours would."""
    operations = {"query": ATTACH, "variables": {"id": milestone, "file": None}}
    parts = [
        _part('name="operations"', json.dumps(operations).encode()),
        _part('name="map"', b'{"0": ["variables.file"]}'),
        _part(f'name="0"; filename="{name}"', content, "Content-Type: text/html\r\n"),
    ]
    answer = await client.post(
        "/graphql",
        content=b"".join(parts) + b"--b--\r\n",
        headers={
            "Content-Type": "multipart/form-data; boundary=b",
            "GraphQL-Require-Preflight": "1",
        },
    )
    found: Any = (answer.json().get("data") or {}).get("milestoneAttachFile")
    if found is None:
        assert answer.status_code == 400, answer.text  # not even a form
        return None
    if found["problems"]:
        return None
    [evidence] = found["milestone"]["evidence"]["nodes"]
    return Kept(name, evidence["url"])


def active(answer: httpx.Response) -> str:
    """Why a browser might run what it is served here; "" if it would not."""
    headers = answer.headers
    if answer.status_code != 200:
        return f"status {answer.status_code}"
    kind = headers["content-type"].partition(";")[0]
    if any(each in kind for each in ACTIVE) and "openxmlformats" not in kind:
        return f"type {kind}"
    for name, value in EXPECTED.items():
        if headers.get(name) != value:
            return f"{name} is {headers.get(name)}"
    if not headers.get("content-security-policy", "").startswith("sandbox; default-src 'none'"):
        return "no sandbox"
    return _misnamed(headers.get_list("content-disposition"))


def _misnamed(dispositions: list[str]) -> str:
    if len(dispositions) != 1 or not dispositions[0].startswith("attachment; "):
        return "shown in place"
    saved = unquote(dispositions[0].rpartition("filename*=UTF-8''")[2])
    if saved.rpartition(".")[2].lower() in ACTIVE_ENDINGS or not saved.isprintable():
        return f"saved as {saved!r}"
    return ""


def _part(about: str, content: bytes, more: str = "") -> bytes:
    head = f"--b\r\nContent-Disposition: form-data; {about}\r\n{more}\r\n"
    return head.encode(errors="surrogateescape") + content + b"\r\n"


async def _milestone(client: httpx.AsyncClient) -> str:
    """One to which a file may be attached."""
    data = (await client.post("/graphql", json={"query": MILESTONES})).json()["data"]
    for project in data["projects"]["nodes"]:
        for milestone in project["milestones"]["nodes"]:
            if milestone["city"]["name"] != "Nairobi" or milestone["state"] not in OPEN:
                continue
            if await attach(client, milestone["id"], "good.pdf", PDF):
                return str(milestone["id"])
    raise RuntimeError("there is no milestone to attach a file to")


async def _signed_in(server: Server, address: str) -> dict[str, str]:
    """The cookies of somebody of the demonstration who sees the file at this address."""
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(base_url=server.base_url, headers=headers) as client:
        page = (await client.get("/sign-in")).text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        for person in page.split('name="person" value="')[1:]:
            form = {"csrf_token": token, "person": person.split('"')[0]}
            client.cookies.clear()
            await client.post("/sign-in/demonstration", data=form)
            if (await client.get(address)).status_code == 200:
                return dict(client.cookies)
    raise RuntimeError("nobody sees the file")
