"""Readers: files in, core values out. One reader per file kind; every fault becomes an `InputError` with its place."""
