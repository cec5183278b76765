"""The declaration of all tables. Migrations create them; a test compares the two. Secondary indexes are built from these
declarations (`indexes`): each kind of deletion of rows, and each foreign key, has one.

`core` is the warehouse's content: a function of the captures, the rules and the source registry.
`ops` is the pipeline's state: frontier, leases, ledger, logs. `core` does not depend on `ops`, except on `ops.processed` and
`ops.rules`, which determine an article's rules version.

Text sorts by COLLATE "C", so that no order depends on a server's locale. Keys and digests are raw bytes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from etl.article_fields import FIELDS, ArticleField, FieldKind

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
    }
)

CText = Text(collation="C")
CTexts = ARRAY(Text(collation="C"))
Key = LargeBinary(32)
Instant = DateTime(timezone=True)


# The day (UTC) that an article is of: that of its instant, else the publisher's. As news.coverage asks for it.
UTC_DAY = text("(COALESCE((published_at AT TIME ZONE 'UTC')::date, published_on))")


def _now() -> Column[Any]:
    """When the row was written. For information only; not part of the fingerprint."""
    return Column("loaded_at", Instant, nullable=False, server_default=func.now())


_VALUES: dict[FieldKind, Any] = {
    FieldKind.TEXT: CText,
    FieldKind.TEXTS: CTexts,
    FieldKind.NAME: CText,
    FieldKind.INSTANT: Instant,
    FieldKind.DAY: Date,
    FieldKind.FLAG: Boolean,
    FieldKind.STRUCTS: JSONB,
    FieldKind.MAP: JSONB,
}


def value_column(field: ArticleField) -> Column[Any]:
    """The column of a field of an article."""
    return Column(field.name, _VALUES[field.kind], nullable=not field.is_required, comment=field.comment)


# ---------------------------------------------------------------------------------------------------------------- core

source = Table(
    "source",
    metadata,
    Column("source_key", CText, primary_key=True),
    Column("name", CText, nullable=False),
    Column("homepage", CText, nullable=False),
    Column("country", CText),
    Column("languages", CTexts, nullable=False),
    Column("timezone", CText),
    Column("is_enabled", Boolean, nullable=False),
    Column("region", CText),
    Column("kind", CText),
    Column("owner", CText),
    Column("wikidata", CText),
    Column("issn", CTexts, nullable=False, server_default=text("'{}'")),
    Column("tags", CTexts, nullable=False, server_default=text("'{}'")),
    schema="core",
    comment="One row a publisher's site, as the registry file says.",
)

url = Table(
    "url",
    metadata,
    Column("url_key", Key, primary_key=True),
    Column("article_id", Uuid, nullable=False, unique=True),
    schema="core",
    comment="One row a URL key that has a capture. Its row lock serialises what is computed of the key.",
)

capture = Table(
    "capture",
    metadata,
    Column("capture_id", Key, primary_key=True),
    Column("url_key", Key, ForeignKey("core.url.url_key"), nullable=False),
    Column("url", CText, nullable=False, comment="the target URI as it stands in the archive"),
    Column("captured_at", Instant, nullable=False, comment="WARC-Date"),
    Column("payload_digest", CText, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("is_revisit", Boolean, nullable=False),
    Column("redirects", JSONB, nullable=False, comment="the hops that led here: [[url, status], ...]"),
    Column("rights", JSONB, nullable=False, comment="robots state and rights signals when it was read"),
    Column("warc", CText, comment="where the bytes lie; a lookup that compaction and erasure may change"),
    Column("warc_offset", BigInteger),
    Column("warc_length", BigInteger),
    Column(
        "raw_expired_at", Instant, comment="when its bytes were given up, by the source's policy; it has no place then"
    ),
    _now(),
    Index(None, "url_key", "captured_at"),
    Index(None, "captured_at"),
    Index(None, "warc", "warc_offset"),
    Index(None, "url", postgresql_using="hash"),
    Index("capture_raw_expired_idx", "url_key", postgresql_where=text("raw_expired_at IS NOT NULL")),
    schema="core",
    comment="One row an HTTP exchange or archived page. Immutable but for its place.",
)

hint = Table(
    "hint",
    metadata,
    Column("capture_id", Key, ForeignKey("core.capture.capture_id", ondelete="CASCADE"), nullable=False),
    Column("hint_digest", Key, nullable=False, comment="sha256 of the other columns"),
    Column("source_key", CText, nullable=False),
    Column("via", CText, nullable=False),
    Column("found_at", CText, nullable=False, comment="URL of the feed, sitemap or page"),
    Column("title", CText),
    Column("published_raw", CText),
    Column("modified_raw", CText),
    Column("summary", CText),
    Column("language", CText),
    PrimaryKeyConstraint("capture_id", "hint_digest"),
    schema="core",
    comment="What feeds and sitemaps said of a capture's URL. Never decides an article's values.",
)

body = Table(
    "body",
    metadata,
    Column("text_digest", Key, primary_key=True, comment="sha256 of the text in UTF-8"),
    Column("text", CText, nullable=False),
    schema="core",
    comment="Clean texts, each once. A table of its own: its own grants and retention.",
)

observation = Table(
    "observation",
    metadata,
    Column("capture_id", Key, ForeignKey("core.capture.capture_id", ondelete="CASCADE"), nullable=False),
    Column("rules_version", CText, nullable=False),
    Column("url_key", Key, nullable=False),
    Column("url", CText, nullable=False, comment="the target URI without tracking parameters and fragment"),
    Column("source_key", CText),
    Column("site", CText, nullable=False),
    Column("captured_at", Instant, nullable=False),
    Column("payload_digest", CText, nullable=False),
    *(value_column(field) for field in FIELDS if field.is_column),
    Column("published_utc_offset_min", SmallInteger, comment="the publisher's own offset, minutes east of UTC"),
    Column("text_digest", Key, ForeignKey("core.body.text_digest"), nullable=False),
    Column("text_chars", Integer, nullable=False, comment="code points"),
    PrimaryKeyConstraint("capture_id", "rules_version"),
    Index(None, "url_key"),
    Index(None, "text_digest"),
    Index(None, "source_key"),
    schema="core",
    comment="The clean values of one article capture under one rules version.",
)

article = Table(
    "article",
    metadata,
    Column("url_key", Key, ForeignKey("core.url.url_key"), primary_key=True),
    Column("article_id", Uuid, nullable=False, unique=True),
    Column("url", CText, nullable=False),
    Column("source_key", CText),
    Column("site", CText, nullable=False),
    Column("capture_id", Key, nullable=False, comment="the winning observation"),
    Column("rules_version", CText, nullable=False),
    Column("language", CText),
    Column("published_at", Instant),
    Column("published_on", Date),
    Column("text_digest", Key, nullable=False),
    Column("may_show", CText, nullable=False, comment="of the winning observation: yes, no or unknown"),
    Column("captured_at", Instant, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("gone_at", Instant),
    Column("observation_count", Integer, nullable=False),
    Column("revision_count", Integer, nullable=False),
    _now(),
    Index(None, "source_key", "published_on"),
    Index(None, "site", "published_on"),
    Index(None, "published_on"),
    Index(None, "published_at"),
    Index("article_published_at_latest_idx", text("published_at DESC NULLS LAST")),
    Index("article_source_or_site_utc_day_idx", text("(COALESCE(source_key, site))"), UTC_DAY),
    Index(None, "language", "published_on"),
    Index(None, "first_seen_at"),
    Index(None, "captured_at"),
    Index("article_gone_at_idx", "gone_at", postgresql_where=text("gone_at IS NOT NULL")),
    Index(None, "url", postgresql_using="hash"),
    Index(None, "text_digest"),
    # As readers see them, in hexadecimal digits.
    Index("article_text_id_idx", text("encode(text_digest, 'hex')"), postgresql_using="hash"),
    Index("article_capture_id_hex_idx", text("encode(capture_id, 'hex')"), postgresql_using="hash"),
    # The planner takes from it that each article has one observation: of two columns by themselves it expects far fewer.
    # Checked at the end of a transaction, for a load deletes observations before their article moves on.
    ForeignKeyConstraint(
        ["capture_id", "rules_version"],
        ["core.observation.capture_id", "core.observation.rules_version"],
        deferrable=True,
        initially="DEFERRED",
    ),
    Index(None, "capture_id", postgresql_using="hash"),
    schema="core",
    comment="One row a URL key with an article: which observation counts. Its values are read through it.",
)

revision = Table(
    "revision",
    metadata,
    Column("url_key", Key, ForeignKey("core.url.url_key"), nullable=False),
    Column("revision_no", Integer, nullable=False),
    Column("capture_id", Key, nullable=False, comment="the first observation of this text"),
    Column("rules_version", CText, nullable=False),
    Column("text_digest", Key, nullable=False),
    Column("valid_from", Instant, nullable=False),
    Column("valid_to", Instant, comment="when the next text was first seen; null for the last"),
    Column("last_seen_at", Instant, nullable=False),
    Column("observation_count", Integer, nullable=False),
    PrimaryKeyConstraint("url_key", "revision_no"),
    schema="core",
    comment="Runs of equal clean text over an article's observations, in the order of capture.",
)

alias = Table(
    "alias",
    metadata,
    Column("url_key", Key, ForeignKey("core.url.url_key"), nullable=False),
    Column("kind", CText, nullable=False, comment="canonical, amp or redirect"),
    Column("alias_key", Key, nullable=False),
    Column("alias_url", CText, nullable=False),
    _now(),
    PrimaryKeyConstraint("url_key", "kind", "alias_key"),
    Index(None, "alias_key"),
    Index(None, "alias_url", postgresql_using="hash"),
    schema="core",
    comment="Other URLs that pages and redirects name for an article. Evidence for relating, never identity.",
)

tombstone = Table(
    "tombstone",
    metadata,
    Column("url_key", Key, primary_key=True),
    Column("reason", CText, nullable=False),
    Column("erased_at", Instant, nullable=False),
    schema="core",
    comment="URL keys that were erased on request and are not taken again.",
)

rights_policy = Table(
    "rights_policy",
    metadata,
    Column("policy_no", SmallInteger, primary_key=True, autoincrement=False, comment="1: there is one policy"),
    Column("allows", JSONB, nullable=False, comment="use, source (empty: all others), permission: whether it is done"),
    Column("changed_at", Instant, nullable=False, server_default=func.now()),
    schema="core",
    comment="One row: what the rights policy lets readers and exports have.",
)

# ----------------------------------------------------------------------------------------------------------------- ops

rules = Table(
    "rules",
    metadata,
    Column("rules_version", CText, primary_key=True),
    Column("activated_no", BigInteger, nullable=False, comment="in which order they were put to use"),
    Column("activated_at", Instant, nullable=False, server_default=func.now()),
    Column("is_current", Boolean, nullable=False, comment="one a source, and one for sites that no source claims"),
    schema="ops",
    comment="Rules versions of sources in the order in which they were put to use.",
)

processed = Table(
    "processed",
    metadata,
    Column("capture_id", Key, nullable=False),
    Column("rules_version", CText, nullable=False),
    Column("outcome", CText, nullable=False),
    Column("page_type", CText, nullable=False),
    Column("detail", CText),
    Column("may_store", CText, nullable=False, comment="what the publisher permitted: yes, no or unknown"),
    Column("may_show", CText, nullable=False),
    Column("may_export", CText, nullable=False),
    Column("may_train", CText, nullable=False),
    Column("rights", JSONB, nullable=False, comment="the statements it follows from, and those that decide nothing"),
    _now(),
    PrimaryKeyConstraint("capture_id", "rules_version"),
    Index("processed_rights_reserved_idx", "capture_id", postgresql_where=text("outcome = 'rights_reserved'")),
    schema="ops",
    comment="What was done with a capture under a rules version.",
)

article_change = Table(
    "article_change",
    metadata,
    Column("url_key", Key, nullable=False),
    Column("rules_after", CText, nullable=False),
    Column("field", CText, nullable=False, comment="a column of core.observation, text, or outcome"),
    Column("rules_before", CText, nullable=False),
    Column("before", JSONB, nullable=False, comment="of text: the lines that only the old text has, one string"),
    Column("after", JSONB, nullable=False),
    Column("changed_at", Instant, nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("url_key", "field", "rules_before", "rules_after"),
    Index(None, "changed_at"),
    schema="ops",
    comment="What an article's move to other rules changed in the values of its newest capture.",
)

change = Table(
    "change",
    metadata,
    Column(
        "position",
        BigInteger,
        nullable=False,
        server_default=text("((pg_current_xact_id())::text)::bigint"),
        comment="the transaction that wrote it",
    ),
    Column("change_no", BigInteger, Identity(), nullable=False),
    Column("article_id", Uuid, nullable=False),
    Column("kind", CText, nullable=False, comment="insert, edit, visit, gone, back, rules, remove, erase or story"),
    Column("changed_at", Instant, nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("position", "change_no"),
    schema="ops",
    comment="What happened to articles, in the order in which it was committed; written by triggers.",
)

reject = Table(
    "reject",
    metadata,
    Column("reject_id", Key, primary_key=True),
    Column("capture_id", Key, comment="null for a record of a WARC that could not be read"),
    Column("url", CText),
    Column("warc", CText),
    Column("warc_offset", BigInteger),
    Column("stage", CText, nullable=False),
    Column("reason", CText, nullable=False),
    Column("detail", CText),
    Column("rules_version", CText, nullable=False),
    _now(),
    Index(None, "reason"),
    Index(None, "capture_id"),
    Index(None, "warc"),
    Index(None, "url", postgresql_using="hash"),  # a hash: URLs may be longer than an entry of a B-tree
    schema="ops",
    comment="What could not be loaded, with its reason; leaves the table when a replay loads it.",
)

view_comment = Table(
    "view_comment",
    metadata,
    Column("view", CText, nullable=False),
    Column("column", CText, nullable=False, comment="empty: the view itself"),
    Column("said", CText, nullable=False),
    PrimaryKeyConstraint("view", "column"),
    schema="ops",
    comment="The comments that were written on the views of news: others than these are somebody else's and stay.",
)

load_batch = Table(
    "load_batch",
    metadata,
    Column("batch_key", CText, primary_key=True, comment="name of the silver file"),
    Column("sha256", CText, nullable=False),
    Column("rules_version", CText, nullable=False),
    Column("outcomes", JSONB, nullable=False),
    Column(
        "is_followed_up",
        Boolean,
        nullable=False,
        comment="whether the other captures that its rows bring along were processed as well",
    ),
    _now(),
    schema="ops",
    comment="The ledger: a batch is here if and only if its rows are.",
)

segment = Table(
    "segment",
    metadata,
    Column("warc", CText, primary_key=True),
    Column("run_id", CText),
    Column("batch", CText, comment="which batch of the run wrote it"),
    Column("records", Integer, nullable=False, comment="captures, and records that cannot be read"),
    Column("bytes", BigInteger, nullable=False),
    Column(
        "announced_at",
        Instant,
        nullable=False,
        server_default=func.now(),
        comment="when its name was known: before the file is in the lake",
    ),
    Column("published_at", Instant, comment="null: nobody has noted yet that the file is in the lake"),
    Column("loaded_at", Instant, comment="null: open work, for whoever comes next"),
    Column("holder", CText, comment="which process is at it; null when none is"),
    Column("held_until", Instant, comment="after this time others may take it, wherever its holder is"),
    Column("problem", CText, comment="why it could not be loaded when that was last tried"),
    Index(None, "run_id", "batch"),
    Index("segment_open_idx", "announced_at", "warc", postgresql_where=text("loaded_at IS NULL")),
    schema="ops",
    comment="WARC files of the lake, and how far each has come: announced, published, loaded.",
)

run = Table(
    "run",
    metadata,
    Column("run_id", CText, primary_key=True),
    Column("window_start", Instant),
    Column("window_end", Instant),
    Column("as_of", Instant, nullable=False, comment="the time that the run's decisions used"),
    Column("state", CText, nullable=False, comment="running, ok or failed"),
    Column("holder", CText, comment="the process that it is; null for a run of many, such as Airflow's"),
    Column("over_at", Instant, comment="after this time it is given up, wherever its processes are"),
    Column("summary", JSONB, nullable=False, server_default=text("'{}'")),
    Column("started_at", Instant, nullable=False, server_default=func.now()),
    Column("ended_at", Instant),
    Column("kind", CText, nullable=False, comment="live, fill or rebuild: whose budget its requests are of"),
    Column("pruned_at", Instant, comment="since then only its summary is kept, and not the URLs that it saw"),
    Column("schedule", CText, comment="the class of sources that it is for; null: it was started by hand"),
    Column("asks_all", Boolean, comment="whether documents are asked whatever their rhythm"),
    Column("worth_h", Double, comment="how many hours news must have waited altogether for a document to be asked"),
    schema="ops",
    comment="One row a run, with its summary.",
)

run_source = Table(
    "run_source",
    metadata,
    Column("run_id", CText, ForeignKey("ops.run.run_id", ondelete="CASCADE"), nullable=False),
    Column("source_key", CText, nullable=False),
    Column("batch", CText, nullable=False),
    Column("state", CText, nullable=False, comment="planned, discovered, ok or failed"),
    Column("error", CText),
    PrimaryKeyConstraint("run_id", "source_key"),
    schema="ops",
    comment="How each source of a run went.",
)

run_url = Table(
    "run_url",
    metadata,
    Column("run_id", CText, ForeignKey("ops.run.run_id", ondelete="CASCADE"), nullable=False),
    Column("source_key", CText, nullable=False),
    Column("url_digest", Key, nullable=False, comment="sha256 of the URL as it was offered"),
    Column("url_key", Key, comment="null for what is no URL"),
    Column("url", CText, nullable=False),
    Column("host", CText, nullable=False),
    Column("outcome", CText, comment="null until it is decided"),
    Column("detail", CText),
    Column("capture_id", Key),
    PrimaryKeyConstraint("run_id", "source_key", "url_digest"),
    Index(None, "url_key", "run_id"),
    Index(None, "source_key"),
    Index("run_url_capture_id_idx", "capture_id", postgresql_where=text("capture_id IS NOT NULL")),
    # Of what no other table has: URLs that a rule kept out when they were offered.
    Index(
        "run_url_kept_out_url_idx",
        "url",
        postgresql_using="hash",
        postgresql_where=text("outcome IN ('excluded', 'foreign_host', 'too_old', 'quarantined')"),
    ),
    schema="ops",
    comment="Every URL that a run has seen, with its one outcome.",
)

candidate = Table(
    "candidate",
    metadata,
    Column("url_key", Key, primary_key=True),
    Column("url", CText, nullable=False),
    Column("host", CText, nullable=False),
    Column("source_key", CText, nullable=False),
    Column("hints", JSONB, nullable=False, comment="what each document said last; a changed word makes the URL due"),
    Column("offered_at", Instant, nullable=False, comment="first time"),
    Column("due_at", Instant, comment="when to visit; null: not until a feed says that it changed"),
    Column("visits", SmallInteger, nullable=False, server_default=text("0")),
    Column("failures", SmallInteger, nullable=False, server_default=text("0")),
    Column("first_visit_at", Instant),
    Column("etag", CText),
    Column("last_modified", CText),
    Column("last_url", CText, comment="target URI of the last full answer, for revisit records"),
    Column("last_captured_at", Instant),
    Column("last_digest", CText),
    Column("last_outcome", CText),
    Index(None, "source_key", "due_at"),
    Index(None, "url", postgresql_using="hash"),
    schema="ops",
    comment="The frontier: URLs that sources offered, and when each is due.",
)

host_lease = Table(
    "host_lease",
    metadata,
    Column("host", CText, primary_key=True),
    Column("holder", CText, comment="null when free"),
    Column("expires_at", Instant, nullable=False),
    Column("next_allowed_at", Instant, nullable=False),
    Column("failures", Integer, nullable=False, server_default=text("0"), comment="in a row, over all visits"),
    Column("refusals", Integer, nullable=False, server_default=text("0"), comment="in a row, over all visits"),
    schema="ops",
    comment="Who may visit a host now, and from when the next visit is polite.",
)

host_day = Table(
    "host_day",
    metadata,
    Column("host", CText, nullable=False),
    Column("day", Date, nullable=False),
    Column("requests", Integer, nullable=False),
    PrimaryKeyConstraint("host", "day"),
    schema="ops",
    comment="Requests of a day (UTC), against the source's daily budget.",
)

robots = Table(
    "robots",
    metadata,
    Column("host", CText, primary_key=True),
    Column("stored", JSONB, nullable=False),
    Column("fetched_at", Instant, nullable=False),
    schema="ops",
    comment="robots.txt as it was last read.",
)

document = Table(
    "document",
    metadata,
    Column("url", CText, primary_key=True),
    Column("source_key", CText, nullable=False),
    Column("etag", CText),
    Column("last_modified", CText),
    Column("status", SmallInteger),
    Column("error", CText),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("checked_at", Instant, comment="null: an index named it, and it was not asked yet"),
    Column("succeeded_at", Instant),
    Column("read_at", Instant, comment="when it last came whole, and not as a 304"),
    Column("digest", LargeBinary, comment="sha256 of its bytes then"),
    Column(
        "is_doubted",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="its validators stayed while its bytes changed: it is always read whole",
    ),
    Column("due_at", Instant, comment="when to ask next by its rhythm; null: at once"),
    Column(
        "not_before",
        Instant,
        comment="when its server wants to be asked next: Retry-After, or for how long its answer is fresh",
    ),
    Column("failing_since", Instant, comment="the first failure after its last answer"),
    Column("root", CText, comment="the sitemap index that named it last: that is asked when this is due"),
    Column("moved_to", CText, comment="where permanent redirects lead: asked there as long as that answers"),
    Column("moved_at", Instant, comment="when redirects last led there"),
    Column("news_at", Instant, comment="when it last brought entries that no other document had"),
    Column("counted_since", Instant, comment="from when on its news were counted"),
    Column("counted_at", Instant, comment="as of when the counts have faded"),
    Column("news_by_hour", ARRAY(Double), comment="fading count of its news by hour of the day (UTC)"),
    Column("news_by_day", ARRAY(Double), comment="fading count of its news by day of the week (UTC), from Monday"),
    Column("news_lately", Double, comment="fading count of its news of the last days"),
    Column("news_burst", Double, comment="fading count of its news of the last hour"),
    Column("hub", CText, comment="the WebSub hub that it names"),
    Column("topic", CText, comment="its own address there"),
    Index(None, "source_key"),
    schema="ops",
    comment="Feeds, sitemaps and section pages: what the server said last.",
)

websub = Table(
    "websub",
    metadata,
    Column("url", CText, primary_key=True, comment="of the document in the registry"),
    Column("hub", CText, nullable=False),
    Column("topic", CText, nullable=False),
    Column("token", CText, nullable=False, comment="the path of its callback, which nobody can guess"),
    Column("secret", CText, nullable=False, comment="signs the messages of the hub"),
    Column("asked_at", Instant, nullable=False),
    Column("ends_at", Instant, comment="until when the hub has confirmed it"),
    Column("failing_since", Instant, comment="the first of its requests in a row that the hub refused"),
    Column("error", CText),
    Column("pushed_at", Instant, comment="the last message"),
    Column("pushes", BigInteger, nullable=False, server_default=text("0")),
    schema="ops",
    comment="Subscriptions of feeds at WebSub hubs, which say at once that a feed has changed.",
)

fetch_log = Table(
    "fetch_log",
    metadata,
    Column("fetched_at", Instant, nullable=False),
    Column("fetch_no", BigInteger, Identity(), nullable=False),
    Column("run_id", CText, nullable=False),
    Column("host", CText, nullable=False),
    Column("url", CText, nullable=False),
    Column("kind", CText, nullable=False),
    Column("status", SmallInteger),
    Column("outcome", CText),
    Column("bytes", BigInteger, nullable=False),
    Column("error", CText),
    Column("price", CText, comment="what an answer 402 asked for the page"),
    PrimaryKeyConstraint("fetched_at", "fetch_no"),
    Index(None, "url", postgresql_using="hash"),
    Index("fetch_log_payment_required_idx", "fetched_at", postgresql_where=text("outcome = 'payment_required'")),
    schema="ops",
    comment="One row a request, partitioned by month.",
    postgresql_partition_by="RANGE (fetched_at)",
)
