"""A digest as a message to a channel: Slack's blocks, an adaptive card for Microsoft Teams,
Markdown for Mattermost.

What people wrote is shown and never obeyed: no title of a project mentions everybody in a channel,
links elsewhere than it says, or draws a heading.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SLACK_BLOCK, SLACK_BLOCKS, SLACK_HEADER = 2_900, 40, 150
"""Characters of a section and of a header, and sections, of which Slack takes few more."""

TEAMS_CHARACTERS = 16_000
"""Teams takes 28 kB for a whole card."""

MATTERMOST_CHARACTERS = 15_000

CODE = r"ES-\d{4}-\d{4,}"
PIECES = re.compile(rf"(\b{CODE}\b|https?://\S+)")


@dataclass(frozen=True)
class Part:
    """A heading, "" above the first, and the lines below it."""

    heading: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Message:
    """What a channel shows: a title, parts, and a link that leads on. Codes of projects lead to
    their pages, which are below the address `projects`; no other address does, whoever wrote it."""

    title: str
    parts: Sequence[Part]
    link: str
    link_words: str
    projects: str

    def pieces(self, line: str) -> Iterator[tuple[str, str]]:
        """What the line is made of, and where each piece leads to, "" for nowhere."""
        for piece in filter(None, PIECES.split(line)):
            if re.fullmatch(CODE, piece):
                yield piece, f"{self.projects}/{piece}"
            else:
                yield piece, piece if piece.startswith(f"{self.projects}/") else ""


def parts_of(text: str) -> list[Part]:
    """The parts of a mail's plain text, in which headings are underlined. The greeting above, and
    what stands below `--` for its reader alone, are no part of it."""
    body = text.rpartition("\n--\n")[0] or text
    body = body.partition("\n\n")[2]
    found: list[tuple[str, list[str]]] = [("", [])]
    lines = body.splitlines()
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if len(below) > 1 and set(below) == {"-"}:
            found.append((line, []))
        elif not (line and set(line) == {"-"}):
            found[-1][1].append(line)
    return [Part(heading, _trimmed(lines)) for heading, lines in found if any(lines)]


def slack(message: Message) -> bytes:
    """The message for an incoming webhook of Slack."""
    blocks: list[object] = [
        {"type": "header", "text": {"type": "plain_text", "text": message.title[:SLACK_HEADER]}}
    ]
    for part in message.parts[:SLACK_BLOCKS]:
        said = "\n".join(_line_slack(message, line) for line in part.lines)
        if part.heading:
            said = f"*{_escaped_slack(part.heading)}*\n{said}"
        text = {"type": "mrkdwn", "text": _cut(said, SLACK_BLOCK), "verbatim": True}
        blocks.append({"type": "section", "text": text})
    link = f"<{message.link}|{_escaped_slack(message.link_words)}>"
    blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": link}})
    return _json({"text": _escaped_slack(message.title), "blocks": blocks, "unfurl_links": False})


def mattermost(message: Message) -> bytes:
    """The message for an incoming webhook of Mattermost."""
    said = [f"### {_escaped(message.title)}"]
    for part in message.parts:
        heading = [f"#### {_escaped(part.heading)}"] if part.heading else []
        said.append("\n".join([*heading, *(_item(message, line) for line in part.lines)]))
    text = _cut("\n\n".join(said), MATTERMOST_CHARACTERS)
    return _json({"text": f"{text}\n\n[{_escaped(message.link_words)}]({message.link})"})


def teams(message: Message) -> bytes:
    """The message for a workflow of Microsoft Teams: an adaptive card."""
    body: list[object] = [_block(message.title, size="Large", weight="Bolder")]
    left = TEAMS_CHARACTERS
    for part in message.parts:
        if part.heading:
            body.append(_block(part.heading, weight="Bolder", spacing="Medium"))
        # A line of a card is a paragraph of its Markdown.
        lines = _cut("\n\n".join(_item(message, line) for line in part.lines if line), max(left, 1))
        left -= len(lines)
        body.append({"type": "TextBlock", "text": lines, "wrap": True})
        if left <= 0:
            break
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "body": body,
        "actions": [{"type": "Action.OpenUrl", "title": message.link_words, "url": message.link}],
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return _json({"type": "message", "attachments": [{"contentType": kind, "content": card}]})


WRITTEN = {"slack": slack, "teams": teams, "mattermost": mattermost}
"""Format -> how it is written."""


def _block(text: str, **looks: str) -> dict[str, object]:
    return {"type": "TextBlock", "text": _escaped(text), "wrap": True, **looks}


def _item(message: Message, line: str) -> str:
    """A line in Markdown; what begins an entry in the mail begins one here."""
    mark = re.match(r"\s*[-*] ", line)
    rest = line[mark.end() :] if mark else line.strip()
    said = "".join(_linked(*each) for each in message.pieces(rest))
    return f"- {said}" if mark else said


def _linked(piece: str, address: str) -> str:
    if address:
        return f"[{piece if re.fullmatch(CODE, piece) else _escaped(piece)}]({address})"
    return piece if re.match("https?://", piece) else _escaped(piece)


def _line_slack(message: Message, line: str) -> str:
    """A line in Slack's mrkdwn."""
    return "".join(
        f"<{address}|{_escaped_slack(piece)}>" if address else _escaped_slack(piece)
        for piece, address in message.pieces(line)
    )


def _escaped(text: str) -> str:
    """As text and not as Markdown; an @ calls nobody."""
    return re.sub(r"([\\`*_{}\[\]()#+|~<>!-])", r"\\\1", text).replace("@", "@\u200b")


def _escaped_slack(text: str) -> str:
    """Slack's three characters; the rest of its marks is harmless without them."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str, most: int) -> str:
    """At the end of a line, where it is too long."""
    if len(text) <= most:
        return text
    return f"{text[: most - 2].rpartition(chr(10))[0] or text[: most - 2]}\n…"


def _trimmed(lines: Sequence[str]) -> list[str]:
    return "\n".join(lines).strip("\n").splitlines()


def _json(message: object) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode()
