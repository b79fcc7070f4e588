"""What a mail that came in says: whether a program sent it, what of it is new, its files."""

import re
from collections.abc import Iterator
from datetime import UTC
from email.message import EmailMessage, Message
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from typing import cast

from tracker.domain.problems import UNSTORABLE
from tracker.mail.parsing import written
from tracker.mail.quoting import own_words
from tracker.mail.secret_links import without_secrets

TEXT_MOST = 200_000
"""Characters of a mail that are looked through for what was written new."""

SUBJECT_MOST = 150

QUOTED, COMMENT = re.compile(r'"(?:[^"\\]|\\.)*"'), re.compile(r"\([^()]*\)")
DMARC = re.compile(r"\s*dmarc\s*=\s*(\w+)")
BETWEEN = re.compile(r'[\s<>()\[\]",:;\\]+')
"""What stands between addresses and around them."""

MAILBOX = r'([^\s<>()\[\]"@,:;\\]+@[^\s<>()\[\]"@,:;\\]+)'
FROM = re.compile(rf'(?:{QUOTED.pattern}|[^"<>@,:;\\])*<{MAILBOX}>|{MAILBOX}')
FIELD_MOST = 4_000
"""Characters of a header that says who may speak for whom; a longer one says nothing."""


def is_automatic(mail: EmailMessage) -> bool:
    """Whether a program sent it by itself (RFC 3834, and what came before it)."""
    submitted = str(mail.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    precedence = str(mail.get("Precedence", "")).strip().lower()
    return (
        submitted != "no"
        or precedence in ("bulk", "junk", "list", "auto_reply")
        or any(name in mail for name in ("X-Autoreply", "X-Autorespond", "List-Id"))
        or mail.get_content_type() == "multipart/report"
        or str(mail.get("Return-Path", "")).strip() == "<>"
    )


def wants_no_answer(mail: EmailMessage) -> bool:
    """Whether a program may have sent it without saying so, and says at least that no program
    should answer it (Exchange does)."""
    return "X-Auto-Response-Suppress" in mail


def recipients_of(mail: EmailMessage) -> list[str]:
    """For whom it came, by what servers on the way wrote into it and by its own headers."""
    names = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
    given = [value for name in names for value in written(mail, name)]
    return [each for value in given for each in BETWEEN.split(value) if "@" in each]


def sender_of(mail: EmailMessage) -> str | None:
    """The one address that it says it is from, in lower case; None where programs could read
    another one out of it than whoever looked whether the sender's domain stands for it."""
    given = written(mail, "From")
    one = len(given) == 1 and len(given[0]) <= FIELD_MOST
    found = FROM.fullmatch(given[0]) if one else None
    return (found[1] or found[2]).lower() if found else None


def subject_of(mail: EmailMessage) -> str:
    """Its subject, on one line, as far as a person needs it to know the mail again."""
    return _storable(" ".join(str(mail.get("Subject", "")).split())[:SUBJECT_MOST])


def passes_dmarc(mail: EmailMessage, authserv: str) -> bool:
    """Whether our own server `authserv` says that the sender's domain stands for it. What others
    say is not looked at; ours writes its result above all else (RFC 8601, 5). Quoted words are the
    sender's own: they may spell a result."""
    for value in written(mail, "Authentication-Results"):
        if len(value) > FIELD_MOST:
            continue
        first, *results = COMMENT.sub("", QUOTED.sub("", value)).split(";")
        if first.split()[:1] == [authserv]:
            return [found[1] for each in results if (found := DMARC.match(each))] == ["pass"]
    return False


def said_new(text: str, answered: str = "") -> str:
    """What was written besides what is quoted, without a signature, and without what is secret in
    links of ours, which a program may quote in ways of its own. `answered` is what the mail says
    that is answered, "" if that is not known."""
    # First, while a link still stands in one piece: of one that is broken, a part may be a quote.
    said = without_secrets(text[:TEXT_MOST].replace("\r\n", "\n"))
    return own_words(said, without_secrets(answered[:TEXT_MOST]))


def said_hash(mail: EmailMessage, answers: int) -> str | None:
    """What a mail is known by that answers the mail of this number: what it says, to what, and when
    it was sent. Servers keep that, whatever they write above it and however they encode it. None
    for one that does not say when."""
    sent = _sent(mail)
    if not sent:
        return None
    said = [str(answers), sent, text_of(mail), *(part for file in files_of(mail) for part in file)]
    known = sha256()
    for each in said:
        bytes_ = each if isinstance(each, bytes) else each.encode(errors="replace")
        same = bytes_.replace(b"\r\n", b"\n").rstrip()
        known.update(b"%d:%b" % (len(same), same))
    return known.hexdigest()


def _sent(mail: EmailMessage) -> str:
    """When it was sent, as its sender's program says, or else what tells it from a later one of the
    same words: its Message-ID, which servers add where there is none, or what the first server on
    its way noted."""
    at = getattr(mail.get("Date"), "datetime", None)
    if at is not None:
        return str((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    named = str(mail.get("Message-ID", "")).strip()
    return named or "".join(written(mail, "Received")[-1:])


def text_of(mail: EmailMessage) -> str:
    """What it says, as plain text, with what it quotes, and with what stands below a picture in it,
    which is a part of its own."""
    texts = [_body(mail), *map(_text, filter(_is_more_text, mail.iter_attachments()))]
    return "\n".join(text for text in texts if text.strip())


def _body(mail: EmailMessage) -> str:
    """That of its HTML where its plain text is blank."""
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        text = _text(body) if body else ""
        if text.strip():
            return text
    return ""


def _is_more_text(part: Message) -> bool:
    return (
        part.get_content_type() in ("text/plain", "text/html")
        and part.get_content_disposition() != "attachment"
        and not part.get_filename()
    )


def _text(part: Message) -> str:
    text = _decoded(cast(EmailMessage, part))
    return _words_of(text) if part.get_content_type() == "text/html" else text


def _words_of(html: str) -> str:
    reader = _Words()
    reader.feed(html[:TEXT_MOST])
    # What it waits to go on, closing would look through again from each `<`.
    if not reader.rawdata.startswith("<!"):
        reader.handle_data(unescape(reader.rawdata))
    return "".join(reader.said)


def _decoded(part: EmailMessage) -> str:
    try:
        return _storable(str(part.get_content()))
    except (LookupError, ValueError):  # a character set that nobody knows
        content = part.get_payload(decode=True)
        return _storable(content.decode(errors="replace")) if isinstance(content, bytes) else ""


def _storable(text: str) -> str:
    """The text without NUL and halves of characters, which some character sets can spell."""
    return UNSTORABLE.sub("\ufffd", text)


def files_of(mail: EmailMessage) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files that came with it."""
    for part in mail.iter_attachments():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content and part.get_filename():
            yield _storable(str(part.get_filename())), content


HIDDEN = ("style", "script", "title")
"""What says nothing to a reader. A head is not: many have no end."""

BLOCKS = ("p", "div", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "hr", "pre", "body")


class _Words(HTMLParser):
    """The words of a mail that has no plain text; lines of what it quotes begin with `> `."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._hidden = False
        self._quoted = 0
        self._begins = True

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden = tag in HIDDEN
        if tag == "br":
            self._end_line()
        elif tag in BLOCKS:
            self._begin_block()
        elif tag == "blockquote":
            self._begin_block()
            self._quoted += 1

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False
        if tag in BLOCKS:
            self._begin_block()
        elif tag == "blockquote":
            self._begin_block()
            self._quoted = max(self._quoted - 1, 0)

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        first, *rest = data.split("\n")
        self._say(first)
        for line in rest:
            self._end_line()
            self._say(line)

    def _say(self, words: str) -> None:
        if self._begins and self._quoted and words.strip():
            self.said.append("> ")
        if words:
            self.said.append(words)
            self._begins = self._begins and not words.strip()

    def _begin_block(self) -> None:
        if not self._begins:
            self._end_line()

    def _end_line(self) -> None:
        self.said.append("\n")
        self._begins = True
