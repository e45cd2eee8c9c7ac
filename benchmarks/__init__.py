"""Measurements that print tables with ratios. None of them asserts a time."""
