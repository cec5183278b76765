"""The type that a page gives itself in JSON-LD

Revision ID: 0017
Follows: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE core.observation ADD COLUMN IF NOT EXISTS schema_type text")
