"""Mails as HTML, by html-validate; `make conformance ARGS=mails` asks of every kind, and more."""

import pytest

from tests import factories, fullest
from tests.cast import Cast
from tests.conformance.letters import html_problems
from tests.workers.conftest import Outbox, owe
from tracker.digests.parts import REASON_MOST, short
from tracker.domain.problems import TITLE_MOST
from tracker.locale import languages
from tracker.mail import HTML_MOST

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


LONGEST, *OTHERS = sorted(languages(), key=lambda each: (each != "hi", each))
"""The language whose words take the most bytes, and those that `--whole` measures as well."""


@pytest.mark.parametrize(
    "language", [LONGEST, *(pytest.param(each, marks=pytest.mark.whole) for each in OTHERS)]
)
async def test_fullest_mails_are_small_and_say_how_much_they_leave_out(language: str) -> None:
    found = dict(fullest.mails(language))
    assert {name: len(mail.html.encode()) for name, mail in found.items()
            if len(mail.html.encode()) > HTML_MOST} == {}  # fmt: skip
    for mail in found.values():
        assert len(mail.html.encode()) > HTML_MOST / 3, "they are full"
        assert "가" * TITLE_MOST in mail.html, "titles are told whole"
    assert await html_problems([mail.html for mail in found.values()]) == []


def test_long_reason_is_cut_off_with_a_mark() -> None:
    assert short("Why \n not?", REASON_MOST) == "Why not?"
    assert short("가" * 10_000, REASON_MOST) == "가" * REASON_MOST + "…"
    assert short("Why?" + " " * 10_000 + "Why not?", REASON_MOST) == "Why?…"
    assert short("가 " * 20 + " " * 9, REASON_MOST) == "가 " * 19 + "가"
