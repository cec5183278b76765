"""When the URLs that a run saw were pruned

Revision ID: 0019
Follows: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "run",
        sa.Column(
            "pruned_at",
            sa.DateTime(timezone=True),
            comment="since then only its summary is kept, and not the URLs that it saw",
        ),
        schema="ops",
    )
