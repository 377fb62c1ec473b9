"""The time that each arm of a study needs to reach 99%: its steps times the time of a step.

answer    the least time at each level, and from which level on an arm needs less
section   crossovers, and every number of every arm
figures   time to 99%, accuracy and throughput by level
"""
