"""The rights policy as the one row of `core.rights_policy`, which views read."""

from __future__ import annotations

from sqlalchemy import Engine, text

from etl.rights.policy import RightsPolicy
from etl.untrusted_text import to_json


def sync(engine: Engine, policy: RightsPolicy) -> None:
    """Make the row equal to the policy: readers see what it says from then on."""
    wanted = {"allows": to_json(policy.as_table())}
    with engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO core.rights_policy AS p (policy_no, allows) VALUES (1, CAST(:allows AS jsonb))
                ON CONFLICT (policy_no) DO UPDATE SET allows = excluded.allows, changed_at = now()
                WHERE p.allows <> excluded.allows
            """),
            wanted,
        )
