"""What the rows of benchmarks mean.

suites        the suites: names, questions, cases, slopes
ratio_counts  how many ratios of times are faster or slower, and whether that is a yes or a no
call_times    the time of a training step and of decoding, of each arm of a study
training_time the time that the arms of a study need to reach 99%
crossovers    from which level on one arm needs less than another
commits       the times of two commits as ratios
peers         speed relative to other libraries, and whether aims are reached
overhead      what the engine of studies costs
scaling       how cost grows with a size, beside the work
self_check    whether times can be trusted: load of the machine, intervals where the true ratio is known
"""
