"""Commands about how mails leave this installation."""

import argparse

from tracker.commands import CommandError, settings_of


def records(options: argparse.Namespace) -> None:
    """Print the DNS records by which others verify what the keys of DKIM_KEYS sign."""
    from tracker.mail import domain_of
    from tracker.mail.signing import NoKey, signers

    settings = settings_of(options)
    if not settings.dkim_keys:
        raise CommandError("DKIM_KEYS names no key; the README says how to make one")
    try:
        found = signers(domain_of(settings), settings.dkim_keys)
    except NoKey as error:
        raise CommandError(f"DKIM_KEYS: {error}") from error
    for each in found:
        name, text = each.record
        parts = " ".join(f'"{text[start : start + 255]}"' for start in range(0, len(text), 255))
        print(f"{name}. TXT {parts}")
