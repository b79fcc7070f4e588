"""Mails as HTML, by html-validate; `make conformance ARGS=mails` asks of every kind, and more."""

import pytest

from tests import factories
from tests.cast import Cast
from tests.conformance.letters import html_problems
from tests.workers.conftest import Outbox, owe
from tracker.digests.parts import REASON_MOST, short

pytestmark = [pytest.mark.usefixtures("reads"), pytest.mark.long]


async def test_html_of_mails_is_valid(cast: Cast, outbox: Outbox) -> None:
    await factories.joint_project(cast, "under_review")
    await factories.joint_project(cast, "active")
    await owe(cast, "seoul_mayor", "officer")
    await outbox.drain()
    bodies = [mail.get_body(("html",)) for mail in outbox.mails()]
    pages = [str(body.get_content()) for body in bodies if body]
    assert len(pages) > 2
    assert await html_problems(pages) == []
    [problem] = await html_problems([pages[0].replace("</p>", "", 1)])
    assert problem["rule"] == "no-implicit-close"


def test_long_reason_is_cut_off_with_a_mark() -> None:
    assert short("Why \n not?", REASON_MOST) == "Why not?"
    assert short("가" * 10_000, REASON_MOST) == "가" * REASON_MOST + "…"
