"""Files that browsers keep."""

import re

from tests.web.browser import Browser


async def test_asset_with_its_version_is_kept_forever(browser: Browser) -> None:
    page = await browser.open("/")
    match = re.search(r'href="(/static/tracker\.css\?v=\w+)"', page.text)
    assert match
    answer = await browser.open(match[1])
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"


async def test_asset_of_another_version_is_asked_about_again(browser: Browser) -> None:
    answer = await browser.open("/static/explorer/main.js?v=old")
    assert answer.headers["cache-control"] == "public, no-cache"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    again = await browser.open(
        "/static/explorer/main.js", **{"If-None-Match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
