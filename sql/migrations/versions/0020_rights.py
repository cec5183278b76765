"""What publishers permit, by capture; the policy that readers and exports are held to; prices of answers 402

Revision ID: 0020
Follows: 0019
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

PERMISSIONS = ("may_store", "may_show", "may_export", "may_train")
COLUMNS = {
    "core.observation": dict.fromkeys(PERMISSIONS, "'unknown'"),
    "core.article": {"may_show": "'unknown'"},
    "ops.processed": dict.fromkeys(PERMISSIONS, "'unknown'") | {"rights": "'[]'"},
}
COMMENTS = {
    "COLUMN core.observation.may_store": "what the publisher permitted when it was taken: yes, no or unknown",
    "COLUMN core.article.may_show": "of the winning observation: yes, no or unknown",
    "COLUMN ops.processed.may_store": "what the publisher permitted: yes, no or unknown",
    "COLUMN ops.processed.rights": "the statements it follows from, and those that decide nothing",
    "COLUMN ops.fetch_log.price": "what an answer 402 asked for the page",
    "COLUMN core.rights_policy.policy_no": "1: there is one policy",
    "TABLE core.rights_policy": "One row: what the rights policy lets readers and exports have.",
    "COLUMN core.rights_policy.allows": "use, source (empty: all others), permission: whether it is done",
    "FUNCTION core.rights_allow": "Whether a use is made of a page with this permission, by the row of core.rights_policy; "
    "without one a no is kept to.",
}
# Tables that hold texts, or parts of them: readers have the views, which know what may be shown.
WITH_TEXTS = "core.body, core.hint, core.observation, ops.article_change, ops.candidate"


def statements():
    for table, columns in COLUMNS.items():
        for name, value in columns.items():
            kind = 'text COLLATE "C"' if name != "rights" else "jsonb"
            # With a default no row is rewritten; without it afterwards nothing is unknown by mistake.
            yield f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {name} {kind} NOT NULL DEFAULT {value}"
            yield f"ALTER TABLE {table} ALTER COLUMN {name} DROP DEFAULT"
    yield 'ALTER TABLE ops.fetch_log ADD COLUMN IF NOT EXISTS price text COLLATE "C"'
    yield """
        CREATE TABLE IF NOT EXISTS core.rights_policy (
            policy_no smallint NOT NULL CONSTRAINT rights_policy_pkey PRIMARY KEY,
            allows jsonb NOT NULL,
            changed_at timestamptz NOT NULL DEFAULT now()
        )
    """
    yield """
        CREATE OR REPLACE FUNCTION core.rights_allow(allows jsonb, use text, source_key text, permission text)
        RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT COALESCE(CAST(allows #>> ARRAY[use, source_key, permission] AS boolean),
                            CAST(allows #>> ARRAY[use, '', permission] AS boolean), permission <> 'no')
        $$
    """
    for what, said in COMMENTS.items():
        yield f"COMMENT ON {what} IS '{said}'"
    yield f"""
        DO $$ BEGIN
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'news_reader') THEN
                REVOKE SELECT ON {WITH_TEXTS} FROM news_reader;
            END IF;
        END $$
    """


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)
