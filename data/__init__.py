"""What the county knows: field dictionary, rules, register, sample county."""
