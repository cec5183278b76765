"""Captures whose bytes were given up

Revision ID: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "capture",
        sa.Column(
            "raw_expired_at",
            sa.DateTime(timezone=True),
            comment="when its bytes were given up, by the source's policy; it has no place then",
        ),
        schema="core",
    )
    # Few of all captures: what retention, rebuilding and reprocessing ask for.
    op.create_index(
        op.f("capture_raw_expired_idx"),
        "capture",
        ["url_key"],
        schema="core",
        postgresql_where=sa.text("raw_expired_at IS NOT NULL"),
    )
