"""Changes of an agreed plan: one side proposes them, with a reason; the other accepts it or
refuses."""
