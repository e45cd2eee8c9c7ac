"""The application layer of `cachecalc lint`: from paths to one finished report."""
