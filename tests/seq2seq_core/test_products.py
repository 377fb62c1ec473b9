"""Products by oneDNN against those in float64, for the strides that the kernels have."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from seq2seq_core.kernels import products
from seq2seq_core.layers import fast_path
from seq2seq_core.layers.linear import Linear

SIZES = st.tuples(st.integers(1, 5), st.integers(1, 40), st.integers(1, 40))
TOLERANCE = {"rtol": 0, "atol": 2e-5}

pytestmark = pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="torch is built without oneDNN")


@pytest.fixture(autouse=True)
def _all_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """oneDNN computes products of any size."""
    monkeypatch.setattr(products, "MIN_WORK", 0)
    monkeypatch.setattr(products, "MIN_WORK_ONCE", 0)


def matrix(*shape: int, layout: str) -> Tensor:
    """Random numbers, as a contiguous tensor, as the transpose of one, or as columns of a wider one."""
    if layout == "transposed":
        return torch.randn(*shape[:-2], shape[-1], shape[-2]).mT
    return torch.randn(*shape[:-1], shape[-1] + (3 if layout == "columns" else 0))[..., : shape[-1]]


LAYOUTS = st.sampled_from(["contiguous", "transposed", "columns"])


@given(sizes=SIZES, layouts=st.tuples(LAYOUTS, LAYOUTS), seed=st.integers(0, 100))
def test_products_have_the_values_of_float64(sizes: tuple[int, int, int], layouts: tuple[str, str], seed: int) -> None:
    torch.manual_seed(seed)
    (count, inner, size), (first, second) = sizes, layouts
    left, right = matrix(count, inner, layout=first), matrix(inner, size, layout=second)
    assert products.takes_onednn(left, 1)
    torch.testing.assert_close(products.product(left, right), (left.double() @ right.double()).float(), **TOLERANCE)
    left, right = matrix(2, inner, count, layout=first), matrix(2, inner, size, layout=second)
    expected = (left.double().mT @ right.double()).float()
    torch.testing.assert_close(products.transposed_product(left, right), expected, **TOLERANCE)
    torch.testing.assert_close(products.transposed_product(left[0], right[0]), expected[0], **TOLERANCE)


@given(sizes=SIZES, layout=LAYOUTS, directions=st.sampled_from([(), (1,), (2,)]), seed=st.integers(0, 100))
@pytest.mark.parametrize("steps", [1, products.MIN_STEPS])
def test_a_product_is_added_to_columns_of_a_buffer(
    steps: int, sizes: tuple[int, int, int], layout: str, directions: tuple[int, ...], seed: int
) -> None:
    """In a loop of few steps and in one of many, whose weight is in the order of oneDNN."""
    torch.manual_seed(seed)
    count, inner, size = sizes  # the loop's first step has more rows than this one
    buffer, rows = torch.randn(*directions, count, size + 2), torch.randn(*directions, count, inner)
    weight = matrix(*directions, inner, size, layout=layout)
    expected = buffer.double()
    expected[..., :size] += rows.double() @ weight.double()
    products.product_adder(weight, count + 2, steps)(buffer[..., :size], rows, weight)
    torch.testing.assert_close(buffer, expected.float(), **TOLERANCE)


@given(sizes=SIZES, biased=st.booleans(), frozen=st.booleans(), seed=st.integers(0, 100))
def test_a_linear_layer_has_the_values_and_gradients_of_torch(
    sizes: tuple[int, int, int], biased: bool, frozen: bool, seed: int
) -> None:
    """Also for inputs without a gradient, and for the gradient of a sum, one number that is expanded."""
    torch.manual_seed(seed)
    count, inner, size = sizes
    layer, inputs = Linear(inner, size, bias=biased), torch.randn(count, 3, inner, requires_grad=not frozen)
    leaves = [*layer.parameters(), *([] if frozen else [inputs])]
    assert fast_path.linear(inputs, layer.weight, layer.bias) is not None
    outcomes = [layer(inputs), nn.functional.linear(inputs, layer.weight, layer.bias)]
    torch.testing.assert_close(*outcomes, **TOLERANCE)
    gradients = [torch.autograd.grad(each.sum(), leaves) for each in outcomes]
    torch.testing.assert_close(*gradients, **TOLERANCE)
    with fast_path.disabled():
        assert fast_path.linear(inputs, layer.weight, layer.bias) is None
