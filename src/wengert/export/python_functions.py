"""Functions of NumPy that a source in Python brings along: convolutions, pooling, sorting."""

from __future__ import annotations

FUNCTIONS = {
    "taps": '''
def taps(size, kernel, out, stride, padding, dilation):
    """For each place of the kernel: it and its number, the windows with an element there, those."""
    for number, k in enumerate(np.ndindex(*kernel)):
        windows, elements = [], []
        for i, n, m, s, p, d in zip(k, size, out, stride, padding, dilation):
            first = max(0, -((i * d - p) // s))
            last = min(m, (n - 1 - i * d + p) // s + 1)
            windows.append(slice(first, last))
            elements.append(slice(i * d - p + first * s, i * d - p + last * s, s))
        if all(w.stop > w.start for w in windows):
            yield k, number, (..., *windows), (..., *elements)
''',
    "conv": '''
def conv(x, w, out, stride, padding, dilation, groups):
    """Sums over c and k of x[n, c, o * stride + k * dilation - padding] * w[m, c, k]."""
    x, w = grouped(x, groups), w.reshape(groups, -1, *w.shape[1:])
    y = np.zeros((*x.shape[:2], w.shape[1], *out), x.dtype)
    for k, _, o, e in taps(x.shape[3:], w.shape[3:], out, stride, padding, dilation):
        y[o] += np.einsum("ngc...,gmc->ngm...", x[e], w[(..., *k)])
    return y.reshape(len(y), -1, *out)
''',
    "conv_input": '''
def conv_input(y, w, size, stride, padding, dilation, groups):
    """What has the shape of x, from the y and the w of a convolution."""
    y, w = grouped(y, groups), w.reshape(groups, -1, *w.shape[1:])
    x = np.zeros((*y.shape[:2], w.shape[2], *size), y.dtype)
    for k, _, o, e in taps(size, w.shape[3:], y.shape[3:], stride, padding, dilation):
        x[e] += np.einsum("ngm...,gmc->ngc...", y[o], w[(..., *k)])
    return x.reshape(len(x), -1, *size)
''',
    "conv_weight": '''
def conv_weight(x, y, kernel, stride, padding, dilation, groups):
    """What has the shape of w, from the x and the y of a convolution."""
    x, y = grouped(x, groups), grouped(y, groups)
    w = np.zeros((groups, y.shape[2], x.shape[2], *kernel), x.dtype)
    for k, _, o, e in taps(x.shape[3:], kernel, y.shape[3:], stride, padding, dilation):
        a, b = x[e].reshape(*x.shape[:3], -1), y[o].reshape(*y.shape[:3], -1)
        w[(..., *k)] = np.einsum("ngcz,ngmz->gmc", a, b)
    return w.reshape(-1, *w.shape[2:])
''',
    "grouped": '''
def grouped(x, groups):
    """The channels of x in groups."""
    return x.reshape(len(x), groups, x.shape[1] // groups, *x.shape[2:])
''',
    "window_sum": '''
def window_sum(x, out, kernel, *geometry):
    y = np.zeros((*x.shape[:2], *out), x.dtype)
    for _, _, o, e in taps(x.shape[2:], kernel, out, *geometry):
        y[o] += x[e]
    return y
''',
    "window_spread": '''
def window_spread(y, size, kernel, *geometry):
    x = np.zeros((*y.shape[:2], *size), y.dtype)
    for _, _, o, e in taps(size, kernel, y.shape[2:], *geometry):
        x[e] += y[o]
    return x
''',
    "window_max": '''
def window_max(x, out, kernel, *geometry):
    y = np.full((*x.shape[:2], *out), -np.inf, x.dtype)
    for _, _, o, e in taps(x.shape[2:], kernel, out, *geometry):
        y[o] = np.maximum(y[o], x[e])
    return y
''',
    "window_tap": '''
def window_tap(x, y, kernel, *geometry):
    """The number of the first element of each window that is its maximum; of the last NaN."""
    tap = np.full(y.shape, -1)
    for _, number, o, e in taps(x.shape[2:], kernel, y.shape[2:], *geometry):
        here = np.isnan(x[e]) | ((tap[o] < 0) & (x[e] == y[o]))
        tap[o] = np.where(here, number, tap[o])
    return tap
''',
    "tap_pick": '''
def tap_pick(x, tap, kernel, *geometry):
    y = np.zeros(tap.shape, x.dtype)
    for _, number, o, e in taps(x.shape[2:], kernel, tap.shape[2:], *geometry):
        y[o] = np.where(tap[o] == number, x[e], y[o])
    return y
''',
    "tap_put": '''
def tap_put(v, tap, size, kernel, *geometry):
    x = np.zeros((*v.shape[:2], *size), v.dtype)
    for _, number, o, e in taps(size, kernel, tap.shape[2:], *geometry):
        x[e] += np.where(tap[o] == number, v[o], 0)
    return x
''',
    "order": '''
def order(x, axis, descending):
    """Where the elements of the sorted array come from; equal ones stay as they are."""
    if not descending:
        return np.argsort(x, axis, kind="stable")
    back = np.argsort(np.flip(x, axis), axis, kind="stable")
    return x.shape[axis] - 1 - np.flip(back, axis)
'''}
NEEDS = {"conv": ("taps", "grouped"), "conv_input": ("taps", "grouped"),
         "conv_weight": ("taps", "grouped"), **dict.fromkeys(
             ["window_sum", "window_spread", "window_max", "window_tap", "tap_pick", "tap_put"],
             ("taps",))}
"""Which others each calls."""

__all__ = ["FUNCTIONS", "NEEDS"]
