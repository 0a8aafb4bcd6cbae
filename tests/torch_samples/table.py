"""The table of our parts and their twins in torch; one file of rows for each part of the course.

To add a row, write in `rows/<part>.py` (a file with a list `TWINS`, entered below):

    Twin(LSTM, nn.LSTM, equal=16, refuses=(
        Refusal(ValueError, "proj_size must be 0", "no projection"),
    )),

Nothing else is needed where ours takes torch's arguments. Modules are constructed with the sample's
arguments, get torch's weights by `load_state_dict`, and run in both modes where these differ;
functions are called; optimisers move three parameters. Values, gradients of inputs and of
parameters, buffers, and the inputs afterwards must agree in float64. `equal` is the number that the
table at the end of the run shows. Where torch has more than 200 samples, 200 are drawn at random,
the same in each run (`MOST_SAMPLES` in `samples.py`).

Another signature needs an `adapt`, a function from ours to what is called in its place; see
`adapt.py`. It may rename and reorder, but it may not do what ours should do, nor hide from ours an
argument that ours would refuse. Each error must be declared with its exact type, and documented: in
the docstring of ours, or by its signature. A refusal that no sample provokes is an error, too.

Out of reach: lazy modules, LBFGS, SparseAdam, Muon, and functions whose samples have another order
of arguments (`einsum`, `embedding`: take the module, which has samples as well).
"""

from tests.torch_samples.rows import cnn, sequences, tensors, training

TWINS = [*tensors.TWINS, *training.TWINS, *cnn.TWINS, *sequences.TWINS]
