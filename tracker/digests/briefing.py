"""A digest as a briefing: its mail on one page of paper, as PDF.

It is made of the mail's HTML alone, as that was frozen. So it says what the mail says in the very
words of the mail, and never more; nothing else has to be kept for it, and every digest that was
sent has one.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from itertools import accumulate
from typing import Any, Literal

from tracker.digests import paper
from tracker.digests.paper import Line, Run
from tracker.locale import Reader
from tracker.locale.words import N_
from tracker.mail import TEMPLATES, Attached, Mail

TEMPLATE = TEMPLATES / "emails" / "briefing.typ"
FONTS = (
    *("fontpkg_open_sans", "fontpkg_noto_sans_devanagari", "noto_cjk_sans_otc"),
    *("fontpkg_noto_sans_arabic", "fontpkg_noto_sans_thai"),
)

NAME = N_("PDF briefing")


def attached(mail: Mail, time_zone: str, at: datetime) -> Attached:
    """The mail's briefing as a file, named after the day; `at` is when its data were read."""
    reader = Reader(mail.language, time_zone)
    day = at.astimezone(reader.zone).date()
    name, plain = f"{reader.gettext(NAME)} {day}.pdf", f"briefing-{day}.pdf"
    return Attached(name, plain, "application/pdf", drawn(mail, at))


def drawn(mail: Mail, at: datetime) -> bytes:
    """The mail on exactly one page of A4: the same bytes at each call. It takes some hundredths of
    a second, without holding Python up."""
    import typst  # heavy, and most processes never need it

    said = json.dumps(_said(mail, Reader(mail.language)))
    try:
        return _set(said, at, ["ua-1"])  # ISO 14289-1: it can be read aloud
    except typst.TypstError:  # … but for what is written in letters that no font of ours has
        return _set(said, at, [])


def _set(said: str, at: datetime, standards: list[Literal["ua-1"]]) -> bytes:
    import typst

    return typst.compile(
        TEMPLATE.read_bytes(),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=[*standards],
        sys_inputs={"said": said},
        timestamp=int(at.timestamp()),
    )


def _said(mail: Mail, reader: Reader) -> dict[str, Any]:
    """What briefing.typ is told; its head says how."""
    page = paper.read(mail.html, reader.direction)
    totals = [len(each.entries) + each.more for each in page.sections]
    below = list(accumulate(reversed(totals)))[::-1]
    return {
        "language": reader.locale.language,
        "region": reader.locale.territory,
        "direction": reader.direction,
        "title": mail.subject,
        "above": [asdict(each) for each in page.above],
        "footer": [asdict(each) for each in page.footer],
        "sections": [
            asdict(each)
            | {
                "more": [asdict(_more(reader, each.more + cut, each.where))
                         for cut in range(len(each.entries) + 1)],
                "from_here": asdict(_more(reader, left)),
            }
            for each, left in zip(page.sections, below, strict=True)
        ],
    }  # fmt: skip


def _more(reader: Reader, count: int, where: str | None = None) -> Line:
    """ "and 12 more", with the page that has them."""
    if not count:
        return Line()
    words = reader.ngettext("and {n} more", "and {n} more", count)
    tone = "link" if where else "soft"
    return Line([Run(words.format(n=reader.number(count)), tone=tone, href=where)])


@cache
def _fonts() -> Any:
    import typst

    folders = [place for each in FONTS for place in _places(each)]
    return typst.Fonts(include_system_fonts=False, font_paths=folders)


def _places(package: str) -> Sequence[str]:
    """The folders of a package of fonts, found without running any of it."""
    spec = find_spec(package)
    return list(spec.submodule_search_locations or []) if spec else []
