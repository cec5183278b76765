"""An embedded PostgreSQL: created, found, started and stopped without root, container or package manager."""
