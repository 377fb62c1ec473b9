"""The cells: the layout of their pre-activations, the update of the state, the derivatives of the gates.

base          the interface, `CellKernel`
gru lstm rnn  a cell each
"""
