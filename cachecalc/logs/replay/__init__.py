"""Exact replay of recorded requests under other caching policies, on DuckDB or Spark."""
