"""What a run is for, in a column of its own: until now the names of runs had to be read for it

Revision ID: 0010
Follows: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# As runs were named until now: those of the DAG, and those of the command line.
KIND = """
UPDATE ops.run SET kind = CASE WHEN starts_with(run_id, 'news_fill__') OR starts_with(run_id, 'fill/') THEN 'fill'
                               WHEN run_id = 'rebuild' THEN 'rebuild' ELSE 'live' END
"""


def upgrade() -> None:
    op.add_column(
        "run",
        sa.Column("kind", sa.Text(collation="C"), comment="live, fill or rebuild: whose budget its requests are of"),
        schema="ops",
    )
    op.execute(KIND)
    op.alter_column("run", "kind", nullable=False, schema="ops")
