"""Open work: which WARC files are announced, published, loaded, and who is at them

Revision ID: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
CTEXT = sa.Text(collation="C")

# Loaded is what a fill has noted as loaded, and what has a row for each of its records. All else is open work: what it
# holds and the warehouse lacks is loaded by the next run, and what the warehouse has does not change.
LOADED = """
UPDATE ops.segment s SET loaded_at = s.announced_at
WHERE EXISTS (SELECT FROM ops.fill_segment f WHERE f.warc = s.warc)
   OR s.records <= (SELECT count(*) FROM core.capture c WHERE c.warc = s.warc)
                 + (SELECT count(*) FROM ops.reject r WHERE r.warc = s.warc AND r.capture_id IS NULL)
"""


def upgrade() -> None:
    op.alter_column("segment", "loaded_at", new_column_name="announced_at", schema="ops")
    op.alter_column(
        "segment", "announced_at", comment="when its name was known: before the file is in the lake", schema="ops"
    )
    op.alter_column("segment", "records", comment="captures, and records that cannot be read", schema="ops")
    for column in (
        sa.Column("published_at", INSTANT, comment="null: nobody has noted yet that the file is in the lake"),
        sa.Column("loaded_at", INSTANT, comment="null: open work, for whoever comes next"),
        sa.Column("holder", CTEXT, comment="which process is at it; null when none is"),
        sa.Column("held_until", INSTANT, comment="after this time others may take it, wherever its holder is"),
        sa.Column("problem", CTEXT, comment="why it could not be loaded when that was last tried"),
    ):
        op.add_column("segment", column, schema="ops")
    op.create_table_comment(
        "segment", "WARC files of the lake, and how far each has come: announced, published, loaded.", schema="ops"
    )
    op.execute("UPDATE ops.segment SET published_at = announced_at")
    op.execute(LOADED)
    op.drop_table("fill_segment", schema="ops")
    op.add_column(
        "load_batch",
        sa.Column(
            "is_followed_up",
            sa.Boolean(),
            nullable=False,
            server_default=sa.true(),
            comment="whether the other captures that its rows bring along were processed as well",
        ),
        schema="ops",
    )
    op.alter_column("load_batch", "is_followed_up", server_default=None, schema="ops")
    for column in (
        sa.Column("holder", CTEXT, comment="the process that it is; null for a run of many, such as Airflow's"),
        sa.Column("over_at", INSTANT, comment="after this time it is given up, wherever its processes are"),
    ):
        op.add_column("run", column, schema="ops")
    op.execute(
        "UPDATE ops.run SET over_at = started_at + interval '1 day' WHERE state = 'running' AND run_id <> 'rebuild'"
    )
