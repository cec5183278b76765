"""Removing: what is erased on request, and raw pages past their retention period."""
