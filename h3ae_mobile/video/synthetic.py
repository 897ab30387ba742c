"""A moving scene made from nothing, so that every command works with no clip at hand.

A camera pans over clouds, hills and a meadow while a striped ball bounces past a signboard. Each
part holds something that codecs and autoencoders find hard: soft gradients in the sky, fine
texture under perspective in the grass, parallax between the layers, a ball that turns and uncovers
what is behind it, a shadow, and letters.

Lengths are in picture heights and times in seconds, so that every size shows the same scene.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.video.clip import VideoClip
from h3ae_mobile.video.colour import Colour

Array: TypeAlias = npt.NDArray[np.floating]

_FPS = Fraction(24)
_HORIZON = 0.56
_CAMERA_HEIGHT = 0.34
_BALL_RADIUS = 0.12
_TEXTURE = 512

# Rows of a dot-matrix font of 5 x 7, the left dot in the highest bit.
_FONT = {
    "H": (17, 17, 17, 31, 17, 17, 17),
    "3": (30, 1, 1, 14, 1, 1, 30),
    "A": (14, 17, 17, 31, 17, 17, 17),
    "E": (31, 16, 16, 30, 16, 16, 31),
}


def synthetic_clip(
    frames: int = 17, height: int = 512, width: int = 512, *, seed: int = 0
) -> VideoClip:
    """Return the scene as a clip at 24 frames per second; see `synthetic_frames`."""
    pictures = np.stack(list(synthetic_frames(frames, height, width, seed=seed)))
    return VideoClip(pictures, _FPS, Colour("rgb", full_range=True))


def synthetic_frames(
    frames: int, height: int, width: int, *, seed: int = 0
) -> Iterator[npt.NDArray[np.uint8]]:
    """Draw the scene frame by frame; the same arguments give the same frames.

    Parameters
    ----------
    frames, height, width : int
        Each at least 1.
    seed : int
        Chooses the textures and where things stand.

    Yields
    ------
    ndarray of shape (H, W, 3), uint8, RGB

    Raises
    ------
    H3AEError
        If a count is not positive.
    """
    if min(frames, height, width) < 1:
        raise H3AEError(f"a clip cannot have {frames} frames of {height}x{width}")
    scene = _Scene(height, width, np.random.default_rng(seed))
    return (scene.render(float(index / _FPS)) for index in range(frames))


class _Scene:
    """What does not change from frame to frame: the pixel grid, the textures, the places."""

    def __init__(self, height: int, width: int, random: np.random.Generator) -> None:
        self.height = height
        self.width = width / height
        rows = (np.arange(height, dtype=np.float32) + 0.5) / height
        columns = (np.arange(width, dtype=np.float32) + 0.5) / height
        self.y, self.x = rows[:, None], columns[None, :]
        self.clouds = _noise(random, roughness=1.9)
        self.foliage = _noise(random, roughness=1.1)
        self.grass = _noise(random, roughness=0.6)
        self.phase: list[float] = random.uniform(0, 2 * math.pi, size=4).tolist()

    def render(self, time: float) -> npt.NDArray[np.uint8]:
        pan = 0.7 * math.sin(0.45 * time)
        picture = self._sky(pan, time)
        picture = self._hills(picture, pan * 0.25, 0.40, 0.07, _rgb(0x8FA9BF), _rgb(0x7390A8))
        picture = self._hills(picture, pan * 0.5, 0.50, 0.045, _rgb(0x6F8F5E), _rgb(0x3F6440))
        picture = self._meadow(picture, pan)
        picture = self._signboard(picture, pan)
        picture = self._ball(picture, time)
        return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)

    def _sky(self, pan: float, time: float) -> Array:
        depth = np.clip(self.y / _HORIZON, 0, 1)
        blue = _mix(_rgb(0x4478BE), _rgb(0xC9DEEE), np.broadcast_to(depth, self._shape))
        drift = self.x + 0.12 * pan + 0.06 * time
        density = _sample(self.clouds, drift * 0.55, self.y * 1.1)
        lit_from_above = density - _sample(self.clouds, drift * 0.55, self.y * 1.1 - 0.03)
        white = _mix(_rgb(0xFFFFFF), _rgb(0xB4BECB), _step(lit_from_above, -0.05, 0.12))
        return _mix(blue, white, 0.9 * _step(density, 0.5, 0.78))

    def _hills(
        self, behind: Array, shift: float, crest: float, relief: float, light: Array, dark: Array
    ) -> Array:
        along = self.x + shift
        phase = [angle * (1 + crest) for angle in self.phase]
        skyline = crest + relief * (
            0.6 * np.sin(2.3 * along + phase[0])
            + 0.3 * np.sin(5.9 * along + phase[1])
            + 0.1 * np.sin(17.0 * along + phase[2])
        )
        texture = _sample(self.foliage, along * 0.9, self.y * 1.8 + crest)
        shade = _step(texture + 1.5 * (self.y - skyline), 0.25, 0.85)
        return _mix(behind, _mix(light, dark, shade), self._inside(self.y - skyline))

    def _meadow(self, behind: Array, pan: float) -> Array:
        below = np.maximum(self.y - _HORIZON, 0.5 / self.height)
        distance = _CAMERA_HEIGHT / below
        across = (self.x - self.width / 2) * distance + pan
        # A texture finer than the pixels would shimmer: it fades where they grow too large for it.
        pixel = distance / self.height
        coarse = _sample(self.foliage, across * 0.25, distance * 0.25) - 0.5
        fine = (_sample(self.grass, across * 0.8, distance * 0.8) - 0.5) / (1 + 250 * pixel)
        mown = np.sin(math.pi * across * 1.6)
        mown = 0.5 + 0.5 * np.clip(mown / (0.05 + 60 * pixel), -1, 1)
        light = 0.35 + 0.3 * mown + 0.9 * coarse + 1.1 * fine
        ground = _mix(_rgb(0x2F5B22), _rgb(0x9DBB55), light)
        path = np.abs(across - 0.9 - 0.25 * np.sin(0.8 * distance + self.phase[3]))
        sand = _mix(_rgb(0xA98F68), _rgb(0xE3D0A6), 0.5 + 0.8 * coarse + 1.2 * fine)
        ground = _mix(ground, sand, _step(path, 0.30 + pixel, 0.24 - pixel))
        haze = 1 - np.exp(-0.09 * distance)
        ground = _mix(ground, _rgb(0xB9CBC4), haze)
        return _mix(behind, ground, self._inside(self.y - _HORIZON))

    def _signboard(self, behind: Array, pan: float) -> Array:
        x = self.x - (0.62 * self.width - 0.55 * pan)
        y = self.y - 0.44
        post = np.minimum(0.018 - np.abs(x), np.minimum(y + 0.02, 0.34 - y))
        picture = _mix(behind, _rgb(0x5B4632), self._inside(post))
        frame = np.minimum(0.25 - np.abs(x), 0.105 - np.abs(y))
        picture = _mix(picture, _rgb(0x6E533A), self._inside(frame))
        board = _mix(_rgb(0xF4EFE2), _rgb(0xDAD2BE), _step(y + 0.3 * x, -0.1, 0.15))
        picture = _mix(picture, board, self._inside(frame - 0.014))
        letters = _lettering("H3AE", x / 0.42 + 0.5, (y + 0.062) / 0.105)
        picture = _mix(picture, _rgb(0x1F3A63), letters)
        # Bars of falling width, as on a test chart.
        bars = np.sin(2 * math.pi * (x + 0.21) * (12 + 60 * (x + 0.21)))
        strip = np.minimum(0.205 - np.abs(x), 0.014 - np.abs(y - 0.066))
        ink = self._inside(strip) * _step(bars, -0.2, 0.2)
        return _mix(picture, _rgb(0x9C2F2A), ink)

    def _ball(self, behind: Array, time: float) -> Array:
        # Back and forth across the picture, as a triangle wave, in bounces of one second.
        run = max(self.width - 2 * _BALL_RADIUS, 0.0)
        travelled = 0.55 * time + 0.14 * self.width
        centre_x = _BALL_RADIUS + run - abs(travelled % (2 * run or 1) - run)
        floor = 0.95
        flight = (time + 0.2) % 1.0
        altitude = 1.15 * flight * (1 - flight)
        centre_y = floor - _BALL_RADIUS - altitude

        spread = 1 + 1.6 * altitude
        dx = (self.x - centre_x - 0.5 * altitude) / (_BALL_RADIUS * 1.05 * spread)
        dy = (self.y - floor) / (_BALL_RADIUS * 0.30 * spread)
        shadow = 0.62 / spread * np.exp(-((dx * dx + dy * dy) ** 2))
        picture = _mix(behind, _rgb(0x12210F), shadow)

        nx = (self.x - centre_x) / _BALL_RADIUS
        ny = (self.y - centre_y) / _BALL_RADIUS
        radius = np.hypot(nx, ny)
        nz = np.sqrt(np.maximum(1 - radius * radius, 0))
        # The pattern rolls about the axis of sight and about one that leans towards the camera.
        roll, tilt = travelled / _BALL_RADIUS * 0.5, 0.6
        px = nx * math.cos(roll) + ny * math.sin(roll)
        py = ny * math.cos(roll) - nx * math.sin(roll)
        axis = py * math.cos(tilt) + nz * math.sin(tilt)
        side = nz * math.cos(tilt) - py * math.sin(tilt)
        longitude = np.arctan2(side, px)
        edge = 3 / (_BALL_RADIUS * self.height)
        stripes = _step(np.sin(3 * longitude), -3 * edge, 3 * edge)
        skin = _mix(_rgb(0xF6F1E7), _rgb(0xD6342C), stripes)
        skin = _mix(skin, _rgb(0xF2B632), _step(np.abs(axis), 0.90 - edge, 0.90 + edge))
        diffuse = np.maximum(-0.52 * nx - 0.62 * ny + 0.59 * nz, 0)
        light = 0.34 + 0.12 * np.maximum(ny, 0) + 0.66 * diffuse
        glint = np.clip(-0.29 * nx - 0.35 * ny + 0.89 * nz, 0, 1) ** 60
        lit = skin * light[..., None] + 0.7 * glint[..., None]
        return _mix(picture, lit, self._inside(_BALL_RADIUS * (1 - radius)))

    @property
    def _shape(self) -> tuple[int, int]:
        return self.y.shape[0], self.x.shape[1]

    def _inside(self, distance: Array) -> Array:
        """Coverage of a pixel whose centre is `distance` picture heights inside an edge."""
        return np.clip(distance * self.height + 0.5, 0, 1)


def _rgb(code: int) -> Array:
    return np.array([code >> 16, code >> 8 & 255, code & 255], np.float32) / 255


def _mix(first: Array, second: Array, weight: Array) -> Array:
    """Blend two colours or pictures by a weight of shape (H, W), clipped to [0, 1]."""
    return first + (second - first) * np.clip(weight, 0, 1)[..., None]


def _step(values: Array, low: float | Array, high: float | Array) -> Array:
    """Rise smoothly from 0 at `low` to 1 at `high`."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _noise(random: np.random.Generator, roughness: float) -> Array:
    """Make a seamless texture in [0, 1] whose amplitudes fall as frequency to -`roughness`."""
    frequency = np.hypot(np.fft.fftfreq(_TEXTURE)[:, None], np.fft.rfftfreq(_TEXTURE)[None, :])
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(random.standard_normal((_TEXTURE, _TEXTURE)))
    field = np.fft.irfft2(spectrum * frequency**-roughness, s=(_TEXTURE, _TEXTURE))
    return (0.5 + 0.5 * np.tanh(0.7 * field / field.std())).astype(np.float32)


def _sample(texture: Array, x: Array, y: Array) -> Array:
    """Look a seamless texture up, bilinearly, at coordinates in which it has the size 1 x 1."""
    x, y = np.broadcast_arrays(x * _TEXTURE, y * _TEXTURE)
    left, top = np.floor(x), np.floor(y)
    fx, fy = x - left, y - top
    columns, rows = left.astype(np.int64) % _TEXTURE, top.astype(np.int64) % _TEXTURE
    right, bottom = (columns + 1) % _TEXTURE, (rows + 1) % _TEXTURE
    above = texture[rows, columns] * (1 - fx) + texture[rows, right] * fx
    below = texture[bottom, columns] * (1 - fx) + texture[bottom, right] * fx
    return above * (1 - fy) + below * fy


def _lettering(text: str, x: Array, y: Array) -> Array:
    """Coverage of `text` in the unit square, letters in dot-matrix rounded by interpolation."""
    letters = [[f"{row:05b}0" for row in _FONT[letter]] for letter in text]
    lines = ["".join(rows)[:-1] for rows in zip(*letters, strict=True)]
    dots = np.pad(np.array([[int(dot) for dot in line] for line in lines], np.float32), 1)
    rows, columns = dots.shape
    u, v = np.broadcast_arrays(x * (columns - 2) + 0.5, y * (rows - 2) + 0.5)
    u, v = np.clip(u, 0, columns - 1.001), np.clip(v, 0, rows - 1.001)
    i, j = v.astype(int), u.astype(int)
    fy, fx = v - i, u - j
    above = dots[i, j] * (1 - fx) + dots[i, j + 1] * fx
    below = dots[i + 1, j] * (1 - fx) + dots[i + 1, j + 1] * fx
    return _step(above * (1 - fy) + below * fy, 0.3, 0.7)
