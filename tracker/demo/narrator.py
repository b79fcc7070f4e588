"""How the story looks in a terminal: a heading for each chapter, a line for each step."""

import shutil
import sys
import textwrap
from typing import TextIO

from tracker.demo.voices import Voice

BOLD, DIM, RED, CYAN = "1", "2", "31", "36"
"""ANSI SGR codes; only where somebody is looking."""

INDENT, WHO = 4, 26
"""Characters before a line, and for who acts."""

WIDTH = 110
"""Characters of a line where nobody says how wide the terminal is."""


class Narrator:
    """Prints at once, in colour on a terminal, and remembers the chapter for when it breaks."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._width = shutil.get_terminal_size((WIDTH, 0)).columns
        self._number = 0
        self.chapter = "Beginning"

    def begin(self, title: str) -> None:
        """A new chapter."""
        self._number += 1
        self.chapter = title
        self._print("")
        self._print(self._styled(BOLD, f"{self._number:>2}  {title}"))

    def step(self, voice: Voice, text: str) -> None:
        """Somebody did something."""
        self._line(voice, "", text, "")

    def refusal(self, voice: Voice, attempt: str, reason: str) -> None:
        """Somebody tried something that the rules do not allow, and was told why."""
        self._line(voice, "✗ ", f"{attempt}: {reason}", RED)

    def mail(self, voice: Voice, text: str) -> None:
        """Somebody got a mail."""
        self._line(voice, "✉ ", text, CYAN)

    def end(self, text: str) -> None:
        """What it all came to."""
        self._print("")
        self._print(self._styled(BOLD, f"{'':{INDENT}}{text}"))

    def _line(self, voice: Voice, mark: str, text: str, style: str) -> None:
        time = f"{voice.now:%H:%M %Z}"
        head = f"{'':{INDENT}}{time:<10}{voice.name:<{WHO}}  "
        room = max(self._width - len(head), WHO)
        lines = textwrap.wrap(mark + text, room, subsequent_indent=" " * len(mark))
        for number, line in enumerate(lines):
            start = " " * len(head) if number else self._styled(DIM, head)
            self._print(start + self._styled(style, line))

    def _styled(self, style: str, text: str) -> str:
        return f"\033[{style}m{text}\033[0m" if style and self._out.isatty() else text

    def _print(self, text: str) -> None:
        # A terminal that cannot show Korean shows question marks rather than breaking the story.
        encoding = self._out.encoding or "utf-8"
        print(text.encode(encoding, "replace").decode(encoding), file=self._out, flush=True)
