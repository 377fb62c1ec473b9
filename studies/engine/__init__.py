"""The engine that carries a plan out, on one machine or many, and loses nothing.

`storage` holds the trials of a `queue`; `enqueue` alone makes runs wait. A `worker` takes one at a time and makes an
`attempt` at it, with `checkpoints`, a `heartbeat` and `patience`; a `crew` is the workers of one command, at work in
its output `folder`.
"""
