"""Devices with peak rates and bandwidths, each with its source.

Peaks are what makers state; nobody reaches them. `h3ae_profiling.roofline.calibration` finds the
share that decoders do reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from h3ae_mobile.errors import H3AEError

Unit = Literal["neural_engine", "cpu"]


@dataclass(frozen=True)
class RoofDevice:
    """A device.

    Attributes
    ----------
    identifier, name : str
        For flags and for people.
    unit : str
        Whose roof it is.
    flops_per_second : mapping
        Precision to peak rate, a multiply-add counting two.
    bytes_per_second : float
        Peak memory bandwidth, which all units share.
    target : str
        Export target that reaches the unit.
    sources : tuple of str
        Of the rates and the bandwidth, and what was assumed.
    """

    identifier: str
    name: str
    unit: Unit
    flops_per_second: Mapping[str, float]
    bytes_per_second: float
    target: str
    sources: tuple[str, ...]

    @property
    def precision(self) -> str:
        """The precision it is best known for here."""
        return next(iter(self.flops_per_second))


# coremltools' guide: 8-bit weights and activations pay from A17 Pro and M4 on, where makers'
# figures doubled at once; so those are taken as int8 operations, twice the rate of fp16.
_INT8 = "stated operations taken as int8, fp16 at half their rate (coremltools guide, W8A8)"


def _apple(identifier: str, name: str, ops: float, bandwidth: float, *sources: str) -> RoofDevice:
    rates = {"fp16": ops / 2, "int8": ops}
    return RoofDevice(
        identifier, name, "neural_engine", rates, bandwidth, "coreml", (*sources, _INT8)
    )


_A18_PRO = (
    "35 trillion operations a second: Apple Newsroom, 9 September 2024",
    "60 GB/s, 64-bit LPDDR5X-7500: Wikipedia, Apple A18; Apple states 17 % more than before",
)

DEVICES = {
    device.identifier: device
    for device in (
        _apple("iphone-16-pro-max", "iPhone 16 Pro Max (A18 Pro)", 35e12, 60e9, *_A18_PRO),
        _apple("iphone-16-pro", "iPhone 16 Pro (A18 Pro)", 35e12, 60e9, *_A18_PRO),
        _apple(
            "iphone-15-pro",
            "iPhone 15 Pro (A17 Pro)",
            35e12,
            51.2e9,
            "35 trillion operations a second: Apple Newsroom, 12 September 2023",
            "51.2 GB/s, 64-bit LPDDR5-6400: Wikipedia, Apple A17",
        ),
        _apple(
            "ipad-pro-m4",
            "iPad Pro (M4)",
            38e12,
            120e9,
            "38 trillion operations a second, 120 GB/s: Apple Newsroom, 7 May 2024",
        ),
        RoofDevice(
            "galaxy-s25",
            "Galaxy S25 (Snapdragon 8 Elite), CPU",
            "cpu",
            # 2 cores at 4.32 GHz and 6 at 3.53 GHz, four 128-bit multiply-add pipes each.
            {"fp32": 954e9, "fp16": 1908e9},
            84.8e9,
            "executorch",
            (
                "2 x 4.32 and 6 x 3.53 GHz, LPDDR5X at 5300 MHz (84.8 GB/s): Qualcomm, 21 October "
                "2024",
                "four 128-bit multiply-add pipes a core: Chips and Cheese on Oryon, 2024",
            ),
        ),
    )
}


def device_named(identifier: str) -> RoofDevice:
    """Return a device of the table.

    Raises
    ------
    H3AEError
        Naming those there are.
    """
    device = DEVICES.get(identifier)
    if device is None:
        raise H3AEError(f"there is no device {identifier!r}", f"choose of {', '.join(DEVICES)}")
    return device
