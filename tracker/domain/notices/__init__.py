"""Mails that tell people what was done to their roles and to their city's sign-on."""
