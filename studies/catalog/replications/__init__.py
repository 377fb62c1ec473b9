"""Published experiments, repeated. The reports print published values next to the measured ones.

decimal40        is shift more exact than additive at up to ten times the trained length?
grefenstette2015 is shift more exact than additive on 65 to 128 letters, after training on 8 to 64?
ibm_toy          does teacher forcing in half of the batches help on the toy task of pytorch-seq2seq?
joeynmt_reverse  does input feeding raise the exact match on the reversal task of joeynmt?
wang2023         does attention help to reverse strings as much as Wang 2023 reports?
"""
