"""Readers of catalogues, events and users: one file a format."""

from genrec.data.sources.base import SourceTable
from genrec.data.sources.read import FORMATS, read_events, read_items, read_users

__all__ = ["FORMATS", "SourceTable", "read_events", "read_items", "read_users"]
