"""Alembic's entry: migrations run on the connection that `etl.warehouse.schema.migrate` hands in."""

from alembic import context

from etl.warehouse.schema.tables import metadata

SCHEMAS = ("core", "ops")

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="schema_version",
    version_table_schema="ops",
    include_schemas=True,
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
