"""Why requests missed the cache: each one explained by the request before it, and every dollar put to a cause."""
