"""From a bare domain to a proposed source: a walk that asks for at most `MAX_REQUESTS` documents, and what they show.

front ─→ robots.txt ─→ feeds ─→ sitemaps ─→ (section fronts) ─→ five articles ─→ proposal

All of it is pure: `walk.walk` is a generator that yields requests and is sent the answers; `etl/stages/inspect/probe.py`
drives it. The proposal follows from the answers alone.
"""
