"""What the rows mean: from tables to metrics, comparisons and summaries. No text of a report but phrases of verdicts.

study       the rows of a study: metrics of runs, summaries of arms, comparisons, tuning, attention
timing      the rows of benchmarks: suites, ratios of times, other libraries, the engine, two commits, the self-check
formatting  numbers, intervals and lists as text
"""
