"""What views and columns mean, where tools look for it: comments in PostgreSQL, taken from the data dictionary.

`sql/README.md` is the one source. A comment that somebody else wrote stays: what we wrote last is kept in
`ops.view_comment`, and only that, or nothing, is written over.
"""

from __future__ import annotations

import re

from sqlalchemy import Connection, text

from etl.errors import Permanent
from etl.paths import data

_SECTION = re.compile(r"^### news\.(\w+)\n\n(.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE)
# A column's name is "" for the view itself.
THERE = """
SELECT c.relname AS view, COALESCE(a.attname, '') AS "column",
       CASE WHEN a.attname IS NULL THEN obj_description(c.oid, 'pg_class') ELSE col_description(c.oid, a.attnum) END AS said,
       w.said AS ours
FROM pg_class c
CROSS JOIN LATERAL (SELECT NULL::name AS attname, 0 AS attnum
                    UNION ALL SELECT attname, attnum FROM pg_attribute
                    WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) a
LEFT JOIN ops.view_comment w ON w.view = c.relname AND w."column" = COALESCE(a.attname, '')
WHERE c.relnamespace = to_regnamespace('news') AND c.relkind = 'v'
ORDER BY 1, 2
"""
STATEMENT = "SELECT format(CAST(:form AS text), CAST(:view AS text), CAST(:column AS text), CAST(:said AS text))"
KEEP = """
INSERT INTO ops.view_comment (view, "column", said) VALUES (:view, :column, :said)
ON CONFLICT (view, "column") DO UPDATE SET said = excluded.said
"""


def declared() -> dict[tuple[str, str], str]:
    """The comment of each view of `news` ("" for a column) and of each of its columns, in plain text."""
    found: dict[tuple[str, str], str] = {}
    for view, section in _SECTION.findall((data("sql") / "README.md").read_text(encoding="utf-8")):
        found[view, ""] = _plain(section.partition("\n\n")[0])
        for column, meaning, origin in _ROW.findall(section):
            found[view, column] = _plain(f"{meaning.strip()} (from: {origin.strip()})")
    if not found:
        raise Permanent("sql/README.md has no section of a view: ### news.<name>")
    return found


def bring_up_to_date(connection: Connection) -> None:
    """Give every view and column its comment, in the caller's transaction; those of others stay."""
    wanted = declared()
    for row in connection.execute(text(THERE)).all():
        said = wanted.get((row.view, row.column))
        if said is None or said == row.said == row.ours or (row.said is not None and row.said != row.ours):
            continue
        form = "COMMENT ON COLUMN news.%1$I.%2$I IS %3$L" if row.column else "COMMENT ON VIEW news.%1$I IS %3$L"
        values = {"form": form, "view": row.view, "column": row.column, "said": said}
        statement: str = connection.execute(text(STATEMENT), values).scalar_one()
        connection.exec_driver_sql(statement.replace("%", "%%"))
        connection.execute(text(KEEP), {"view": row.view, "column": row.column, "said": said})


def _plain(markdown: str) -> str:
    """Words without marks of Markdown: a link is its text, code stands as it is."""
    return " ".join(re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", markdown).replace("`", "").replace("**", "").split())
