"""Loads observations as rows, one transaction per batch: stages, merges, and recomputes articles and revisions."""
