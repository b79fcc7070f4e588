"""Events: who may read what of the audit trail."""
