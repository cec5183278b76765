"""An article refers to its observation: what joins the two is then estimated right

The rows that are there are not looked at here, which would hold the tables for as long: a load checks what it writes, and
`news-etl doctor` says where an article has lost its observation.

Revision ID: 0011
Follows: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE core.article ADD CONSTRAINT article_capture_id_fkey FOREIGN KEY (capture_id, rules_version)
        REFERENCES core.observation (capture_id, rules_version) DEFERRABLE INITIALLY DEFERRED NOT VALID
    """)
