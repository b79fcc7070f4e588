"""Evaluations: how each city looks back when a project ends."""
