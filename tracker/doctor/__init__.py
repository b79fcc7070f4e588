"""What is unsafe in the present settings and surroundings, and what to do about it.

`tracker doctor` tells it; with `PRODUCTION=1` the web server and the worker do not start with
anything unsafe. A finding is one line: what, why, what to do.
"""
