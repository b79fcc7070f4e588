"""Where a digest leads to the decisions that it asks for. Every copy of it (on the web, on paper,
in feeds and channels) leads to their pages, which ask who is there; its mail alone may lead to
links that answer in its reader's name, and says so. A digest is written once, with places for both.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace

from tracker.mail import Mail

MARK = secrets.token_hex(8)
"""Of what is still to be filled in. This process alone knows it: whatever people write, it is none
of these places, where a secret would come to stand."""

PLACE = f"/decisions/{MARK}-"
"""Before a decision's number: where it is answered."""

ALONE = f"({MARK}", f"{MARK})"
"""Around what only a mail with links says."""

_PLACES = re.compile(f"{PLACE}([0-9]+)")
_ALONE = re.compile(f"{re.escape(ALONE[0])}(.*?){re.escape(ALONE[1])}", re.DOTALL)
_GAPS = re.compile(r"\n{3,}")


def asked(written: Mail) -> list[int]:
    """The numbers of the decisions that it leads to."""
    return list(dict.fromkeys(int(number) for number in _PLACES.findall(written.text)))


def copy(written: Mail) -> Mail:
    """What may be passed on, and stands everywhere else."""
    return _filled(written, {}, "")


def mail(written: Mail, paths: Mapping[int, str]) -> Mail:
    """What goes to its reader, with links: by a decision's number, where it is answered, if
    elsewhere than on its page."""
    return _filled(written, paths, r"\1")


def _filled(written: Mail, paths: Mapping[int, str], alone: str) -> Mail:
    if MARK not in written.text:
        return written  # it asks for nothing, as most do

    def leads(place: re.Match[str]) -> str:
        return paths.get(int(place[1]), f"/decisions/{place[1]}")

    def filled(text: str) -> str:
        return _PLACES.sub(leads, _ALONE.sub(alone, text))

    text = _GAPS.sub("\n\n", filled(written.text))
    return replace(written, text=text, html=filled(written.html))
