"""Milestones: the steps of a project, with the evidence that they were taken."""
