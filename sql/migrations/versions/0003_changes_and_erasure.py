"""What new rules changed, and what was erased

Revision ID: 0003
Follows: 0002
"""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
