"""Mails that are sent once more."""
