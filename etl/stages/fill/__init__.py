"""A fill of past days, in the order in which it runs.

run             whole fills in one process, day after day
steps           plan, find what archives name, fetch what is missing
site_archives   a site's own sitemaps and pages of past days, asked politely
archive         what an archive of captures is to a fill: list, take, estimate
cc_news         files of Common Crawl's news crawl
replays         archives that give one page for a request: the Wayback Machine
archives        the table of these, and the steps that ask those that are wanted
coverage        what it would cost, and what is missing in the end
"""
