"""Which words of a reply are its writer's own, and which it quotes.

What is left out here is lost, a line too much is not. So nothing is a quote that is not known for
one: lines marked with `>` (and HTML's blockquotes, `reading.py`), what the mail says that is
answered, and what stands below a former mail's head. Each line is looked at with few around it, in
time that grows with the text. Libraries for this know half of our languages, keep what stands above
an answer, and match with expressions that take minutes over a page of `On On On`.
"""

import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto

LINE_MOST = 300
"""Characters of a line that may introduce anything."""

WRAPPED_MOST = 3
"""Lines that an introduction is broken into."""

HEAD_MOST = 14
"""Lines that the head of a former mail takes, with blank ones and long lists of readers."""

ANSWERED_MOST = 20_000
"""Characters of the answered mail that are known again."""

TELLING = 12
"""Characters of a part of a line that tell it from words that anybody may use."""

RUN_LEAST = 3
"""Lines of the answered mail, one after the other, that nobody writes themselves."""

SIGNATURE = "-- "
"""RFC 3676, 4.3. Without its space it may be anything."""

MARK = re.compile(r"\s*>[>\s]*")
WORD, LINK = re.compile(r"\w+"), re.compile(r"<?https?://\S*")
BLANKS = re.compile(r"\n{3,}")

RULE = re.compile(r"\s{0,4}(?:_{20,}|-{5,}.{0,60}[^-\s].{0,60}-{5,})\s{0,4}")
"""Outlook's line, or `-----Original Message-----` in any language."""

FIELD = re.compile(r"[*\s]{0,4}([^\W\d][^:：*]{0,30})\*?\s?[:：]")
FIELDS = {
    "from": "From|Von|De|От|От кого|Kutoka|보낸 사람|보낸사람|发件人|寄件者|प्रेषक|מאת",
    "sent": "Sent|Date|Gesendet|Datum|Enviado|Enviado el|Enviado em|Enviada em|Fecha|Data|Enviat"
    "|Enviat el|Отправлено|Дата|Imetumwa|Iliyotumwa|Tarehe|보낸 날짜|보낸날짜|날짜|发送时间"
    "|发送日期|日期|時間|时间|寄件日期|भेजा गया|भेजने का समय|दिनांक|तारीख|נשלח|תאריך",
    "to": "To|An|Para|Per a|A|Кому|Kwa|받는 사람|받는사람|收件人|收件者|प्रति|को|אל",
    "subject": "Subject|Betreff|Asunto|Assumpte|Tema|Assunto|Тема|Mada|Kichwa|제목|主题|主題|主旨"
    "|विषय|נושא|הנדון",
}
"""What mail programs call the fields of a former mail's head."""

ROLES = {name.casefold(): role for role, names in FIELDS.items() for name in names.split("|")}

ENDS = re.compile(r"[:：][\u200e\u200f\u202a-\u202e\u2066-\u2069\s]{0,9}")
DATE = re.compile(
    r"\d{1,2}[:.hH]\d\d|\d{4}\D{1,2}\d{1,2}\D{1,2}\d{1,2}|(?<![\w+@.-])(?:19|20)\d\d(?!\w)"
)
SAID = re.compile(
    r"@|\b(?:wrote|schrieb|escribió|va escriure|a écrit|ha scritto|escreveu|napisał\(?a?\)?|napsal"
    r"\(?a?\)?|schreef|skrev|пишет|писал\(?а?\)?|написал\(?а?\)?|aliandika)\b|写道|寫道|작성|लिखा"
    r"|כתב|מאת",
    re.IGNORECASE,
)


class Kind(Enum):
    """What a line is, looked at by itself."""

    OWN = auto()
    BLANK = auto()
    MARKED = auto()  # with a mark, and not known to be said before: a quote or the writer's own
    SAID = auto()  # by the answered mail, perhaps by chance
    QUOTED = auto()


class Answered:
    """The words of the mail that is answered, if they are kept."""

    def __init__(self, text: str) -> None:
        lines = [_words(line) for line in text[:ANSWERED_MOST].splitlines()]
        words = " ".join(filter(None, lines)).split()
        self._lines = set(lines) - {""}
        self._said = f" {' '.join(words)} "
        self._threes = set(zip(words, words[1:], words[2:], strict=False))

    def __bool__(self) -> bool:
        return bool(self._lines)

    def says(self, line: str) -> bool:
        """Whether it says the line, or as much of it as a program left in one."""
        words = _words(line)
        return words in self._lines or (len(words) >= TELLING and f" {words} " in self._said)

    def resembles(self, line: str) -> bool:
        """Whether it says some of the line, which a program set in another way, or it is a link."""
        words = _words(LINK.sub(" ", line)).split()
        threes = zip(words, words[1:], words[2:], strict=False)
        return not words or self.says(line) or any(each in self._threes for each in threes)


def own_words(text: str, answered: str = "") -> str:
    """What its writer wrote above, below and between what is quoted, without a signature below
    `-- `. `answered` is what the mail says that is answered; "" if nobody knows any more: what is
    marked then counts as a quote, but for a few lines below own ones where nothing else is quoted;
    and so does all below a former mail's head, unless marks show there what is quoted."""
    lines, said = text.splitlines(), Answered(answered)
    left_out = set[int]()
    for begin, end in _quotes(lines, _kinds(lines, said), known=bool(said)):
        left_out.update(range(begin, end))
    kept = "\n".join(_unsigned(lines, left_out))
    return (BLANKS.sub("\n\n", kept) if left_out else kept).strip()


def _unsigned(lines: Sequence[str], left_out: set[int]) -> Iterator[str]:
    """The lines that are not left out, and stand below no signature, which the next quote ends."""
    signed = False
    for at, line in enumerate(lines):
        signed = at not in left_out and (signed or line == SIGNATURE)
        if at not in left_out and not signed:
            yield line


def _kinds(lines: Sequence[str], answered: Answered) -> list[Kind]:
    kinds: list[Kind] = []
    head, below, all_below = 0, False, False
    for at, line in enumerate(lines):
        if at >= head and (ends := _head_ends(lines, at)):
            if not below and not answered:
                all_below = _any_own(lines, kinds) and not any(map(MARK.match, lines[ends:]))
            head, below = ends, True
        quoted = at < head or all_below or (below and answered and answered.resembles(line))
        kinds.append(Kind.QUOTED if quoted and line.strip() else _kind(line, answered))
    return kinds


def _any_own(lines: Sequence[str], kinds: Sequence[Kind]) -> bool:
    """Whether something was written above: who wrote nothing there has written below."""
    return any(
        kind is Kind.OWN and not RULE.fullmatch(line)
        for line, kind in zip(lines, kinds, strict=False)
    )


def _kind(line: str, answered: Answered) -> Kind:
    if not line.strip():
        return Kind.BLANK
    marked = MARK.match(line)
    said = answered.says(line[marked.end() :] if marked else line)
    if marked:
        return Kind.QUOTED if said else Kind.MARKED
    return Kind.SAID if said else Kind.OWN


def _head_ends(lines: Sequence[str], at: int) -> int:
    """The number of the line below the head of a former mail that begins here, if one does: it
    names its sender, its reader, its subject and when it was sent. Else 0."""
    missing = set(FIELDS)
    for ends, line in enumerate(lines[at : at + HEAD_MOST], at + 1):
        found = FIELD.match(line)
        role = ROLES.get(found[1].strip().casefold()) if found else None
        if (role == "from") != (ends == at + 1):
            return 0
        missing.discard(role or "")
        if not missing:
            return ends
    return 0


def _quotes(
    lines: Sequence[str], kinds: Sequence[Kind], *, known: bool
) -> Iterator[tuple[int, int]]:
    """Where quotes begin, with what introduces them, and end; `known` says that the answered mail
    is, so that what is marked and not said there is nobody's but the writer's."""
    at, quoting = 0, not known and not _marks_own(kinds)
    while at < len(lines):
        begin = at
        while at < len(lines) and kinds[at] not in (Kind.OWN, Kind.BLANK):
            at = _next_of_quote(kinds, at)
        if at == begin:
            at += 1
            continue
        introduced = _introduced(lines, kinds, begin)
        run = kinds[begin:at]
        sure = introduced < begin or Kind.QUOTED in run or run.count(Kind.SAID) >= RUN_LEAST
        quoting = quoting or (sure and not known)
        if sure or (quoting and Kind.MARKED in run):
            yield introduced, at


def _marks_own(kinds: Sequence[Kind]) -> bool:
    """Whether what is marked looks like its writer's own: a line or two, in one place, below what
    they wrote."""
    marks = [at for at, kind in enumerate(kinds) if kind is Kind.MARKED]
    together = 0 < len(marks) < RUN_LEAST and marks[-1] - marks[0] == len(marks) - 1
    return together and Kind.OWN in kinds[: marks[0]]


def _next_of_quote(kinds: Sequence[Kind], at: int) -> int:
    """The next line that may go on with a quote, or the one behind it."""
    after = at + 1
    while after < len(kinds) and kinds[after] is Kind.BLANK:
        after += 1
    goes_on = after < len(kinds) and kinds[after] is not Kind.OWN
    return after if goes_on else at + 1


def _introduced(lines: Sequence[str], kinds: Sequence[Kind], begin: int) -> int:
    """The first line of what introduces a quote that begins here, saying when who wrote it."""
    last = begin - 1
    while last >= 0 and kinds[last] is Kind.BLANK:
        last -= 1
    if last >= 0 and RULE.fullmatch(lines[last]):
        return last
    if last < 0 or not _ends(lines[last]):
        return begin
    said = ""
    for first in range(last, max(last - WRAPPED_MOST, -1), -1):
        if kinds[first] is Kind.BLANK or len(lines[first]) > LINE_MOST:
            break
        said = f"{lines[first].strip()} {said}"
        if DATE.search(said) and SAID.search(said):
            return first
    return begin


def _ends(line: str) -> bool:
    return bool(ENDS.fullmatch(line[max(line.rfind(":"), line.rfind("：")) :]))


def _words(line: str) -> str:
    return " ".join(WORD.findall(line)).casefold()
