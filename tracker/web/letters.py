"""How high the frame is in which a page shows a mail. Nothing measures it there: the mail is in a
sandbox, and no script of ours looks in. So it is estimated from the mail's text."""

import re
from unicodedata import east_asian_width

HEIGHTS = (20, 30, 40, 50, 60, 70, 80, 100, 120, 140, 170, 200, 250, 300, 400)
"""In rem, as tracker.css has them; in a frame that is too low a mail scrolls."""

PHONE, DESK = 40, 70
"""Letters of a line, half as many of those that are twice as wide."""

EDGES, LINE = 15, 1.4
"""In rem: what a mail has around its words, and what a line of them takes with the gaps; a little
more than it ever took, in any language, so that nothing is cut off."""

ADDRESS = re.compile(r"https?://\S+")
"""Where the text has an address, the mail has a link."""


def tall(text: str | None) -> str:
    """Classes for the frame of a mail with this text: its heights on a phone and on a desk; none
    where no text is kept, for the height that fits most."""
    if not text:
        return ""
    plain = [line.strip() for line in ADDRESS.sub("", text).splitlines()]
    return f"phone-{_height(plain, PHONE)} desk-{_height(plain, DESK)}"


def _height(lines: list[str], letters: int) -> int:
    taken = EDGES + LINE * sum(-(-_width(line) // letters) for line in lines)
    return next((each for each in HEIGHTS if each >= taken), HEIGHTS[-1])


def _width(line: str) -> int:
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in line)
