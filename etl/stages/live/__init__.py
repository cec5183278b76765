"""A live run, in the order in which it runs.

plan        register the run, split its sources into batches
discover    read feeds, sitemaps and section fronts
fetch       fetch new and due URLs into segments of the lake
loader      load finished segments in parallel to fetching (command line)
run         all of it in one process
verdict     whether the run succeeded, for the scheduler
crawling    client, leases and robots.txt store for all fetching
"""
