"""How the API's answers travel: tags, compression, the headers of every answer."""

import gzip

import httpx
import pytest
from litestar import Litestar

from tests.cast import Cast
from tests.conformance.audit import CHECKS_MOST, audited
from tests.web.browser import Browser, client
from tests.web.conftest import SignedIn
from tracker.domain.people.tokens import issue_token
from tracker.web.encodings import wants_gzip

CITIES = "{ cities(first: 1) { nodes { name } } }"


@pytest.fixture
def program(app: Litestar, cast: Cast) -> httpx.AsyncClient:
    """A client that asks for no compression of its own accord."""
    return client(app, {"Accept-Encoding": "identity"})


async def fetched(
    program: httpx.AsyncClient, query: str = CITIES, **headers: str
) -> httpx.Response:
    """The answer to a query by GET; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await program.get("/graphql", params={"query": query}, headers=named)


async def test_answer_that_the_client_has_is_not_sent_again(program: httpx.AsyncClient) -> None:
    first = await fetched(program)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "Accept, Accept-Encoding, Authorization, Cookie"
    for known in (tag, f"W/{tag}", f'"other", W/{tag}', "*"):
        again = await fetched(program, If_None_Match=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    for other in ('"other"', tag.strip('"'), "", tag + " " * 1_000):
        assert (await fetched(program, If_None_Match=other)).status_code == 200


async def test_tag_is_of_one_media_type_and_viewer(
    program: httpx.AsyncClient, signed_in: SignedIn
) -> None:
    query = "{ viewer { name } }"
    plain = await fetched(program, query)
    full = await fetched(program, query, Accept="application/graphql-response+json")
    mine = await fetched((await signed_in("officer")).client, query, Accept="*/*")
    assert len({each.headers["etag"] for each in (plain, full, mine)}) == 3


async def test_post_and_faults_carry_no_tag(program: httpx.AsyncClient) -> None:
    posted = await program.post("/graphql", json={"query": CITIES}, headers={"If-None-Match": "*"})
    wrong = await fetched(program, "{ nope }", Accept="application/graphql-response+json")
    assert (posted.status_code, wrong.status_code) == (200, 400)
    for answer in (posted, wrong):
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


async def test_long_answer_is_compressed_when_wanted(program: httpx.AsyncClient) -> None:
    aliases = " ".join(f"x{i}: cities {{ nodes {{ id name timeZone }} }}" for i in range(9))
    query = f"{{ {aliases} }}"
    plain = await fetched(program, query)
    async with program.stream(
        "GET", "/graphql", params={"query": query}, headers={"Accept-Encoding": "br, gzip;q=0.8"}
    ) as packed:
        raw = b"".join([part async for part in packed.aiter_raw()])
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert len(raw) == int(packed.headers["content-length"]) < len(plain.content)
    assert packed.headers["etag"] != plain.headers["etag"]
    short = await fetched(program, Accept_Encoding="gzip")
    assert "content-encoding" not in short.headers


@pytest.mark.parametrize(
    ("accepted", "wanted"),
    [
        (b"", False),
        (b"gzip", True),
        (b"GZIP, br", True),
        (b"*", True),
        (b"br", False),
        (b"gzip;q=0", False),
        (b"*;q=0, gzip", True),
        (b"gzip;q=0.5, identity", False),
        (b"identity;q=0.5, gzip", True),
        (b"gzip;q=oops", False),
    ],
)
def test_compression_follows_the_weights(accepted: bytes, wanted: bool) -> None:
    assert wants_gzip(accepted) is wanted


async def test_every_answer_names_its_request_and_is_protected(
    program: httpx.AsyncClient, browser: Browser
) -> None:
    good = await program.post(
        "/graphql", json={"query": CITIES}, headers={"X-Request-Id": "given.by-proxy"}
    )
    bad = await program.post("/graphql", content=b"{")
    kept = await fetched(program, If_None_Match="*")
    assert good.headers["x-request-id"] == "given.by-proxy"
    for answer in (good, bad, kept):
        assert len(answer.headers["x-request-id"]) >= 8
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_time_in_the_database_is_told_to_people(
    program: httpx.AsyncClient, signed_in: SignedIn
) -> None:
    mine = await fetched((await signed_in("officer")).client, CITIES, Accept="*/*")
    assert mine.headers["server-timing"].startswith("db;dur=")
    assert "server-timing" not in (await fetched(program)).headers


async def test_official_audit_finds_nothing(served_cast: str, cast: Cast) -> None:
    address = served_cast.replace("ws://", "http://")
    assert cast.officer.person_id
    _, secret = await issue_token(cast.officer, cast.officer.person_id)
    found = await audited(address, secret)
    assert [each for each in found if each["status"] != "ok"] == []
    assert len(found) == CHECKS_MOST
