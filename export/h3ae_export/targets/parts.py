"""Which graphs may share a file: those of one part of the network, for they share its weights."""

from __future__ import annotations

from collections.abc import Iterable

from h3ae_mobile.mobile.builder import MobileGraph

_PARTS = {
    "temporal": "decoder_temporal",
    "first": "decoder_temporal",
    "next": "decoder_temporal",
    "frame": "decoder_frame",
    "encoder": "encoder",
    "image_encoder": "encoder",
}


def by_part(graphs: Iterable[MobileGraph]) -> dict[str, list[MobileGraph]]:
    """Group graphs by the part of the network that they are; a lone graph keeps its own name."""
    parts: dict[str, list[MobileGraph]] = {}
    for graph in graphs:
        parts.setdefault(_PARTS.get(graph.spec.role, graph.name), []).append(graph)
    return {name if len(group) > 1 else group[0].name: group for name, group in parts.items()}
