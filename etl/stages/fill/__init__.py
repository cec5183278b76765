"""A fill of past days, in the order in which it runs.

run             whole fills in one process, day after day
steps           plan, find the URLs that archives list, fetch what is missing
site_archives   a site's own sitemaps and pages of past days, requested politely
archive         the interface of an archive of captures: list, take, estimate
cc_news         files of Common Crawl's news crawl
replays         archives that return one page per request: the Wayback Machine
archives        the table of these archives, and the steps that query the enabled ones
coverage        what a fill would cost, and what is missing at its end
"""
