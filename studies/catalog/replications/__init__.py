"""Published experiments, repeated. The reports print published values next to the measured ones.

decimal40        is shift more exact than additive at up to ten times the trained length?
grefenstette2015 does a score that moves along the source hold at twice the trained length?
ibm_toy          does teacher forcing in half of the batches help on the toy task of pytorch-seq2seq?
joeynmt_reverse  does the reversal task of joeynmt need input feeding?
wang2023         does attention help to reverse strings as much as Wang 2023 reports?
"""
