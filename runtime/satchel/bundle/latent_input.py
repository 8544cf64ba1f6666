"""Random numbers as the input of a model, as its card describes it."""

from typing import Literal, NamedTuple


class LatentInput(NamedTuple):
    """A generator's input: random numbers from a seed, float32 (1, length) from -1 to 1."""

    length: int
    kind: Literal["latent"] = "latent"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the float model's input, without the batch."""
        return (self.length,)

    @property
    def features(self) -> tuple[str, ...]:
        """An empty tuple: every reader knows such an input."""
        return ()

    @property
    def files(self) -> tuple[str, ...]:
        """An empty tuple: such an input needs no file."""
        return ()
