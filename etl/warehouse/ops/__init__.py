"""The state of the pipeline: frontier, hosts, runs, segments, archives and the URLs that they list."""
