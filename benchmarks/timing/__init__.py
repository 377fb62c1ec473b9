"""The measurement of one candidate against one baseline.

interleaved      the timed rounds, and the ratio with its interval
round_count      how many rounds a case needs
peak_memory      the most memory that tensors hold during a call
self_check       the measurement applied to workloads whose ratio is known
"""
