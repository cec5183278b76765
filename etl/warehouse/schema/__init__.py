"""Tables, views, indexes and roles, and how they are created and migrated while other sessions work."""

# Whoever asks for the metadata has all tables on it.
from etl.warehouse.schema import archive_tables, key_tables, story_tables, tables

__all__ = ["archive_tables", "key_tables", "story_tables", "tables"]
