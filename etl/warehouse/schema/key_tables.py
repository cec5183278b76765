"""The tables of URL keys themselves: which version rows have, how far a move has come, and what articles were called."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, SmallInteger, Table, Uuid, func

from etl.warehouse.schema.tables import CText, Instant, Key, metadata

key_version = Table(
    "key_version",
    metadata,
    Column("one", SmallInteger, primary_key=True, autoincrement=False),
    Column("version", SmallInteger, nullable=False, comment="by which rules the URL keys of all rows were made"),
    schema="ops",
    comment="One row. Who moves rows to other keys holds it.",
)

key_move = Table(
    "key_move",
    metadata,
    Column("part", CText, nullable=False, comment="a table whose rows are moved"),
    Column("after", Key, comment="keys up to this one were looked at; null: all"),
    PrimaryKeyConstraint("part"),
    schema="ops",
    comment="How far a move to other keys has come. Empty when none is under way.",
)

key_reading = Table(
    "key_reading",
    metadata,
    Column("url_key", Key, primary_key=True),
    schema="ops",
    comment="Keys that a move gave captures of other addresses: these are to be read again.",
)

article_alias = Table(
    "article_alias",
    metadata,
    Column("former_id", Uuid, primary_key=True),
    Column("url_key", Key, nullable=False, comment="of the page that the former article is now"),
    Column("changed_at", Instant, nullable=False, server_default=func.now()),
    Index(None, "url_key"),
    schema="core",
    comment="Ids that articles had before the rules of URL keys changed. Not a function of the captures.",
)
