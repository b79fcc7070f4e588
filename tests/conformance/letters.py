"""Mails of a demonstration, one by one: their HTML, links and signatures, and what filters say."""

import asyncio
import json
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import dkim

from tests.nodejs import ENVIRONMENT, FOLDER, NODE

ADDRESS = re.compile(r"https?://[^\s<>\"]+")
SCORE = re.compile(
    r"^X-Spam-Status: \w+, score=(-?[\d.]+).*?tests=(.*?) autolearn", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Letter:
    """A mail as it went out."""

    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        """Its headers and parts."""
        return message_from_bytes(self.raw, policy=default)

    @property
    def kind(self) -> str:
        """What it is, as its Message-ID says: a `DeliveryKind`."""
        return str(self.mail["Message-ID"]).strip("<").partition(".")[0].replace("-", "_")

    @property
    def reader(self) -> str:
        """The address that it went to."""
        return str(self.mail["To"].addresses[0].addr_spec)

    def part(self, kind: str) -> str:
        """Its text ("plain") or its HTML."""
        body = self.mail.get_body((kind,))
        return str(body.get_content()) if body else ""

    @property
    def links(self) -> set[str]:
        """Where its text, its HTML and its headers lead; those with http alone."""
        found = _Links()
        found.feed(self.part("html"))
        written = f"{self.part('plain')} {self.mail['List-Unsubscribe'] or ''}"
        return {*filter(ADDRESS.match, found.links), *ADDRESS.findall(written)}


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what the element leads to, or loads."""
        self.links += [value for name, value in attrs if name in ("href", "src") and value]


def letters(folder: Path) -> list[Letter]:
    """What the demonstration's catcher kept, the oldest first."""
    paths = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [Letter(path.read_bytes()) for path in paths]


def signatures_wrong(letter: Letter, records: Mapping[bytes, bytes]) -> int:
    """How many of the signatures that the mail should have, one of each record's key, are missing
    or do not verify."""
    return sum(not _verified(letter.raw, place, records) for place in range(len(records)))


def _verified(raw: bytes, place: int, records: Mapping[bytes, bytes]) -> bool:
    try:
        return bool(dkim.DKIM(raw).verify(place, lambda name, timeout=5: records.get(name)))
    except (dkim.DKIMException, IndexError):
        return False


async def html_problems(pages: Sequence[str]) -> list[dict[str, Any]]:
    """The `rule`, `message`, `line`, `column` and place (`page`) of each thing that html-validate
    finds, by the rules of tests/node/mailrules.js."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.html" for number in range(len(pages))]
        for path, page in zip(paths, pages, strict=True):
            path.write_text(page, encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            NODE, str(FOLDER / "validate.js"), *map(str, paths),
            stdout=asyncio.subprocess.PIPE, env=ENVIRONMENT, cwd=FOLDER,
        )  # fmt: skip
        output, _ = await process.communicate()
    assert process.returncode == 0, output
    found = [json.loads(line) for line in output.splitlines()]
    return [each | {"page": int(Path(each["path"]).stem)} for each in found]


async def spam_scores(found: Sequence[Letter]) -> list[tuple[float, str]] | None:
    """What SpamAssassin gives each, without asking the network, and by which rules, in no order;
    None where it is not installed."""
    if not (program := shutil.which("spamassassin")):
        return None
    box = b"".join(b"From - Thu Jan  1 00:00:00 1970\n" + _in_box(each.raw) for each in found)
    with tempfile.NamedTemporaryFile() as file:
        file.write(box)
        file.flush()
        process = await asyncio.create_subprocess_exec(
            program, "--local", "--test-mode", "--mbox", file.name, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
    said = SCORE.findall(output.decode(errors="replace"))
    scores = [(float(score), "".join(rules.split())) for score, rules in said]
    assert len(scores) == len(found), f"{len(scores)} scores of {len(found)} mails"
    return scores


def _in_box(raw: bytes) -> bytes:
    return re.sub(rb"^(>*From )", rb">\1", raw.replace(b"\r\n", b"\n"), flags=re.MULTILINE) + b"\n"
