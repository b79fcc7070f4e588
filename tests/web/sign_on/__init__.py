"""Signing in with a city's own sign-on, against a provider on a real port."""
