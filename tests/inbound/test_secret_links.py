"""Links that answer in somebody's name, as programs and gateways quote them: nothing of what is
secret in them gets into a comment, which others read."""

import re
from base64 import b64decode, b64encode, urlsafe_b64encode

import pytest

from tests import factories
from tests.cast import Cast, email
from tests.inbound.test_replies import _changed, _reply, answering
from tests.web.deciding import text_of
from tests.workers.conftest import Outbox
from tracker.domain.answers.tables import InboundOutcome
from tracker.graphql import execute
from tracker.inbound import receive
from tracker.mail.reading import said_new

__all__ = ["answering"]

SECRET = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0-_w"
URL = f"https://tracker.example.org/answers/{SECRET}"
SEALED = f"https://tracker.example.org/unsubscribe/{'gAAAAAbB9-_' * 9}w=="


def _percent(url: str) -> str:
    return re.sub("[:/]", lambda found: f"%{ord(found[0]):02X}", url)


GATEWAYS = {
    "none": URL,
    "sealed": SEALED,
    "percent": f"https://safe.example/?url={_percent(URL)}&data=05",
    "percent twice": f"https://safe.example/?a={_percent(URL).replace('%', '%25')}&b=1",
    "percent in small letters": f"https://safe.example/?a={_percent(URL).replace('2F', '2f')}",
    "dashes": f"https://safe.example/v2/?u={_percent(URL).replace('%2F', '_').replace('%', '-')}",
    **{
        f"base64 {shift}": "https://safe.example?d=tracker.example.org&u="
        f"{b64encode(('z' * shift + URL).encode()).decode()}&i=x"
        for shift in range(3)
    },
    "base64 for addresses": "https://safe.example/"
    f"{urlsafe_b64encode(_percent(URL).encode()).decode().rstrip('=')}/x",
}  # fmt: skip
BREAKS = ["\n", "\n> ", "\r\n>> ", "=\n", "\n\n"]


@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize("broken", BREAKS)
def test_nothing_secret_is_left_of_a_link_that_is_broken_anywhere(
    gateway: str, broken: str
) -> None:
    link = GATEWAYS[gateway]
    for width in range(20, len(link) + 1):
        lines = broken.join(link[at : at + width] for at in range(0, len(link), width))
        said = said_new(f"Yes, done.\n\n{lines}\nI will look at it tomorrow.")
        assert said.startswith("Yes, done."), width
        assert said.endswith("I will look at it tomorrow."), width
        assert not _secrets(said), (width, said)


def _secrets(said: str) -> list[str]:
    """Parts of the secrets in it, also as base64 writes them."""
    squeezed = re.sub(r"[\s>]", "", said)
    texts = [squeezed]
    for piece in re.findall(r"[\w+/-]{24,}", squeezed):
        for shift in range(4):
            whole = piece[shift : shift + (len(piece) - shift) // 4 * 4]
            texts.append(b64decode(whole, altchars=b"-_").decode("latin-1"))
    parts = [link[at : at + 20] for link in (SECRET, SEALED[40:]) for at in range(len(link) - 19)]
    return [part for part in parts if any(part in text for text in texts)]


@pytest.mark.parametrize(
    "own",
    [
        "The requests/answers/comments\nof the mayors are long, and many of them are late.",
        "Look at https://tracker.example.org/answers/\nThe mayor has said so, and everybody knows.",
        "my_answers_to_all",
        f"Done:\n{'https://tracker.example.org/projects/' + 'ES-2026-0001'}\nOn Monday.",
    ],
)
def test_words_that_are_no_secret_stay(own: str) -> None:
    assert said_new(own) == own


@pytest.mark.usefixtures("reads")
async def test_link_that_a_reply_breaks_lets_nobody_answer(cast: Cast, answering: Outbox) -> None:
    await factories.joint_project(cast, "under_review")
    await answering.drain()
    [mail] = [each for each in answering.mails() if email("nairobi_mayor") in str(each["To"])]
    text = text_of(mail)
    secrets = re.findall(r"https://\S+/answers/([\w-]{43})", text)
    assert secrets
    for width in (70, 72, 74, 76):
        wrapped = "\n".join(
            line[at : at + width]
            for line in text.split("\n")
            for at in range(0, max(len(line), 1), width)
        )
        reply = _changed(
            _reply(mail, f"Tomorrow, {width}.\n\n{wrapped}"), From=email("nairobi_mayor")
        )
        assert await receive(answering.settings, reply.as_bytes()) == InboundOutcome.RECORDED
    read = await execute("{ comments { nodes { text } } }", {}, cast.seoul_coordinator)
    said = [each["text"] for each in read["comments"]["nodes"]]
    assert len(said) == 4
    for each in said:
        assert each.startswith("Tomorrow")
        assert not [one for one in secrets if one[:12] in each or one[-12:] in each]
