"""What a host has answered in a row, over all visits

Revision ID: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("failures", "refusals"):
        op.add_column(
            "host_lease",
            sa.Column(
                name,
                sa.Integer(),
                server_default=sa.text("0"),
                nullable=False,
                comment="in a row, over all visits",
            ),
            schema="ops",
        )
