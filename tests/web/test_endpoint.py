"""The API's door: GraphQL over HTTP, and what it refuses."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from asyncpg import Connection
from litestar import Litestar

from tests.cast import Cast
from tests.factories.projects import add_milestone, joint_project
from tests.web.browser import Browser, client
from tests.web.conftest import SignedIn
from tracker.domain.people.tokens import issue_token
from tracker.graphql import performable
from tracker.settings import Limit, Limits, Settings
from tracker.throttle import throttling

CITIES = "{ cities(first: 1) { nodes { name } } }"
FULL = "application/graphql-response+json"
PROPOSE = """
mutation Propose($input: ProposalInput!) {
  projectPropose(input: $input) { project { code state } problems { field code message } }
}
"""


@pytest.fixture
def program(app: Litestar, cast: Cast) -> httpx.AsyncClient:
    """A client that is no browser."""
    return client(app, {})


async def token(cast: Cast, name: str, *, read_only: bool = False) -> dict[str, str]:
    """The header with which a program acts for a member of the cast."""
    person_id = cast[name].person_id
    assert person_id
    _, secret = await issue_token(cast[name], person_id, read_only=read_only)
    return {"Authorization": f"Bearer {secret}"}


async def test_query_is_answered_by_post_and_by_get(program: httpx.AsyncClient) -> None:
    posted = await program.post("/graphql", json={"query": CITIES})
    got = await program.get("/graphql", params={"query": CITIES})
    assert posted.status_code == got.status_code == 200
    assert posted.json() == got.json()
    assert posted.json()["data"]["cities"]["nodes"] == [{"name": "Lima"}]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"query":', 400),
        (b"\xff\xfe", 400),
        (b"[]", 400),
        (b"[" * 50_000, 400),
        (b"null", 400),
        (b'{"variables": {}}', 400),
        (b'{"query": 1}', 400),
        (b'{"query": "{__typename}", "variables": []}', 400),
        (b'{"query": "' + b"x" * 100_000 + b'"}', 413),
    ],
)
async def test_malformed_request_gets_one_clear_line(
    program: httpx.AsyncClient, content: bytes, status: int
) -> None:
    answer = await program.post(
        "/graphql", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == status
    [error] = answer.json()["errors"]
    assert error["message"].endswith((".", "less."))


@pytest.mark.parametrize("document", ["{ nope", "{ nope }", "query A{a} query B{b}", ""])
async def test_malformed_document_has_the_code_of_its_media_type(
    program: httpx.AsyncClient, document: str
) -> None:
    plain = await program.post("/graphql", json={"query": document})
    full = await program.post("/graphql", json={"query": document}, headers={"Accept": FULL})
    assert (plain.status_code, full.status_code) == (200, 400)
    assert plain.json() == full.json()
    assert "data" not in plain.json()


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (FULL, FULL),
        (f"{FULL}, application/json;q=0.9", FULL),
        (f"{FULL};q=0.5, application/json", "application/json"),
        (f"{FULL};q=oops, application/*", "application/json"),
    ],
)
async def test_answer_comes_in_the_wanted_media_type(
    program: httpx.AsyncClient, accept: str, kind: str
) -> None:
    answer = await program.post("/graphql", json={"query": CITIES}, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"


async def test_unknown_media_types_and_methods_are_refused(program: httpx.AsyncClient) -> None:
    wanted = await program.post("/graphql", json={"query": CITIES}, headers={"Accept": "image/png"})
    form = await program.post("/graphql", data={"query": CITIES})
    deleted = await program.delete("/graphql")
    assert (wanted.status_code, form.status_code, deleted.status_code) == (406, 415, 405)
    assert deleted.headers["allow"] == "GET, HEAD, POST"


async def test_mutation_by_get_is_refused(program: httpx.AsyncClient, cast: Cast) -> None:
    project = await joint_project(cast)
    document = f'mutation {{ projectSubmit(id: "Project:{project.id}") {{ project {{ id }} }} }}'
    headers = await token(cast, "nairobi_coordinator")
    answer = await program.get("/graphql", params={"query": document}, headers=headers)
    assert answer.status_code == 405
    assert (await project.row()).state == "draft"


async def test_token_acts_for_its_person(program: httpx.AsyncClient, cast: Cast) -> None:
    headers = await token(cast, "seoul_mayor")
    answer = await program.post("/graphql", json={"query": "{ viewer { name } }"}, headers=headers)
    assert answer.json()["data"]["viewer"] == {"name": "Seoul: mayor"}


async def test_unknown_token_is_refused(program: httpx.AsyncClient) -> None:
    headers = {"Authorization": "Bearer est_nobodys"}
    answer = await program.post("/graphql", json={"query": CITIES}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_bearer_without_a_token_is_told_so(program: httpx.AsyncClient) -> None:
    answer = await program.post(
        "/graphql", json={"query": CITIES}, headers={"Authorization": "Bearer "}
    )
    assert answer.status_code == 401
    assert "No token was sent after Bearer" in answer.json()["errors"][0]["message"]


async def test_read_only_token_changes_nothing(program: httpx.AsyncClient, cast: Cast) -> None:
    project = await joint_project(cast)
    wanted = "{ problems { code message } }"
    query = f'mutation {{ projectSubmit(id: "Project:{project.id}") {wanted} }}'
    headers = await token(cast, "nairobi_coordinator", read_only=True)
    answer = await program.post("/graphql", json={"query": query}, headers=headers)
    [problem] = answer.json()["data"]["projectSubmit"]["problems"]
    assert problem["code"] == "FORBIDDEN"
    assert (await project.row()).state == "draft"


async def test_title_of_ten_thousand_characters_is_a_problem_not_a_fault(
    program: httpx.AsyncClient, cast: Cast
) -> None:
    given: dict[str, Any] = {
        "title": "x" * 10_000,
        "summary": "Short.",
        "donorCityId": f"City:{cast.seoul}",
        "recipientCityId": f"City:{cast.nairobi}",
        "plannedStartOn": "2027-01-01",
        "plannedEndOn": "2027-06-01",
    }
    headers = await token(cast, "nairobi_coordinator")
    request = {"query": PROPOSE, "variables": {"input": given}}
    answer = (await program.post("/graphql", json=request, headers=headers)).json()
    [problem] = answer["data"]["projectPropose"]["problems"]
    assert problem["field"] == ["input", "title"]
    assert problem["message"] == "10,000 characters; shorten it to 200 at most."


async def test_cookie_counts_from_our_own_pages_only(signed_in: SignedIn) -> None:
    browser = await signed_in("seoul_mayor")
    request = {"query": "{ viewer { name } }"}
    ours = await browser.client.post("/graphql", json=request, headers={"Accept": "*/*"})
    assert ours.json()["data"]["viewer"] == {"name": "Seoul: mayor"}
    headers = {"Accept": "*/*", "Sec-Fetch-Site": "cross-site"}
    theirs = await browser.client.post("/graphql", json=request, headers=headers)
    assert theirs.status_code == 403


async def test_explorer_is_for_browsers_that_only_look(
    browser: Browser, program: httpx.AsyncClient
) -> None:
    await browser.open("/graphql")
    assert browser.page.headers["content-type"].startswith("text/html")
    assert "Which projects are late" in browser.page.text
    assert (await program.get("/graphql")).status_code == 400


async def test_one_statement_answers_a_nested_query(
    program: httpx.AsyncClient, cast: Cast, statements: list[str]
) -> None:
    await joint_project(cast, "active")
    query = """{ projects { nodes { title donorCity { name } milestones { nodes { title } }
      indicators { nodes { latestValue { value } } } } } }"""
    answer = await program.post("/graphql", json={"query": query})
    assert len(answer.json()["data"]["projects"]["nodes"]) == 1
    assert len(statements) == 1


@pytest.mark.parametrize(
    "parameters",
    [
        {"query": f'{{ project(id: "Project:{"9" * 5000}") {{ id }} }}'},
        {"query": f'{{ node(id: "Project:{"9" * 5000}") {{ id }} }}'},
        {"query": "query($d: Date) { projects(filter: {plannedEndOn: {eq: $d}}) { totalCount } }",
         "variables": '{"d": "\\ud800"}'},
        {"query": "{ cities { totalCount } }", "variables": '{"\\ud800": 1}'},
        {"query": "{ cities { totalCount } }", "extensions": '{"\\udfff": 1}'},
    ],
)  # fmt: skip
async def test_hostile_values_are_no_fault_of_ours(
    program: httpx.AsyncClient, parameters: dict[str, str]
) -> None:
    answer = await program.get("/graphql", params=parameters)
    assert answer.status_code in (200, 400)
    assert "Something went wrong" not in answer.text


async def test_rights_that_change_between_mutations_repeat_none_of_them(
    program: httpx.AsyncClient,
    cast: Cast,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = await joint_project(cast, "draft")
    milestone = await add_milestone(cast, project.id)
    headers = await token(cast, "nairobi_coordinator")
    moved = performable.Performable.perform

    async def perform(self: Any, *given: Any) -> Any:
        payload = await moved(self, *given)
        await connection.execute("UPDATE person SET rights = rights + 1")
        return payload

    monkeypatch.setattr(performable.Performable, "perform", perform)
    moves = " ".join(
        f'm{n}: milestoneMove(id: "Milestone:{milestone.id}", dueOn: "2027-0{n}-01", reason: "x")'
        " { milestone { version project { title } } problems { message } }"
        for n in range(1, 4)
    )
    for count, document in ((3, f"mutation {{ {moves} }}"), (4, SINGLE.format(milestone.id))):
        answer = await program.post("/graphql", json={"query": document}, headers=headers)
        found = answer.json()
        assert "errors" not in found, found
        *_, last = found["data"].values()
        assert last["milestone"]["version"] == count + 1
        assert last["milestone"]["project"]["title"]


SINGLE = """
mutation {{ milestoneMove(id: "Milestone:{0}", dueOn: "2027-02-15", reason: "Late") {{
  milestone {{ version project {{ title }} }} problems {{ message }} }} }}
"""


async def test_two_authorizations_are_refused(program: httpx.AsyncClient, cast: Cast) -> None:
    [mine] = (await token(cast, "officer")).items()
    headers = [("Content-Type", "application/json"), mine, mine]
    answer = await program.post("/graphql", json={"query": CITIES}, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"] == "Send the header Authorization once."


async def test_type_that_only_begins_like_a_form_is_none(program: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "multipart/form-dataxyz", "GraphQL-Require-Preflight": "1"}
    answer = await program.post("/graphql", json={"query": CITIES}, headers=headers)
    assert answer.status_code == 415


DEEP = (
    "{ projects { nodes " + "{ leadCity { projects { nodes " * 9 + "{ id }" + " } } }" * 9 + " } }"
)
TWO = "query A { __typename } query B { __typename }"
SUBMIT = 'projectSubmit(id: "Project:1") { problems { code } }'

FAULTY: dict[str, tuple[Any, str]] = {
    "no GraphQL": ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
    "no such field": ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
    "too deep": ({"query": DEEP}, "TOO_MUCH"),
    "aliases": (
        {"query": "{" + "".join(f"a{n}: __typename " for n in range(16)) + "}"},
        "TOO_MUCH",
    ),
    "root fields": ({"query": "{" + "__typename " * 16 + "}"}, "TOO_MUCH"),
    "mutations": (
        {"query": "mutation {" + " ".join(f"a{n}: {SUBMIT}" for n in range(11)) + "}"},
        "TOO_MUCH",
    ),
    "which operation": ({"query": TWO}, "OPERATION_RESOLUTION_FAILURE"),
    "no variable": (
        {"query": "query ($id: ID!) { project(id: $id) { id } }"},
        "BAD_USER_INPUT",
    ),
    "no id": ({"query": '{ project(id: "x") { id } }'}, "BAD_ARGUMENT"),
    "no socket": ({"query": "subscription { portfolioEvents { id } }"}, "SOCKET_NEEDED"),
    "no request": (["x"], "BAD_REQUEST"),
    "schema": ({"query": "{ __schema { types { name } } }"}, "UNAUTHENTICATED"),
}


@pytest.mark.parametrize("name", FAULTY)
async def test_every_error_has_a_code(program: httpx.AsyncClient, name: str) -> None:
    asked, code = FAULTY[name]
    errors = (await program.post("/graphql", json=asked)).json()["errors"]
    assert {each["extensions"]["code"] for each in errors} >= {code}
    assert all(each["extensions"]["code"] for each in errors)


async def test_every_refusal_has_a_code(program: httpx.AsyncClient) -> None:
    body = {"query": "{ __typename }"}
    for headers, code in (
        ({"Authorization": "Bearer x"}, "UNAUTHENTICATED"),
        ({"Content-Type": "text/plain"}, "UNSUPPORTED_MEDIA_TYPE"),
        ({"Accept": "image/png"}, "NOT_ACCEPTABLE"),
    ):
        answer = await program.post("/graphql", json=body, headers=headers)
        assert answer.json()["errors"][0]["extensions"] == {"code": code}
    answer = await program.get("/graphql", params={"query": "mutation { __typename }"})
    assert answer.json()["errors"][0]["extensions"] == {"code": "METHOD_NOT_ALLOWED"}


async def test_change_without_a_token_is_told_to_sign_in(
    program: httpx.AsyncClient, cast: Cast
) -> None:
    project = await joint_project(cast, "active")
    query = (
        f'mutation {{ projectSuspend(id: "Project:{project.id}", reason: "No.")'
        " { problems { code message } } }"
    )
    answer = (await program.post("/graphql", json={"query": query})).json()
    [problem] = answer["data"]["projectSuspend"]["problems"]
    assert problem["code"] == "UNAUTHENTICATED"
    assert problem["message"].startswith("Sign in or send a token")


async def test_explorer_says_as_whom_one_asks(browser: Browser, cast: Cast) -> None:
    await browser.open("/graphql")
    assert "You ask as the public. Sign in to see more" in browser.text
    await browser.sign_in(cast, "auditor")
    await browser.open("/graphql")
    assert f"You ask as {cast.auditor.name}." in browser.text


async def test_requests_are_limited_by_person_and_by_address(
    app: Litestar, cast: Cast, settings: Settings
) -> None:
    few = Limits(Limit(3, 3600), Limit(2, 3600))
    seoul = client(app, await token(cast, "seoul_coordinator"))
    async with throttling(replace(settings, limit_api=few)):
        asked = [await seoul.post("/graphql", json={"query": "{__typename}"}) for _ in range(4)]
        assert [each.status_code for each in asked] == [200, 200, 200, 429]
        assert int(asked[3].headers["retry-after"]) >= 3600
        [error] = asked[3].json()["errors"]
        assert error["extensions"]["code"] == "TOO_OFTEN"
        assert "try again in" in error["message"]
        nobody = client(app, {})
        got = [await nobody.get("/graphql", params={"query": "{__typename}"}) for _ in range(3)]
        assert 429 in [each.status_code for each in got]


async def test_secrets_cannot_be_tried_out_without_end(
    app: Litestar, cast: Cast, settings: Settings
) -> None:
    async with throttling(replace(settings, limit_api=Limits(Limit(9, 3600), Limit(5, 3600)))):
        statuses = []
        for number in range(7):
            guess = client(app, {"Authorization": f"Bearer est_{number:032}"})
            statuses.append((await guess.post("/graphql", json={"query": CITIES})).status_code)
        assert statuses == [401] * 5 + [429] * 2


async def test_refusal_is_worded_in_the_language_of_whoever_asks(
    program: httpx.AsyncClient, cast: Cast
) -> None:
    actor = cast.nairobi_coordinator
    assert actor.person_id
    _, secret = await issue_token(actor, actor.person_id)
    asked = {
        "query": """mutation {
          practicePublish(id: "Practice:1000000") { problems { code message } }
        }"""
    }
    told = {}
    for language in ("", "is, fo;q=0.8", "ko-KR, en;q=0.5"):
        headers = {"Authorization": f"Bearer {secret}", "Accept-Language": language}
        answer = (await program.post("/graphql", json=asked, headers=headers)).json()
        [problem] = answer["data"]["practicePublish"]["problems"]
        assert problem["code"] == "NOT_FOUND"
        told[language[:2]] = problem["message"]
    assert told[""] == told["is"] == "There is no such practice, or you may not see it."
    assert told["ko"] == "해당 항목(사례)이 없거나 볼 수 없습니다."
