"""What the rows mean: from tables to metrics, comparisons and summaries. With the phrases that several reports share.

study       the rows of a study: metrics of runs, summaries of arms, comparisons, tuning, attention
timing      the rows of benchmarks: suites, ratios of times, other libraries, the engine, two commits, the self-check
formatting  numbers, intervals and lists as text
"""
