"""SQL of erasure, retention and rebuild."""
