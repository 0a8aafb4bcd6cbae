"""Each rule takes out its one thing, and leaves what looks like it."""

import pytest

from pipeline.compare.neutral import RULES, neutral

SAME = {
    "the device in a tensor's print": ("tensor([1.], device='cuda:0', grad_fn=<MulBackward0>)",
                                       "tensor([1.], grad_fn=<MulBackward0>)"),
    "a line break before": ("tensor([1.],\n       device='cuda:0',\n       dtype=torch.float64)",
                            "tensor([1.], dtype=torch.float64)"),
    "the print of a torch.device": ("device(type='mps', index=0)", "device(type='cpu')"),
    "a device's name as a word": ("runs on cuda:0, then stops", "runs on cpu, then stops"),
    "the address": ("<function f at 0x7f6d2f5d7ba0>", "<function f at 0x7f0000000000>"),
    "the file in which the kernel": ("/tmp/ipykernel_12/34.py:3: UserWarning",
                                     "/var/folders/a/T/ipykernel_9/8.py:3: UserWarning"),
    "a temporary folder": ("/tmp/tmpab12cd_e/last.pt", "/var/folders/x/T/tmpzzzzzzzz/last.pt"),
    "the way to the installed": ("/a/lib/python3.11/site-packages/torch/x.py:5",
                                 "/usr/lib/python3/dist-packages/torch/x.py:5"),
    "the way to this repository's": ("/a/b/lib/core/seed.py:5", "/c/lib/core/seed.py:5"),
    "a home folder": ("/home/ada/.cache", "/root/.cache"),
    "a number of threads": ("uses 8 CPU threads", "uses 2 CPU threads"),
    "the guess that Python adds": ("f() got an unexpected keyword argument 'a'. Did you mean 'b'?",
                                   "f() got an unexpected keyword argument 'a'"),
}
DIFFERENT = {
    "the device in a tensor's print": [("tensor([1.], device='cuda:0')",
                                        "tensor([2.], device='cuda:0')"),
                                       ("tensor([1.], device='meta')", "tensor([1.])")],
    "a line break before": [("tensor([1.],\n dtype=torch.int8)", "tensor([1.])"),
                            ("[1,\n 2]", "[1, 2]")],
    "the print of a torch.device": [("device(type='cpu')", "device(type='meta')")],
    "a device's name as a word": [("x.cpu()", "x.cuda()"), ("torch.cuda.Event", "torch.cpu.Event"),
                                  ("cuda_x", "cpu_x"), ("runs on cpu", "runs on tpu"),
                                  ("a/cuda/b", "a/cpu/b"), ("CUDA", "CPU"),
                                  ("x.cuda", "x.cpu"), ("a/cuda", "a/cpu"), ("cuda/b", "cpu/b"),
                                  ("a-cuda", "a-cpu"), ("cuda-a", "cpu-a"), ("cuda()", "cpu()"),
                                  ("cuda.Event", "cpu.Event")],
    "the address": [("0x1f", "0x2f"), ("<f at 0x7f6d2f5d7ba0>", "<g at 0x7f6d2f5d7ba0>"),
                    ("0x7f6d2f5d7ba0", "0x7f0000000000")],
    "the file in which the kernel": [("/tmp/ipykernel_1/2.py:3", "/tmp/ipykernel_1/2.py:4"),
                                     ("/tmp/a/2.py", "/tmp/a/3.py")],
    "a temporary folder": [("/tmp/tmpab12cd_e/last.pt", "/tmp/tmpab12cd_e/best.pt"),
                           ("/tmp/tmpresults_of_mine/a", "/tmp/tmpresults_of_yours/a"),
                           ("/tmp/a.pt", "/tmp/b.pt")],
    "the way to the installed": [("/a/site-packages/torch/x.py", "/a/site-packages/numpy/x.py")],
    "the way to this repository's": [("/a/lib/core/seed.py:5", "/a/lib/core/device.py:5"),
                                     ("/a/lib/x", "/b/lib/x"), ("lib/a/b.py", "site/a/b.py")],
    "a home folder": [("/home/ada/a.pt", "/home/ada/b.pt"), ("chapters/root/a", "chapters/~/a")],
    "a number of threads": [("8 workers", "2 workers"), ("8 threadsafe", "2 threadsafe"),
                            ("8.5 threads", "7.5 threads")],
    "the guess that Python adds": [("f() got an unexpected keyword argument 'a'. Did you mean 'b'?",
                                    "f() got an unexpected keyword argument 'b'"),
                                   ("no 'a'. Did you mean 'b'?", "no 'a'")],
}
ids = sorted(SAME)


def test_every_rule_has_its_cases():
    assert len(RULES) == len(SAME) == len(DIFFERENT)
    for rule in RULES:
        assert sum(rule.what.startswith(name) for name in SAME) == 1


@pytest.mark.parametrize("name", ids)
def test_a_rule_takes_out_what_it_names(name):
    one, other = SAME[name]
    assert one != other
    assert neutral(one) == neutral(other)


@pytest.mark.parametrize("name", ids)
def test_a_rule_is_needed_for_what_it_names(name, monkeypatch):
    left = tuple(rule for rule in RULES if not rule.what.startswith(name))
    monkeypatch.setattr("pipeline.compare.neutral.RULES", left)
    one, other = SAME[name]
    assert neutral(one) != neutral(other)


@pytest.mark.parametrize(("one", "other"), [pair for name in ids for pair in DIFFERENT[name]])
def test_a_rule_leaves_other_differences(one, other):
    assert neutral(one) != neutral(other)


def test_a_listing_of_source_code_is_left_alone():
    code = '<pre class="show-source">torch.device("cpu")  # at 0x7f6d2f5d7ba0</pre>'
    assert neutral(code) == code


@pytest.mark.parametrize("run", ["a", "/", "(/", "/tmp", "/home/", "1", ",\n", ", ", "cpu ", "x=",
                                 "/ipykernel_1", "/site-packages", "/lib/a", " at 0x1", "cuda:1"])
def test_a_long_line_takes_linear_time(run):
    line = run * (200_000 // len(run))  # the square of that takes minutes
    assert len(neutral(line)) > 0
