"""Outcomes: results, indicators, periods and the values that cities report and approve."""
