"""Where in a reply its writer's own words end, and what they answer to begins.

Programs mark that in many ways. Each line is looked at by itself, with few after it, in time that
grows with the text: what libraries for this know of languages, they match with expressions that
take minutes over a page of `On On On`.
"""

import re

LINE_MOST = 300
"""Characters of a line that may introduce anything."""

WRAPPED_MOST = 3
"""Lines that an introduction is broken into."""

FIELDS_WITHIN = 4
"""Lines after the one with the sender in which two others of a former mail's head stand."""

SIGNATURE = re.compile(r"-- ?")
RULE = re.compile(r"_{20,}|-{5,}.{0,60}[^-\s].{0,60}-{5,}")
"""Outlook's line, or `-----Original Message-----` in any language."""

SENDER = re.compile(
    r"[*\s]{0,4}(?:From|Von|De|Da|Od|Van|Från|Fra|От|Від|Kutoka|보낸 ?사람|发件人|寄件者|差出人|מאת"
    r"|प्रेषक)\*?\s?[:：]",
    re.IGNORECASE,
)
FIELD = re.compile(r"[*\s]{0,4}[^\W\d][^:：]{0,30}[:：]")

ENDS = re.compile(r"[:：][\u200e\u200f\u202a-\u202e\u2066-\u2069\s]{0,9}")
CLOCK = re.compile(r"\d{1,2}[:.hH]\d\d|\d{4}\D{1,2}\d{1,2}\D{1,2}\d{1,2}")
SAID = re.compile(
    r"@|\b(?:wrote|schrieb|escribió|va escriure|a écrit|ha scritto|escreveu|napisał\(?a?\)?|napsal"
    r"\(?a?\)?|schreef|skrev|пишет|писал\(?а?\)?|написал\(?а?\)?|aliandika)\b|写道|寫道|작성|लिखा|כתב",
    re.IGNORECASE,
)


def own_words(text: str) -> str:
    """What stands above what is quoted as a whole, without lines quoted in between and without a
    signature below `-- `."""
    lines = text.splitlines()
    ends = next((at for at in range(len(lines)) if _answered_begins(lines, at)), len(lines))
    kept = [line for line in lines[:ends] if not _quoted(line)]
    if len(kept) < ends:
        _drop_introduction(kept)
    return "\n".join(kept).strip()


def _answered_begins(lines: list[str], at: int) -> bool:
    line = lines[at]
    if len(line) > LINE_MOST:
        return False
    return bool(
        SIGNATURE.fullmatch(line)
        or RULE.fullmatch(line.strip())
        or (SENDER.match(line) and _is_head(lines[at + 1 : at + 1 + FIELDS_WITHIN]))
        or _introduces(lines[at : at + WRAPPED_MOST])
    )


def _is_head(following: list[str]) -> bool:
    return sum(bool(FIELD.match(each)) for each in following) >= 2


def _introduces(lines: list[str]) -> bool:
    """Whether the first lines, up to the one that ends with a colon, say when who wrote."""
    said = ""
    for line in lines:
        if not line.strip() or _quoted(line) or len(line) > LINE_MOST:
            return False
        said += f" {line.strip()}"
        if _ends(line):
            return bool(CLOCK.search(said) and SAID.search(said))
    return False


def _drop_introduction(kept: list[str]) -> None:
    """The last line, in whatever language, where it leads to what was quoted."""
    while kept and not kept[-1].strip():
        kept.pop()
    if kept and _ends(kept[-1]):
        kept.pop()


def _ends(line: str) -> bool:
    return bool(ENDS.fullmatch(line[max(line.rfind(":"), line.rfind("：")) :]))


def _quoted(line: str) -> bool:
    return line.lstrip().startswith(">")
