"""Which text stands in which other one, for digests

What is there is made anew when the rules of relating change, so old rows need no value.

Revision ID: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "story_edge",
        sa.Column(
            "is_copy",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="else one is only quoted in the other",
        ),
        schema="core",
    )
    op.add_column(
        "story_edge",
        sa.Column(
            "holds",
            sa.SmallInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="1: a is much longer and holds b nearly whole; 2: b holds a; 0: neither",
        ),
        schema="core",
    )
    op.create_table_comment(
        "story_edge",
        "Pairs of current texts that were verified: copies, and texts that stand in another one; with the scores.",
        existing_comment="Pairs of current texts that were verified to be one story, with the scores.",
        schema="core",
    )
