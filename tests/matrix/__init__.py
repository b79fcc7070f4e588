"""The authorisation matrix: every field of every type, through every way in, for every role.

`classification.toml` says who sees what; `classified` reads it and finds what it does not mention;
`pages` makes docs/who-sees-what.md of it. `world` is a database that was filled through the
actions (`filling`, `viewers`), with a key of each kind for everybody (`keys`) and a word of its
own behind each text (`marks`). `cells` asks (`rows`, `oracles`, `figures`, `streams`) and compares
every answer with what `sight` works out from the classification; `mutants` breaks each rule.
`deeds` says who may do what, `arguments` makes the mutations, `attempts` has everybody try them,
and `rights` changes each permission in turn.

Real doors, over the wire (`installation`): `ways` carries every type through each of them
(`carriers`), `following` follows events over sockets, `exports` takes files along, `doors` knocks
at every address, `lapses` takes a right away from somebody who has answers.
"""
