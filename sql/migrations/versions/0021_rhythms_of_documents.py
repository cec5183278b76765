"""When each document brings news, and when it is asked next

Revision ID: 0021
Follows: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")
NUMBER = sa.Double()

DOCUMENT = (
    ("due_at", INSTANT, "when to ask next by its rhythm; null: at once"),
    ("not_before", INSTANT, "when its server wants to be asked next: Retry-After, or for how long its answer is fresh"),
    ("failing_since", INSTANT, "the first failure after its last answer"),
    ("root", TEXT, "the sitemap index that named it last: that is asked when this is due"),
    ("moved_to", TEXT, "where permanent redirects lead: asked there as long as that answers"),
    ("moved_at", INSTANT, "when redirects last led there"),
    ("news_at", INSTANT, "when it last brought entries that no other document had"),
    ("counted_since", INSTANT, "from when on its news were counted"),
    ("counted_at", INSTANT, "as of when the counts have faded"),
    ("news_by_hour", ARRAY(NUMBER), "fading count of its news by hour of the day (UTC)"),
    ("news_by_day", ARRAY(NUMBER), "fading count of its news by day of the week (UTC), from Monday"),
    ("news_lately", NUMBER, "fading count of its news of the last days"),
    ("news_burst", NUMBER, "fading count of its news of the last hour"),
)
RUN = (
    ("schedule", TEXT, "the class of sources that it is for; null: it was started by hand"),
    ("asks_all", sa.Boolean(), "whether documents are asked whatever their rhythm"),
    ("worth_h", NUMBER, "how many hours news must have waited altogether for a document to be asked"),
)


def upgrade() -> None:
    for table, columns in (("document", DOCUMENT), ("run", RUN)):
        for name, kind, comment in columns:
            op.add_column(table, sa.Column(name, kind, comment=comment), schema="ops")
    op.alter_column(
        "document",
        "checked_at",
        nullable=True,
        comment="null: an index named it, and it was not asked yet",
        schema="ops",
    )
