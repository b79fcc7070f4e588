"""A digest's briefing at its web copy: for its reader alone, of what was sent, on one page."""

import re

import pytest
from piccolo.columns import Column

from tests import factories
from tests.cast import Cast
from tests.papers import letters, pages
from tests.web.conftest import SignedIn
from tracker.digests import writing
from tracker.domain import clock
from tracker.domain.digests import actions, queries
from tracker.domain.digests.tables import DigestIssue
from tracker.mail import Mail
from tracker.settings import Settings


async def written(settings: Settings, cast: Cast) -> Mail:
    """The next digest of Nairobi's mayor."""
    recipient = await queries.recipient(cast.nairobi_mayor.person_id or 0)
    return await writing.preview(settings, recipient)


async def sent(cast: Cast, mail: Mail) -> int:
    """The number of a digest of Nairobi's mayor that said this."""
    issue = await actions.send_now(cast.nairobi_mayor, cast.nairobi_mayor.person_id or 0)
    said: dict[Column | str, object] = {
        DigestIssue.subject: mail.subject,
        DigestIssue.html: mail.html,
        DigestIssue.composed_at: clock.now(),
    }
    await DigestIssue.update(said).where(DigestIssue.id == issue.id)
    return issue.id


async def test_web_copy_offers_what_was_sent_on_one_page(
    signed_in: SignedIn, settings: Settings, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "active", title="Permits in a day")
    number = await sent(cast, await written(settings, cast))
    await factories.add_milestone(cast, project.id, title="Said later")
    mayor = await signed_in("nairobi_mayor")
    await mayor.open(f"/digests/{number}")
    assert f"/digests/{number}/briefing" in mayor.links
    answer = await mayor.open(f"/digests/{number}/briefing")
    assert answer.headers["content-type"] == "application/pdf"
    disposition = answer.headers["content-disposition"]
    assert re.fullmatch(
        r'attachment; filename="briefing-[\d-]+\.pdf"; '
        r"filename\*=UTF-8''PDF%20briefing%20[\d-]+\.pdf",
        disposition,
    )
    [page] = pages(answer.content)
    assert "Permits in a day" in page
    assert "Said later" not in page


async def test_web_copy_prints_the_briefing_that_was_sent(
    signed_in: SignedIn, settings: Settings, cast: Cast
) -> None:
    await factories.joint_project(cast, "active", title="Permits in a day")
    mail = await written(settings, cast)
    number = await sent(cast, mail)
    sheet = mail.html.replace("Permits in a day", "Permits, and more")
    await DigestIssue.update({DigestIssue.sheet: sheet}).where(DigestIssue.id == number)
    mayor = await signed_in("nairobi_mayor")
    [page] = pages((await mayor.open(f"/digests/{number}/briefing")).content)
    assert "Permits, and more" in page


async def test_next_digest_has_a_briefing_too(signed_in: SignedIn, cast: Cast) -> None:
    await factories.joint_project(cast, "active", title="Permits in a day")
    mayor = await signed_in("nairobi_mayor")
    await mayor.open("/digests/preview")
    assert "/digests/preview/briefing" in mayor.links
    [page] = pages((await mayor.open("/digests/preview/briefing")).content)
    assert "Permits in a day" in page
    assert await DigestIssue.count() == 0


async def test_digest_with_nothing_to_say_says_so_on_paper_too(signed_in: SignedIn) -> None:
    mayor = await signed_in("nairobi_mayor")
    [page] = pages((await mayor.open("/digests/preview/briefing")).content)
    assert "A quiet period" in page


@pytest.mark.parametrize("name", ["seoul_mayor", "nairobi_coordinator", "officer", "administrator"])
async def test_briefing_is_nobody_elses(
    signed_in: SignedIn, settings: Settings, cast: Cast, name: str
) -> None:
    number = await sent(cast, await written(settings, cast))
    browser = await signed_in(name)
    assert (await browser.open(f"/digests/{number}/briefing")).status_code == 404


async def test_digest_that_is_not_written_yet_has_none(signed_in: SignedIn, cast: Cast) -> None:
    issue = await actions.send_now(cast.nairobi_mayor, cast.nairobi_mayor.person_id or 0)
    mayor = await signed_in("nairobi_mayor")
    assert (await mayor.open(f"/digests/{issue.id}/briefing")).status_code == 404


@pytest.mark.parametrize("times", [2, 5, 40])
async def test_briefing_of_very_much_is_one_page_that_counts_the_rest(
    signed_in: SignedIn, settings: Settings, cast: Cast, times: int
) -> None:
    """The digest's parts again and again: a page has each entry, or counts it."""
    titles = [f"Permits by phone {number}" for number in range(3)]
    for title in titles:
        await factories.joint_project(cast, "active", title=title)
    mail = await written(settings, cast)
    above, parts, below = re.split(
        r"(?s)(<h2.*)(?=</td></tr>\s*<tr><td class=\"inset soft)", mail.html
    )
    number = await sent(cast, Mail("en", mail.subject, "", above + parts * times + below))
    mayor = await signed_in("nairobi_mayor")
    [page] = pages((await mayor.open(f"/digests/{number}/briefing")).content)
    assert "when you get this" in page, "the footer is still there"
    [once] = pages((await mayor.open("/digests/preview/briefing")).content)
    shown, left = told(page)
    assert shown + left == times * sum(told(once))
    assert shown
    assert bool(left) or times < 40


def told(page: str) -> tuple[int, int]:
    """How many entries the page has, each with the code of a project, and how many it counts."""
    left = re.findall(r"and\s+([\d,]+)\s+more", page)
    return letters(page).count("ES20"), sum(int(count.replace(",", "")) for count in left)
