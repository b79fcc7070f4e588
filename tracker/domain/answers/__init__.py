"""Answering from a mail, without signing in first: by a link to one form, or by a reply."""
