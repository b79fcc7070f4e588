"""What a monitoring system asks."""

import re

import pytest
from litestar import Litestar

from tests.cast import Cast
from tests.web.browser import client
from tests.web.conftest import SignedIn
from tests.web.test_endpoint import token

MUTATION = 'mutation { milestoneStart(id: "Milestone:1") { problems { message } } }'

LINE = re.compile(r'# (HELP|TYPE) \w+ .+|\w+\{what="\w+"\} [0-9.e-]+')


@pytest.mark.parametrize("name", ["officer", "administrator"])
async def test_metrics_are_prometheus_text_for_the_secretariat(
    app: Litestar, cast: Cast, name: str
) -> None:
    async with client(app, {}) as program:
        headers = await token(cast, name)
        document = {"query": "{ cities { totalCount } }"}
        for _ in range(2):
            await program.post("/graphql", json=document)
            await program.post("/graphql", json={"query": MUTATION}, headers=headers)
        answer = await program.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert all(LINE.fullmatch(line) for line in lines)
    for what in ("plans", "mutations"):
        name = f'tracker_kept_hits_total{{what="{what}"}}'
        [hits] = [each for each in lines if each.startswith(name)]
        assert float(hits.rpartition(" ")[2]) >= 1


async def test_metrics_open_in_a_session_of_an_officer(signed_in: SignedIn) -> None:
    assert (await (await signed_in("officer")).open("/metrics")).status_code == 200


@pytest.mark.parametrize("name", ["seoul_mayor", "auditor"])
async def test_metrics_do_not_exist_for_others(
    app: Litestar, cast: Cast, signed_in: SignedIn, name: str
) -> None:
    async with client(app, {}) as program:
        assert (await program.get("/metrics")).status_code == 404
        nonsense = {"authorization": "Bearer nonsense"}
        assert (await program.get("/metrics", headers=nonsense)).status_code == 404
        answer = await program.get("/metrics", headers=await token(cast, name))
        assert answer.status_code == 404
    assert (await (await signed_in(name)).open("/metrics")).status_code == 404
