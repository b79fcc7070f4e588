"""What a project costs, in whose currency, and the rates that make amounts comparable."""
