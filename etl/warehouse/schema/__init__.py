"""Tables, views, indexes and roles, and how a database comes to have them beside the work that goes on."""

# Whoever asks for the metadata has all tables on it.
from etl.warehouse.schema import archive_tables, key_tables, story_tables, tables

__all__ = ["archive_tables", "key_tables", "story_tables", "tables"]
