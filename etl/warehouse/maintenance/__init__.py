"""Removing: what is erased on request, and raw pages whose days are over."""
