"""The first schema

Revision ID: 0001
Follows:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "body",
        sa.Column("text_digest", sa.LargeBinary(length=32), nullable=False, comment="sha256 of the text in UTF-8"),
        sa.Column("text", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("text_digest", name=op.f("body_pkey")),
        schema="core",
        comment="Clean texts, each once. A table of its own: its own grants and retention.",
    )
    op.create_table(
        "source",
        sa.Column("source_key", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("homepage", sa.Text(collation="C"), nullable=False),
        sa.Column("country", sa.Text(collation="C"), nullable=True),
        sa.Column("languages", sa.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.Column("timezone", sa.Text(collation="C"), nullable=True),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("source_key", name=op.f("source_pkey")),
        schema="core",
        comment="One row a publisher's site, as the registry file says.",
    )
    op.create_table(
        "tombstone",
        sa.Column("url_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("url_key", name=op.f("tombstone_pkey")),
        schema="core",
        comment="URL keys that were erased on request and are not taken again.",
    )
    op.create_table(
        "url",
        sa.Column("url_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("url_key", name=op.f("url_pkey")),
        sa.UniqueConstraint("article_id", name=op.f("url_article_id_key")),
        schema="core",
        comment="One row a URL key that has a capture. Its row lock serialises what is computed of the key.",
    )
    op.create_table(
        "candidate",
        sa.Column("url_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("url", sa.Text(collation="C"), nullable=False),
        sa.Column("host", sa.Text(collation="C"), nullable=False),
        sa.Column("source_key", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "hints",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="what each document said last; a changed word makes the URL due",
        ),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False, comment="first time"),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when to visit; null: not until a feed says that it changed",
        ),
        sa.Column("visits", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failures", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("first_visit_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("etag", sa.Text(collation="C"), nullable=True),
        sa.Column("last_modified", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "last_url",
            sa.Text(collation="C"),
            nullable=True,
            comment="target URI of the last full answer, for revisit records",
        ),
        sa.Column("last_captured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_digest", sa.Text(collation="C"), nullable=True),
        sa.Column("last_outcome", sa.Text(collation="C"), nullable=True),
        sa.PrimaryKeyConstraint("url_key", name=op.f("candidate_pkey")),
        schema="ops",
        comment="The frontier: URLs that sources offered, and when each is due.",
    )
    op.create_index(
        op.f("candidate_source_key_due_at_idx"), "candidate", ["source_key", "due_at"], unique=False, schema="ops"
    )
    op.create_table(
        "document",
        sa.Column("url", sa.Text(collation="C"), nullable=False),
        sa.Column("source_key", sa.Text(collation="C"), nullable=False),
        sa.Column("etag", sa.Text(collation="C"), nullable=True),
        sa.Column("last_modified", sa.Text(collation="C"), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("error", sa.Text(collation="C"), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("url", name=op.f("document_pkey")),
        schema="ops",
        comment="Feeds, sitemaps and section pages: what the server said last.",
    )
    op.create_table(
        "fetch_log",
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetch_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.Text(collation="C"), nullable=False),
        sa.Column("host", sa.Text(collation="C"), nullable=False),
        sa.Column("url", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("outcome", sa.Text(collation="C"), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(collation="C"), nullable=True),
        sa.PrimaryKeyConstraint("fetched_at", "fetch_no", name=op.f("fetch_log_pkey")),
        schema="ops",
        comment="One row a request, partitioned by month.",
        postgresql_partition_by="RANGE (fetched_at)",
    )
    op.create_table(
        "host_day",
        sa.Column("host", sa.Text(collation="C"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("host", "day", name=op.f("host_day_pkey")),
        schema="ops",
        comment="Requests of a day (UTC), against the source's daily budget.",
    )
    op.create_table(
        "host_lease",
        sa.Column("host", sa.Text(collation="C"), nullable=False),
        sa.Column("holder", sa.Text(collation="C"), nullable=True, comment="null when free"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_allowed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("host_lease_pkey")),
        schema="ops",
        comment="Who may visit a host now, and from when the next visit is polite.",
    )
    op.create_table(
        "load_batch",
        sa.Column("batch_key", sa.Text(collation="C"), nullable=False, comment="name of the silver file"),
        sa.Column("sha256", sa.Text(collation="C"), nullable=False),
        sa.Column("rules_version", sa.Text(collation="C"), nullable=False),
        sa.Column("outcomes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("batch_key", name=op.f("load_batch_pkey")),
        schema="ops",
        comment="The ledger: a batch is here if and only if its rows are.",
    )
    op.create_table(
        "processed",
        sa.Column("capture_id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("rules_version", sa.Text(collation="C"), nullable=False),
        sa.Column("outcome", sa.Text(collation="C"), nullable=False),
        sa.Column("page_type", sa.Text(collation="C"), nullable=False),
        sa.Column("detail", sa.Text(collation="C"), nullable=True),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("capture_id", "rules_version", name=op.f("processed_pkey")),
        schema="ops",
        comment="What was done with a capture under a rules version.",
    )
    op.create_table(
        "reject",
        sa.Column("reject_id", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "capture_id",
            sa.LargeBinary(length=32),
            nullable=True,
            comment="null for a record of a WARC that could not be read",
        ),
        sa.Column("url", sa.Text(collation="C"), nullable=True),
        sa.Column("warc", sa.Text(collation="C"), nullable=True),
        sa.Column("warc_offset", sa.BigInteger(), nullable=True),
        sa.Column("stage", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column("detail", sa.Text(collation="C"), nullable=True),
        sa.Column("rules_version", sa.Text(collation="C"), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("reject_id", name=op.f("reject_pkey")),
        schema="ops",
        comment="What could not be loaded, with its reason; leaves the table when a replay loads it.",
    )
    op.create_index(op.f("reject_reason_idx"), "reject", ["reason"], unique=False, schema="ops")
    op.create_table(
        "robots",
        sa.Column("host", sa.Text(collation="C"), nullable=False),
        sa.Column("stored", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("robots_pkey")),
        schema="ops",
        comment="robots.txt as it was last read.",
    )
    op.create_table(
        "rules",
        sa.Column("rules_version", sa.Text(collation="C"), nullable=False),
        sa.Column("activated_no", sa.BigInteger(), nullable=False, comment="the greatest is the current version"),
        sa.Column("activated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("rules_version", name=op.f("rules_pkey")),
        schema="ops",
        comment="Rules versions in the order in which they were put to use.",
    )
    op.create_table(
        "run",
        sa.Column("run_id", sa.Text(collation="C"), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "as_of", sa.DateTime(timezone=True), nullable=False, comment="the time that the run's decisions used"
        ),
        sa.Column("state", sa.Text(collation="C"), nullable=False, comment="running, ok or failed"),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("run_pkey")),
        schema="ops",
        comment="One row a run, with its summary.",
    )
    op.create_table(
        "segment",
        sa.Column("warc", sa.Text(collation="C"), nullable=False),
        sa.Column("run_id", sa.Text(collation="C"), nullable=True),
        sa.Column("batch", sa.Text(collation="C"), nullable=True, comment="which batch of the run wrote it"),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("warc", name=op.f("segment_pkey")),
        schema="ops",
        comment="WARC files of the lake that a run wrote.",
    )
    op.create_index(op.f("segment_run_id_batch_idx"), "segment", ["run_id", "batch"], unique=False, schema="ops")
    op.create_table(
        "alias",
        sa.Column("url_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False, comment="canonical, amp or redirect"),
        sa.Column("alias_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("alias_url", sa.Text(collation="C"), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["url_key"], ["core.url.url_key"], name=op.f("alias_url_key_fkey")),
        sa.PrimaryKeyConstraint("url_key", "kind", "alias_key", name=op.f("alias_pkey")),
        schema="core",
        comment="Other URLs that pages and redirects name for an article. Evidence for relating, never identity.",
    )
    op.create_index(op.f("alias_alias_key_idx"), "alias", ["alias_key"], unique=False, schema="core")
    op.create_table(
        "article",
        sa.Column("url_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(collation="C"), nullable=False),
        sa.Column("source_key", sa.Text(collation="C"), nullable=True),
        sa.Column("site", sa.Text(collation="C"), nullable=False),
        sa.Column("capture_id", sa.LargeBinary(length=32), nullable=False, comment="the winning observation"),
        sa.Column("rules_version", sa.Text(collation="C"), nullable=False),
        sa.Column("language", sa.Text(collation="C"), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("text_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("observation_count", sa.Integer(), nullable=False),
        sa.Column("revision_count", sa.Integer(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["url_key"], ["core.url.url_key"], name=op.f("article_url_key_fkey")),
        sa.PrimaryKeyConstraint("url_key", name=op.f("article_pkey")),
        sa.UniqueConstraint("article_id", name=op.f("article_article_id_key")),
        schema="core",
        comment="One row a URL key with an article: which observation counts. Its values are read through it.",
    )
    op.create_index(op.f("article_first_seen_at_idx"), "article", ["first_seen_at"], unique=False, schema="core")
    op.create_index(op.f("article_published_at_idx"), "article", ["published_at"], unique=False, schema="core")
    op.create_index(op.f("article_published_on_idx"), "article", ["published_on"], unique=False, schema="core")
    op.create_index(
        op.f("article_site_published_on_idx"), "article", ["site", "published_on"], unique=False, schema="core"
    )
    op.create_index(
        op.f("article_source_key_published_on_idx"),
        "article",
        ["source_key", "published_on"],
        unique=False,
        schema="core",
    )
    op.create_index(op.f("article_text_digest_idx"), "article", ["text_digest"], unique=False, schema="core")
    op.create_table(
        "capture",
        sa.Column("capture_id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("url_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("url", sa.Text(collation="C"), nullable=False, comment="the target URI as it stands in the archive"),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False, comment="WARC-Date"),
        sa.Column("payload_digest", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("is_revisit", sa.Boolean(), nullable=False),
        sa.Column(
            "redirects",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="the hops that led here: [[url, status], ...]",
        ),
        sa.Column(
            "rights",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="robots state and rights signals when it was read",
        ),
        sa.Column(
            "warc",
            sa.Text(collation="C"),
            nullable=True,
            comment="where the bytes lie; a lookup that compaction and erasure may change",
        ),
        sa.Column("warc_offset", sa.BigInteger(), nullable=True),
        sa.Column("warc_length", sa.BigInteger(), nullable=True),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["url_key"], ["core.url.url_key"], name=op.f("capture_url_key_fkey")),
        sa.PrimaryKeyConstraint("capture_id", name=op.f("capture_pkey")),
        schema="core",
        comment="One row an HTTP exchange or archived page. Immutable but for its place.",
    )
    op.create_index(
        op.f("capture_url_key_captured_at_idx"), "capture", ["url_key", "captured_at"], unique=False, schema="core"
    )
    op.create_index(
        op.f("capture_warc_warc_offset_idx"), "capture", ["warc", "warc_offset"], unique=False, schema="core"
    )
    op.create_table(
        "revision",
        sa.Column("url_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("revision_no", sa.Integer(), nullable=False),
        sa.Column(
            "capture_id", sa.LargeBinary(length=32), nullable=False, comment="the first observation of this text"
        ),
        sa.Column("rules_version", sa.Text(collation="C"), nullable=False),
        sa.Column("text_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "valid_to",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the next text was first seen; null for the last",
        ),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observation_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["url_key"], ["core.url.url_key"], name=op.f("revision_url_key_fkey")),
        sa.PrimaryKeyConstraint("url_key", "revision_no", name=op.f("revision_pkey")),
        schema="core",
        comment="Runs of equal clean text over an article's observations, in the order of capture.",
    )
    op.create_table(
        "run_source",
        sa.Column("run_id", sa.Text(collation="C"), nullable=False),
        sa.Column("source_key", sa.Text(collation="C"), nullable=False),
        sa.Column("batch", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False, comment="planned, discovered, ok or failed"),
        sa.Column("error", sa.Text(collation="C"), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["ops.run.run_id"], name=op.f("run_source_run_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "source_key", name=op.f("run_source_pkey")),
        schema="ops",
        comment="How each source of a run went.",
    )
    op.create_table(
        "run_url",
        sa.Column("run_id", sa.Text(collation="C"), nullable=False),
        sa.Column("source_key", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "url_digest", sa.LargeBinary(length=32), nullable=False, comment="sha256 of the URL as it was offered"
        ),
        sa.Column("url_key", sa.LargeBinary(length=32), nullable=True, comment="null for what is no URL"),
        sa.Column("url", sa.Text(collation="C"), nullable=False),
        sa.Column("host", sa.Text(collation="C"), nullable=False),
        sa.Column("outcome", sa.Text(collation="C"), nullable=True, comment="null until it is decided"),
        sa.Column("detail", sa.Text(collation="C"), nullable=True),
        sa.Column("capture_id", sa.LargeBinary(length=32), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["ops.run.run_id"], name=op.f("run_url_run_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "source_key", "url_digest", name=op.f("run_url_pkey")),
        schema="ops",
        comment="Every URL that a run has seen, with its one outcome.",
    )
    op.create_index(
        "run_url_capture_id_idx",
        "run_url",
        ["capture_id"],
        unique=False,
        schema="ops",
        postgresql_where=sa.text("capture_id IS NOT NULL"),
    )
    op.create_index(op.f("run_url_run_id_url_key_idx"), "run_url", ["run_id", "url_key"], unique=False, schema="ops")
    op.create_table(
        "hint",
        sa.Column("capture_id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hint_digest", sa.LargeBinary(length=32), nullable=False, comment="sha256 of the other columns"),
        sa.Column("source_key", sa.Text(collation="C"), nullable=False),
        sa.Column("via", sa.Text(collation="C"), nullable=False),
        sa.Column("found_at", sa.Text(collation="C"), nullable=False, comment="URL of the feed, sitemap or page"),
        sa.Column("title", sa.Text(collation="C"), nullable=True),
        sa.Column("published_raw", sa.Text(collation="C"), nullable=True),
        sa.Column("modified_raw", sa.Text(collation="C"), nullable=True),
        sa.Column("summary", sa.Text(collation="C"), nullable=True),
        sa.Column("language", sa.Text(collation="C"), nullable=True),
        sa.ForeignKeyConstraint(
            ["capture_id"], ["core.capture.capture_id"], name=op.f("hint_capture_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("capture_id", "hint_digest", name=op.f("hint_pkey")),
        schema="core",
        comment="What feeds and sitemaps said of a capture's URL. Never decides an article's values.",
    )
    op.create_table(
        "observation",
        sa.Column("capture_id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("rules_version", sa.Text(collation="C"), nullable=False),
        sa.Column("url_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "url",
            sa.Text(collation="C"),
            nullable=False,
            comment="the target URI without tracking parameters and fragment",
        ),
        sa.Column("source_key", sa.Text(collation="C"), nullable=True),
        sa.Column("site", sa.Text(collation="C"), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload_digest", sa.Text(collation="C"), nullable=False),
        sa.Column("page_type", sa.Text(collation="C"), nullable=False),
        sa.Column("title", sa.Text(collation="C"), nullable=True),
        sa.Column("description", sa.Text(collation="C"), nullable=True),
        sa.Column("authors", sa.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "published_utc_offset_min",
            sa.SmallInteger(),
            nullable=True,
            comment="the publisher's own offset, minutes east of UTC",
        ),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("published_precision", sa.Text(collation="C"), nullable=True),
        sa.Column("published_raw", sa.Text(collation="C"), nullable=True),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("language", sa.Text(collation="C"), nullable=True),
        sa.Column("section", sa.Text(collation="C"), nullable=True),
        sa.Column("tags", sa.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.Column("text_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("text_chars", sa.Integer(), nullable=False, comment="code points"),
        sa.Column("images", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("agencies", sa.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.Column("credit_line", sa.Text(collation="C"), nullable=True),
        sa.Column("rights_line", sa.Text(collation="C"), nullable=True),
        sa.Column("dateline", sa.Text(collation="C"), nullable=True),
        sa.Column("correction_note", sa.Text(collation="C"), nullable=True),
        sa.Column("canonical_url", sa.Text(collation="C"), nullable=True),
        sa.Column("is_accessible_for_free", sa.Boolean(), nullable=True, comment="the publisher's claim"),
        sa.Column("text_truncated", sa.Boolean(), nullable=False, comment="our verdict"),
        sa.Column("flags", sa.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.Column(
            "removed",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="cuts: with the text they rebuild the extracted text",
        ),
        sa.Column(
            "evidence",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="field: where its value came from",
        ),
        sa.ForeignKeyConstraint(
            ["capture_id"], ["core.capture.capture_id"], name=op.f("observation_capture_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["text_digest"], ["core.body.text_digest"], name=op.f("observation_text_digest_fkey")),
        sa.PrimaryKeyConstraint("capture_id", "rules_version", name=op.f("observation_pkey")),
        schema="core",
        comment="The clean values of one article capture under one rules version.",
    )
    op.create_index(op.f("observation_url_key_idx"), "observation", ["url_key"], unique=False, schema="core")
    # What no monthly partition takes; the writer makes those as they are needed.
    op.execute("CREATE TABLE ops.fetch_log_default PARTITION OF ops.fetch_log DEFAULT")


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first schema: drop the schemas core, ops and news by hand")
