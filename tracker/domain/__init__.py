"""The domain: entities, rules and actions. Knows Piccolo and the standard library only."""
