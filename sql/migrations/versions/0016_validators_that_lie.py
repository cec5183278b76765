"""When a document was last read whole and what its bytes were: a server that says 304 for ever is found out

Revision ID: 0016
Follows: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "document",
        sa.Column("read_at", sa.DateTime(timezone=True), comment="when it last came whole, and not as a 304"),
        schema="ops",
    )
    op.add_column("document", sa.Column("digest", sa.LargeBinary(), comment="sha256 of its bytes then"), schema="ops")
    op.add_column(
        "document",
        sa.Column(
            "is_doubted",
            sa.Boolean(),
            nullable=False,
            server_default=sa.text("false"),
            comment="its validators stayed while its bytes changed: it is always read whole",
        ),
        schema="ops",
    )
