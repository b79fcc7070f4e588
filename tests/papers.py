"""Reads PDFs as Chromium does."""

import re
import unicodedata

import pypdfium2


def pages(pdf: bytes) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_range() for page in document]


def title(pdf: bytes) -> str:
    """What the document says it is called."""
    said = pypdfium2.PdfDocument(pdf).get_metadata_dict()
    return str(said["Title"])


def letters(text: str) -> str:
    """Without blanks and signs: where they stand, readers of PDFs only guess."""
    return "".join(char for char in text if unicodedata.category(char)[0] in "LMN")


def words(text: str) -> set[str]:
    """What the text of a mail says, addresses on the web left out."""
    return {letters(word) for word in re.sub(r"https?://\S+", "", text).split()} - {""}
