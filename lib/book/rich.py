"""A result with two forms: HTML for pages and notebooks, plain text for everything else."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RichOutput:
    """HTML and the plain text that says the same; a notebook shows the richest form it can."""

    html: str
    text: str

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}
