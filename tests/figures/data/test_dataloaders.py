"""The timeline of a loader keeps its order, overlaps nothing, and lasts as long as computed."""

from itertools import pairwise

import pytest

from lib.figures.data.dataloaders import describe_schedule, draw_schedule, schedule


@pytest.mark.parametrize(("workers", "total"), [(0, 360), (1, 260), (2, 160), (3, 160)])
def test_six_batches_take_as_long_as_by_hand(workers, total):
    assert schedule(6, 40, 20, workers)[-1].end == total


@pytest.mark.parametrize("workers", [0, 1, 2, 3, 5])
@pytest.mark.parametrize(("load", "step"), [(40, 20), (10, 35), (7, 7)])
def test_no_process_does_two_things_at_once_and_steps_follow_loads(workers, load, step):
    works = schedule(13, load, step, workers)
    for row in range(workers + 1):
        mine = sorted((work.start, work.end) for work in works if work.row == row)
        assert all(end <= start for (_, end), (start, _) in pairwise(mine))
    loads = {work.batch: work for work in works if not work.is_step}
    steps = {work.batch: work for work in works if work.is_step}
    assert list(loads) == list(steps) == list(range(13))
    for batch, work in steps.items():
        assert work.start >= loads[batch].end
        ahead = batch + 2 * workers
        assert not workers or ahead not in loads or loads[ahead].start >= work.start


def test_workers_run_ahead_no_farther_than_they_may():
    works = schedule(9, 1, 100, 2, prefetch=1)
    starts = [work.start for work in works if not work.is_step]
    assert starts[:5] == [0, 0, 1, 101, 201]


def test_the_drawing_has_a_bar_for_each_piece_and_a_name_for_each_process():
    works = schedule(6, 40, 20, 2)
    svg = draw_schedule(works, 3, 360)
    assert svg.count("<rect") == 1 + len(works) == 13
    assert [name in svg for name in ("main process", "worker 0", "worker 1", "worker 2")] == [
        True, True, True, False]
    assert describe_schedule(works) == "epoch 160 ms: 120 ms of steps, 40 ms without a step"
