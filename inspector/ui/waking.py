"""The garbage collector rests until the first screen is drawn: it would find nothing, and takes time."""

from __future__ import annotations

import gc


def fall_asleep() -> None:
    """Collect nothing from now on. `wake_up` must follow."""
    gc.disable()


def wake_up() -> None:
    """Collect again, and never look again at what has come so far: it stays to the end anyway."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
