"""Stories and their keys

Revision ID: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CTEXT = sa.Text(collation="C")
KEY = sa.LargeBinary(length=32)
KEYS = sa.ARRAY(sa.BigInteger())
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "story_node",
        sa.Column("url_key", KEY, nullable=False),
        sa.Column("node", sa.Uuid(), nullable=False, comment="the first 16 bytes of url_key"),
        sa.Column("relate_version", CTEXT, nullable=False),
        sa.Column(
            "values_digest",
            sa.LargeBinary(length=16),
            nullable=False,
            comment="of all that relating reads of the article",
        ),
        sa.Column("text_digest", KEY, nullable=False, comment="the text that the keys are of"),
        sa.Column("reason", CTEXT, comment="why the article takes no part in relating; null: it does"),
        sa.Column("keys", KEYS, nullable=False),
        sa.PrimaryKeyConstraint("url_key", name=op.f("story_node_pkey")),
        sa.UniqueConstraint("node", name=op.f("story_node_node_key")),
        schema="core",
        comment="One row an article whose keys are published.",
    )
    op.create_index(
        "story_node_text_digest_idx",
        "story_node",
        ["text_digest"],
        schema="core",
        postgresql_where=sa.text("reason IS NULL"),
    )
    op.create_table(
        "story_key",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("node", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("key", "node", name=op.f("story_key_pkey")),
        schema="core",
        comment="The buckets: which articles have a key. Its lowest members are the first of an index scan.",
    )
    op.create_table(
        "story_edge",
        sa.Column("a", sa.Uuid(), nullable=False, comment="the lower node"),
        sa.Column("b", sa.Uuid(), nullable=False),
        sa.Column("kind", CTEXT, nullable=False, comment="text or alias"),
        sa.Column("relate_version", CTEXT, nullable=False),
        sa.Column("containment", sa.Double(), nullable=False),
        sa.Column("anchors", sa.Double(), nullable=False),
        sa.Column("jaccard", sa.Double(), nullable=False),
        sa.Column("characters", sa.Double(), nullable=False),
        sa.Column(
            "counts",
            sa.Boolean(),
            nullable=False,
            comment="a is among the lowest of a shared key now, or it is an alias",
        ),
        sa.PrimaryKeyConstraint("a", "b", name=op.f("story_edge_pkey")),
        schema="core",
        comment="Pairs of current texts that were verified to be one story, with the scores.",
    )
    op.create_index(op.f("story_edge_b_idx"), "story_edge", ["b"], schema="core")
    op.create_table(
        "story",
        sa.Column("story_id", sa.Uuid(), nullable=False, comment="a function of the members alone"),
        sa.Column("primary_key", KEY, nullable=False, comment="URL key of the article that stands for the story"),
        sa.Column("member_count", sa.Integer(), nullable=False),
        sa.Column("sites", sa.ARRAY(CTEXT), nullable=False),
        sa.Column("first_published_on", sa.Date()),
        sa.Column("last_published_on", sa.Date()),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False, comment="when the last of them was first seen"),
        sa.Column("syndicated_from", CTEXT, comment="the agency that wrote it"),
        sa.Column("flags", sa.ARRAY(CTEXT), nullable=False),
        sa.Column("relate_version", CTEXT, nullable=False),
        sa.Column(
            "decided_at",
            INSTANT,
            server_default=sa.text("now()"),
            nullable=False,
            comment="when the primary was chosen",
        ),
        sa.PrimaryKeyConstraint("story_id", name=op.f("story_pkey")),
        schema="core",
        comment="One row a story with at least two members.",
    )
    op.create_table(
        "story_member",
        sa.Column("url_key", KEY, nullable=False),
        sa.Column("node", sa.Uuid(), nullable=False),
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["core.story.story_id"], name=op.f("story_member_story_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("url_key", name=op.f("story_member_pkey")),
        sa.UniqueConstraint("node", name=op.f("story_member_node_key")),
        schema="core",
        comment="Which story an article is in.",
    )
    op.create_index(op.f("story_member_story_id_idx"), "story_member", ["story_id"], schema="core")
    op.create_table(
        "story_alias",
        sa.Column("former_id", sa.Uuid(), nullable=False),
        sa.Column(
            "story_id",
            sa.Uuid(),
            comment="what the former story is in now; null when its articles share no text any more",
        ),
        sa.Column("changed_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("former_id", name=op.f("story_alias_pkey")),
        schema="core",
        comment="Ids that stories had before. A record of what was published, so it depends on the way there.",
    )
    op.create_index(op.f("story_alias_story_id_idx"), "story_alias", ["story_id"], schema="core")
    op.create_table(
        "story_due",
        sa.Column("url_key", KEY, nullable=False),
        sa.Column("due_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("url_key", name=op.f("story_due_pkey")),
        schema="ops",
        comment="Articles that a load has touched, and whose keys are to be published.",
    )
    op.create_table(
        "story_change",
        sa.Column("change_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("url_key", KEY, nullable=False),
        sa.Column("node", sa.Uuid(), nullable=False),
        sa.Column("added", KEYS, nullable=False, comment="buckets that it came to"),
        sa.Column("removed", KEYS, nullable=False, comment="buckets that it left"),
        sa.Column("published_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("change_no", name=op.f("story_change_pkey")),
        schema="ops",
        comment="Published changes of the buckets that no story knows of yet.",
    )
    op.create_table(
        "story_turn",
        sa.Column("turn", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("relate_version", CTEXT, nullable=False, comment="what all articles were made due for last"),
        sa.PrimaryKeyConstraint("turn", name=op.f("story_turn_pkey")),
        schema="ops",
        comment="One row. Who works on stories holds this table's lock.",
    )
