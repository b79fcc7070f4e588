"""What is written to the log, and how: a line an entry, in UTC, with no secret in it.

An entry begins with its time; whatever follows it on further lines (a traceback) is indented, and
line ends inside a message are written out, so that nobody who is quoted can forge an entry.
"""

import logging
import re
import time

from tracker.settings import Settings

FORMAT = "%(asctime)sZ %(levelname)s %(name)s: %(message)s"

SECRETS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s'\",;]+"), r"\1 …"),
    (re.compile(r"\b(est|cal|tok)_[A-Za-z0-9_-]{16,}"), r"\1_…"),
    (re.compile(r"(://[^/\s:@]*):[^/\s@]*@"), r"\1:…@"),
    (re.compile(r"(?i)((?:__host-)?(?:session|half)=)[^\s;'\",]+"), r"\1…"),
    (
        re.compile(
            r"(?i)(pass(?:word|phrase|wd)?|secret|token)(['\"]?\s*[:=]\s*['\"]?)[^\s'\",;&)}]+"
        ),
        r"\1\2…",
    ),
    # Random ones of ours, wherever they stand: 32 characters and more of all three kinds.
    (
        re.compile(
            r"(?<![\w-])(?=[\w-]{0,99}[A-Z])(?=[\w-]{0,99}[a-z])(?=[\w-]{0,99}[0-9])[\w-]{32,}",
            re.ASCII,
        ),
        "…",
    ),
    (re.compile(r"[?][^\s'\"]{1,2000}"), "?…"),
)
"""What looks like a secret -> what is left of it: headers, API tokens, passwords in addresses,
cookies, named values, links of mails, and whatever stands behind a question mark in an address."""

BREAKS = {number: f"\\x{number:02x}" for number in (*range(32), 127, 0x85)} | {
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


class Plain(logging.Formatter):
    """Formats an entry."""

    converter = staticmethod(time.gmtime)
    default_msec_format = "%s.%03d"
    default_time_format = "%Y-%m-%dT%H:%M:%S"

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The entry's first line."""
        record.message = record.message.translate(BREAKS)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        """The whole entry."""
        lines = super().format(record).split("\n")
        return masked("\n    ".join(line.translate(BREAKS) for line in lines))


def masked(text: str) -> str:
    """The text without what looks like a secret."""
    for pattern, left in SECRETS:
        text = pattern.sub(left, text)
    return text


def configure(settings: Settings) -> None:
    """Send everything to standard error in that form, whoever logs it."""
    handler = logging.StreamHandler()
    handler.setFormatter(Plain(FORMAT))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
