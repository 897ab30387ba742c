"""First-frame features (Eq. 1) reach every graph that asks for them, and only those."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h3ae_mobile.bundle.fields import first_repeated, violation
from h3ae_mobile.bundle.schedule import I2V
from h3ae_mobile.bundle.tensors import Graph, same_tensor

if TYPE_CHECKING:
    from h3ae_mobile.bundle.manifest import Manifest


def check_i2v_source(i2v: I2V, encoder: Graph) -> None:
    """Check the mapping of `schedule.i2v` on the image encoder's side."""
    if i2v.clip is None and i2v.stream is None:
        raise violation("manifest.reference", "schedule.i2v has neither clip nor stream")
    repeated = first_repeated(condition.input for condition in i2v.conditions)
    if repeated is not None:
        raise violation("manifest.reference", f"schedule.i2v.conditions feed {repeated!r} twice")
    outputs = {tensor.name for tensor in encoder.outputs}
    for index, condition in enumerate(i2v.conditions):
        if condition.output not in outputs:
            raise violation(
                "manifest.reference",
                f"schedule.i2v.conditions[{index}]: {i2v.encoder!r} has no output "
                f"{condition.output!r}",
            )


def check_conditions(
    manifest: Manifest, names: tuple[str, ...], where: str, i2v: I2V | None
) -> None:
    """Check the inputs of the graphs that `where` runs, with the features of `i2v` or without."""
    needed = [(name, tensor) for name in names for tensor in manifest.graphs[name].conditions]
    if i2v is None:
        for name, tensor in needed:
            raise violation(
                "manifest.reference",
                f"{where} runs {name!r}, whose condition {tensor.name!r} only schedule.i2v feeds",
            )
        return
    if not needed:
        raise violation("manifest.reference", f"{where} runs no graph that takes conditions")
    encoder = {tensor.name: tensor for tensor in manifest.graphs[i2v.encoder].outputs}
    sources = {condition.input: encoder[condition.output] for condition in i2v.conditions}
    for name, tensor in needed:
        if tensor.name not in sources:
            raise violation(
                "manifest.reference",
                f"schedule.i2v.conditions do not feed {tensor.name!r} of {name!r}",
            )
        if not same_tensor(sources[tensor.name], tensor):
            raise violation(
                "manifest.shape",
                f"graphs.{name}.inputs: {tensor.name!r} differs in shape or type from "
                f"{sources[tensor.name].name!r} of {i2v.encoder!r}",
            )
