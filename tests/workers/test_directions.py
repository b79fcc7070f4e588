"""Digests for those who read from right to left, or with marks of another width."""

import re
import unicodedata

import pytest

from tests import factories
from tests.cast import Cast, email
from tests.workers.test_digests import late_project
from tracker.domain.people.tables import Person
from tracker.mail import Mail
from tracker.settings import Settings
from tracker.workers.digests import preview

pytestmark = pytest.mark.usefixtures("reads")

LATIN, HEBREW, HAN = "[A-Za-z]", "[\u05d0-\u05ea]", "[\u4e00-\u9fff]"


async def digest(settings: Settings, language: str, name: str = "nairobi_mayor") -> Mail:
    """Of somebody who reads this language."""
    address = email(name)
    await Person.update({Person.language: language}).where(Person.email == address)
    return await preview(settings, address)


async def everything(cast: Cast) -> None:
    """Something late, something measured, something moved, something achieved."""
    await late_project(cast, 35)
    project = await factories.joint_project(cast, "active")
    await factories.value(cast, project, "approved")
    await factories.move_milestone(cast, project.milestone_id, factories.today(50), "Late.")
    await factories.joint_project(cast, "closed", title="Open data")


async def test_figures_stand_in_the_order_of_their_heading_in_hebrew(
    cast: Cast, settings: Settings
) -> None:
    await everything(cast)
    made = await digest(settings, "he")
    said = "\u206740 \u200f←\u200f 12 / יעד 10\u2069 days".replace(" ", "\u00a0")
    for body in (made.text, made.html):
        assert said in body, "and in one line"
        assert re.findall(rf"\d ב{HEBREW}+", body) == [], "no day is parted from its month"


async def test_arrow_points_from_donor_to_recipient_in_hebrew(
    cast: Cast, settings: Settings
) -> None:
    await late_project(cast, 35)
    made = await digest(settings, "he", "officer")
    for body in (made.text, made.html):
        assert "\u2067Seoul \u200f←\u200f Nairobi\u2069" in body


async def test_each_line_of_plain_text_runs_from_right_to_left_in_hebrew(
    cast: Cast, settings: Settings
) -> None:
    await everything(cast)
    lines = (await digest(settings, "he")).text.splitlines()
    letters = [each for each in lines if re.search(f"{LATIN}|{HEBREW}", each)]
    assert len(letters) > 20
    alone = re.compile(r"\s*https?://\S+")
    assert [each for each in letters if not alone.fullmatch(each) and _first(each) == "L"] == []


def _first(line: str) -> str:
    kinds = map(unicodedata.bidirectional, line)
    return next(kind for kind in kinds if kind in ("L", "R", "AL"))


async def test_chinese_has_marks_of_its_own_width(cast: Cast, settings: Settings) -> None:
    await everything(cast)
    made = await digest(settings, "zh-Hans")
    assert "自" in made.text
    read = re.sub(r"https?://\S+", "", f"{made.subject}\n{made.text}")
    marks = re.findall(rf".*(?:{HAN}\s?[,:;()]|[,:;()]\s?{HAN}).*", read)
    assert marks == []
    for said in ("（ES-2", "：", "，", "下一步："):
        assert said in made.text
        assert said in made.html or said == "（ES-2"
