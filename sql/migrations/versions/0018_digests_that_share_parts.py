"""Which edges do not count beside a digest: digests that share parts chain no stories

What is there is made anew when the rules of relating change, so old rows need no value.

Revision ID: 0018
Follows: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "story_edge",
        sa.Column(
            "is_weak",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="does not count where an end is a digest: neither titles nor whole texts agree",
        ),
        schema="core",
    )
