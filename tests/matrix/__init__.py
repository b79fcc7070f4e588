"""The authorisation matrix: every field of every type, through every way in, for every role.

`classification.toml` says who sees what; `classified` reads it and finds what it does not mention;
`pages` makes docs/who-sees-what.md of it; `world` fills a database through the actions; `cells`
asks, and compares every answer with the classification; `mutants` breaks each rule in turn.
`deeds` says who may do what, `arguments` makes the mutations and `attempts` has everybody try them.
"""
