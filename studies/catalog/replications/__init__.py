"""Published experiments, repeated. The reports print published values next to the measured ones.

decimal40        does a score that moves along the source hold at ten times the trained length?
grefenstette2015 does a score that moves along the source hold at twice the trained length?
ibm_toy          does one draw per batch for teacher forcing help on the toy task of pytorch-seq2seq?
joeynmt_reverse  does the reversal task of joeynmt need input feeding?
wang2023         does attention help to reverse strings as much as Wang 2023 reports?
"""
