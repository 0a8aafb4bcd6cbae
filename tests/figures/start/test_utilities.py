"""The model of a GPU's queue, by hand and drawn."""

from lib.figures.start.utilities import draw_queue, queue_times


def test_slow_kernels_wait_for_each_other():
    assert queue_times(3, 40) == (
        [(0, 10), (10, 20), (20, 30)], [(10, 50), (50, 90), (90, 130)])


def test_fast_kernels_wait_for_their_launch():
    assert queue_times(2, 2)[1] == [(10, 12), (20, 22)]


def test_the_lines_stand_at_the_ends_of_launches_and_work():
    axes = draw_queue(4, 40).axes[0]
    assert [line.get_xdata()[0] for line in axes.lines] == [40, 170]
    assert [len(bars.get_paths()) for bars in axes.collections] == [4, 4]
