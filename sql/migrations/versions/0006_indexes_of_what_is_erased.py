"""Indexes for what is erased

Nothing to do here: which indexes there are stands in `etl/warehouse/schema/tables.py`, and `etl/warehouse/schema/indexes.py` builds
what is missing after this, beside what goes on. A version of its own, so that warehouses without them ask for
`news-etl migrate`.

Revision ID: 0006
Follows: 0005
"""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
