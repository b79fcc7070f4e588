"""Links of ours that open something for whoever has them, found in what a reply quotes.

Programs write them in ways of their own: broken over several lines, with marks in between, within
the address of a gateway that looks at them first, percent-encoded or in base64. Where it is in
doubt whether a link goes on, it does: a word that is missing can be asked for.
"""

import re
from base64 import b64encode
from collections.abc import Iterator

LENGTHS = {"answers": 43, "verdicts": 100, "unsubscribe": 100}
"""What such links lead to, and how many characters their secrets have at least: 32 bytes in base64
(`answers/links.py`), or what Fernet makes of a few."""

LEAST = 16
"""Characters that are taken for a secret."""

GAP = r"[\s>|=\u00ad\u200b-\u200d\u2060\ufeff]{0,20}"
"""What programs set between any two characters: ends of lines, blanks, marks of a quote, what has
no width, and what quoted-printable breaks lines with."""

PLAIN, BASE64 = re.compile(r"[\w.=%-]*"), re.compile(r"[\w.=%+/~-]*")
BLANKS = re.compile(r"[ \t]+")
NO_WORD = re.compile(r"[a-z\d][A-Z]|[A-Za-z]\d|\d[a-z]")
"""What stands in most parts of a secret, and in hardly any word."""


def without_secrets(text: str) -> str:
    """The text, with an ellipsis for what is secret in links of ours."""
    kept: list[str] = []
    end = 0
    for found in BEGINS.finditer(text):
        if found.start() >= end and (ends := _secret_ends(text, found)):
            name = found.lastgroup
            kept += [text[end : found.start()], f"/{name}/…" if name in LENGTHS else "…"]
            end = ends
    return "".join([*kept, text[end:]])


def _secret_ends(text: str, found: re.Match[str]) -> int:
    """Where the secret ends that should stand behind what was found; 0 where none does."""
    name, _, encoded = (found.lastgroup or "").partition("_")
    run, whole = (BASE64, LENGTHS[name] * 4 // 3) if encoded else (PLAIN, LENGTHS[name])
    length, end = 0, found.end()
    while length < whole and (further := _further(text, end, run)):
        length += len(further[0])
        end = further.end()
    return end if length >= LEAST else 0


def _further(text: str, at: int, run: re.Pattern[str]) -> re.Match[str] | None:
    """What goes on with a secret from there: behind blanks alone, only what is no word."""
    gap = BETWEEN.match(text, at)
    found = run.match(text, gap.end() if gap else at)
    if not found or not found[0]:
        return None
    blanks = gap and BLANKS.fullmatch(gap[0])
    return None if blanks and not NO_WORD.search(found[0]) else found


def _begins() -> str:
    """An expression for how such links begin, each way in a group: `answers`, `answers_base64`."""
    slash = f"(?:/|_|%{GAP}(?:2{GAP}5{GAP})*2{GAP}F)"
    ways = (
        f"(?P<{name}>(?i:{slash}{GAP}{_spread(name)}{GAP}{slash}))"
        f"|(?P<{name}_base64>{'|'.join(map(_spread, _images(name)))})"
        for name in LENGTHS
    )
    return "|".join(ways)


def _spread(text: str) -> str:
    """An expression for the text with gaps between its characters."""
    return GAP.join(map(re.escape, text))


def _images(name: str) -> Iterator[str]:
    """What base64 makes of the name behind any other bytes: of each character six bits, and those
    alone that no other byte decides."""
    for before in range(3):
        encoded = b64encode(b"\0" * before + name.encode()).decode()
        yield encoded[(8 * before + 5) // 6 : 8 * (before + len(name)) // 6]


BETWEEN, BEGINS = re.compile(GAP), re.compile(_begins())
