"""Settings about mails: how they leave, how one knows that they did, and what comes back."""

from dataclasses import dataclass
from pathlib import Path

from tracker.settings import parse
from tracker.settings.declare import setting
from tracker.settings.parse import DkimKey, MailRate


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    """Relays, senders, mailboxes."""

    smtp_url: str | None = setting(
        "SMTP_URL",
        parse.urls("smtp", "smtps"),
        "",
        "The mail relay, `smtp://user:password@host:587?starttls=1` or `smtps://…`; several with"
        " blanks in between: those with the lowest `order=` (default 1) that can be reached share"
        " the mails by their `weight=` (default 1). Needed by the worker; the demonstration starts"
        " a catcher of its own.",
        secret=True,
    )
    smtp_connections: int = setting(
        "SMTP_CONNECTIONS",
        parse.whole(1, 100),
        "8",
        "Connections to each relay that a worker keeps open while it has mails to send.",
    )
    mail_rates: tuple[MailRate, ...] | None = setting(
        "MAIL_RATES",
        parse.mail_rates,
        "",
        "How many mails a minute all workers send to the addresses of one domain,"
        " `gmail.com=100,*=600`; `*` is each other domain. What somebody waits for always goes.",
    )
    mail_from: str = setting(
        "MAIL_FROM",
        parse.mailbox,
        "e-Sharing Tracker <tracker@localhost>",
        "The sender of digests and reminders.",
    )
    contact_address: str | None = setting(
        "CONTACT_ADDRESS",
        parse.mailbox,
        "",
        "Where people write to the secretariat: replies to mails that record none, such as digests,"
        " go there, and digests name it. Not set: digests say that replies to them are not read.",
    )
    dkim_keys: tuple[DkimKey, ...] | None = setting(
        "DKIM_KEYS",
        parse.dkim_keys,
        "",
        "Keys that sign mails for the domain of `MAIL_FROM` (DKIM), `selector:file.pem`, RSA or"
        " Ed25519, with commas in between. `tracker mail records` prints what DNS must say.",
    )
    reply_address: str | None = setting(
        "REPLY_ADDRESS",
        parse.mailbox,
        "",
        "The mailbox for replies, such as `reply@tracker.example.org`: mails then say"
        " `Reply-To: reply+…@`, and what comes there is to be piped into `tracker inbound`. Not"
        " set: mails take no replies.",
    )
    reply_authserv: str | None = setting(
        "REPLY_AUTHSERV",
        str,
        "",
        "What your own mail server calls itself in Authentication-Results (RFC 8601). Set, a reply"
        " counts only with its `dmarc=pass`.",
    )
    bounce_address: str | None = setting(
        "BOUNCE_ADDRESS",
        parse.mailbox,
        "",
        "The mailbox for what comes back, such as `bounces@tracker.example.org`: each mail is sent"
        " from an address of its own behind its plus. Not set: from `MAIL_FROM`, and nobody reads"
        " what bounces later.",
    )
    inbound_box: str | None = setting(
        "INBOUND_BOX",
        parse.box,
        "",
        "Where replies and bounces come in, looked at by the worker every `SWEEP_SECONDS`:"
        " `imaps://user:password@host/INBOX`, or `maildir:///var/mail/tracker`. Not set: they come"
        " by `tracker inbound` or to `/inbound`.",
        secret=True,
    )
    inbound_secret: bytes | None = setting(
        "INBOUND_SECRET",
        parse.secret,
        "",
        f"At least {parse.SECRET_CHARACTERS} characters; with them as its bearer token, a mail"
        " server hands over what comes in by `POST /inbound`. Not set: there is no such door.",
        secret=True,
    )
    journal_address: str | None = setting(
        "JOURNAL_ADDRESS",
        parse.mailbox,
        "",
        "A mailbox that gets a copy of each mail, but for those whose links let somebody in or"
        " answer in their name. Where the relay's answer was lost, it is looked for there.",
    )
    journal_box: str | None = setting(
        "JOURNAL_BOX",
        parse.box,
        "",
        "That mailbox, `imaps://…` or `maildir://…`; keep its mails for a week.",
        secret=True,
    )
    journal_seconds: int = setting(
        "JOURNAL_SECONDS",
        parse.whole(1, 86_400),
        "600",
        "How long a copy takes to get there at the most. What is not there by then was not sent.",
    )
    relay_log: Path | None = setting(
        "RELAY_LOG",
        parse.folder,
        "",
        "The log of the relays in `SMTP_URL`, such as `/var/log/mail.log`, of Postfix, Exim or"
        " OpenSMTPD (which needs `BOUNCE_ADDRESS`). Where the relay's answer was lost, it is looked"
        " for there. Its former part is read at `RELAY_LOG.1`.",
    )
    outbox_dir: Path | None = setting(
        "OUTBOX_DIR",
        parse.folder,
        "",
        "Where the demonstration's mail catcher keeps what it accepted. Doubtful deliveries are"
        " settled by looking here.",
    )
    delivery_lease_seconds: int = setting(
        "DELIVERY_LEASE_SECONDS",
        parse.whole(5, 3600),
        "120",
        "How long a worker may hold a digest before another takes over; longer than the relay's"
        " slowest answer.",
    )
