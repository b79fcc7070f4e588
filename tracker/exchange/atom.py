"""The Atom Syndication Format (RFC 4287): entries with HTML that programs show to their user."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"

register_namespace("", NAMESPACE)

NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, however it is written."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something to read, with the language that it is written in (BCP 47). `id` is an IRI that
    stays as it is for ever, `address` where it is read on the web."""

    id: str
    title: str
    address: str
    updated: datetime
    language: str
    html: str


@dataclass(frozen=True, kw_only=True)
class Feed:
    """Entries, the newest first. `address` is its own, `site` of the pages beside it."""

    id: str
    title: str
    author: str
    address: str
    site: str
    updated: datetime
    language: str
    entries: Sequence[Entry]


def written(feed: Feed) -> bytes:
    """The feed as an XML document; the same feed gives the same bytes."""
    root = Element(_name("feed"), {"xml:lang": feed.language})
    _head(root, feed.id, feed.title, feed.updated)
    SubElement(SubElement(root, _name("author")), _name("name")).text = _held(feed.author)
    SubElement(root, _name("link"), {"rel": "self", "type": MEDIA_TYPE, "href": feed.address})
    SubElement(root, _name("link"), {"rel": "alternate", "type": "text/html", "href": feed.site})
    for each in feed.entries:
        entry = SubElement(root, _name("entry"), {"xml:lang": each.language})
        _head(entry, each.id, each.title, each.updated)
        link = {"rel": "alternate", "type": "text/html", "href": each.address}
        SubElement(entry, _name("link"), link)
        SubElement(entry, _name("content"), {"type": "html"}).text = _held(each.html)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _head(parent: Element, number: str, title: str, updated: datetime) -> None:
    SubElement(parent, _name("id")).text = number
    SubElement(parent, _name("title")).text = _held(title)
    SubElement(parent, _name("updated")).text = updated.isoformat(timespec="seconds")


def _held(text: str) -> str:
    return NO_CHARACTER.sub("", text)


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"
