"""The pages, and the door of the GraphQL API.

A page is a template with a GraphQL document beside it; a form fills the draft of an action.
"""
