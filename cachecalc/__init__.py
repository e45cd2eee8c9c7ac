"""What prompt caching costs and saves: an estimator, a linter and a replayer."""

__version__ = "0.1.0"
