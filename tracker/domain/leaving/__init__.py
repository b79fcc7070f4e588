"""Leaving: a role ends, a person asks for their data, or to be forgotten."""
