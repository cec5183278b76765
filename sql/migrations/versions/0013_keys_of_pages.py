"""Which version the URL keys of all rows have, and what moves them to another (`news-etl migrate` does, after this)

Revision ID: 0013
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
CTEXT = sa.Text(collation="C")
KEY = sa.LargeBinary(length=32)

# An empty warehouse has keys of no version yet.
VERSION = """
INSERT INTO ops.key_version (one, version)
SELECT 1, CASE WHEN EXISTS (SELECT FROM core.url) OR EXISTS (SELECT FROM ops.candidate)
                 OR EXISTS (SELECT FROM ops.run_url) OR EXISTS (SELECT FROM ops.expected) THEN 1 ELSE 2 END
"""


def upgrade() -> None:
    op.create_table(
        "key_version",
        sa.Column("one", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "version", sa.SmallInteger(), nullable=False, comment="by which rules the URL keys of all rows were made"
        ),
        sa.PrimaryKeyConstraint("one", name=op.f("key_version_pkey")),
        schema="ops",
        comment="One row. Who moves rows to other keys holds it.",
    )
    op.create_table(
        "key_move",
        sa.Column("part", CTEXT, nullable=False, comment="a table whose rows are moved"),
        sa.Column("after", KEY, comment="keys up to this one were looked at; null: all"),
        sa.PrimaryKeyConstraint("part", name=op.f("key_move_pkey")),
        schema="ops",
        comment="How far a move to other keys has come. Empty when none is under way.",
    )
    op.create_table(
        "key_reading",
        sa.Column("url_key", KEY, nullable=False),
        sa.PrimaryKeyConstraint("url_key", name=op.f("key_reading_pkey")),
        schema="ops",
        comment="Keys that a move gave captures of other addresses: these are to be read again.",
    )
    op.create_table(
        "article_alias",
        sa.Column("former_id", sa.Uuid(), nullable=False),
        sa.Column("url_key", KEY, nullable=False, comment="of the page that the former article is now"),
        sa.Column("changed_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("former_id", name=op.f("article_alias_pkey")),
        schema="core",
        comment="Ids that articles had before the rules of URL keys changed. Not a function of the captures.",
    )
    op.execute(VERSION)
