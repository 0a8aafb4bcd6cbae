"""Drawing without torch's own package: its shape is read as expected, or one error says so."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from tests.torch_samples import samples
from tests.torch_samples.samples import Sample, SamplesUnavailableError, draw

PACKAGE = "torch.testing._internal."


def pretend(monkeypatch, module, **contents):
    """Put a made-up module in the place of one of torch's."""
    monkeypatch.setitem(sys.modules, PACKAGE + module, SimpleNamespace(**contents))


def call(*args, **kwargs):
    return SimpleNamespace(args=args, kwargs=kwargs)


def test_modules(monkeypatch):
    def inputs(info, device, dtype, requires_grad, training):
        assert (device, dtype, requires_grad, training) == ("cpu", torch.float64, True, True)
        entry = SimpleNamespace(constructor_input=call(3), forward_input=call(5, a=7), desc="plain")
        return [entry]

    for differ, modes in ((True, (True, False)), (False, (True,))):
        info = SimpleNamespace(
            module_cls=nn.LSTM, module_inputs_func=inputs, train_and_eval_differ=differ
        )
        pretend(monkeypatch, "common_modules", module_db=[info])
        wanted = Sample("sample 0 plain", (5,), {"a": 7}, (3,), {}, modes)
        assert samples._samples(nn.LSTM) == [wanted]
    with pytest.raises(LookupError, match=r"there are no samples for .*GRU"):
        samples._samples(nn.GRU)


def test_optimizers(monkeypatch):
    described = (("default", {}), ("", {"a": 1}))
    entries = [SimpleNamespace(desc=desc, kwargs=kwargs) for desc, kwargs in described]
    info = SimpleNamespace(optim_cls=torch.optim.SGD, optim_inputs_func=lambda device: entries)
    pretend(monkeypatch, "common_optimizers", optim_db=[info])
    assert samples._samples(torch.optim.SGD) == [
        Sample("sample 0 default"), Sample("sample 1", construct_kwargs={"a": 1}),
    ]  # fmt: skip


def test_functions_are_found_with_all_variants_and_methods_by_their_name(monkeypatch):
    def info(op, name, variant, number):
        entries = [SimpleNamespace(input=number, args=(2,), kwargs={"dim": 1})]
        return SimpleNamespace(
            op=op, name=name, variant_test_name=variant, sample_inputs=lambda **_: entries
        )

    infos = [
        info(torch.div, "div", "", 1), info(torch.div, "div", "floor", 2),
        info(torch.divide, "other.div", "", 3), info(lambda x: x, "view", "", 4),
        info(lambda x: x, "nn.functional.dropout", "", 5),
    ]  # fmt: skip
    pretend(monkeypatch, "common_methods_invocations", op_db=infos)
    kwargs = {"dim": 1}
    assert samples._samples(torch.div) == [
        Sample("sample 0", (1, 2), kwargs), Sample("floor sample 0", (2, 2), kwargs),
    ]  # fmt: skip
    assert samples._samples(torch.Tensor.view) == [Sample("sample 0", (4, 2), kwargs)]
    assert samples._samples(nn.functional.dropout) == [Sample("sample 0", (5, 2), kwargs)]


def test_another_shape_of_the_package_is_one_clear_error(monkeypatch):
    pretend(monkeypatch, "common_modules", modules=[])
    with pytest.raises(ImportError, match="module_db"):
        samples._samples(nn.LSTM)
    failed = subprocess.CompletedProcess([], 1, "", "Traceback\nImportError: no module_db\n")
    monkeypatch.setattr(samples.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(SamplesUnavailableError, match=r"\(ImportError: no module_db\); that"):
        draw([nn.LSTM])
    failed.stderr = ""
    with pytest.raises(SamplesUnavailableError, match=r"\(exit status 1\)"):
        draw([nn.LSTM])


def test_of_too_many_samples_the_same_are_chosen_at_random_in_each_run(monkeypatch):
    entries = [SimpleNamespace(input=number, args=(), kwargs={}) for number in range(1000)]
    info = SimpleNamespace(
        op=torch.exp, name="exp", variant_test_name="", sample_inputs=lambda **_: entries
    )
    pretend(monkeypatch, "common_methods_invocations", op_db=[info])
    numbers = [sample.args[0] for sample in samples._samples(torch.exp)]
    assert numbers == sorted(set(numbers)) == [s.args[0] for s in samples._samples(torch.exp)]
    assert len(numbers) == samples.MOST_SAMPLES
    assert numbers != list(range(samples.MOST_SAMPLES))
    assert max(numbers) > 900


def test_twins_travel_to_the_other_process_by_their_names(monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr(samples, "_samples", lambda twin: seen.append(twin))
    twins = [nn.LSTM, nn.functional.max_pool2d, torch.optim.SGD, torch.Tensor.view, torch.exp]
    names = "\n".join(samples.name_of(twin) for twin in twins)
    tmp_path.joinpath("twins").write_text(names)
    samples.write(tmp_path)
    assert seen == twins
