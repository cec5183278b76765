"""Archives that were read, and coverage by day

Revision ID: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CTEXT = sa.Text(collation="C")
KEY = sa.LargeBinary(length=32)
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "expected",
        sa.Column("source_key", CTEXT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="the day of publication (UTC), as the archive has it"),
        sa.Column("url_key", KEY, nullable=False),
        sa.Column("via", CTEXT, nullable=False, comment="which kind of archive names it"),
        sa.Column("url", CTEXT, nullable=False),
        sa.Column("host", CTEXT, nullable=False),
        sa.Column(
            "found_at",
            CTEXT,
            nullable=False,
            comment="the document that names it; of the Wayback Machine the memento",
        ),
        sa.Column("title", CTEXT),
        sa.Column("published_raw", CTEXT),
        sa.Column("modified_raw", CTEXT),
        sa.Column("outcome", CTEXT, comment="how the last try to get it by this way ended; null: not tried"),
        sa.Column("detail", CTEXT),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("named_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("source_key", "day", "url_key", "via", name=op.f("expected_pkey")),
        schema="ops",
        comment="URLs that archives name for a published day of a source.",
    )
    op.create_index(op.f("expected_url_key_idx"), "expected", ["url_key"], schema="ops")
    op.create_table(
        "source_day",
        sa.Column("source_key", CTEXT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("via", CTEXT, nullable=False),
        sa.Column("state", CTEXT, nullable=False, comment="listed, partial, failed, or absent"),
        sa.Column("named", sa.Integer(), nullable=False, comment="URLs of the day"),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("error", CTEXT),
        sa.Column("listed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("source_key", "day", "via", name=op.f("source_day_pkey")),
        schema="ops",
        comment="How an archive was read for a published day of a source.",
    )
    op.create_index(op.f("source_day_day_idx"), "source_day", ["day"], schema="ops")
    op.create_table(
        "date_archive",
        sa.Column("source_key", CTEXT, nullable=False),
        sa.Column(
            "pattern", CTEXT, nullable=False, comment="an address with {yyyy}, {mm}, {dd}; empty: none was found"
        ),
        sa.Column("checked_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("source_key", name=op.f("date_archive_pkey")),
        schema="ops",
        comment="Where a site keeps its pages of past days, as it was found out.",
    )
    op.create_table(
        "archive_file",
        sa.Column("archive", CTEXT, nullable=False),
        sa.Column("name", CTEXT, nullable=False),
        sa.Column("hosts_digest", CTEXT, nullable=False, comment="which hosts were looked for: ops.archive_hosts"),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False, comment="bytes; where reading goes on"),
        sa.Column("records", sa.BigInteger(), nullable=False, comment="captures that were looked at"),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.Column("bad", sa.BigInteger(), nullable=False, comment="stretches that could not be read"),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("archive", "name", "hosts_digest", name=op.f("archive_file_pkey")),
        schema="ops",
        comment="The ledger of archive files: how far each was read, for which hosts.",
    )
    op.create_table(
        "archive_hosts",
        sa.Column("hosts_digest", CTEXT, nullable=False),
        sa.Column("hosts", sa.ARRAY(CTEXT), nullable=False),
        sa.PrimaryKeyConstraint("hosts_digest", name=op.f("archive_hosts_pkey")),
        schema="ops",
        comment="Sets of hosts that archive files were read for.",
    )
    op.create_table(
        "fill_segment",
        sa.Column("warc", CTEXT, nullable=False),
        sa.Column("loaded_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("warc", name=op.f("fill_segment_pkey")),
        schema="ops",
        comment="WARC files of fills that were loaded whole; one that is not here is loaded by the next fill.",
    )
    op.create_table(
        "archive_pace",
        sa.Column("archive", CTEXT, nullable=False),
        sa.Column("next_at", INSTANT, nullable=False, comment="no request before, of whatever process"),
        sa.PrimaryKeyConstraint("archive", name=op.f("archive_pace_pkey")),
        schema="ops",
        comment="When the next request to an archive is polite.",
    )
    op.create_table(
        "fill_host_day",
        sa.Column("host", CTEXT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("host", "day", name=op.f("fill_host_day_pkey")),
        schema="ops",
        comment="Requests of fills, of those in ops.host_day.",
    )
