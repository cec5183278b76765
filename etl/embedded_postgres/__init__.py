"""A PostgreSQL of this machine's own: made, found, started and stopped without root, container or package manager."""
