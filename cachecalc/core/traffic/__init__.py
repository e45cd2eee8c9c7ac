"""From traffic to hit rates: who touches a stored prefix, how long ago, and whether it still lives."""
