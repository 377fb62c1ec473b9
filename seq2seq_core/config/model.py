"""The settings of a network. A score is not a wiring: the score function, the state that is the query, and the place
where the context enters are separate fields, so that arms can differ in one and share the others."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_core.config.base import Config
from seq2seq_core.layers.cells import CELLS, Cell
from seq2seq_core.layers.packing import PACKINGS
from seq2seq_core.layers.scores import SCORES, AdditiveScore

EMBEDDINGS = ("learnt", "one_hot")
MERGES = ("concat", "sum")
PYRAMIDS = ("average", "drop", "concat")
BRIDGES = ("last", "projected", "zero")
QUERIES = ("current", "previous")
READOUTS = ("both", "state")


@dataclass(frozen=True, kw_only=True)
class ModelConfig(Config):
    """The network: sizes, the recurrent cell, how the encoder treats padding, and how the decoder attends."""

    cell: str = "gru"
    """The recurrent cell of encoder and decoder, a name in `seq2seq_core.layers.cells.CELLS`: gru, lstm, rnn (tanh)."""
    embedding: str = "learnt"
    """The encoder's input: learnt (vectors of `embedding_size`) or one_hot. The decoder's embeddings are learnt.
    one_hot takes at most 10,000 letters: their vectors have 400 MB."""
    boundaries: bool = False
    """Puts the tokens of start and end around the source: two more positions to read and to attend to."""
    embedding_size: int = 32
    """E, the channels of an embedding."""
    hidden_size: int = 64
    """H, the channels of a recurrent state."""
    layers: int = 1
    """Recurrent layers of the encoder, and of the decoder."""
    dropout: float = 0.0
    """The probability of dropout between recurrent layers; it needs at least two layers."""
    dense_layers: int = 0
    """Linear layers of H channels with ReLU before the recurrent layers, applied at each position."""
    conv_layers: int = 0
    """Convolutions of H channels with ReLU after the dense layers. They keep the length; padding stays zero."""
    conv_width: int = 3
    """Positions that a convolution covers: an odd number."""
    bidirectional: bool = False
    """Reads the source in both directions."""
    merge: str = "concat"
    """How the two directions become one value: concat (2 H channels) or sum (H)."""
    pyramid: str | None = None
    """Halves the time axis between recurrent layers (Chan et al. 2016, section 3.1): two positions become
    their average, the first of them (drop), or both concatenated (concat, as in the paper). None (`none`
    in `--set`) does not halve."""
    packing: str = "packed"
    """packed (torch's packed sequences), padded (also reads the padding, so it is another model) or padded_exact (the
    values of packed, computed on padded tensors)."""
    bridge: str = "last"
    """The decoder's initial state: last (the encoder's last state; of two directions the sum), projected (tanh(W last),
    Bahdanau et al. 2015, appendix A.2.2; without tanh for the c of an LSTM), or zero."""
    score: str | None = "general"
    """A name in `seq2seq_core.layers.scores.SCORES`, or None (`--set score=none`) for a decoder without
    attention."""
    mlp: bool = False
    """The score compares phi(query) and psi(value), a tanh layer of H channels each (Chan et al. 2016, equation 9)."""
    query: str = "current"
    """current: the cell runs first and its new state is the query (Luong et al. 2015). previous: attention runs first
    with the previous state as the query, and the context joins the cell's input (Bahdanau et al. 2015)."""
    input_feeding: bool = False
    """The previous step's attentional vector, or without `attentional_layer` its context, joins the cell's input (Luong
    et al. 2015, section 3.3)."""
    attentional_layer: bool = False
    """The logits are computed from tanh(W [context; state]) (Luong et al. 2015, equation 5); `readout` is not used."""
    compile: bool = False
    """Computes v . tanh(q + k) for all steps of a target with `torch.compile`. Compiling takes seconds at the first
    step and, on a CPU, needs a C++ compiler. If false, the energies are computed in tiles."""
    readout: str = "both"
    """What the logits are computed from: both (state and context), or state, if the context enters through the cell."""

    def __post_init__(self) -> None:
        self._part("cell", CELLS)
        self._part("score", SCORES, None)
        for field in ("embedding_size", "hidden_size"):
            self._integer(field, least=1, most=10_000)
        for field, least in {"layers": 1, "dense_layers": 0, "conv_layers": 0}.items():
            self._integer(field, least=least, most=100)
        self._integer("conv_width", least=1, most=1_001)
        self._number("dropout", least=0.0, below=1.0)
        for field in ("boundaries", "bidirectional", "mlp", "input_feeding", "attentional_layer", "compile"):
            self._flag(field)
        for field, choices in {
            "embedding": EMBEDDINGS,
            "merge": MERGES,
            "pyramid": [*PYRAMIDS, None],
            "packing": [*PACKINGS],
            "bridge": BRIDGES,
            "query": QUERIES,
            "readout": READOUTS,
        }.items():
            self._choice(field, choices)
        self._check_encoder()
        self._check_attention()

    def _check_encoder(self) -> None:
        if self.conv_width % 2 == 0:
            self._refuse("conv_width", self.conv_width, "an odd number, so that a sequence keeps its length")
        if self.conv_width != type(self).conv_width and not self.conv_layers:
            self._refuse("conv_width", self.conv_width, "3, or conv_layers of at least 1: there is no convolution")
        if self.dropout and self.layers == 1:
            self._refuse("dropout", self.dropout, "0, or layers of at least 2: it acts between layers")
        if self.pyramid and self.layers == 1:
            self._refuse("pyramid", self.pyramid, "none, or layers of at least 2: it acts between layers")
        if self.boundaries and (self.embedding == "one_hot" or self.pyramid):
            self._refuse("boundaries", self.boundaries, "false: one_hot has no such tokens, and a pyramid merges them")
        if self.merge == "sum" and not self.bidirectional:
            self._refuse("merge", self.merge, "'concat', or bidirectional: there is only one direction")

    def _check_attention(self) -> None:
        if self.score is None:
            for field, neutral in {
                "query": "current",
                "mlp": False,
                "input_feeding": False,
                "attentional_layer": False,
                "compile": False,
                "readout": "both",
            }.items():
                if getattr(self, field) != neutral:
                    right = f"{str(neutral).lower()!r}: without a score there is no attention"
                    self._refuse(field, getattr(self, field), right)
            return
        stepwise = self.query == "previous" or self.input_feeding
        if self.compile and (stepwise or not issubclass(SCORES[self.score], AdditiveScore)):
            right = "false, or an additive score with query 'current' and no input feeding: nothing else is compiled"
            self._refuse("compile", self.compile, right)
        if self.readout == "state" and self.query == "current" and not self.input_feeding:
            self._refuse("readout", self.readout, "'both': the context would not reach the logits")
        if self.readout == "state" and self.attentional_layer:
            self._refuse("readout", self.readout, "'both': the attentional layer replaces it")
        if self.mlp and not SCORES[self.score].compares_values:
            self._refuse("mlp", self.mlp, f"false: the score {self.score!r} compares no values")
        if SCORES[self.score].same_size and not self.mlp and self.value_size != self.hidden_size:
            self._refuse(
                "score",
                self.score,
                "a score with a projection, such as 'general', or merge 'sum', or mlp: two directions give values of "
                "twice the query's size",
            )

    def make_cell(self, input_size: int, *, layers: int, bidirectional: bool = False) -> Cell:
        """The recurrent cell over inputs (B,T,input_size)."""
        return CELLS[self.cell](
            input_size=input_size,
            hidden_size=self.hidden_size,
            num_layers=layers,
            dropout=self.dropout if layers > 1 else 0.0,
            bidirectional=bidirectional,
        )

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def value_size(self) -> int:
        """C, the channels of the encoder's values: H or 2 H."""
        return self.hidden_size * (self.directions if self.merge == "concat" else 1)

    @property
    def compared_size(self) -> int:
        """The channels of what a score compares with its query: C, or H with `mlp`."""
        return self.hidden_size if self.mlp else self.value_size

    @property
    def halvings(self) -> int:
        """The number of times the encoder halves the time axis."""
        return self.layers - 1 if self.pyramid else 0
