"""Looking at pages without loading them: records, one page explained, rules of a source tried, lines of a site."""
