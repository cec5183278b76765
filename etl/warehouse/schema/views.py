"""The views for consumers: replaced in place, so that grants, comments and dependent objects stay. What
views and columns mean is said in comments (`comments`).

New columns of a view come last. A view whose columns are removed, renamed or change their type cannot be replaced; it is
dropped and recreated with its grants, comments, owner and options, unless other objects depend on it: then it is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from etl.errors import Permanent
from etl.paths import data
from etl.warehouse.schema import comments

HEAD = re.compile(r"^CREATE OR REPLACE VIEW news\.(\w+) AS\n(.*?);\s*\Z", re.MULTILINE | re.DOTALL)

Column = tuple[str, str, str]  # name, type, collation

COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attcollation::regcollation::text AS collation
FROM pg_attribute a WHERE a.attrelid = to_regclass(:name) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
DEFINITION = "SELECT pg_get_viewdef(to_regclass(:name))"
# What would go with a view: views and rules on it, functions that name it, tables with a column of its row type,
# triggers, defaults.
DEPENDANTS = """
WITH target AS (
    SELECT c.oid, c.reltype, t.typarray FROM pg_class c JOIN pg_type t ON t.oid = c.reltype WHERE c.oid = to_regclass(:name)
)
SELECT DISTINCT COALESCE(CASE WHEN r.rulename = '_RETURN' THEN format('%s %s.%s',
           CASE v.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, v.relnamespace::regnamespace, v.relname) END,
           pg_describe_object(d.classid, d.objid, d.objsubid)) AS what,
       CASE WHEN r.rulename = '_RETURN' AND v.relnamespace = 'news'::regnamespace THEN v.relname END AS view
FROM target t
JOIN pg_depend d ON (d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid)
                 OR (d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.reltype, t.typarray))
LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
LEFT JOIN pg_class v ON v.oid = r.ev_class
WHERE d.deptype IN ('n', 'a') AND NOT (r.rulename IS NOT DISTINCT FROM '_RETURN' AND r.ev_class = t.oid)
ORDER BY what
"""
# Statements that give a view made anew what the old one had. Grants and comments of columns that are gone go with them.
STATE = """
WITH target AS (SELECT c.*, c.oid AS view FROM pg_class c WHERE c.oid = to_regclass(:name)),
granted AS (
    SELECT a.grantee, a.privilege_type, a.is_grantable, NULL::name AS "column" FROM target, aclexplode(relacl) a
    UNION ALL
    SELECT x.grantee, x.privilege_type, x.is_grantable, a.attname FROM target
    JOIN pg_attribute a ON a.attrelid = view AND a.attname = ANY(:columns), aclexplode(a.attacl) x
)
SELECT 1 AS step, format('GRANT %s%s ON %s TO %s%s', privilege_type, CASE WHEN "column" IS NOT NULL THEN format(' (%I)', "column") END,
       CAST(:name AS text), CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
       CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END) AS statement FROM granted
UNION ALL
SELECT 1, format('COMMENT ON VIEW %s IS %L', CAST(:name AS text), obj_description(view, 'pg_class')) FROM target
WHERE obj_description(view, 'pg_class') IS NOT NULL
UNION ALL
SELECT 1, format('COMMENT ON COLUMN %s.%I IS %L', CAST(:name AS text), a.attname, col_description(view, a.attnum))
FROM target JOIN pg_attribute a ON a.attrelid = view AND a.attname = ANY(:columns)
WHERE col_description(view, a.attnum) IS NOT NULL
UNION ALL
SELECT 2, format('ALTER VIEW %s SET (%s)', CAST(:name AS text), array_to_string(reloptions, ', ')) FROM target
WHERE reloptions IS NOT NULL
UNION ALL
SELECT 3, format('ALTER VIEW %s OWNER TO %I', CAST(:name AS text), pg_get_userbyid(relowner)) FROM target
WHERE pg_get_userbyid(relowner) <> current_user
ORDER BY step, statement
"""
# What default privileges gave to a view made anew.
TAKE_BACK = """
SELECT DISTINCT format('REVOKE ALL ON %s FROM %s', CAST(:name AS text),
                       CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END) AS statement
FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = to_regclass(:name)
"""
OPTIONS = """
SELECT format('ALTER VIEW %s SET (%s)', CAST(:name AS text), array_to_string(reloptions, ', '))
FROM pg_class WHERE oid = to_regclass(:name) AND reloptions IS NOT NULL
"""
MARK = "SELECT obj_description(to_regnamespace('news'), 'pg_namespace')"
THERE = "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('news') AND relkind = 'v'"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view of the schema `news`, as its file has it."""

    name: str
    query: str

    @property
    def full_name(self) -> str:
        return f"news.{self.name}"


def declared() -> list[View]:
    """The views in the order in which they are made: the names of their files are numbered."""
    found = []
    for file in sorted((data("sql") / "views").glob("*.sql")):
        match = HEAD.search(file.read_text(encoding="utf-8"))
        if match is None:
            raise Permanent(f"{file} holds no single CREATE OR REPLACE VIEW news.<name> AS <query>;")
        found.append(View(name=match[1], query=match[2]))
    return found


def is_current(connection: Connection) -> bool:
    """Whether all views were made from the present files."""
    views = declared()
    is_marked = connection.execute(text(MARK)).scalar() == _mark(views)
    return is_marked and {view.name for view in views} <= set(connection.execute(text(THERE)).scalars())


def bring_up_to_date(connection: Connection) -> None:
    """Update the views to those of the files, in the caller's transaction. Unchanged views are not touched.

    Raises `Permanent`, before anything is changed, when other objects depend on columns that are removed or change.
    """
    views = declared()
    wanted = _rehearsed(connection, views)
    changed = {v.name for v in views if _of(connection, v.full_name) != wanted[v.name]}
    anew = _to_make_anew(connection, views, wanted)
    state = {name: _state(connection, f"news.{name}", wanted[name][0]) for name in anew}
    for view in reversed(views):
        if view.name in anew:
            connection.exec_driver_sql(f"DROP VIEW {view.full_name}")
    for view in views:
        if view.name in anew:
            _create(connection, view)
            was_granted, statements = state[view.name]
            if was_granted:
                statements = [*connection.execute(text(TAKE_BACK), {"name": view.full_name}).scalars(), *statements]
        elif view.name in changed:
            # Replacing a view replaces its options by none.
            statements = list(connection.execute(text(OPTIONS), {"name": view.full_name}).scalars())
            _create(connection, view)
        else:
            continue
        for statement in statements:
            connection.exec_driver_sql(_plain(statement))
    comments.bring_up_to_date(connection)
    connection.exec_driver_sql(f"COMMENT ON SCHEMA news IS '{_mark(views)}'")


def _create(connection: Connection, view: View) -> None:
    connection.exec_driver_sql(_plain(f"CREATE OR REPLACE VIEW {view.full_name} AS\n{view.query}"))


def _rehearsed(connection: Connection, views: Sequence[View]) -> dict[str, tuple[list[Column], str]]:
    """Columns and definition of the views of the files, made as temporary ones and taken back."""
    found = {}
    savepoint = connection.begin_nested()
    for view in views:
        query = re.sub(r"\bnews\.(\w+)", r"pg_temp.\1", view.query)
        connection.exec_driver_sql(_plain(f"CREATE TEMP VIEW {view.name} AS\n{query}"))
        found[view.name] = _of(connection, f"pg_temp.{view.name}")
    savepoint.rollback()
    return found


def _of(connection: Connection, name: str) -> tuple[list[Column], str]:
    columns = [(c.name, c.type, c.collation) for c in connection.execute(text(COLUMNS), {"name": name})]
    definition = connection.execute(text(DEFINITION), {"name": name}).scalar() if columns else ""
    return columns, definition or ""


def _to_make_anew(
    connection: Connection, views: Sequence[View], wanted: dict[str, tuple[list[Column], str]]
) -> set[str]:
    """The views that cannot be replaced, and our own views that depend on them."""
    why: dict[str, str] = {}
    for view in views:
        was, now = _of(connection, view.full_name)[0], wanted[view.name][0]
        if now[: len(was)] != was:
            why[view.name] = _difference(was, now)
    ours = {view.name for view in views}
    anew, looked_at, refused = set(why), set[str](), list[str]()
    while left := sorted(anew - looked_at):
        for name in left:
            looked_at.add(name)
            found = connection.execute(text(DEPENDANTS), {"name": f"news.{name}"}).all()
            anew |= {row.view for row in found if row.view in ours}
            others = [row.what for row in found if row.view not in ours]
            if others:
                refused.append(f"news.{name} ({why.get(name, 'built on a view that changes')}): {', '.join(others)}")
    if refused:
        raise Permanent(
            "views of the schema news cannot be brought up to date while others are built on what changes in them. "
            f"{'; '.join(refused)}. Keep the definitions (SELECT pg_get_viewdef('name')), drop them, run "
            "news-etl migrate, and make them anew. Nothing was changed"
        )
    return anew


def _difference(was: Sequence[Column], now: Sequence[Column]) -> str:
    types = {name: (kind, collation) for name, kind, collation in now}
    gone = [name for name, _, _ in was if name not in types]
    other = [
        f"{name} becomes {types[name][0]} instead of {kind}"
        for name, kind, collation in was
        if name in types and types[name] != (kind, collation)
    ]
    said = [f"column {name} goes or gets another name" for name in gone] + [f"column {each}" for each in other]
    return ", ".join(said) or "its columns come in another order"


def _state(connection: Connection, name: str, columns: Sequence[Column]) -> tuple[bool, list[str]]:
    """Whether a view has grants of its own, and the statements that give what it has to another one of its name."""
    values = {"name": name, "columns": [column[0] for column in columns]}
    was_granted = "SELECT relacl IS NOT NULL FROM pg_class WHERE oid = to_regclass(:name)"
    statements = [row.statement for row in connection.execute(text(STATE), values)]
    return bool(connection.execute(text(was_granted), {"name": name}).scalar()), statements


def _plain(statement: str) -> str:
    """A statement without parameters, as the driver wants it."""
    return statement.replace("%", "%%")


def _mark(views: Sequence[View]) -> str:
    parts = [f"{v.name} {v.query}" for v in views] + [f"{name} {said}" for name, said in comments.declared().items()]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"Views for consumers. Made from sql/views, {digest}"
