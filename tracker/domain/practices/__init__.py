"""Practices: what donor cities offer."""
