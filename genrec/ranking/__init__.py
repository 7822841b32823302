"""Candidates of several models, features of each pair of query and item, and what ranks them.

It knows lists, not models: a list is a `Rankings`, whoever made it.
"""
