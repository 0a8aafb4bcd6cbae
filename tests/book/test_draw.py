import torch

from lib.book.draw import Draw


def test_equal_indices_draw_equal_arguments():
    for index in range(20):
        one, two = Draw(index), Draw(index)
        assert one.sizes(3) == two.sizes(3)
        assert torch.equal(one.tensor(3, 4), two.tensor(3, 4))
        assert torch.equal(one.generator().get_state(), two.generator().get_state())


def test_sizes_are_different_equal_one_and_least():
    drawn = [Draw(index).sizes(3) for index in range(48)]
    assert any(len(set(sizes)) == 3 and min(sizes) > 1 for sizes in drawn)
    assert any(len(set(sizes)) == 1 and sizes[0] > 1 for sizes in drawn)
    assert any(1 in sizes for sizes in drawn)
    assert any(0 in sizes for sizes in drawn)
    assert min(min(Draw(index).sizes(3, least=1)) for index in range(48)) == 1


def test_numbers_have_all_scales_ties_and_layouts():
    drawn = [Draw(index).tensor(5, 4) for index in range(48)]
    assert min(x.std() for x in drawn) < 0.01
    assert max(x.std() for x in drawn) > 100
    assert any(x.mean().abs() > 50 * x.std() for x in drawn)
    assert any(len(x.unique()) < 15 for x in drawn)
    assert {x.is_contiguous() for x in drawn} == {True, False}
    assert {x.stride(-1) for x in drawn} >= {1, 2, 5}
    assert all(x.dtype == torch.float32 and not x.requires_grad for x in drawn)


def test_a_size_grows_alone():
    small, large = (Draw(5, (1, n)).sizes(3) for n in (4, 40))
    assert (small[1], large[1]) == (4, 40)
    assert small[0] == large[0]
    assert small[2] == large[2] < 10


def test_whole_numbers_choices_and_masks():
    r = Draw(1)
    assert r.integers(2, 5, 100).unique().tolist() == [2, 3, 4]
    assert {r.int(1, 3) for _ in range(50)} == {1, 2, 3}
    assert sorted(r.shuffled("abc")) == ["a", "b", "c"]
    assert 40 < r.mask(100, share=0.6).sum() < 80
    assert 2 <= r.float(2, 3) <= 3
