"""Which hub tells of a feed's changes, and our subscriptions there

Revision ID: 0022
Follows: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.add_column("document", sa.Column("hub", TEXT, comment="the WebSub hub that it names"), schema="ops")
    op.add_column("document", sa.Column("topic", TEXT, comment="its own address there"), schema="ops")
    op.create_table(
        "websub",
        sa.Column("url", TEXT, nullable=False, comment="of the document in the registry"),
        sa.Column("hub", TEXT, nullable=False),
        sa.Column("topic", TEXT, nullable=False),
        sa.Column("token", TEXT, nullable=False, comment="the path of its callback, which nobody can guess"),
        sa.Column("secret", TEXT, nullable=False, comment="signs the messages of the hub"),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, comment="until when the hub has confirmed it"),
        sa.Column("failing_since", INSTANT, comment="the first of its requests in a row that the hub refused"),
        sa.Column("error", TEXT),
        sa.Column("pushed_at", INSTANT, comment="the last message"),
        sa.Column("pushes", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("url", name="websub_pkey"),
        schema="ops",
        comment="Subscriptions of feeds at WebSub hubs, which say at once that a feed has changed.",
    )
