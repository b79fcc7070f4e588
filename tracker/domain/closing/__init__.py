"""Closing a project, and measuring a year later what lasted."""
