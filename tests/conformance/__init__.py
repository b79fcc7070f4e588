"""Whole-protocol checks against a running server: slow, strict, and each with figures.

`make conformance` runs all of them, `make conformance ARGS=audit` some. A check is a coroutine
function of a `Server` that returns rows; a short slice of each also runs in `make test`.
"""
