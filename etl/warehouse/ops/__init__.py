"""How the warehouse came to know: frontier, hosts, runs, segments, archives and what they named."""
