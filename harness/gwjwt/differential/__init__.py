"""Two runs of the same scenarios, compared request by request."""

from gwjwt.differential.compare import Comparison, Difference, compare
from gwjwt.differential.known import KNOWN, Known

__all__ = ["KNOWN", "Comparison", "Difference", "Known", "compare"]
