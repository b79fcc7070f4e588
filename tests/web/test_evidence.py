"""Files as evidence: which are taken, who gets them, and what is left of those that are not."""

import io
import json
import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar

from tests.cast import Cast
from tests.factories.projects import add_milestone, joint_project
from tests.web.browser import Browser, client
from tests.web.conftest import SignedIn
from tracker.domain.milestones.tables import Evidence
from tracker.domain.people.tokens import issue_token
from tracker.media import named_honestly
from tracker.settings import Settings
from tracker.storage import tidy

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"

ATTACH = """
mutation Attach($id: ID!, $file: Upload!) {
  milestoneAttachFile(id: $id, file: $file, title: "Minutes") {
    milestone { evidence { nodes { title url fileName mediaType size sha256 } } }
    problems { field code message }
  }
}
"""


def picture(width: int, height: int) -> bytes:
    """A PNG that claims this size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    check = struct.pack(">I", zlib.crc32(b"IHDR" + header))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + header + check


def packed(*names: str, filling: bytes = b"x") -> bytes:
    """A ZIP with these entries."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, filling)
    return file.getvalue()


def encrypted() -> bytes:
    """An OpenDocument whose type says that it is encrypted."""
    content = bytearray(packed("mimetype"))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def many_entries() -> bytes:
    """A ZIP that claims 60,000 entries."""
    content = bytearray(packed(*DOCX))
    struct.pack_into("<HH", content, content.rindex(b"PK\x05\x06") + 8, 60_000, 60_000)
    return bytes(content)


DOCX = ("[Content_Types].xml", "word/document.xml")

TAKEN = {
    "minutes.pdf": (PDF, "application/pdf"),
    "picture.png": (picture(800, 600), "image/png"),
    "figures.csv": (b"city,value\nSeoul,1\nNairobi,2\n", "text/csv"),
    "notes.txt": ("회의록 – agreed.".encode(), "text/plain"),
    "report.docx": (
        packed(*DOCX),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "figures.txt": (b"city,value\nSeoul,1\nNairobi,2\n", "text/csv"),
    "picture.html": (picture(8, 6), "image/png"),
}
"""Name -> bytes, and the type that they are found to be. An ending that is not one of ours promises
nothing; one of ours must hold."""

REFUSED = {
    "page.html": (b"<!doctype html><script>alert(1)</script>", "no file that can be attached"),
    "drawing.svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "no file that can be attached"),
    "page.pdf": (b"  <HTML><body onload=alert(1)>", "no file that can be attached"),
    "program.exe": (b"MZ\x90\x00\x03\xff\xfe", "no file that can be attached"),
    "animation.gif": (b"GIF89a\x01\x00\x01\x00\xff", "no file that can be attached"),
    "film.avi": (b"RIFF\x00\x00\x00\x00AVI LIST", "no file that can be attached"),
    "archive.zip": (packed("a.txt"), "no file that can be attached"),
    "macros.docm": (packed(*DOCX, "word/vbaProject.bin"), "without them"),
    "bomb.docx": (packed(*DOCX, filling=b"\0" * 3_000_000), "far more than a document needs"),
    "broken.docx": (packed(*DOCX)[:-30], "damaged document"),
    "huge.png": (picture(60_000, 60_000), "make the picture smaller"),
    "broken.png": (b"\x89PNG\r\n\x1a\n\0\0", "damaged picture"),
    "encrypted.odt": (encrypted(), "no file that can be attached"),
    "unpacked.odt": (packed("mimetype", filling=os.urandom(2_000)), "no file that can be attached"),
    "entries.docx": (many_entries(), "far more than a document needs"),
    "empty.pdf": (b"", "Is empty"),
    "large.pdf": (PDF + b"\0" * 10_000_000, "larger than 10 MB"),
    "fake.pdf": (b"Just words.", "The name says PDF, but the file is plain text"),
    "fake.JPG": (picture(8, 6), "The name says JPEG, but the file is PNG"),
    "fake.xlsx": (packed(*DOCX), "The name says Excel, but the file is Word"),
    "nul.txt": (b"text\x00more", "no file that can be attached"),
}


@pytest.fixture
async def milestone(cast: Cast) -> int:
    """One that Nairobi owns, of a project that is under way."""
    project = await joint_project(cast, "active")
    return (await add_milestone(cast, project.id)).id


@pytest.fixture
async def program(app: Litestar, cast: Cast) -> httpx.AsyncClient:
    """A program that acts for Nairobi's coordinator."""
    person = cast.nairobi_coordinator.person_id
    assert person
    _, secret = await issue_token(cast.nairobi_coordinator, person)
    headers = {"Authorization": f"Bearer {secret}", "GraphQL-Require-Preflight": "1"}
    return client(app, headers)


async def upload(
    program: httpx.AsyncClient, milestone: int, name: str, content: bytes, **more: Any
) -> httpx.Response:
    """Attach a file as the multipart request specification has it."""
    variables = {"id": f"Milestone:{milestone}", "file": None}
    data = {
        "operations": json.dumps({"query": ATTACH, "variables": variables}),
        "map": json.dumps({"0": ["variables.file"]}),
    }
    return await program.post(
        "/graphql", data=data | more, files={"0": (name, content, "text/html")}
    )


def stored(settings: Settings) -> list[Path]:
    """Everything in the store."""
    return [file for file in (settings.data_dir / "evidence").glob("*/*") if file.is_file()]


@pytest.mark.parametrize("name", TAKEN)
async def test_file_is_known_by_its_bytes_and_handed_out_to_be_saved(
    program: httpx.AsyncClient, app: Litestar, cast: Cast, milestone: int, name: str
) -> None:
    content, kind = TAKEN[name]
    answer = (await upload(program, milestone, name, content)).json()
    payload = answer["data"]["milestoneAttachFile"]
    assert payload["problems"] == []
    *_, found = payload["milestone"]["evidence"]["nodes"]
    assert (found["fileName"], found["mediaType"], found["size"]) == (name, kind, len(content))
    page = await (await Browser(app).sign_in(cast, "seoul_approver")).open(found["url"])
    assert page.content == content
    assert page.headers["content-type"].partition(";")[0] == kind
    saved = named_honestly(name, kind)
    assert page.headers["content-disposition"].startswith(f'attachment; filename="{saved}"')
    assert saved == ("picture.html.png" if name == "picture.html" else name)
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["content-security-policy"].startswith("sandbox;")


@pytest.mark.parametrize("name", REFUSED)
async def test_file_that_is_not_taken_says_why_and_leaves_nothing(
    program: httpx.AsyncClient, settings: Settings, milestone: int, name: str
) -> None:
    before = stored(settings)
    content, message = REFUSED[name]
    payload = (await upload(program, milestone, name, content)).json()["data"][
        "milestoneAttachFile"
    ]
    [problem] = payload["problems"]
    assert (problem["field"], problem["code"]) == (["file"], "INVALID")
    assert message in problem["message"]
    assert stored(settings) == before


async def test_file_of_a_refused_action_is_removed(
    app: Litestar, cast: Cast, settings: Settings, milestone: int
) -> None:
    before = stored(settings)
    person = cast.lima_coordinator.person_id
    assert person
    _, secret = await issue_token(cast.lima_coordinator, person)
    headers = {"Authorization": f"Bearer {secret}", "GraphQL-Require-Preflight": "1"}
    answer = await upload(client(app, headers), milestone, "a.pdf", PDF)
    [problem] = answer.json()["data"]["milestoneAttachFile"]["problems"]
    assert problem["code"] == "FORBIDDEN"
    assert stored(settings) == before


async def test_same_file_again_changes_nothing(
    program: httpx.AsyncClient, settings: Settings, milestone: int
) -> None:
    await upload(program, milestone, "a.pdf", PDF)
    before = stored(settings)
    answer = (await upload(program, milestone, "b.pdf", PDF)).json()["data"]["milestoneAttachFile"]
    assert answer["problems"] == []
    assert [n["fileName"] for n in answer["milestone"]["evidence"]["nodes"]] == ["a.pdf"]
    assert stored(settings) == before


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"map": "{}"}, "Upload!"),
        ({"map": '{"0": "variables.file"}'}, "says for each file where it goes"),
        ({"map": '{"1": ["variables.file"]}'}, "which was not sent"),
        ({"map": '{"0": ["variables.id"]}'}, "leads to no null"),
        ({"map": '{"0": ["query"]}'}, "leads to no null"),
        ({"map": '{"0": ["variables.file.x.y"]}'}, "leads to no null"),
        ({"map": "[" * 50_000}, "as a JSON object"),
        ({"operations": "[]"}, "as a JSON object"),
        ({"operations": "x" * 150_000}, "send less"),
        ({str(number): "x" for number in range(20)}, "cannot be read"),
    ],
)
async def test_malformed_upload_is_refused_in_one_line_and_leaves_nothing(
    program: httpx.AsyncClient,
    settings: Settings,
    milestone: int,
    parts: dict[str, str],
    message: str,
) -> None:
    before = stored(settings)
    answer = await upload(program, milestone, "a.pdf", PDF, **parts)
    assert answer.status_code in (200, 400)
    [error] = answer.json()["errors"]
    assert message in error["message"]
    assert stored(settings) == before


async def test_upload_that_breaks_off_leaves_nothing(
    program: httpx.AsyncClient, settings: Settings, milestone: int
) -> None:
    before = stored(settings)
    whole = program.build_request("POST", "/graphql", files={"0": ("a.pdf", PDF)})
    half = whole.read()[:-20]
    headers = {"Content-Type": whole.headers["content-type"]}
    answer = await program.post("/graphql", content=half, headers=headers)
    assert answer.status_code == 400
    assert stored(settings) == before


@pytest.mark.parametrize(("read_only", "status"), [(None, 401), (True, 403), (False, 200)])
async def test_file_is_not_read_from_whom_no_action_takes_one(
    app: Litestar, cast: Cast, settings: Settings, milestone: int,
    read_only: bool | None, status: int,
) -> None:  # fmt: skip
    headers = {"GraphQL-Require-Preflight": "1"}
    person = cast.nairobi_coordinator.person_id
    if read_only is not None and person:
        _, secret = await issue_token(cast.nairobi_coordinator, person, read_only=read_only)
        headers["Authorization"] = f"Bearer {secret}"
    answer = await upload(client(app, headers), milestone, "a.pdf", PDF)
    assert answer.status_code == status


async def test_upload_without_preflight_is_refused(
    program: httpx.AsyncClient, milestone: int
) -> None:
    del program.headers["GraphQL-Require-Preflight"]
    answer = await upload(program, milestone, "a.pdf", PDF)
    assert answer.status_code == 403
    assert "GraphQL-Require-Preflight" in answer.json()["errors"][0]["message"]


async def test_file_is_hidden_like_its_evidence(
    program: httpx.AsyncClient, app: Litestar, cast: Cast, milestone: int
) -> None:
    await upload(program, milestone, "a.pdf", PDF)
    [row] = await Evidence.select(Evidence.id).where(Evidence.file_name == "a.pdf")
    for name, status in {"lima_coordinator": 404, "public": 404, "auditor": 200}.items():
        browser = await Browser(app).sign_in(cast, name)
        assert (await browser.open(f"/evidence/{row['id']}")).status_code == status, name


async def test_file_is_read_back_with_the_token_of_a_program(
    program: httpx.AsyncClient, app: Litestar, cast: Cast, milestone: int
) -> None:
    answer = (await upload(program, milestone, "a.pdf", PDF)).json()["data"]["milestoneAttachFile"]
    url = answer["milestone"]["evidence"]["nodes"][-1]["url"]
    assert (await program.get(url)).content == PDF
    secrets = {"nonsense": 401}
    for name, read_only, status in (("auditor", True, 200), ("lima_coordinator", False, 404)):
        person = cast[name].person_id
        _, secret = await issue_token(cast[name], person, read_only=read_only)
        secrets[secret] = status
    for secret, status in secrets.items():
        page = await client(app, {"Authorization": f"Bearer {secret}"}).get(url)
        assert page.status_code == status
        if status != 200:
            assert page.headers["content-type"].startswith("application/json")
            assert page.json()["errors"][0]["message"]
            assert (status == 401) == ("www-authenticate" in page.headers)


async def test_file_is_attached_on_the_page_of_its_milestone(
    signed_in: SignedIn, milestone: int
) -> None:
    browser = await signed_in("nairobi_coordinator")
    await browser.open(f"/milestones/{milestone}")
    address = f"/milestones/{milestone}/files/new"
    assert address in browser.links
    await browser.open(address)
    files = {"file": ("minutes.pdf", PDF, "application/pdf")}
    await browser.submit_files(address, files, title="Minutes of the meeting")
    assert browser.page.status_code == 303
    await browser.follow()
    assert "Minutes of the meeting" in browser.text
    assert f"minutes.pdf, {len(PDF)} bytes" in browser.text


async def test_file_is_taken_away_on_the_page_of_its_milestone(
    signed_in: SignedIn, program: httpx.AsyncClient, settings: Settings, milestone: int
) -> None:
    await upload(program, milestone, "a.pdf", PDF)
    [row] = await Evidence.select(Evidence.id).where(Evidence.milestone == milestone)
    browser = await signed_in("nairobi_coordinator")
    await browser.open(f"/milestones/{milestone}")
    address = f"/milestones/{milestone}/evidence/{row['id']}/detach"
    assert address in browser.links
    await browser.open(address)
    await browser.submit(address)
    assert browser.page.status_code == 303
    assert (await browser.open(f"/evidence/{row['id']}")).status_code == 404
    assert (await browser.open(address)).status_code == 404
    for file in stored(settings):
        os.utime(file, (0, 0))
    assert await tidy(settings) >= 1


@pytest.mark.parametrize("name", ["page.html", "empty.pdf"])
async def test_form_with_a_bad_file_keeps_what_was_typed(
    signed_in: SignedIn, milestone: int, name: str
) -> None:
    browser = await signed_in("nairobi_coordinator")
    address = f"/milestones/{milestone}/files/new"
    await browser.open(address)
    content, message = REFUSED[name]
    await browser.submit_files(address, {"file": (name, content)}, title="Minutes")
    assert browser.page.status_code == 422
    assert message in browser.text
    assert 'value="Minutes"' in browser.page.text


async def test_form_without_its_token_attaches_nothing(
    signed_in: SignedIn, settings: Settings, milestone: int
) -> None:
    before = stored(settings)
    browser = await signed_in("nairobi_coordinator")
    answer = await browser.client.post(
        f"/milestones/{milestone}/files/new", files={"file": ("a.pdf", PDF)}
    )
    assert answer.status_code == 403
    assert stored(settings) == before


async def test_tidy_removes_old_files_without_evidence_only(
    program: httpx.AsyncClient, settings: Settings, milestone: int
) -> None:
    await upload(program, milestone, "a.pdf", PDF)
    kept = stored(settings)
    for name, age in (("ab" * 16, 2), ("cd" * 16, 0)):
        file = settings.data_dir / "evidence" / name[:2] / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
        old = file.stat().st_mtime - age * 24 * 60 * 60
        os.utime(file, (old, old))
    assert await tidy(settings) == 1
    assert {file.name for file in stored(settings)} == {file.name for file in kept} | {"cd" * 16}
