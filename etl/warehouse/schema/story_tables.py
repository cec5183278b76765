"""The tables of stories, on the same metadata as the others; `etl.warehouse.stories` maintains them.

A *node* is an article in the relation: the first 16 bytes of its URL key, as a uuid. Ordered by their bytes, nodes are in
the order of the URL keys, which are hashes: the order that decides who is among the lowest of a bucket.

No foreign keys to `core.url`: checking them would take locks that a load holds, and make the two wait for each other.
"""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Uuid,
    func,
    text,
)

from etl.warehouse.schema.tables import CText, CTexts, Instant, Key, metadata

Keys = ARRAY(BigInteger)

story_node = Table(
    "story_node",
    metadata,
    Column("url_key", Key, primary_key=True),
    Column("node", Uuid, nullable=False, unique=True, comment="the first 16 bytes of url_key"),
    Column("relate_version", CText, nullable=False),
    Column("values_digest", LargeBinary(16), nullable=False, comment="of all that relating reads of the article"),
    Column("text_digest", Key, nullable=False, comment="the text that the keys are of"),
    Column("reason", CText, comment="why the article takes no part in relating; null: it does"),
    Column("keys", Keys, nullable=False),
    schema="core",
    comment="One row an article whose keys are published.",
)

story_key = Table(
    "story_key",
    metadata,
    Column("key", BigInteger, nullable=False),
    Column("node", Uuid, nullable=False),
    PrimaryKeyConstraint("key", "node"),
    schema="core",
    comment="The buckets: which articles have a key. Its lowest members are the first of an index scan.",
)

story_edge = Table(
    "story_edge",
    metadata,
    Column("a", Uuid, nullable=False, comment="the lower node"),
    Column("b", Uuid, nullable=False),
    Column("kind", CText, nullable=False, comment="text or alias"),
    Column("relate_version", CText, nullable=False),
    Column("containment", Double, nullable=False),
    Column("anchors", Double, nullable=False),
    Column("jaccard", Double, nullable=False),
    Column("characters", Double, nullable=False),
    Column(
        "is_copy", Boolean, nullable=False, server_default=text("true"), comment="else one is only quoted in the other"
    ),
    Column(
        "holds",
        SmallInteger,
        nullable=False,
        server_default=text("0"),
        comment="1: a is much longer and holds b nearly whole; 2: b holds a; 0: neither",
    ),
    Column(
        "is_weak",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="does not count where an end is a digest: neither titles nor whole texts agree",
    ),
    Column("counts", Boolean, nullable=False, comment="a is among the lowest of a shared key now, or it is an alias"),
    PrimaryKeyConstraint("a", "b"),
    Index(None, "b"),
    schema="core",
    comment="Pairs of current texts that were verified: copies, and texts that stand in another one; with the scores.",
)

story = Table(
    "story",
    metadata,
    Column("story_id", Uuid, primary_key=True, comment="a function of the members alone"),
    Column("primary_key", Key, nullable=False, comment="URL key of the article that stands for the story"),
    Column("member_count", Integer, nullable=False),
    Column("sites", CTexts, nullable=False),
    Column("first_published_on", Date),
    Column("last_published_on", Date),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False, comment="when the last of them was first seen"),
    Column("syndicated_from", CText, comment="the agency that wrote it"),
    Column("flags", CTexts, nullable=False),
    Column("relate_version", CText, nullable=False),
    Column("decided_at", Instant, nullable=False, server_default=func.now(), comment="when the primary was chosen"),
    Index(None, "primary_key"),
    schema="core",
    comment="One row a story with at least two members.",
)

story_member = Table(
    "story_member",
    metadata,
    Column("url_key", Key, primary_key=True),
    Column("node", Uuid, nullable=False, unique=True),
    Column("story_id", Uuid, ForeignKey("core.story.story_id", ondelete="CASCADE"), nullable=False),
    Index(None, "story_id"),
    schema="core",
    comment="Which story an article is in.",
)

story_alias = Table(
    "story_alias",
    metadata,
    Column("former_id", Uuid, primary_key=True),
    Column("story_id", Uuid, comment="what the former story is in now; null when its articles share no text any more"),
    Column("changed_at", Instant, nullable=False, server_default=func.now()),
    Index(None, "story_id"),
    schema="core",
    comment="Ids that stories had before. A record of what was published, so it depends on the way there.",
)

story_due = Table(
    "story_due",
    metadata,
    Column("url_key", Key, primary_key=True),
    Column("due_at", Instant, nullable=False, server_default=func.now()),
    schema="ops",
    comment="Articles that a load has touched, and whose keys are to be published.",
)

story_change = Table(
    "story_change",
    metadata,
    Column("change_no", BigInteger, Identity(), primary_key=True),
    Column("url_key", Key, nullable=False),
    Column("node", Uuid, nullable=False),
    Column("added", Keys, nullable=False, comment="buckets that it came to"),
    Column("removed", Keys, nullable=False, comment="buckets that it left"),
    Column("published_at", Instant, nullable=False, server_default=func.now()),
    schema="ops",
    comment="Published changes of the buckets that no story knows of yet.",
)

story_turn = Table(
    "story_turn",
    metadata,
    Column("turn", SmallInteger, primary_key=True, autoincrement=False),
    Column("relate_version", CText, nullable=False, comment="what all articles were made due for last"),
    schema="ops",
    comment="One row. Who works on stories holds this table's lock.",
)
