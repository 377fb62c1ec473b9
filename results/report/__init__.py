"""What a report says: answers, sections, tables and figures, each made from an analysis.

build       writes the report of a folder
ending      the lines with which a command ends that has built a report
folder      reads a folder and analyses it up to its answers
index       README.md and index.html, which list the reports in a folder of output folders
study/      the answer and the sections on a study
training_time/  the answer and the section on the time to 99% of a study's arms
timing/     the answer and the section on the benchmarks
peers       the answer and the section on other libraries
self_check  the answer on the benchmarks themselves: known ratios; the section on peak rates
overhead    the answer and the section on the engine of studies
scaling     the answer and the section on how cost grows
validity    the answer and the section on the rule for verdicts
"""
