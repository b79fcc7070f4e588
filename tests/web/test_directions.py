"""What people typed keeps its own direction on a page of another one: a Hebrew title with its
figures and its full stop on an English page, an English one on a Hebrew page."""

import re
from collections.abc import Iterator
from pathlib import Path

from tracker.mail import TEMPLATES

PAGES = [
    path
    for path in sorted(TEMPLATES.rglob("*.html"))
    if not {"emails", "documentation"} & {*path.relative_to(TEMPLATES).parts}
]
TYPED = re.compile(
    r"\{\{ (?:[a-zA-Z_]+\.)+(?:title|reason|narrative|reviewNote|question|summary)"
    r"(?:\|truncate\(\d+\))? \}\}"
)
APART = re.compile(
    r'<(?:bdi|textarea)[^<>]*>\s*$|<[^<>]*(?:dir="auto"|"prose"|"unseen")[^<>]*>[^<]*$'
)
TURNED = re.compile(r'<li[^<>]*dir="auto"')
ELSEWHERE = re.compile(r'="[^"<>]*$|\{% block title %\}(?:(?!\{% endblock).)*$', re.DOTALL)
"""An attribute and a title hold plain text."""


def test_typed_words_are_set_apart_on_pages() -> None:
    bare = [f"{path.relative_to(TEMPLATES)}: {each}" for path in PAGES for each in _bare(path)]
    assert bare == [], "stands in <bdi>, or in an element with dir=auto"


def test_entries_of_lists_keep_the_direction_of_the_page() -> None:
    """The mark or number of one that is written the other way would stand outside the page."""
    turned = [str(path.relative_to(TEMPLATES)) for path in PAGES if TURNED.search(path.read_text())]
    assert turned == [], "what it says goes into an element with dir=auto within it"


def _bare(path: Path) -> Iterator[str]:
    text = path.read_text()
    for found in TYPED.finditer(text):
        before = text[: found.start()]
        if not APART.search(before) and not ELSEWHERE.search(before):
            yield found[0]
