"""The mails that relays were handed."""

KEPT, NOBODY = "a@kept.example", "nobody@kept.example"


def message_id(number: int) -> str:
    return f"<digest.{number}.ab@tracker.example.org>"


def envelope_sender(number: int) -> str:
    return f"bounces+{number}-{'a' * 26}@tracker.example.org"


def words(number: int) -> str:
    return (
        f"Message-ID: {message_id(number)}\r\nFrom: t@tracker.example.org\r\n"
        f"Subject: {number}\r\n\r\nHello\r\n"
    )
