"""What each caching policy would have cost on recorded requests: the policies, the bill, and its comparison with an
earlier one. The counting itself needs the requests and is done by `cachecalc.logs.replay`."""
