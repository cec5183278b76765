"""A feed of changes: what came, was edited, moved, went

Triggers write it, so that every way by which rows change is in it.
A change of what they note is another migration, with CREATE OR REPLACE FUNCTION.

Revision ID: 0015
Follows: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# An update by which nothing of the text, the rules or the page's being there changes is a visit. EXECUTE plans each
# statement for as many rows as there are now: a plan that is kept from a call with a few joins thousands in a nested loop.
ARTICLES = """
CREATE FUNCTION ops.note_articles() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    EXECUTE CASE TG_OP WHEN 'INSERT' THEN $insert$
        INSERT INTO ops.change (article_id, kind) SELECT article_id, 'insert' FROM new_rows ORDER BY url_key
    $insert$ WHEN 'UPDATE' THEN $update$
        INSERT INTO ops.change (article_id, kind)
        SELECT n.article_id,
               CASE WHEN n.rules_version <> o.rules_version THEN 'rules'
                    WHEN n.text_digest <> o.text_digest OR n.revision_count <> o.revision_count THEN 'edit'
                    WHEN n.gone_at IS NOT NULL AND o.gone_at IS NULL THEN 'gone'
                    WHEN n.gone_at IS NULL AND o.gone_at IS NOT NULL THEN 'back'
                    ELSE 'visit' END
        FROM new_rows n JOIN old_rows o USING (url_key) ORDER BY n.url_key
    $update$ ELSE $delete$
        INSERT INTO ops.change (article_id, kind)
        SELECT o.article_id, CASE WHEN t.url_key IS NULL THEN 'remove' ELSE 'erase' END
        FROM old_rows o LEFT JOIN core.tombstone t USING (url_key) ORDER BY o.url_key
    $delete$ END;
    RETURN NULL;
END $$;
"""
# Each article once in a transaction, however often its story is written in it.
STORIES = """
CREATE FUNCTION ops.note_stories() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    members text := CASE TG_TABLE_NAME WHEN 'story' THEN 'touched JOIN core.story_member m USING (story_id)' ELSE 'touched m' END;
BEGIN
    EXECUTE $story$
        INSERT INTO ops.change (article_id, kind)
        SELECT u.article_id, 'story' FROM $story$ || members || $story$ JOIN core.url u ON u.url_key = m.url_key
        WHERE NOT EXISTS (SELECT FROM ops.change c WHERE c.position = pg_current_xact_id()::text::bigint
                          AND c.article_id = u.article_id AND c.kind = 'story')
        ORDER BY u.url_key
    $story$;
    RETURN NULL;
END $$;
"""
TRIGGERS = """
CREATE TRIGGER note_insert AFTER INSERT ON core.article REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ops.note_articles();
CREATE TRIGGER note_update AFTER UPDATE ON core.article REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ops.note_articles();
CREATE TRIGGER note_delete AFTER DELETE ON core.article REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ops.note_articles();
CREATE TRIGGER note_insert AFTER INSERT ON core.story_member REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION ops.note_stories();
CREATE TRIGGER note_delete AFTER DELETE ON core.story_member REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION ops.note_stories();
CREATE TRIGGER note_update AFTER UPDATE ON core.story REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION ops.note_stories();
"""


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column(
            "position",
            sa.BigInteger(),
            server_default=sa.text("((pg_current_xact_id())::text)::bigint"),
            nullable=False,
            comment="the transaction that wrote it",
        ),
        sa.Column("change_no", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Text(collation="C"),
            nullable=False,
            comment="insert, edit, visit, gone, back, rules, remove, erase or story",
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("position", "change_no", name="change_pkey"),
        schema="ops",
        comment="What happened to articles, in the order in which it was committed; written by triggers.",
    )
    for statement in (ARTICLES, STORIES, TRIGGERS):
        op.execute(statement)
