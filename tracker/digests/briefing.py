"""A digest as a briefing: its mail on one page of paper, as PDF.

It is made of the mail's HTML alone, or of the same with more of each part (`room.SHEET`), as that
was frozen. So it says what was known and allowed when the mail was written, in its very words, and
every digest that was sent has one.
"""

import json
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from typing import Any

from tracker.digests import letters, paper
from tracker.digests.paper import Entry, Line, Paper, Run
from tracker.locale import Reader
from tracker.locale.words import N_
from tracker.mail import TEMPLATES, Attached, Mail

TEMPLATE = TEMPLATES / "emails" / "briefing.typ"
FONTS = (
    *("fontpkg_open_sans", "fontpkg_noto_sans_devanagari", "noto_cjk_sans_otc"),
    *("fontpkg_noto_sans_arabic", "fontpkg_noto_sans_thai"),
)

NAME = N_("PDF briefing")
SERVICE = N_("e-Sharing tracker")

MARK = "*"
"""Beside what is only counted; in the footer, before where all of it is."""

SIGNS = "●▲■○✓"
"""What stands before an entry instead of a bullet."""


def attached(mail: Mail, time_zone: str, at: datetime) -> Attached:
    """The mail's briefing as a file, named after the day; `at` is when its data were read."""
    reader = Reader(mail.language, time_zone)
    day = at.astimezone(reader.zone).date()
    name, plain = f"{reader.gettext(NAME)} {day}.pdf", f"briefing-{day}.pdf"
    return Attached(name, plain, "application/pdf", drawn(mail, at))


def drawn(mail: Mail, at: datetime) -> bytes:
    """The mail on exactly one page of A4: the same bytes at each call. It takes some hundredths of
    a second, without holding Python up; some tenths where it says what our fonts have no letters
    for. Letters that cannot be drawn beside each other take all others but those of ASCII along."""
    import typst  # heavy, and most processes never need it

    said = _said(mail, Reader(mail.language))
    for lacking in (_lacking, _other):
        try:
            return _set(_without(said, lacking), at)
        except typst.TypstError as error:
            why = error
    raise why


def _without(said: dict[str, Any], lacking: Callable[[set[str]], set[str]]) -> dict[str, Any]:
    """The same without what would be drawn as boxes: signs such as emoji are left out, letters with
    a mark; the mail has both."""
    written = json.dumps(said, ensure_ascii=False)
    without = lacking({*written})
    if not without:
        return said
    signs = re.escape("".join(sorted(without)))
    words = re.escape("".join(each for each in sorted(without) if each.isalnum()))
    if words:
        written = re.sub(f"[{words}](?:[\\s{signs}]*[{signs}])?", "[…]", written)
    found: dict[str, Any] = json.loads(re.sub(f"[{signs}]", "", written))
    return found


def _lacking(characters: set[str]) -> set[str]:
    return letters.lacking(characters, files(), has)


def _other(characters: set[str]) -> set[str]:
    return {each for each in characters if not each.isascii() and each != "…"}


def has(words: str) -> bool:
    """Whether all of its letters can be drawn."""
    import typst

    try:
        _set(_BLANK | {"above": [asdict(Line([Run(words)]))]}, datetime.now(UTC))
    except typst.TypstError:
        return False
    return True


_BLANK: dict[str, Any] = {
    "language": "en", "region": None, "direction": "ltr", "service": "-", "title": "-",
    "above": [], "footer": [], "sections": [],
}  # fmt: skip


def _set(said: dict[str, Any], at: datetime) -> bytes:
    """Raises TypstError where a letter is in no font."""
    import typst

    try:
        return typst.compile(
            TEMPLATE.read_bytes(),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["ua-1"],  # ISO 14289-1: it can be read aloud
            sys_inputs={"said": json.dumps(said)},
            timestamp=int(at.timestamp()),
        )
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # Rust's, no Exception, and exported nowhere
            raise
        raise typst.TypstError(f"The setter broke off: {error}", "") from error


def _said(mail: Mail, reader: Reader) -> dict[str, Any]:
    """What briefing.typ is told; its head says how."""
    page = paper.read(mail.html, reader.direction)
    totals = [len(each.entries) + each.more for each in page.sections]
    below = list(accumulate(reversed(totals)))[::-1]
    return {
        "language": reader.locale.language,
        "region": reader.locale.territory,
        "direction": reader.direction,
        "service": reader.gettext(SERVICE),
        "title": paper.BLANK.sub(" ", mail.subject),
        "above": [asdict(each) for each in page.above],
        "footer": [asdict(each) for each in _footer(reader, page)],
        "sections": [
            {
                "level": each.level,
                "heading": [asdict(run) for run in each.heading],
                "entries": [_entry(reader, entry) for entry in each.entries],
                "more": [asdict(_more(reader, each.more + cut, each.where))
                         for cut in range(len(each.entries) + 1)],
                "from_here": asdict(_more(reader, left)),
            }
            for each, left in zip(page.sections, below, strict=True)
        ],
    }  # fmt: skip


def _footer(reader: Reader, page: Paper) -> list[Line]:
    """With printed addresses; that of the page which has everything is what the mark stands for."""
    lines = [_addressed(reader, each, ("link",)) for each in page.footer]
    for number, line in enumerate(lines):
        if any("/digests/" in (run.href or "") for run in line.runs):
            lines[number] = replace(line, runs=[Run(f"{MARK} "), *line.runs])
            break
    return lines


def _entry(reader: Reader, lines: Entry) -> dict[str, Any]:
    """Its sign, if it begins with one, and its lines."""
    lines = [_addressed(reader, each, ("button",)) for each in lines]
    sign = None
    if lines and lines[0].runs[0].text.strip() in SIGNS:
        sign, rest = lines[0].runs[0], lines[0].runs[1:]
        lines[0] = replace(lines[0], runs=[replace(rest[0], text=rest[0].text.lstrip()), *rest[1:]])
    return {"sign": asdict(sign) if sign else None, "lines": [asdict(each) for each in lines]}


def _addressed(reader: Reader, line: Line, tones: Collection[str]) -> Line:
    """With the addresses that links of these tones lead to, since nobody clicks on paper."""
    runs: list[Run] = []
    for run in line.runs:
        runs.append(run)
        if run.href and run.tone in tones:
            address = re.sub(r"^https?://", "", run.href)
            told = f"\u2066{address}\u2069" if reader.direction == "rtl" else address
            runs.append(replace(run, text=f"{reader.gettext(': ')}{told}", strong=False))
    return replace(line, runs=runs)


def _more(reader: Reader, count: int, where: str | None = None) -> Line:
    """ "and 12 more", with the page that has them, and the mark under which the footer prints where
    all of it is."""
    if not count:
        return Line()
    words = reader.ngettext("and {n} more", "and {n} more", count).format(n=reader.number(count))
    return Line([Run(f"{words}{MARK}", tone="link" if where else "soft", href=where)])


@cache
def _fonts() -> Any:
    import typst

    folders = [place for each in FONTS for place in _places(each)]
    return typst.Fonts(include_system_fonts=False, font_paths=folders)


@cache
def files() -> tuple[Path, ...]:
    """Those of our fonts."""
    found = {each.path for each in _fonts().fonts() if each.path}
    return tuple(Path(each) for each in sorted(found))


def _places(package: str) -> Sequence[str]:
    """The folders of a package of fonts, found without running any of it."""
    spec = find_spec(package)
    return list(spec.submodule_search_locations or []) if spec else []
