"""A live run, in the order in which it runs.

plan        register the run, cut its sources into batches
discover    read feeds, sitemaps and section fronts
fetch       visit what is new or due, into segments of the lake
loader      load finished segments beside the fetching (command line)
run         all of it in one process
verdict     whether it went well, for the scheduler
crawling    what every visit needs: client, leases and robots.txt of the warehouse
"""
