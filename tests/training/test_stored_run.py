"""What a stored long run claims is checked: its files, its code, its log, its weights."""

import json

import pytest
import torch
from torch import nn

from lib.core.code_digest import code_digest
from lib.training import stored_run
from lib.training.stored_run import RunError, load_run, log_differences, long_run, run_problems
from pipeline.train import train
from tests.training.test_long_run import RUN

NAME = "part/topic"


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder with one stored run and the module that describes it."""
    module = tmp_path / "lib/part/topic.py"
    module.parent.mkdir(parents=True)
    module.write_text("from lib.part import model\nRUN = ...\n")
    (module.parent / "model.py").write_text("WIDTH = 5\n")
    digest = code_digest(["lib.part.topic"], tmp_path)
    train(RUN, digest, tmp_path / "runs" / NAME, tmp_path / "unfinished")
    monkeypatch.setattr(stored_run, "long_run", lambda name: RUN)
    return tmp_path


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_new_run_of_a_segment_lands_on_the_log(root):
    run = load_run(NAME, root)
    assert [record["epoch"] for record in run.history] == [1, 2, 3, 4, 5]
    torch.manual_seed(3)
    wanted = torch.rand(2)
    torch.manual_seed(3)
    old, new = run.rerun(num_epochs=3)
    assert torch.equal(torch.rand(2), wanted)  # the reader's random numbers are not disturbed
    assert old == run.history[2:]
    assert new == old


@pytest.mark.parametrize("num_epochs", [0, 4, -1])
def test_segment_must_lie_in_the_log(root, num_epochs):
    with pytest.raises(RunError, match=f"num_epochs must be from 1 to 3, got {num_epochs}"):
        load_run(NAME, root).rerun(num_epochs)


def test_weights_are_those_of_the_last_epoch(root):
    model = RUN.make()["model"]
    load_run(NAME, root).load_weights(model)
    setup = RUN.begin()
    stored_run.go_on(setup, 5)
    for name, value in setup["model"].state_dict().items():
        assert torch.equal(model.state_dict()[name], value)
    with pytest.raises(RunError, match=r"final\.safetensors of part/topic does not fit:\n"):
        load_run(NAME, root).load_weights(nn.Linear(2, 2))


@pytest.mark.parametrize("name", ["log.jsonl", "final.safetensors", "checkpoint.pt"])
def test_a_changed_or_missing_file_is_refused(root, name):
    path = root / "runs" / NAME / name
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.write_bytes(content)
    with pytest.raises(RunError, match=f"{NAME}: {name} is not the file that the run wrote"):
        load_run(NAME, root)
    path.unlink()
    assert run_problems(NAME, root) == [f"{name} is missing"]


def test_a_log_that_was_made_up_is_found_although_its_digest_fits(root):
    folder = root / "runs" / NAME
    lines = (folder / "log.jsonl").read_text().splitlines()
    record = json.loads(lines[2])
    record["train_loss"] *= 0.9
    lines[2] = json.dumps(record)
    (folder / "log.jsonl").write_text("\n".join(lines) + "\n")
    about = json.loads((folder / "run.json").read_text())
    content = (folder / "log.jsonl").read_bytes()
    about["files"]["log.jsonl"] = stored_run.sha256(content).hexdigest()
    (folder / "run.json").write_text(json.dumps(about))
    with pytest.raises(RunError, match=r"does not land on its log .*\n  epoch 3, train_loss: "):
        load_run(NAME, root).rerun()


def test_other_data_or_another_model_do_not_land_on_the_log(root, monkeypatch):
    run = load_run(NAME, root)
    monkeypatch.setattr(stored_run, "long_run", lambda name: RUN._replace(seed=8))
    with pytest.raises(RunError, match="does not land on its log"):
        run.rerun()


@pytest.mark.parametrize("name", ["topic.py", "model.py"])
def test_a_changed_model_is_reported_as_stale(root, name):
    path = root / "lib/part" / name
    path.write_text(path.read_text() + "# only a remark\n")
    assert run_problems(NAME, root) == []
    path.write_text(path.read_text() + "MORE = 1\n")
    wanted = f"stale, its code has changed: make train NAME={NAME}"
    assert run_problems(NAME, root) == [wanted]
    with pytest.raises(RunError, match=wanted):
        load_run(NAME, root).rerun()


def test_a_run_that_is_not_there(root):
    with pytest.raises(FileNotFoundError, match=r"no long run .a/b. .*there are: part/topic"):
        load_run("a/b", root)
    assert run_problems("a/b", root) == ["not stored: make train NAME=a/b"]


@pytest.mark.parametrize("name", ["part/none", "training/fit"])
def test_a_module_without_a_run(name):
    with pytest.raises(RunError, match="must hold a long run, as RUN = LongRun"):
        long_run(name)


def test_numbers_agree_within_the_tolerance_and_nan_with_nothing():
    def found(old, new):
        return log_differences([{"epoch": 1, "loss": old}], [{"epoch": 1, "loss": new}], 0.1)

    assert found(1.0, 1.09) == found(0.0, 0.0) == []
    assert found(1.0, 1.2) == ["epoch 1, loss: 1.0 stored, 1.2 now"]
    assert found(float("nan"), float("nan")) != []
    assert found(1.0, float("nan")) != []
    assert log_differences([{"epoch": 1}], [{"epoch": 1, "loss": 1.0}], 0.1) != []
    assert log_differences([{"epoch": 20}], [{"epoch": 21}], 0.1) != []
    assert log_differences([{"epoch": 1}], [], 0.1) == ["1 epochs stored, 0 in the new run"]
