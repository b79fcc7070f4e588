"""Rows and the bytes that other programs read. Knows neither where rows come from nor where the
bytes go."""
