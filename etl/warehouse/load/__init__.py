"""From observations to rows, in one transaction a batch: staging, merging, articles and revisions computed anew."""
