"""A GPU's queue over time, in a model."""

from matplotlib.figure import Figure

PROGRAM, GPU = "#D07A00", "#0072B2"


def queue_times(
    kernels: int, kernel_us: float, launch_us: float = 10
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Return start and end of each launch and of each kernel, in microseconds.

    A launch begins when the last one has ended, a kernel when it is launched and the
    kernel before it has ended.
    """
    launches = [(i * launch_us, (i + 1) * launch_us) for i in range(kernels)]
    runs, free = [], 0
    for _, launched in launches:
        start = max(free, launched)
        free = start + kernel_us
        runs.append((start, free))
    return launches, runs


def draw_queue(kernels: int, kernel_us: float) -> Figure:
    """Draw the launches and the kernels of the model over time."""
    launches, runs = queue_times(kernels, kernel_us)
    figure = Figure(figsize=(6.4, 1.9), layout="constrained")
    axes = figure.subplots()
    for row, bars, colour in ((1, launches, PROGRAM), (0, runs, GPU)):
        spans = [(start, end - start) for start, end in bars]
        axes.broken_barh(spans, (row - 0.3, 0.6), facecolor=colour, edgecolor="white")
    axes.axvline(launches[-1][1], linestyle=":", color="#1B1B1B")
    axes.axvline(runs[-1][1], linestyle="--", color="#1B1B1B")
    axes.set(yticks=[0, 1], yticklabels=["GPU", "program"], xlabel="time (µs)")
    axes.set(ylim=(-0.5, 1.5), xlim=(0, 1.05 * runs[-1][1]))
    return figure
