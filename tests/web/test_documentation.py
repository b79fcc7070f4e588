"""The API's documentation: all of the schema. That its examples run is in `test_examples`."""

import re
from html import unescape

import orjson
import pytest
from graphql import build_schema, parse, validate
from litestar import Litestar

from tests.cast import Cast
from tests.graphql.test_deprecations import gone_soon  # noqa: F401 - a fixture
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tracker.graphql import graphql_schema, respond
from tracker.graphql.planner.codes import ErrorCode
from tracker.web import documentation
from tracker.web.documentation import TELLING
from tracker.web.samples import Samples


async def test_every_type_and_root_field_is_there_once(signed_in: SignedIn) -> None:
    browser = await signed_in("auditor")
    text = (await browser.open("/docs/api")).text
    samples = Samples(graphql_schema)
    roots = {kind.name for kind in samples.roots.values()}
    types = {name for name in graphql_schema.type_map if not name.startswith("__")} - roots
    wanted = {f"type-{name}" for name in types}
    wanted |= {f"{root}-{name}" for root, kind in samples.roots.items() for name in kind.fields}
    anchors = re.findall(r'<article class="entry" id="([^"]+)"', text)
    assert sorted(anchors) == sorted(wanted)


async def test_every_link_in_the_page_leads_somewhere(signed_in: SignedIn) -> None:
    browser = await signed_in("auditor")
    text = (await browser.open("/docs/api")).text
    targets = set(re.findall(r'href="#([^"]+)"', text))
    assert targets <= set(re.findall(r'\bid="([^"]+)"', text))


def test_examples_show_what_they_are_of() -> None:
    samples = Samples(graphql_schema, TELLING)
    assert "filter: { title: { contains:" in samples.of("PracticeFilter").document
    assert "orderBy: [{ field: ID }]" in samples.of("ProjectOrder").document
    assert samples.of("MilestoneReportInput").variables["input"] == {"completedOn": "2026-06-30"}
    assert samples.of("Health").document.count("Health") == 1


async def test_documents_of_the_guide_fit_the_schema(signed_in: SignedIn) -> None:
    browser = await signed_in("auditor")
    text = (await browser.open("/docs/api")).text
    guide = text[: text.index('id="reference"')]
    blocks = [unescape(each) for each in re.findall(r'<pre tabindex="0">(.*?)</pre>', guide, re.S)]
    documents = [each for each in blocks if re.match(r"query|mutation|\{", each)]
    documents += re.findall(r'query = "(.*?)"$', "\n".join(blocks), re.M)
    assert len(documents) >= 4
    for document in documents:
        assert validate(graphql_schema, parse(document)) == [], document


@pytest.mark.usefixtures("gone_soon")
async def test_page_says_what_is_deprecated_and_until_when(signed_in: SignedIn) -> None:
    browser = await signed_in("auditor")
    _draw_anew()
    text = (await browser.open("/docs/api")).text
    _draw_anew()
    assert text.count("Deprecated: Use localName. Served until 2027-06-30.") == 3


@pytest.mark.usefixtures("gone_soon")
async def test_explorer_learns_what_is_deprecated_and_until_when(
    browser: Browser, cast: Cast
) -> None:
    script = (await browser.open("/static/explorer/schema.js")).text
    [document] = re.findall(r"const introspection = `(.*?)`", script, re.S)
    answer = await respond(document, {}, "Schema", actor=cast.officer)
    types = {each["name"]: each for each in orjson.loads(answer.body)["data"]["__schema"]["types"]}
    for kind, parts in (
        ("City", "fields"),
        ("CityFilter", "inputFields"),
        ("CityOrderField", "enumValues"),
    ):
        retired = [each for each in types[kind][parts] if each["isDeprecated"]]
        reasons = [each["deprecationReason"] for each in retired]
        assert reasons == ["Use localName. Served until 2027-06-30."]


def _draw_anew() -> None:
    documentation.groups.cache_clear()
    documentation._reference.cache_clear()


async def test_page_reads_in_korean(browser: Browser) -> None:
    await browser.open("/docs/api", **{"Accept-Language": "ko"})
    assert "API 문서" in browser.text
    prose = re.findall(r"<p>([^<]{40,})", browser.page.text)
    assert prose
    assert not [each for each in prose if not re.search("[가-힣]", each)]


async def test_schema_is_shown_to_whom_the_api_shows_it(
    browser: Browser, demonstration: Browser
) -> None:
    public = (await browser.open("/docs/api")).text
    assert "The schema is shown to people who have signed in." in browser.text
    assert "type-Project" not in public
    assert "Quick start" in public
    await demonstration.open("/docs/api")
    assert 'id="limits"' in demonstration.page.text


async def test_page_is_compressed_and_sent_once(signed_in: SignedIn) -> None:
    browser = await signed_in("auditor")
    page = await browser.open("/docs/api", **{"Accept-Encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"
    assert page.headers["cache-control"] == "private, no-cache"
    assert int(page.headers["content-length"]) < len(page.text) / 4
    tag = page.headers["etag"]
    again = await browser.open("/docs/api", **{"Accept-Encoding": "gzip", "If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    plain = await browser.open("/docs/api", **{"Accept-Encoding": "identity", "If-None-Match": tag})
    assert (plain.status_code, plain.text == page.text) == (200, True)
    other = await signed_in("officer")
    assert (await other.open("/docs/api", **{"If-None-Match": tag})).status_code == 200


async def test_schema_is_downloaded_by_whom_the_api_shows_it(
    browser: Browser, signed_in: SignedIn
) -> None:
    assert (await browser.open("/docs/api/schema.graphql")).status_code == 404
    person = await signed_in("auditor")
    assert 'href="/docs/api/schema.graphql"' in (await person.open("/docs/api")).text
    answer = await person.open("/docs/api/schema.graphql")
    assert answer.headers["content-type"] == "application/graphql; charset=utf-8"
    assert set(build_schema(answer.text).type_map) == set(graphql_schema.type_map)


async def test_guide_tells_every_code_of_an_error_and_how_often_one_may_ask(
    browser: Browser, app: Litestar
) -> None:
    text = (await browser.open("/docs/api")).text
    part = text[text.index('id="error-codes"') : text.index('id="limits"')]
    assert re.findall(r"<dt><code>([A-Z_]+)</code></dt><dd>[^<]", part) == list(ErrorCode)
    most = app.state.settings.limits("api").account.most
    assert f"up to {most:,} times" in browser.text
    assert "Retry-After" in browser.text


async def test_limits_are_those_of_the_installation(browser: Browser, app: Litestar) -> None:
    await browser.open("/docs/api")
    settings = app.state.settings
    assert f"GRAPHQL_DEPTH {settings.graphql_depth} How deep" in browser.text
    assert f"GRAPHQL_ROWS {settings.graphql_rows:,} Rows" in browser.text
