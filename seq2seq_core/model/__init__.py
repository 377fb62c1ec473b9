"""The model.

seq2seq     encoder and decoder as one model: encode, teacher forcing, scheduled sampling, greedy decoding
encoder     tokens -> values and the decoder's first state
pre_layers  the encoder's layers before the recurrence
pyramid     recurrent layers with a halving between them, and the merging of two directions
bridge      the encoder's last state -> the decoder's first
decoder     tokens and memory -> features and logits
attention   the memory, and one attention over it
"""
