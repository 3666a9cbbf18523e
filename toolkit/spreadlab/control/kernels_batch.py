"""Numba kernel of many exact switching problems in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from spreadlab.control.kernels_layer import layer_thresholds_nb

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(nogil=True, cache=True, error_model="numpy")
def many_layers_nb(
    order: NDArray[np.float64], tilt: NDArray[np.float64], cost: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return entry and exit of many layers, NaN where Newton's method did not converge.

    Parameters
    ----------
    order, tilt, cost : ndarray, shape (M,)
        As in `layer_thresholds_nb`.

    Returns
    -------
    ndarray, shape (M, 2)
    """
    out = np.full((order.size, 2), np.nan)
    for i in range(order.size):
        low, high, _, iterations = layer_thresholds_nb(order[i], tilt[i], cost[i])
        if iterations >= 0:
            out[i, 0] = low
            out[i, 1] = high
    return out
