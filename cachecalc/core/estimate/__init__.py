"""The one cost formula: tokens x hit or miss x price, walked along the boundaries of a prompt."""
