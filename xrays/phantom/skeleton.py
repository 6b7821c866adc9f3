"""Bones of a frontal chest: ribs, spine, clavicles, scapulae, upper arms; thickness in cm."""

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from xrays.phantom.anatomy import GRID_PX, PX_CM, TOP_CM, X, Y, chest_wall, ellipsoid, ramp
from xrays.phantom.subject import Subject

OVERSAMPLING = 3  # polygons are drawn 3 times finer than the grid: their edges have no steps
RIB_PITCH_CM = 2.25
RIBS = 10

Canvas = Image.Image


def blank() -> Canvas:
    return Image.new("L", (GRID_PX * OVERSAMPLING, GRID_PX * OVERSAMPLING), 0)


def pixels(x: np.ndarray, y: np.ndarray) -> list[tuple[float, float]]:
    """Canvas coordinates of points in cm."""
    scale = OVERSAMPLING / PX_CM
    columns, rows = (x + GRID_PX * PX_CM / 2) * scale, (y - TOP_CM) * scale
    return list(zip(columns.tolist(), rows.tolist(), strict=True))


def ribbon(canvas: Canvas, x: np.ndarray, y: np.ndarray, width: np.ndarray | float, value: int) -> None:
    """A band along a curve, all in cm."""
    dx, dy = np.gradient(x), np.gradient(y)
    length = np.sqrt(dx * dx + dy * dy) + 1e-9
    nx, ny = -dy / length * width / 2, dx / length * width / 2
    outline = pixels(np.concatenate([x + nx, (x - nx)[::-1]]), np.concatenate([y + ny, (y - ny)[::-1]]))
    ImageDraw.Draw(canvas).polygon(outline, fill=value)


def bone_along(canvas: Canvas, x: np.ndarray, y: np.ndarray, width: np.ndarray | float, value: int) -> None:
    """A tubular bone: the cortex seen edge-on is brighter than the marrow between."""
    ribbon(canvas, x, y, width, value)
    ribbon(canvas, x, y, np.maximum(np.asarray(width) - 0.34, 0.08), int(0.62 * value))


def layer(canvas: Canvas, blur_cm: float = 0.05) -> np.ndarray:
    """The canvas on the grid, 0 to 1."""
    grid = np.asarray(canvas.reduce(OVERSAMPLING), dtype=np.float64) / 255
    return ndimage.gaussian_filter(grid, blur_cm / PX_CM)


def rib_curves(subject: Subject, side: int, rib: int) -> tuple[np.ndarray, ...]:
    """x, y of the posterior arc (spine to side wall) and of the anterior arc (side wall to front)."""
    start = subject.apex + 0.4 + rib * RIB_PITCH_CM * (1 - 0.08 * subject.childhood)
    drop = subject.rib_slope * (1.8 + 0.36 * rib)
    angle = np.linspace(0.0, np.pi / 2, 28)
    wall = float(chest_wall(subject, side, np.array(start + drop + 0.8))) + 0.25
    back_x = 1.5 + (wall - 1.5) * np.sin(angle)
    back_y = start - 0.9 * np.sin(2 * angle) + drop * (1 - np.cos(angle))
    turn = np.linspace(0.0, 1.15, 20)
    front_x = wall * (0.3 + 0.7 * np.cos(turn))
    front_y = back_y[-1] + subject.rib_slope * (3.2 + 0.25 * rib) * np.sin(turn)
    return side * back_x, back_y, side * front_x, front_y


def rib_cage(subject: Subject) -> np.ndarray:
    """Posterior arcs, and fainter anterior ones that end at the cartilage."""
    back, front = blank(), blank()
    for side in (-1, 1):
        for rib in range(RIBS):
            back_x, back_y, front_x, front_y = rib_curves(subject, side, rib)
            bone_along(back, back_x, back_y, np.linspace(0.75, 1.0, back_x.size), 255)
            if rib < 7:
                bone_along(front, front_x, front_y, np.linspace(0.95, 1.15, front_x.size), 230)
    fade = ramp((np.abs(X) - 5.2) / 3)
    return 1.05 * layer(back) + 0.6 * layer(front, 0.09) * fade


def spine(subject: Subject) -> np.ndarray:
    """Vertebral bodies, the discs between, pedicles and spinous processes."""
    axis = subject.scoliosis * np.sin(Y / 7)
    x = X - axis
    half_width = 1.15 + 0.016 * (Y - TOP_CM)
    column = ramp((half_width - np.abs(x)) / 0.5)
    phase = np.abs((Y / 2.35) % 1.0 - 0.5) * 2  # 1 in a disc, 0 in the middle of a body
    cortex = ramp((np.abs(x) - half_width + 0.3) / 0.3)
    bodies = column * (1.25 - 0.55 * ramp((phase - 0.78) / 0.3) + 0.2 * cortex)
    height = ((Y / 2.35) % 1.0 - 0.5) * 2.35
    pedicle_distance = np.sqrt((np.abs(x) - 0.62 * half_width) ** 2 + (0.7 * (height + 0.15)) ** 2)
    pedicles = ramp((0.36 - np.abs(pedicle_distance - 0.26)) / 0.3)
    processes = ramp((0.24 - np.abs(x)) / 0.2) * ramp((0.55 - np.abs(height - 0.35)) / 0.4)
    # Half of what a spine has: behind the heart a film shows it only faintly.
    return 0.62 * bodies + 0.25 * pedicles * column + 0.35 * processes


def clavicles(subject: Subject) -> np.ndarray:
    canvas = blank()
    t = np.linspace(0.0, 1.0, 24)
    for side in (-1, 1):
        inner_y = subject.apex + 3.4 + 3 * subject.asymmetry * side
        x = 1.7 + (15.8 - 1.7) * t
        y = inner_y - 2.6 * t + 0.75 * np.sin(2 * np.pi * t) * (1 - 0.5 * t)
        bone_along(canvas, side * x, y, 1.5 - 1.3 * t * (1 - t) - 0.2 * t, 255)
    return 1.3 * layer(canvas)


def shoulder_girdle(subject: Subject) -> np.ndarray:
    """Edge and blade of the scapulae, heads and shafts of the upper arms."""
    canvas = blank()
    top = subject.apex + 2.2
    for side in (-1, 1):
        edge_x = np.array([14.6, 13.6, 12.2, 10.6, 9.8, 9.2, 9.0]) + 1.4
        edge_y = top + np.array([1.8, 3.6, 6.0, 8.6, 10.2, 8.0, 1.0])
        ImageDraw.Draw(canvas).polygon(pixels(side * edge_x, edge_y), fill=46)
        ribbon(canvas, side * edge_x[:5], edge_y[:5], 0.45, 120)
        ribbon(canvas, side * np.array([9.6, 12.5, 16.2]), top + np.array([2.2, 0.6, -1.0]), 0.8, 130)
        shaft_y = np.linspace(top + 1.2, top + 14, 12)
        bone_along(canvas, side * (18.4 + 0.16 * (shaft_y - top)), shaft_y, 2.1, 255)
    heads = sum(ellipsoid(side * 18.0, top + 0.9, 2.3, 2.4, power=3) for side in (-1, 1))
    return 1.1 * layer(canvas, 0.08) + 0.9 * heads


def bones(subject: Subject) -> np.ndarray:
    """Bone thickness of the whole frontal chest in cm, shape (320, 320)."""
    return rib_cage(subject) + spine(subject) + clavicles(subject) + shoulder_girdle(subject)
