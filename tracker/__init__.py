"""Tracks the joint projects of *e-Sharing for All* cities, from offer to the mayor's desk."""

__version__ = "0.1.0"
