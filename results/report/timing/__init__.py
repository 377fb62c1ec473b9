"""What a report says of the benchmarks.

answer   yes or no, a table of ratios, the A/A control
section  the section with a table for each suite, and fractions of peak
figures  the figures of that section
"""
