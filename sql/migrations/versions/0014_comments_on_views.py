"""Which comments on views are ours: those of others stay

Revision ID: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sa.Text(collation="C")
    op.create_table(
        "view_comment",
        sa.Column("view", text, nullable=False),
        sa.Column("column", text, nullable=False, comment="empty: the view itself"),
        sa.Column("said", text, nullable=False),
        sa.PrimaryKeyConstraint("view", "column", name="view_comment_pkey"),
        schema="ops",
        comment="The comments that were written on the views of news: others than these are somebody else's and stay.",
    )
