"""Number formats: what the result of an operation becomes before the next one sees it.

fp16 programs are evaluated in float32 and every result is rounded to the nearest fp16 number,
ties to even, with overflow to infinity. Products are thus exact and sums accumulate in float32,
as they do in Core ML's CPU and GPU kernels; where a processor accumulates in fp16 the real result
is worse. `Arithmetic.accumulate_every` models such accumulators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from h3ae_export.mil.types import FP16, ElementType


@dataclass(frozen=True)
class Arithmetic:
    """How fp16 operations are carried out.

    Parameters
    ----------
    round_fp16 : bool
        Round results to fp16. Without it an fp16 program runs in float32, which tells an error of
        the conversion from one of the number format.
    accumulate_every : int, optional
        Round the running sum of convolutions, matrix products and sums to fp16 after so many
        terms, a pessimistic model of fp16 accumulators. Float32 accumulators if None.
    """

    round_fp16: bool = True
    accumulate_every: int | None = None

    def contract(
        self, length: int, element: ElementType, partial: Callable[[slice], Tensor]
    ) -> Tensor:
        """Sum over `length` terms in the accumulators of this arithmetic.

        Parameters
        ----------
        length : int
            Number of terms, or of input channels.
        element : ElementType
            Element type of the operation; only fp16 is affected.
        partial : callable
            Computes the sum over a slice of the terms, as a tensor of its own.

        Returns
        -------
        torch.Tensor
            The whole sum.
        """
        step = self.accumulate_every
        if step is None or element is not FP16 or not self.round_fp16:
            return partial(slice(0, length))
        total = round_in_place(partial(slice(0, min(step, length))))
        for begin in range(step, length, step):
            term = partial(slice(begin, min(begin + step, length)))
            total = round_in_place(total.add_(round_in_place(term)))
        return total

    def settle(
        self, result: Tensor, element: ElementType, inputs: Iterable[Tensor], *, exact: bool
    ) -> Tensor:
        """Give a result the number format that its operation declares.

        Parameters
        ----------
        result : torch.Tensor
            What the kernel computed.
        element : ElementType
            The declared element type.
        inputs : iterable of torch.Tensor
            What the kernel read: a result that shares their memory is not rounded in place.
        exact : bool
            Whether the operation cannot leave fp16 (it only moves or picks values).

        Returns
        -------
        torch.Tensor
            The result in `element.compute`, its values representable in `element`.
        """
        if element.compute is not None and result.dtype is not element.compute:
            result = result.to(element.compute)
        if element is not FP16 or exact or not self.round_fp16:
            return result
        if _owns_memory(result, inputs):
            return round_in_place(result)
        return round_copy(result)


def round_copy(tensor: Tensor) -> Tensor:
    """Round float32 values to fp16, in new memory."""
    return tensor.half().float()


def round_in_place(tensor: Tensor) -> Tensor:
    """Round float32 values to fp16, in the same memory."""
    return tensor.copy_(tensor.half())


def _owns_memory(result: Tensor, inputs: Iterable[Tensor]) -> bool:
    memory = result.untyped_storage()
    if memory.nbytes() < result.numel() * result.element_size():
        return False  # broadcast: several elements share one place
    place = memory.data_ptr()
    return all(other.untyped_storage().data_ptr() != place for other in inputs)


def compute_type(element: ElementType) -> torch.dtype:
    """Return the torch type of an element type that is computed with.

    Raises
    ------
    ValueError
        Its values are text.
    """
    if element.compute is None:
        raise ValueError(f"values of {element} are not computed with")
    return element.compute
