"""What several readers get alike is read once, and written once."""

import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests import factories
from tests.cast import Cast
from tracker.digests import writing
from tracker.domain import clock
from tracker.domain.digests.queries import Recipient
from tracker.domain.digests.rules import Period
from tracker.graphql import execute_many
from tracker.locale import Reader
from tracker.mail import fragments
from tracker.mail.rendering import templates

ENTRIES = """
{%- macro say(each) %}{{ note(each.name) }}{{ each.name }}, {{ each.on|date }}{% endmacro -%}
{{ entries("named", of, say, "<p>", "</p>") }}"""


@pytest.fixture
def written() -> list[str]:
    return []


def _page(written: list[str], reader: Reader, of: Sequence[dict[str, Any]]) -> str:
    def note(name: str) -> str:
        written.append(name)
        return ""

    page = templates(html=True).from_string(ENTRIES).render(
        of=of, reader=reader, note=note, base_url="https://fragments.example"
    )  # fmt: skip
    return page.replace("\u00a0", " ")


def test_entry_is_written_once_for_those_who_read_it_alike(written: list[str]) -> None:
    first, second, third = (
        {"name": f"<{each}>", "on": date(2026, 3, 1)} for each in ("one", "two", "three")
    )
    seoul, lima = Reader("en", "Asia/Seoul"), Reader("en", "America/Lima")
    page = _page(written, seoul, [first, second])
    assert page == "<p>&lt;one&gt;, Mar 1, 2026</p><p>&lt;two&gt;, Mar 1, 2026</p>"
    assert _page(written, lima, [first, second]) == page
    assert _page(written, lima, [third, first]).endswith("<p>&lt;one&gt;, Mar 1, 2026</p>")
    assert written == ["<one>", "<two>", "<three>"]


def test_other_languages_and_other_words_are_written_anew(written: list[str]) -> None:
    each = {"name": "four", "on": date(2026, 3, 1)}
    assert _page(written, Reader("en"), [each]) == "<p>four, Mar 1, 2026</p>"
    assert _page(written, Reader("de"), [each]) == "<p>four, 01.03.2026</p>"
    assert _page(written, Reader("en-GB"), [each]) == "<p>four, 1 Mar 2026</p>"
    changed = {**each, "on": "2026-03-02"}
    assert _page(written, Reader("en"), [changed]) == "<p>four, Mar 2, 2026</p>"


def test_instant_which_is_another_day_elsewhere_is_refused(written: list[str]) -> None:
    each = {"name": "five", "on": datetime(2026, 3, 1, tzinfo=UTC)}
    with pytest.raises(TypeError, match="datetime"):
        _page(written, Reader("en"), [each])


def test_long_lists_are_let_go_when_they_take_too_much(
    written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fragments, "BYTES_MOST", 100_000)
    of = [{"name": f"{number} " + "x" * 400, "on": date(2026, 3, 2)} for number in range(50)]
    lists = [of[number:] + of[:number] for number in range(50)]
    tracemalloc.start()
    for each in lists:
        _page(written, Reader("en"), each)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 800_000, "all fifty would take more than a megabyte"


async def test_what_a_city_does_is_read_once_for_its_readers(cast: Cast, reads: None) -> None:
    await factories.joint_project(cast, "active")
    document, now = writing._document("digest"), clock.now()
    week = Period("week", now - timedelta(days=7), now)
    questions = [
        writing._question(Recipient(1, "", "", "en", "UTC"), week, None, actor, now)
        for actor in (cast.seoul_mayor, cast.seoul_coordinator, cast.nairobi_mayor)
    ]
    asked = [(each.variables, replace(each.actor, person_id=None)) for each in questions]
    mayor, coordinator, other = await execute_many(document, asked, "Told")
    assert coordinator is mayor
    assert other is not mayor
    own = await execute_many(document, [(each.variables, each.actor) for each in questions], "Own")
    assert len({id(each) for each in own}) == 3
