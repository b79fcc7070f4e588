"""Requests: what recipient cities ask to learn."""
