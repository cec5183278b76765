"""The tables of fills: URLs that archives list for a day, how far archives were read, and their pace."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, PrimaryKeyConstraint, Table, func, text

from etl.warehouse.schema.tables import CText, CTexts, Instant, Key, metadata

expected = Table(
    "expected",
    metadata,
    Column("source_key", CText, nullable=False),
    Column("day", Date, nullable=False, comment="the day of publication (UTC), as the archive has it"),
    Column("url_key", Key, nullable=False),
    Column("via", CText, nullable=False, comment="which kind of archive names it"),
    Column("url", CText, nullable=False),
    Column("host", CText, nullable=False),
    Column("found_at", CText, nullable=False, comment="the document that names it; of the Wayback Machine the memento"),
    Column("title", CText),
    Column("published_raw", CText),
    Column("modified_raw", CText),
    Column("outcome", CText, comment="how the last try to get it by this way ended; null: not tried"),
    Column("detail", CText),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("named_at", Instant, nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("source_key", "day", "url_key", "via"),
    Index(None, "url_key"),
    schema="ops",
    comment="URLs that archives name for a published day of a source.",
)

source_day = Table(
    "source_day",
    metadata,
    Column("source_key", CText, nullable=False),
    Column("day", Date, nullable=False),
    Column("via", CText, nullable=False),
    Column("state", CText, nullable=False, comment="listed, partial, failed, or absent"),
    Column("named", Integer, nullable=False, comment="URLs of the day"),
    Column("requests", Integer, nullable=False),
    Column("error", CText),
    Column("listed_at", Instant, nullable=False),
    PrimaryKeyConstraint("source_key", "day", "via"),
    Index(None, "day"),
    schema="ops",
    comment="How an archive was read for a published day of a source.",
)

date_archive = Table(
    "date_archive",
    metadata,
    Column("source_key", CText, nullable=False),
    Column("pattern", CText, nullable=False, comment="an address with {yyyy}, {mm}, {dd}; empty: none was found"),
    Column("checked_at", Instant, nullable=False),
    PrimaryKeyConstraint("source_key"),
    schema="ops",
    comment="Where a site keeps its pages of past days, as it was found out.",
)

archive_file = Table(
    "archive_file",
    metadata,
    Column("archive", CText, nullable=False),
    Column("name", CText, nullable=False),
    Column("hosts_digest", CText, nullable=False, comment="which hosts were looked for: ops.archive_hosts"),
    Column("is_done", Boolean, nullable=False),
    Column("next_offset", BigInteger, nullable=False, comment="bytes; where reading goes on"),
    Column("records", BigInteger, nullable=False, comment="captures that were looked at"),
    Column("kept", BigInteger, nullable=False),
    Column("bad", BigInteger, nullable=False, comment="stretches that could not be read"),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("archive", "name", "hosts_digest"),
    schema="ops",
    comment="The ledger of archive files: how far each was read, for which hosts.",
)

archive_hosts = Table(
    "archive_hosts",
    metadata,
    Column("hosts_digest", CText, primary_key=True),
    Column("hosts", CTexts, nullable=False),
    schema="ops",
    comment="Sets of hosts that archive files were read for.",
)

archive_pace = Table(
    "archive_pace",
    metadata,
    Column("archive", CText, primary_key=True),
    Column("next_at", Instant, nullable=False, comment="no request before, of whatever process"),
    schema="ops",
    comment="When the next request to an archive is polite.",
)

fill_host_day = Table(
    "fill_host_day",
    metadata,
    Column("host", CText, nullable=False),
    Column("day", Date, nullable=False),
    Column("requests", Integer, nullable=False),
    PrimaryKeyConstraint("host", "day"),
    schema="ops",
    comment="Requests of fills, of those in ops.host_day.",
)
