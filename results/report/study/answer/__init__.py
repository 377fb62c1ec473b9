"""The answer of a study.

study_answer  the answer: a word and a few sentences
points        the points below it: comparisons that do not decide, other metrics, counts of runs
table         its table: arms, or comparisons
decision      whether the comparisons mean yes or no
sentences     a comparison in a sentence
plateau       whether curves that do not reach 99% are flat or still rise
"""
