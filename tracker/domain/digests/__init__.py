"""Digests: who gets one and when, and every issue as it was sent."""
