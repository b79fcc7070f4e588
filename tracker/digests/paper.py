"""The HTML of a mail -> what stands on paper: lines of words, in sections.

It goes by what emails/layout.html and emails/parts.html draw, and by nothing but that: two cells,
the body and the footer; headings among the children of the body, and entries below them. What is
marked `data-paper="no"` is for its reader's screen alone.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Literal

Level = Literal[0, 2, 3]
"""Of a heading; 0 where a section has none."""

TONES = ("link", "button", "good", "warn", "bad", "soft")
"""Classes that colour words; the first one that an element has."""

BLOCKS = ("div", "p", "table", "tr", "ul", "li", "h1", "h2", "h3")
VOID = ("br", "meta", "base")

BLANK = re.compile(r"[\x00-\x20\x7f-\x9f]+")
"""White space but no-break spaces, and controls that old texts may hold: no font has them, and
ISO 14289-1 forbids them."""


@dataclass(frozen=True)
class Run:
    """Words that look alike."""

    text: str
    strong: bool = False
    tone: str = ""
    href: str | None = None


@dataclass(frozen=True)
class Line:
    """Words in one line or, where they are many, a paragraph; before them a bar, 0 to 1 full."""

    runs: list[Run] = field(default_factory=list)
    share: float | None = None


Entry = list[Line]


@dataclass
class Section:
    """A heading, what stands below it, and what the mail says of how many more there are."""

    level: Level
    heading: list[Run]
    entries: list[Entry] = field(default_factory=list)
    more: int = 0
    where: str | None = None


@dataclass
class Paper:
    """What stands above the sections (its greeting is the first line), they, and the footer."""

    above: Entry
    sections: list[Section]
    footer: Entry


def read(html: str, direction: str) -> Paper:
    """What the mail says; `direction` is that in which its language is written."""
    cells = [*_cells(_tree(html)), _Element("td"), _Element("td")]
    paper = Paper([], [], _lines(cells[1], direction))
    for block in cells[0].elements():
        _place(paper, block, direction)
    return paper


def _place(paper: Paper, block: "_Element", direction: str) -> None:
    """Put a child of the body where it belongs. The title is the subject's, and said there."""
    if block.tag == "h1":
        return
    if block.tag in ("h2", "h3"):
        level: Level = 2 if block.tag == "h2" else 3
        runs = [run for line in _lines(block, direction) for run in line.runs]
        paper.sections.append(Section(level, runs))
    elif not paper.sections:
        paper.above += _lines(block, direction)
    elif "data-more" in block.attributes:
        [rest] = _lines(block, direction)
        paper.sections[-1].more = int(block.attributes["data-more"])
        paper.sections[-1].where = rest.runs[0].href
    elif block.tag == "ul":
        paper.sections[-1].entries += [_lines(each, direction) for each in block.elements()]
    else:
        if block.tag == "p":  # what ends the mail is of no section
            paper.sections.append(Section(0, []))
        paper.sections[-1].entries.append(_lines(block, direction))


@dataclass
class _Element:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["_Element | str"] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    def elements(self) -> Iterator["_Element"]:
        return (each for each in self.children if isinstance(each, _Element))


class _Tree(HTMLParser):
    """Our mails close what they open, but for VOID."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [_Element("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = _Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_endtag(self, tag: str) -> None:
        if any(each.tag == tag for each in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def _tree(html: str) -> _Element:
    parser = _Tree()
    parser.feed(html)
    parser.close()
    return parser.open[0]


def _cells(element: _Element) -> Iterator[_Element]:
    """The cells that hold the mail's words."""
    if element.tag == "td" and "inset" in element.classes:
        yield element
    else:
        for each in element.elements():
            yield from _cells(each)


def _lines(element: _Element, direction: str) -> Entry:
    found = [Line()]
    _write(found, element, Run(""), direction)
    return [trimmed for line in found if (trimmed := _trimmed(line)).runs]


def _write(lines: list[Line], element: _Element, look: Run, direction: str) -> None:
    """Add the element's words to the last of the lines, and further ones; looking like `look`."""
    if element.attributes.get("data-paper") == "no":
        return
    if "track" in element.classes:
        lines[-1] = replace(lines[-1], share=_share(element))
        return
    look = _looking(element, look)
    if element.tag in (*BLOCKS, "br"):
        lines.append(Line())
    for each in element.children:
        if isinstance(each, _Element):
            _write(lines, each, look, direction)
        elif text := BLANK.sub(" ", each):
            if element.attributes.get("dir") == "auto":
                text = _isolated(text, direction)
            lines[-1].runs.append(replace(look, text=text))
    if element.tag in BLOCKS:
        lines.append(Line())


def _looking(element: _Element, look: Run) -> Run:
    tone = next((each for each in TONES if each in element.classes), look.tone)
    return replace(
        look,
        strong=look.strong or element.tag in ("strong", "h2", "h3"),
        tone=tone,
        href=element.attributes.get("href", look.href),
    )


def _share(bar: _Element) -> float:
    if "fill" in bar.classes:
        return int(bar.attributes["width"].rstrip("%")) / 100
    return max((_share(each) for each in bar.elements()), default=0.0)


def _trimmed(line: Line) -> Line:
    """Without blanks at its ends, and but one in between."""
    runs: list[Run] = []
    for run in line.runs:
        text = run.text.lstrip() if not runs or runs[-1].text.endswith(" ") else run.text
        if text:
            runs.append(replace(run, text=text))
    if runs:
        runs[-1] = replace(runs[-1], text=runs[-1].text.rstrip())
    return replace(line, runs=[run for run in runs if run.text])


def _isolated(text: str, direction: str) -> str:
    """Words that are written the other way than those around them stand apart (UAX 9)."""
    strong = (unicodedata.bidirectional(char) for char in text)
    first = next((kind for kind in strong if kind in ("L", "R", "AL")), None)
    alike = first is None or (first == "L") == (direction == "ltr")
    return text if alike else f"\u2068{text}\u2069"
