"""A fill of past days, in the order in which it runs.

run             whole fills in one process, day after day
steps           plan, find what archives name, fetch what is missing
site_archives   a site's own sitemaps and pages of past days, asked politely
cc_news         files of Common Crawl's news crawl
wayback         the Wayback Machine
archives        which of these are asked for, and what comes of them
coverage        what it would cost, and what is missing in the end
"""
