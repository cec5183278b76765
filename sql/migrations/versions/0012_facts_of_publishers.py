"""What consumers ask of a publisher, and the operator's own tags, in columns of the source

Revision ID: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TEXT = sa.Text(collation="C")


def upgrade() -> None:
    for name in ("region", "kind", "owner", "wikidata"):
        op.add_column("source", sa.Column(name, TEXT), schema="core")
    for name in ("issn", "tags"):
        op.add_column(
            "source", sa.Column(name, sa.ARRAY(TEXT), nullable=False, server_default=sa.text("'{}'")), schema="core"
        )
