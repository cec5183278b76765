"""What new rules changed, and what was erased

Revision ID: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Versions before were of all sources together: none of them is current any more.
    op.add_column(
        "rules",
        sa.Column(
            "is_current",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="one a source, and one for sites that no source claims",
        ),
        schema="ops",
    )
    op.alter_column("rules", "is_current", server_default=None, schema="ops")
    op.alter_column("rules", "activated_no", comment="in which order they were put to use", schema="ops")
    op.create_table_comment(
        "rules", "Rules versions of sources in the order in which they were put to use.", schema="ops"
    )
    op.create_table(
        "article_change",
        sa.Column("url_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("rules_after", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "field",
            sa.Text(collation="C"),
            nullable=False,
            comment="a column of core.observation, text, or outcome",
        ),
        sa.Column("rules_before", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "before",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="of text: the lines that only the old text has, one string",
        ),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("url_key", "field", "rules_before", "rules_after", name=op.f("article_change_pkey")),
        schema="ops",
        comment="What an article's move to other rules changed in the values of its newest capture.",
    )
    op.create_index(op.f("capture_captured_at_idx"), "capture", ["captured_at"], schema="core", if_not_exists=True)
    op.create_index(op.f("article_change_changed_at_idx"), "article_change", ["changed_at"], schema="ops")
