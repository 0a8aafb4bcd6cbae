"""PyTorch's modules as stations of a training program."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

TORCH, VISION, HEIGHT = "#cfe3f5", "#fbe3c0", 0.68
STATIONS = {  # name: left edge, row, width, text
    "torch.distributed": (0, 4, 10.2, "distributed: the same on several devices"),
    "torchvision.datasets": (0, 3, 0.95, "data-\nsets"),
    "torchvision.transforms.v2": (1.05, 3, 0.95, "trans-\nforms"),
    "torchvision.models": (2.3, 3, 1.7, "models\npretrained"),
    "torch.accelerator": (4.3, 3, 1.4, "accelerator\nthe GPU"),
    "torch.amp": (5.8, 3, 1.4, "amp\n16 bits"),
    "torch.compiler": (7.3, 3, 1.4, "compiler\nspeed"),
    "torch.profiler": (8.8, 3, 1.4, "profiler\ncosts"),
    "torch.utils.data": (0, 2, 2, "utils.data\nbatches"),
    "torch.nn": (2.3, 2, 1.7, "nn\nlayers"),
    "torch.nn.functional": (4.3, 2, 1.8, "functional\nloss"),
    "torch.autograd": (6.4, 2, 1.7, "autograd\ngradients"),
    "torch.optim": (8.4, 2, 1.8, "optim\nstep"),
    "torchvision.utils": (0, 1, 2, "utils\npicture grids"),
    "torch.optim.lr_scheduler": (8.8, 1, 1.4, "lr_scheduler\nlearning rate"),
    "torch": (0, 0, 5.4, "torch: tensors, dtypes, devices, random numbers"),
    "torch.linalg": (5.6, 0, 2, "linalg\nmatrices"),
    "torch.func": (7.8, 0, 2.4, "func\nJacobians, vmap"),
}
ARROWS = (  # from, to
    ((2, 2.34), (2.3, 2.34)), ((4, 2.34), (4.3, 2.34)), ((6.1, 2.34), (6.4, 2.34)),
    ((8.1, 2.34), (8.4, 2.34)), ((0.5, 3), (0.5, 2.68)), ((1.5, 3), (1.5, 2.68)),
    ((3.15, 3), (3.15, 2.68)), ((9.5, 1.68), (9.5, 2)), ((3.15, 1.34), (3.15, 2)),
)  # fmt: skip


def draw_stations() -> Figure:
    """Draw the stations: solid frames for modules of torch, dashed for torchvision."""
    figure = Figure(figsize=(7.2, 4), layout="constrained")
    axes = figure.subplots()
    for name, (left, bottom, width, text) in STATIONS.items():
        vision = name.startswith("torchvision")
        axes.add_patch(
            Rectangle(
                (left, bottom),
                width,
                HEIGHT,
                facecolor=VISION if vision else TORCH,
                edgecolor="#444444",
                linestyle="--" if vision else "-",
            )
        )
        middle = (left + width / 2, bottom + HEIGHT / 2)
        axes.text(*middle, text, ha="center", va="center", color="#111111", fontsize=9)
    _draw_arrows(axes)
    axes.set(xlim=(-0.05, 10.25), ylim=(-0.05, 4.75))
    axes.axis("off")
    return figure


def _draw_arrows(axes: Axes) -> None:
    arrow = {"arrowstyle": "-|>", "linewidth": 1.4, "color": "#333333"}
    arrow |= {"shrinkA": 0, "shrinkB": 0}
    for start, end in ARROWS:
        axes.annotate("", end, start, arrowprops=arrow)
    axes.plot([8.6, 8.6, 3.15], [2, 1.34, 1.34], "-", color="#333333", linewidth=1.4)
    axes.text(5.7, 1.42, "changed parameters", ha="center", fontsize=9)
