"""The manifest: the one contract of Python, Swift and Kotlin.

`Manifest` states the format; its JSON Schema is generated from it (`h3ae_mobile.bundle.schema`),
and rules that a schema cannot tell are in `h3ae_mobile.bundle.rules`. ``docs/bundle.md`` explains
it to people who read neither.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError, model_validator

from h3ae_mobile.bundle import strict_json
from h3ae_mobile.bundle.artifacts import Artifact
from h3ae_mobile.bundle.errors import CODES, BundleError, Code
from h3ae_mobile.bundle.fields import Identifier, Label, Name, Record, Symbol
from h3ae_mobile.bundle.model import Golden, GoldenTensor, Memory, Model, Video
from h3ae_mobile.bundle.peak import make_memory
from h3ae_mobile.bundle.rules import check_manifest
from h3ae_mobile.bundle.schedule import Schedule
from h3ae_mobile.bundle.sizes import Size
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.bundle.validation import first_problem, parse_version

MAJOR, MINOR = 1, 2
SCHEMA_VERSION = f"{MAJOR}.{MINOR}"
MANIFEST_FILE = "manifest.json"
MAX_MANIFEST_BYTES = 2**20
RGB = 3

R = TypeVar("R", bound=Record)


class Manifest(Record):
    """Everything a decoder needs to know before it opens the first artifact.

    Attributes
    ----------
    schema_version : str
        ``"major.minor"``. A minor version adds optional fields and words of open vocabularies,
        which older readers ignore; anything else is a new major version, which they refuse.
    name : str
        Of the bundle, without its suffix.
    created_by : dict
        Tool to version, for instance ``{"h3ae-mobile": "0.1.0", "torch": "2.13.0"}``.
    graphs : dict
        Name to graph; `Schedule` and `Artifact` refer to these names.
    artifacts : tuple of Artifact
        In order of preference: of several that fit, a reader takes the first.
    sizes : tuple of Size
        What else than `video` the bundle decodes (format 1.1).
    """

    schema_version: Annotated[str, Field(pattern=r"^1\.(0|[1-9][0-9]{0,3})$")]
    name: Name
    created_by: Annotated[dict[Identifier, Label], Field(min_length=1, max_length=64)]
    model: Model
    video: Video
    graphs: Annotated[dict[Symbol, Graph], Field(min_length=1, max_length=64)]
    artifacts: Annotated[tuple[Artifact, ...], Field(min_length=1, max_length=1024)]
    schedule: Schedule
    memory: Memory | None = None
    golden: Golden | None = None
    sizes: Annotated[tuple[Size, ...], Field(max_length=16)] = ()

    @model_validator(mode="after")
    def _check(self) -> Manifest:
        check_manifest(self)
        return self

    @property
    def golden_files(self) -> tuple[GoldenTensor, ...]:
        """The golden tensors of all sizes."""
        golden = (self.golden, *(size.golden for size in self.sizes))
        return tuple(tensor for one in golden if one is not None for tensor in one.files)

    def at(self, height: int, width: int) -> Manifest:
        """Return the manifest of one of the sizes alone, with what a decoder needs for it.

        Raises
        ------
        BundleError
            With code ``artifact.unknown``, naming the sizes there are.
        """
        if (height, width) == (self.video.height, self.video.width):
            return self
        for size in self.sizes:
            if (size.height, size.width) == (height, width):
                return self._at(size)
        known = [(self.video.height, self.video.width)]
        known += [(size.height, size.width) for size in self.sizes]
        raise BundleError(
            "artifact.unknown",
            f"{self.name} holds nothing for {height}x{width}",
            f"there is: {', '.join(f'{h}x{w}' for h, w in known)}",
        )

    def _at(self, size: Size) -> Manifest:
        memory = self.memory
        if memory is not None:
            own = {
                name: memory.stages[name] for name in size.schedule.graphs if name in memory.stages
            }
            memory = make_memory(own, size.schedule, self.graphs, memory.method) if own else None
        video = self.video.model_copy(update={"height": size.height, "width": size.width})
        return self.model_copy(
            update={
                "video": video,
                "schedule": size.schedule,
                "memory": memory,
                "golden": size.golden,
                "sizes": (),
            }
        )

    def latent_shape(self, frames: int) -> tuple[int, ...]:
        """Return the shape of `frames` latent frames, ``(T', Z, H', W')``."""
        _, down, across = self.model.compression
        return (
            frames,
            self.model.latent_channels,
            self.video.height // down,
            self.video.width // across,
        )

    def frame_shape(self, frames: int) -> tuple[int, ...]:
        """Return the shape of `frames` video frames, ``(T, 3, H, W)``."""
        return (frames, RGB, self.video.height, self.video.width)

    def to_json(self) -> bytes:
        """Return the file's bytes: indented, one line an array of scalars."""
        return strict_json.dump(self.model_dump(mode="json"))


def parse_manifest(data: bytes) -> Manifest:
    """Read the bytes of a `manifest.json`.

    Raises
    ------
    BundleError
        With code ``manifest.*`` or ``path.*``: one line that names the first field at fault.
    """
    if len(data) > MAX_MANIFEST_BYTES:
        raise BundleError(
            "manifest.size", f"the manifest has {len(data)} bytes, over {MAX_MANIFEST_BYTES}"
        )
    try:
        document = strict_json.parse(data)
    except strict_json.StrictJsonError as error:
        code: Code = "manifest.encoding" if error.fault == "encoding" else "manifest.json"
        raise BundleError(code, f"the manifest is {error}") from None
    newer = _check_version(document)
    try:
        return Manifest.model_validate_json(data, extra="ignore" if newer else "forbid")
    except ValidationError as error:
        raise as_bundle_error(error) from None


def build(record: type[R], **fields: Any) -> R:
    """Make a record of the manifest from its fields, with the errors of `parse_manifest`."""
    try:
        return record(**fields)
    except ValidationError as error:
        raise as_bundle_error(error) from None


def _check_version(document: dict[str, Any]) -> bool:
    """Refuse other major versions; tell whether the minor one is newer than this reader."""
    version = document.get("schema_version")
    if not isinstance(version, str):
        raise BundleError("manifest.version", "the manifest states no schema_version")
    parsed = parse_version(version)
    if parsed is None:
        raise BundleError("manifest.version", f"schema_version {version!r} is not major.minor")
    major, minor = parsed
    if major != MAJOR:
        raise BundleError(
            "manifest.version",
            f"the bundle has format version {version}, this reader knows {MAJOR}.x",
            "update h3ae-mobile" if major > MAJOR else "export the bundle again",
        )
    return minor > MINOR


def as_bundle_error(error: ValidationError) -> BundleError:
    """Turn pydantic's report into one line: the first problem, and how many more there are."""
    found, line = first_problem(error)
    kind = "manifest.json" if found == "json_invalid" else found
    code: Code = kind if kind in CODES else "manifest.schema"
    return BundleError(code, f"manifest: {line}")
