"""Block-hash traces: logs that keep no text, only the ids of the blocks each prompt begins with.

Every id names the whole prefix up to and with its block, so equal ids mean equal prefixes.
"""
