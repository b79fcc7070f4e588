"""What an uploaded file really is, by its bytes and never by its name; and whether it is one that
people may be handed. Nothing that a browser would run is on the list."""

import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import imagesize

PIXELS_MOST = 50_000_000
"""A poster at 600 dpi. More freezes whoever opens it."""

ENTRIES_MOST, UNPACKED_MOST, RATIO_MOST = 5_000, 200_000_000, 100
"""Parts of an office document, their bytes in all, and how often larger than packed."""

END_MOST = 65_557
"""Bytes of a ZIP's closing record with the longest comment."""

SAMPLE = 65_536
"""Characters of a text that are looked at together."""


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

MACROS = re.compile(r"(xl/macrosheets|Basic|Scripts)/", re.IGNORECASE)
"""Where Excel 4 and OpenDocument keep programs."""

PROGRAMS = re.compile(rb"/(JavaScript|JS|Launch|RichMedia)(?![A-Za-z0-9])")
"""Actions of a PDF (ISO 32000-1, 12.6.4) that start something, and what holds a script."""

ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
"""A character of a PDF's name, written by its number (ISO 32000-1, 7.3.5)."""

CALLED = {
    "application/pdf": ("PDF", "pdf"),
    "image/png": ("PNG", "png"),
    "image/jpeg": ("JPEG", "jpg jpeg"),
    "image/webp": ("WebP", "webp"),
    "text/plain": ("plain text", "txt"),
    "text/csv": ("CSV", "csv"),
    f"application/{OFFICE['word/document.xml']}": ("Word", "docx"),
    f"application/{OFFICE['xl/workbook.xml']}": ("Excel", "xlsx"),
    f"application/{OFFICE['ppt/presentation.xml']}": ("PowerPoint", "pptx"),
    f"application/{OPEN_DOCUMENT[0]}": ("OpenDocument text", "odt"),
    f"application/{OPEN_DOCUMENT[1]}": ("OpenDocument spreadsheet", "ods"),
    f"application/{OPEN_DOCUMENT[2]}": ("OpenDocument presentation", "odp"),
}
"""Media type -> what people call it, and the endings by which its files go."""

TEXTS = frozenset({"text/plain", "text/csv"})
"""Told apart by a guess only, so either may go by the other's name."""

ENDINGS = {ending: kind for kind, (_, own) in CALLED.items() for ending in own.split()}

TAKEN = "PDF, PNG, JPEG, WebP, Word, Excel, PowerPoint, OpenDocument, plain text or CSV"


class MediaProblem(Exception):
    """Why the file is not kept, as the end of a sentence about it, and what to do: the template of
    a message and its parameters."""

    def __init__(self, template: str, **parameters: object) -> None:
        self.template, self.parameters = template, parameters
        super().__init__(template.format(**parameters))


def _wrong() -> MediaProblem:
    return MediaProblem("Is no file that can be attached: take {taken}.", taken=TAKEN)


def _too_much() -> MediaProblem:
    return MediaProblem("Unpacks to far more than a document needs; save it again.")


def media_type(path: Path) -> str:
    """The media type of the file. Raises MediaProblem for one that is not taken."""
    with path.open("rb") as file:
        head = file.read(16)
    for magic, look in LOOKS:
        if head.startswith(magic):
            return look(path)
    return _text(path)


def require_honest(name: str, kind: str) -> None:
    """Raises MediaProblem where the file's name ends as those of another kind do. Any other
    ending promises nothing, and the file is handed out as what it is, to be saved only."""
    claimed = ENDINGS.get(name.rpartition(".")[2].lower(), kind)
    if claimed != kind and not {claimed, kind} <= TEXTS:
        raise MediaProblem(
            "The name says {claimed}, but the file is {found}; choose the right file, or name it"
            " as what it is.",
            claimed=CALLED[claimed][0],
            found=CALLED[kind][0],
        )


def named_honestly(name: str, kind: str) -> str:
    """The name under which the file is handed out: it ends as files of its kind do, so that
    nobody who saves it opens it as something else."""
    endings = CALLED[kind][1].split() if kind in CALLED else []
    if kind in TEXTS:
        endings = ["txt", "csv"]
    ending = name.rpartition(".")[2].lower()
    return name if not endings or ending in endings else f"{name}.{CALLED[kind][1].split()[0]}"


def _pdf(path: Path) -> str:
    """Programs in it can be told where they are not packed; what is packed, a reader of PDF may
    still run, in its own sandbox."""
    plain = ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), path.read_bytes())
    if PROGRAMS.search(plain):
        raise MediaProblem("Contains a program (JavaScript, or one to start); save it without.")
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
            raise MediaProblem(
                "Has {width} × {height} pixels; make the picture smaller.",
                width=width,
                height=height,
            )
        return f"image/{kind}"

    return look


def _riff(path: Path) -> str:
    with path.open("rb") as file:
        if file.read(12)[8:] != b"WEBP":
            raise _wrong()
    return _picture("webp")(path)


def _packed(path: Path) -> str:
    try:
        _require_modest(path)
        with zipfile.ZipFile(path) as packed:
            return f"application/{_document(packed)}"
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
        raise MediaProblem("Is a damaged document; save it again.") from error


def _require_modest(path: Path) -> None:
    """By the record at its end (APPNOTE 4.3.16), before the list of entries is read at all."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - END_MOST))
        end = file.read()
    at = end.rfind(b"PK\x05\x06")
    entries, listing = struct.unpack_from("<10xHI", end, at if at >= 0 else size)
    if entries > ENTRIES_MOST or listing > ENTRIES_MOST * 300:
        raise _too_much()


def _document(packed: zipfile.ZipFile) -> str:
    entries = packed.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    size = sum(entry.compress_size for entry in entries) or 1
    if len(entries) > ENTRIES_MOST or unpacked > UNPACKED_MOST or unpacked / size > RATIO_MOST:
        raise _too_much()
    names = {entry.filename for entry in entries}
    if any(name.endswith("vbaProject.bin") or MACROS.match(name) for name in names):
        raise MediaProblem("Contains macros; save it without them.")
    if any(name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) for name in names):
        raise _wrong()
    found = [kind for name, kind in OFFICE.items() if name in names]
    if "[Content_Types].xml" in names and len(found) == 1:
        return found[0]
    kind = _named_type(packed) if "mimetype" in names else ""
    if kind in OPEN_DOCUMENT:
        return kind
    raise _wrong()


def _named_type(packed: zipfile.ZipFile) -> str:
    """What an OpenDocument says that it is: in an entry that is neither packed nor encrypted."""
    entry = packed.getinfo("mimetype")
    plain = entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 1
    if not plain or entry.file_size > 100:
        raise _wrong()
    return packed.read(entry).decode("ascii", "replace").strip().removeprefix("application/")


def _text(path: Path) -> str:
    """Text is UTF-8 and no markup: browsers that guess must find nothing to run."""
    try:
        with path.open(encoding="utf-8") as file:
            start = file.read(SAMPLE)
            rest = iter(lambda: file.read(SAMPLE), "")
            binary = "\x00" in start or any("\x00" in more for more in rest)
    except UnicodeDecodeError as error:
        raise _wrong() from error
    if binary or any(mark in start.lower() for mark in MARKUP):
        raise _wrong()
    lines = start.splitlines()[:20]
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
