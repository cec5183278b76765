"""WebSub (https://www.w3.org/TR/websub/): hubs say at once that a feed has changed, instead of being asked.

subscription   what to subscribe to and when, what to answer to a hub; pure
receiver       the HTTP server that hubs call
"""
