"""What an uploaded file really is, by its bytes and never by its name; and whether it is one that
people may be handed. Nothing that a browser would run is on the list."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import imagesize

PIXELS_MOST = 50_000_000
"""A poster at 600 dpi. More freezes whoever opens it."""

ENTRIES_MOST, UNPACKED_MOST, RATIO_MOST = 5_000, 200_000_000, 100
"""Parts of an office document, their bytes in all, and how often larger than packed."""

OFFICE = {
    "word/document.xml": "vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/presentation.xml": "vnd.openxmlformats-officedocument.presentationml.presentation",
}
OPEN_DOCUMENT = (
    "vnd.oasis.opendocument.text",
    "vnd.oasis.opendocument.spreadsheet",
    "vnd.oasis.opendocument.presentation",
)

TAKEN = "PDF, PNG, JPEG, WebP, Word, Excel, PowerPoint, OpenDocument, plain text or CSV"

WRONG = f"Is no file that can be attached: take {TAKEN}."


class MediaProblem(Exception):
    """Why the file is not kept, as the end of a sentence about it, and what to do."""


def media_type(path: Path) -> str:
    """The media type of the file. Raises MediaProblem for one that is not taken."""
    with path.open("rb") as file:
        head = file.read(16)
    for magic, look in LOOKS:
        if head.startswith(magic):
            return look(path)
    return _text(path)


def _pdf(path: Path) -> str:
    return "application/pdf"


def _picture(kind: str) -> Callable[[Path], str]:
    def look(path: Path) -> str:
        try:
            width, height = imagesize.get(path)
        except (ValueError, OSError, IndexError, KeyError) as error:
            raise MediaProblem("Is a damaged picture; save it again.") from error
        if width <= 0 or height <= 0:
            raise MediaProblem("Is a damaged picture; save it again.")
        if width * height > PIXELS_MOST:
            raise MediaProblem(f"Has {width} × {height} pixels; make the picture smaller.")
        return f"image/{kind}"

    return look


def _riff(path: Path) -> str:
    with path.open("rb") as file:
        if file.read(12)[8:] != b"WEBP":
            raise MediaProblem(WRONG)
    return _picture("webp")(path)


def _packed(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as packed:
            return f"application/{_document(packed)}"
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise MediaProblem("Is a damaged document; save it again.") from error


def _document(packed: zipfile.ZipFile) -> str:
    entries = packed.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    size = sum(entry.compress_size for entry in entries) or 1
    if len(entries) > ENTRIES_MOST or unpacked > UNPACKED_MOST or unpacked / size > RATIO_MOST:
        raise MediaProblem("Unpacks to far more than a document needs; save it again.")
    names = {entry.filename for entry in entries}
    if any(name.endswith("vbaProject.bin") for name in names):
        raise MediaProblem("Contains macros; save it without them.")
    found = [kind for name, kind in OFFICE.items() if name in names]
    if "[Content_Types].xml" in names and len(found) == 1:
        return found[0]
    kind = packed.read("mimetype")[:100].decode("ascii", "replace") if "mimetype" in names else ""
    if kind.removeprefix("application/") in OPEN_DOCUMENT:
        return kind.removeprefix("application/")
    raise MediaProblem(WRONG)


def _text(path: Path) -> str:
    """Text is UTF-8 and no markup: browsers that guess must find nothing to run."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise MediaProblem(WRONG) from error
    if "\x00" in text or any(mark in text[:2000].lower() for mark in MARKUP):
        raise MediaProblem(WRONG)
    lines = text.splitlines()[:20]
    is_table = len(lines) > 1 and all(line.count(",") == lines[0].count(",") > 0 for line in lines)
    return "text/csv" if is_table else "text/plain"


MARKUP = ("<html", "<svg", "<script", "<!doctype", "<?xml", "<body", "<iframe", "<head", "%!ps")

LOOKS: tuple[tuple[bytes, Callable[[Path], str]], ...] = (
    (b"%PDF-", _pdf),
    (b"\x89PNG\r\n\x1a\n", _picture("png")),
    (b"\xff\xd8\xff", _picture("jpeg")),
    (b"RIFF", _riff),
    (b"PK\x03\x04", _packed),
)
"""First bytes -> who looks closer."""
