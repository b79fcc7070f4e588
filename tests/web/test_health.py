"""What supervisors ask."""

from tests.web.browser import Browser
from tracker.graphql import READS, serving
from tracker.settings import Settings


async def test_health_says_that_both_connections_answer(browser: Browser) -> None:
    assert (await browser.open("/health/live")).text == "alive\n"
    answer = await browser.open("/health/ready")
    assert (answer.status_code, answer.text) == (200, "ready\n")


async def test_health_says_in_one_line_that_the_database_is_gone(
    browser: Browser, settings: Settings
) -> None:
    async with serving(settings):
        assert READS.pool
        await READS.pool.close()
        answer = await browser.open("/health/ready")
        assert (await browser.open("/health/live")).status_code == 200
    assert (answer.status_code, answer.text) == (503, "The database does not answer.\n")
    assert (await browser.open("/health/ready")).status_code == 200
