"""The convolutions whose input gradient is computed another way: the same values, the same weights, the same names."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from tests.test_training import INNER, LABELS, PICTURES, SMALL
from xrays import classifier, strided, training

SIDES = st.integers(1, 17)


@given(SIDES, SIDES, st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**31))
def test_values_and_gradients_are_those_of_autograd_at_every_shape(height, width, inputs, outputs, seed):
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(2, inputs, height, width, generator=draw, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(outputs, inputs, 3, 3, generator=draw, dtype=torch.float64, requires_grad=True)
    usual = functional.conv2d(x, weight, stride=2, padding=1)
    ours = strided.Convolution.apply(x, weight)
    upstream = torch.randn(usual.shape, generator=draw, dtype=torch.float64)
    assert torch.equal(ours, usual)
    for mine, autograds in zip(torch.autograd.grad(ours, (x, weight), upstream),
                               torch.autograd.grad(usual, (x, weight), upstream)):
        torch.testing.assert_close(mine, autograds, rtol=1e-12, atol=1e-12)


def test_every_such_convolution_of_a_portable_learner_is_one_and_its_saved_names_do_not_change():
    for determinism, expected in (("portable", 3), ("fast", 0)):
        settings = SMALL.model_copy(update={"determinism": determinism})
        model = classifier.build("resnet50")
        names = list(model.state_dict())
        dls = training.loaders(PICTURES, LABELS, INNER, settings, torch.device("cpu"))
        training.learner(dls, model, settings.model_copy(update={"arch": "resnet50"}), [])
        assert sum(isinstance(layer, strided.Strided) for layer in model.modules()) == expected
        assert list(model.state_dict()) == names
