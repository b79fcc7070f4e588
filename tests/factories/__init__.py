"""Makes what a test starts from, in any state, through the actions themselves."""
