"""Mails: templates -> texts, texts -> bytes, bytes -> the relay.

Sending is split before the final dot (RFC 5321, 4.1.1.4): whatever fails before it was surely not
sent, whatever fails after it may have been, and the ledger has to know which.
"""

from tracker.mail.connection import Connection
from tracker.mail.errors import Refused, Unanswered, Unreachable, Withheld
from tracker.mail.relay import Relay, chosen, relaying
from tracker.mail.rendering import HTML_MOST, TEMPLATES, Attached, Mail, fitting, get_ready, render
from tracker.mail.witness import Doubt, Testimony, witnessed
from tracker.mail.writing import domain_of, host_of, message, new_message_id

__all__ = [
    "HTML_MOST",
    "TEMPLATES",
    "Attached",
    "Connection",
    "Doubt",
    "Mail",
    "Refused",
    "Relay",
    "Testimony",
    "Unanswered",
    "Unreachable",
    "Withheld",
    "chosen",
    "domain_of",
    "fitting",
    "get_ready",
    "host_of",
    "message",
    "new_message_id",
    "relaying",
    "render",
    "witnessed",
]
