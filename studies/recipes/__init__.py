"""What a training is made of beyond its settings: the model, the data, and extra metrics.

registry        the recipes that a study can name
article         the recipe `article`: the slips (errors) of the article's code, each a switch, and its metric
transformer     the recipe `transformer`: a Transformer in place of the recurrent encoder and decoder
ibm_toy         the recipe `ibm_toy`: the model and the metrics of pytorch-seq2seq's toy example
joeynmt_reverse the recipe `joeynmt_reverse`: model, data and BLEU of joeynmt's task `reverse`
wang2023        the recipe `wang2023`: the weights and the batches of Wang 2023
longer_tests    the recipes `decimal40` and `grefenstette2015`: other lengths to test than to train
fixed_batches   a stream that repeats its first batches
similar_lengths a stream that repeats its strings, in new batches of similar lengths in each pass
"""
