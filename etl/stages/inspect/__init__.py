"""Inspecting pages without loading them: records, one page explained, a source's rules checked, repeated lines of a site."""
