"""Archives that were read, and coverage by day

Revision ID: 0004
Follows: 0003
"""

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
