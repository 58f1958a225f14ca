"""Callers of common signatures, as ``calls.py`` has them: made by ``python -m tests.callers``."""

# ruff: noqa: E501, F821
# mypy: ignore-errors


def call_1d1dc27a77c1d0e58762c143e716a6c7(input, *more, **named):
    p0 = input
    if input is MISSING or more or named:
        return general_with(general, op, (p0,), more, named)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0)) is not None:
                return found
            k0 = rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0,))
    at = rec.at
    step, op_then, a_then, b_then = at.then
    if b_then is MISSING and a_then is k0 and op_then is key_op:
        rec.at = step
        node = step.out
        handle = new(Tensor)
        handle._rec = rec
        handle._at = node
        handle._buf = None
        handle._kind_of = UNKNOWN
        handle._x = None
        rec.handles.append(handle)
        return handle
    key = (key_op, k0)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0)), (k0,))
        if step is None:
            return record(op, (p0,))
    elif step.out.__class__ is not tuple:
        at.then = step, key_op, k0, MISSING
    rec.at = step
    node = step.out
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_6ea96b73791269aa650cd38beba25ed0(input, other, *more, **named):
    p0 = input
    p1 = other
    if input is MISSING or other is MISSING or more or named:
        return general_with(general, op, (p0, p1,), more, named)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    numbers = []
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1)) is not None:
                return found
            k0 = rec.enter(p0)
        if p1 is None:
            k1 = None
        elif p1.__class__ is float or p1.__class__ is int:
            k1 = p1.__class__
            numbers.append(p1)
        else:
            k1 = p1._at if p1._rec is rec else rec.enter(p1)
    except AttributeError:
        return general_with(general, op, (p0, p1,))
    key = (key_op, k0, k1)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), k1 if k1.__class__ in NO_OPERAND else k1.form or form_of(k1), k0 is k1))
        if step is None:
            return record(op, (p0, p1,))
    rec.at = step
    node = step.out
    if numbers:
        rec.numbers.extend(numbers)
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_7ab979a99a1bb949b7f4045cb95dd87d(input, dim, dtype, *more, **named):
    p0 = input
    p1 = dim
    p2 = dtype
    if input is MISSING or dim is MISSING or more or named:
        return general_with(general, op, (p0, p1, p2,), more, named)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2)) is not None:
                return found
            k0 = rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2,))
    at = rec.at
    step, op_then, a_then, b_then = at.then
    if b_then is p1 and a_then is k0 and op_then is key_op and p2 is MISSING:
        rec.at = step
        node = step.out
        handle = new(Tensor)
        handle._rec = rec
        handle._at = node
        handle._buf = None
        handle._kind_of = UNKNOWN
        handle._x = None
        rec.handles.append(handle)
        return handle
    kept = p1 if (p1 is MISSING or p1.__class__ in PLAIN) and p2 is MISSING else None
    if p2 is MISSING:
        p2 = d2
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    if p1 is not None and p1.__class__ not in PLAIN:
        static = integers(p1)
        if static is None:
            return record(op, (p0, p1, p2,))
        p1 = static
    if p2 is not None and p2.__class__ not in PLAIN:
        static = integers(p2)
        if static is None:
            return record(op, (p0, p1, p2,))
        p2 = static
    try:
        k0 = p0._at if p0._rec is rec else rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2,))
    key = (key_op, k0, p1, p2)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), p1, p1.__class__, p2, p2.__class__), (k0,))
        if step is None:
            return record(op, (p0, p1, p2,))
    elif kept is not None and step.out.__class__ is not tuple:
        at.then = step, key_op, k0, kept
    rec.at = step
    node = step.out
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_7af733557b85b39740964a392e4c52f0(input, inplace, *more, **named):
    p0 = input
    p1 = inplace
    if input is MISSING or more or named:
        return general_with(general, op, (p0, p1,), more, named)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1)) is not None:
                return found
            k0 = rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1,))
    at = rec.at
    step, op_then, a_then, b_then = at.then
    if b_then is p1 and a_then is k0 and op_then is key_op:
        rec.at = step
        node = step.out
        handle = new(Tensor)
        handle._rec = rec
        handle._at = node
        handle._buf = None
        handle._kind_of = UNKNOWN
        handle._x = None
        rec.handles.append(handle)
        return handle
    kept = p1 if (p1 is MISSING or p1.__class__ in PLAIN) else None
    if p1 is MISSING:
        p1 = d1
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    if p1 is not None and p1.__class__ not in PLAIN:
        static = integers(p1)
        if static is None:
            return record(op, (p0, p1,))
        p1 = static
    try:
        k0 = p0._at if p0._rec is rec else rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1,))
    key = (key_op, k0, p1)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), p1, p1.__class__), (k0,))
        if step is None:
            return record(op, (p0, p1,))
    elif kept is not None and step.out.__class__ is not tuple:
        at.then = step, key_op, k0, kept
    rec.at = step
    node = step.out
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_75a123ab6ef4e09794dfa3590825873f(input, end, weight, *more, **named):
    p0 = input
    p1 = end
    p2 = weight
    if input is MISSING or end is MISSING or weight is MISSING or more or named:
        return general_with(general, op, (p0, p1, p2,), more, named)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    numbers = []
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2)) is not None:
                return found
            k0 = rec.enter(p0)
        if p1 is None:
            k1 = None
        elif p1.__class__ is float or p1.__class__ is int:
            k1 = p1.__class__
            numbers.append(p1)
        else:
            k1 = p1._at if p1._rec is rec else rec.enter(p1)
        if p2 is None:
            k2 = None
        elif p2.__class__ is float or p2.__class__ is int:
            k2 = p2.__class__
            numbers.append(p2)
        else:
            k2 = p2._at if p2._rec is rec else rec.enter(p2)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2,))
    key = (key_op, k0, k1, k2)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), k1 if k1.__class__ in NO_OPERAND else k1.form or form_of(k1), k2 if k2.__class__ in NO_OPERAND else k2.form or form_of(k2), k0 is k1, k0 is k2, k1 is k2))
        if step is None:
            return record(op, (p0, p1, p2,))
    rec.at = step
    node = step.out
    if numbers:
        rec.numbers.extend(numbers)
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_d253b109716bb38ecb06bf90c84b78e0(tensors, dim, *more, **named):
    p0 = tensors
    p1 = dim
    if tensors is MISSING or more or named:
        return general_with(general, op, (p0, p1,), more, named)
    if p1 is MISSING:
        p1 = d1
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    if p1 is not None and p1.__class__ not in PLAIN:
        static = integers(p1)
        if static is None:
            return record(op, (p0, p1,))
        p1 = static
    try:
        if p0.__class__ is not list and p0.__class__ is not tuple:
            return general_with(general, op, (p0, p1,))
        if rec.modes.at_once and (found := now(rec.modes, p0, p1)) is not None:
            return found
        k0 = tuple([each._at if each._rec is rec else rec.enter(each) for each in p0])
    except AttributeError:
        return general_with(general, op, (p0, p1,))
    key = (key_op, k0, p1)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1)) is not None:
            return found
        step = rec.new_step(key, None)
        if step is None:
            return record(op, (p0, p1,))
    rec.at = step
    node = step.out
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_c0857fe2abc9dfbba8c14c0618ee0695(input, dim, keepdim, *more, dtype, **named):
    p0 = input
    p1 = dim
    p2 = keepdim
    p3 = dtype
    if input is MISSING or more or named:
        return general_with(general, op, (p0, p1, p2, p3,), more, named)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2, p3)) is not None:
                return found
            k0 = rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2, p3,))
    at = rec.at
    step, op_then, a_then, b_then = at.then
    if b_then is p1 and a_then is k0 and op_then is key_op and p2 is MISSING and p3 is MISSING:
        rec.at = step
        node = step.out
        handle = new(Tensor)
        handle._rec = rec
        handle._at = node
        handle._buf = None
        handle._kind_of = UNKNOWN
        handle._x = None
        rec.handles.append(handle)
        return handle
    kept = p1 if (p1 is MISSING or p1.__class__ in PLAIN) and p2 is MISSING and p3 is MISSING else None
    if p1 is MISSING:
        p1 = d1
    if p2 is MISSING:
        p2 = d2
    if p3 is MISSING:
        p3 = d3
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    if p1 is not None and p1.__class__ not in PLAIN:
        static = integers(p1)
        if static is None:
            return record(op, (p0, p1, p2, p3,))
        p1 = static
    if p2 is not None and p2.__class__ not in PLAIN:
        static = integers(p2)
        if static is None:
            return record(op, (p0, p1, p2, p3,))
        p2 = static
    if p3 is not None and p3.__class__ not in PLAIN:
        static = integers(p3)
        if static is None:
            return record(op, (p0, p1, p2, p3,))
        p3 = static
    try:
        k0 = p0._at if p0._rec is rec else rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2, p3,))
    key = (key_op, k0, p1, p2, p3)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2, p3)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), p1, p1.__class__, p2, p2.__class__, p3, p3.__class__), (k0,))
        if step is None:
            return record(op, (p0, p1, p2, p3,))
    elif kept is not None and step.out.__class__ is not tuple:
        at.then = step, key_op, k0, kept
    rec.at = step
    node = step.out
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_187c0d2067d34ce3028a5af007a5124d(input, dim, keepdim, *more, **named):
    p0 = input
    p1 = dim
    p2 = keepdim
    if input is MISSING or more or named:
        return general_with(general, op, (p0, p1, p2,), more, named)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2)) is not None:
                return found
            k0 = rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2,))
    at = rec.at
    step, op_then, a_then, b_then = at.then
    if b_then is p1 and a_then is k0 and op_then is key_op and p2 is MISSING:
        rec.at = step
        node = step.out
        handle = new(Tensor)
        handle._rec = rec
        handle._at = node
        handle._buf = None
        handle._kind_of = UNKNOWN
        handle._x = None
        rec.handles.append(handle)
        return handle
    kept = p1 if (p1 is MISSING or p1.__class__ in PLAIN) and p2 is MISSING else None
    if p1 is MISSING:
        p1 = d1
    if p2 is MISSING:
        p2 = d2
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    if p1 is not None and p1.__class__ not in PLAIN:
        static = integers(p1)
        if static is None:
            return record(op, (p0, p1, p2,))
        p1 = static
    if p2 is not None and p2.__class__ not in PLAIN:
        static = integers(p2)
        if static is None:
            return record(op, (p0, p1, p2,))
        p2 = static
    try:
        k0 = p0._at if p0._rec is rec else rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2,))
    key = (key_op, k0, p1, p2)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), p1, p1.__class__, p2, p2.__class__), (k0,))
        if step is None:
            return record(op, (p0, p1, p2,))
    elif kept is not None and step.out.__class__ is not tuple:
        at.then = step, key_op, k0, kept
    rec.at = step
    node = step.out
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_b5b3c426cbd37316b7aef794054fbf0d(input, diagonal, *more, **named):
    p0 = input
    p1 = diagonal
    if input is MISSING or more or named:
        return general_with(general, op, (p0, p1,), more, named)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1)) is not None:
                return found
            k0 = rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1,))
    at = rec.at
    step, op_then, a_then, b_then = at.then
    if b_then is p1 and a_then is k0 and op_then is key_op:
        rec.at = step
        node = step.out
        handle = new(Tensor)
        handle._rec = rec
        handle._at = node
        handle._buf = None
        handle._kind_of = UNKNOWN
        handle._x = None
        rec.handles.append(handle)
        return handle
    kept = p1 if (p1 is MISSING or p1.__class__ in PLAIN) else None
    if p1 is MISSING:
        p1 = d1
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    if p1 is not None and p1.__class__ not in PLAIN:
        static = integers(p1)
        if static is None:
            return record(op, (p0, p1,))
        p1 = static
    try:
        k0 = p0._at if p0._rec is rec else rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1,))
    key = (key_op, k0, p1)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), p1, p1.__class__), (k0,))
        if step is None:
            return record(op, (p0, p1,))
    elif kept is not None and step.out.__class__ is not tuple:
        at.then = step, key_op, k0, kept
    rec.at = step
    node = step.out
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_5b4ba3e0f1ffe35a1f07d2b72d694e53(input, dim, *more, dtype, **named):
    p0 = input
    p1 = dim
    p2 = dtype
    if input is MISSING or dim is MISSING or more or named:
        return general_with(general, op, (p0, p1, p2,), more, named)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2)) is not None:
                return found
            k0 = rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2,))
    at = rec.at
    step, op_then, a_then, b_then = at.then
    if b_then is p1 and a_then is k0 and op_then is key_op and p2 is MISSING:
        rec.at = step
        node = step.out
        handle = new(Tensor)
        handle._rec = rec
        handle._at = node
        handle._buf = None
        handle._kind_of = UNKNOWN
        handle._x = None
        rec.handles.append(handle)
        return handle
    kept = p1 if (p1 is MISSING or p1.__class__ in PLAIN) and p2 is MISSING else None
    if p2 is MISSING:
        p2 = d2
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    if p1 is not None and p1.__class__ not in PLAIN:
        static = integers(p1)
        if static is None:
            return record(op, (p0, p1, p2,))
        p1 = static
    if p2 is not None and p2.__class__ not in PLAIN:
        static = integers(p2)
        if static is None:
            return record(op, (p0, p1, p2,))
        p2 = static
    try:
        k0 = p0._at if p0._rec is rec else rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2,))
    key = (key_op, k0, p1, p2)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), p1, p1.__class__, p2, p2.__class__), (k0,))
        if step is None:
            return record(op, (p0, p1, p2,))
    elif kept is not None and step.out.__class__ is not tuple:
        at.then = step, key_op, k0, kept
    rec.at = step
    node = step.out
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_33832fffa67660ab61b6c30dcbe134dc(input, dim0, dim1, *more, **named):
    p0 = input
    p1 = dim0
    p2 = dim1
    if input is MISSING or dim0 is MISSING or dim1 is MISSING or more or named:
        return general_with(general, op, (p0, p1, p2,), more, named)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2)) is not None:
                return found
            k0 = rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2,))
    at = rec.at
    step, op_then, a_then, b_then = at.then
    if b_then is p1 and a_then is k0 and op_then is key_op and p2 is MISSING and (links := step.links) is not None:
        rec.at = step
        node = step.out
        handle = new(Tensor)
        handle._rec = rec
        handle._at = node
        handle._buf = None
        handle._kind_of = UNKNOWN
        handle._x = None
        rec.handles.append(handle)
        if links[0] is not None:
            share_again(p0, handle, links[0], (), rec)
        return handle
    kept = p1 if (p1 is MISSING or p1.__class__ in PLAIN) and p2 is MISSING else None
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    if p1 is not None and p1.__class__ not in PLAIN:
        static = integers(p1)
        if static is None:
            return record(op, (p0, p1, p2,))
        p1 = static
    if p2 is not None and p2.__class__ not in PLAIN:
        static = integers(p2)
        if static is None:
            return record(op, (p0, p1, p2,))
        p2 = static
    try:
        k0 = p0._at if p0._rec is rec else rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2,))
    key = (key_op, k0, p1, p2)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), p1, p1.__class__, p2, p2.__class__), (k0,))
        if step is None:
            return record(op, (p0, p1, p2,))
    elif kept is not None and step.out.__class__ is not tuple:
        at.then = step, key_op, k0, kept
    rec.at = step
    node = step.out
    if node.__class__ is tuple:
        return views(p0, rec, step, key, ())
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    links = step.links
    if links is None:
        share(p0, key, handle, (), rec, step)
    else:
        link = links[0]
        if link is not None:
            share_again(p0, handle, link, (), rec)
    return handle


def call_03412e550986d8efc9a01f01600f31ce(input, *more, **named):
    p0 = input
    if input is MISSING or more or named:
        return general_with(general, op, (p0,), more, named)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0)) is not None:
                return found
            k0 = rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0,))
    at = rec.at
    step, op_then, a_then, b_then = at.then
    if b_then is MISSING and a_then is k0 and op_then is key_op and (links := step.links) is not None:
        rec.at = step
        node = step.out
        handle = new(Tensor)
        handle._rec = rec
        handle._at = node
        handle._buf = None
        handle._kind_of = UNKNOWN
        handle._x = None
        rec.handles.append(handle)
        if links[0] is not None:
            share_again(p0, handle, links[0], (), rec)
        return handle
    key = (key_op, k0)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0)), (k0,))
        if step is None:
            return record(op, (p0,))
    elif step.out.__class__ is not tuple:
        at.then = step, key_op, k0, MISSING
    rec.at = step
    node = step.out
    if node.__class__ is tuple:
        return views(p0, rec, step, key, ())
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    links = step.links
    if links is None:
        share(p0, key, handle, (), rec, step)
    else:
        link = links[0]
        if link is not None:
            share_again(p0, handle, link, (), rec)
    return handle


def call_9becc890d138d60875b8e17f5361a629(input, *more, **named):
    p0 = input
    if input is MISSING or named:
        return general_with(general, op, (p0,), more, named)
    p1 = integers(more[0] if len(more) == 1 and more[0].__class__ is not int else more)
    if p1 is None:
        return general(p0, *more)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1)) is not None:
                return found
            k0 = rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1,))
    key = (key_op, k0, p1)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), p1), (k0,))
        if step is None:
            return record(op, (p0, p1,))
    rec.at = step
    node = step.out
    if node.__class__ is tuple:
        return views(p0, rec, step, key, ())
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    links = step.links
    if links is None:
        share(p0, key, handle, (), rec, step)
    else:
        link = links[0]
        if link is not None:
            share_again(p0, handle, link, (), rec)
    return handle


def call_45d60eb1c5924f97b9322dd948d0f9bc(input, *more, **named):
    p0 = input
    if input is MISSING or named:
        return general_with(general, op, (p0,), more, named)
    p1 = integers(more[0] if len(more) == 1 and more[0].__class__ is not int else more)
    if p1 is None:
        return general(p0, *more)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1)) is not None:
                return found
            k0 = rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1,))
    key = (key_op, k0, p1)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), p1), (k0,))
        if step is None:
            return record(op, (p0, p1,))
    rec.at = step
    node = step.out
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_c8c417074e2a028af5a6c583550af82a(input, dim, unbiased, keepdim, *more, correction, **named):
    p0 = input
    p1 = dim
    p2 = unbiased
    p3 = keepdim
    p4 = correction
    if input is MISSING or more or named:
        return general_with(general, op, (p0, p1, p2, p3, p4,), more, named)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2, p3, p4)) is not None:
                return found
            k0 = rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2, p3, p4,))
    at = rec.at
    step, op_then, a_then, b_then = at.then
    if b_then is p1 and a_then is k0 and op_then is key_op and p2 is MISSING and p3 is MISSING and p4 is MISSING:
        rec.at = step
        node = step.out
        handle = new(Tensor)
        handle._rec = rec
        handle._at = node
        handle._buf = None
        handle._kind_of = UNKNOWN
        handle._x = None
        rec.handles.append(handle)
        return handle
    kept = p1 if (p1 is MISSING or p1.__class__ in PLAIN) and p2 is MISSING and p3 is MISSING and p4 is MISSING else None
    if p1 is MISSING:
        p1 = d1
    if p2 is MISSING:
        p2 = d2
    if p3 is MISSING:
        p3 = d3
    if p4 is MISSING:
        p4 = d4
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    if p1 is not None and p1.__class__ not in PLAIN:
        static = integers(p1)
        if static is None:
            return record(op, (p0, p1, p2, p3, p4,))
        p1 = static
    if p2 is not None and p2.__class__ not in PLAIN:
        static = integers(p2)
        if static is None:
            return record(op, (p0, p1, p2, p3, p4,))
        p2 = static
    if p3 is not None and p3.__class__ not in PLAIN:
        static = integers(p3)
        if static is None:
            return record(op, (p0, p1, p2, p3, p4,))
        p3 = static
    if p4 is not None and p4.__class__ not in PLAIN:
        static = integers(p4)
        if static is None:
            return record(op, (p0, p1, p2, p3, p4,))
        p4 = static
    try:
        k0 = p0._at if p0._rec is rec else rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2, p3, p4,))
    key = (key_op, k0, p1, p2, p3, p4)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2, p3, p4)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), p1, p1.__class__, p2, p2.__class__, p3, p3.__class__, p4, p4.__class__), (k0,))
        if step is None:
            return record(op, (p0, p1, p2, p3, p4,))
    elif kept is not None and step.out.__class__ is not tuple:
        at.then = step, key_op, k0, kept
    rec.at = step
    node = step.out
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_abe06eeaf7d58cebd68d43b40b697582(input, exponent, *more, **named):
    p0 = input
    p1 = exponent
    if input is MISSING or exponent is MISSING or more or named:
        return general_with(general, op, (p0, p1,), more, named)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1)) is not None:
                return found
            k0 = rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1,))
    at = rec.at
    step, op_then, a_then, b_then = at.then
    if b_then is p1 and a_then is k0 and op_then is key_op:
        rec.at = step
        node = step.out
        handle = new(Tensor)
        handle._rec = rec
        handle._at = node
        handle._buf = None
        handle._kind_of = UNKNOWN
        handle._x = None
        rec.handles.append(handle)
        return handle
    kept = p1 if (p1 is MISSING or ((p1.__class__ is int or p1.__class__ is float) and p1 in SPECIAL)) else None
    numbers = []
    try:
        if p1.__class__ is float or p1.__class__ is int:
            if p1 in SPECIAL:
                k1 = (p1.__class__, p1)
            else:
                k1 = p1.__class__
                numbers.append(p1)
        else:
            k1 = p1._at if p1._rec is rec else rec.enter(p1)
    except AttributeError:
        return general_with(general, op, (p0, p1,))
    key = (key_op, k0, k1)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), k1 if k1.__class__ in NO_OPERAND else k1.form or form_of(k1), k0 is k1))
        if step is None:
            return record(op, (p0, p1,))
    elif kept is not None and step.out.__class__ is not tuple:
        at.then = step, key_op, k0, kept
    rec.at = step
    node = step.out
    if numbers:
        rec.numbers.extend(numbers)
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_400069c2cb436fc9add683c081ac4fee(input, k, dim, largest, sorted, *more, **named):
    p0 = input
    p1 = k
    p2 = dim
    p3 = largest
    p4 = sorted
    if input is MISSING or k is MISSING or more or named:
        return general_with(general, op, (p0, p1, p2, p3, p4,), more, named)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2, p3, p4)) is not None:
                return wrap(found) if found.__class__ is tuple else found
            k0 = rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2, p3, p4,))
    at = rec.at
    step, op_then, a_then, b_then = at.then
    if b_then is p1 and a_then is k0 and op_then is key_op and p2 is MISSING and p3 is MISSING and p4 is MISSING:
        rec.at = step
        node = step.out
        handle = new(Tensor)
        handle._rec = rec
        handle._at = node
        handle._buf = None
        handle._kind_of = UNKNOWN
        handle._x = None
        rec.handles.append(handle)
        return handle
    kept = p1 if (p1 is MISSING or p1.__class__ in PLAIN) and p2 is MISSING and p3 is MISSING and p4 is MISSING else None
    if p2 is MISSING:
        p2 = d2
    if p3 is MISSING:
        p3 = d3
    if p4 is MISSING:
        p4 = d4
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    if p1 is not None and p1.__class__ not in PLAIN:
        static = integers(p1)
        if static is None:
            return wrap(record(op, (p0, p1, p2, p3, p4,)))
        p1 = static
    if p2 is not None and p2.__class__ not in PLAIN:
        static = integers(p2)
        if static is None:
            return wrap(record(op, (p0, p1, p2, p3, p4,)))
        p2 = static
    if p3 is not None and p3.__class__ not in PLAIN:
        static = integers(p3)
        if static is None:
            return wrap(record(op, (p0, p1, p2, p3, p4,)))
        p3 = static
    if p4 is not None and p4.__class__ not in PLAIN:
        static = integers(p4)
        if static is None:
            return wrap(record(op, (p0, p1, p2, p3, p4,)))
        p4 = static
    try:
        k0 = p0._at if p0._rec is rec else rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2, p3, p4,))
    key = (key_op, k0, p1, p2, p3, p4)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2, p3, p4)) is not None:
            return wrap(found) if found.__class__ is tuple else found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), p1, p1.__class__, p2, p2.__class__, p3, p3.__class__, p4, p4.__class__), (k0,))
        if step is None:
            return wrap(record(op, (p0, p1, p2, p3, p4,)))
    elif kept is not None and step.out.__class__ is not tuple:
        at.then = step, key_op, k0, kept
    rec.at = step
    node = step.out
    if node.__class__ is tuple:
        return wrap(tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_1de85c6a777fabd745bccfdeaa9e0d5b(input, weight, bias, *more, **named):
    p0 = input
    p1 = weight
    p2 = bias
    if input is MISSING or weight is MISSING or more or named:
        return general_with(general, op, (p0, p1, p2,), more, named)
    if p2 is MISSING:
        p2 = d2
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    numbers = []
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2)) is not None:
                return found
            k0 = rec.enter(p0)
        if p1 is None:
            k1 = None
        elif p1.__class__ is float or p1.__class__ is int:
            k1 = p1.__class__
            numbers.append(p1)
        else:
            k1 = p1._at if p1._rec is rec else rec.enter(p1)
        if p2 is None:
            k2 = None
        elif p2.__class__ is float or p2.__class__ is int:
            k2 = p2.__class__
            numbers.append(p2)
        else:
            k2 = p2._at if p2._rec is rec else rec.enter(p2)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2,))
    key = (key_op, k0, k1, k2)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), k1 if k1.__class__ in NO_OPERAND else k1.form or form_of(k1), k2 if k2.__class__ in NO_OPERAND else k2.form or form_of(k2), k0 is k1, k0 is k2, k1 is k2))
        if step is None:
            return record(op, (p0, p1, p2,))
    rec.at = step
    node = step.out
    if numbers:
        rec.numbers.extend(numbers)
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_f9877f6bd00a433b001260e8f4bc6100(input, normalized_shape, weight, bias, eps, *more, **named):
    p0 = input
    p1 = normalized_shape
    p2 = weight
    p3 = bias
    p4 = eps
    if input is MISSING or normalized_shape is MISSING or more or named:
        return general_with(general, op, (p0, p1, p2, p3, p4,), more, named)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2, p3, p4)) is not None:
                return found
            k0 = rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2, p3, p4,))
    at = rec.at
    step, op_then, a_then, b_then = at.then
    if b_then is p1 and a_then is k0 and op_then is key_op and p2 is MISSING and p3 is MISSING and p4 is MISSING:
        rec.at = step
        node = step.out
        handle = new(Tensor)
        handle._rec = rec
        handle._at = node
        handle._buf = None
        handle._kind_of = UNKNOWN
        handle._x = None
        rec.handles.append(handle)
        return handle
    kept = p1 if (p1 is MISSING or p1.__class__ in PLAIN) and p2 is MISSING and p3 is MISSING and p4 is MISSING else None
    if p2 is MISSING:
        p2 = d2
    if p3 is MISSING:
        p3 = d3
    if p4 is MISSING:
        p4 = d4
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    numbers = []
    if p1 is not None and p1.__class__ not in PLAIN:
        static = integers(p1)
        if static is None:
            return record(op, (p0, p1, p2, p3, p4,))
        p1 = static
    if p4 is not None and p4.__class__ not in PLAIN:
        static = integers(p4)
        if static is None:
            return record(op, (p0, p1, p2, p3, p4,))
        p4 = static
    try:
        k0 = p0._at if p0._rec is rec else rec.enter(p0)
        if p2 is None:
            k2 = None
        elif p2.__class__ is float or p2.__class__ is int:
            k2 = p2.__class__
            numbers.append(p2)
        else:
            k2 = p2._at if p2._rec is rec else rec.enter(p2)
        if p3 is None:
            k3 = None
        elif p3.__class__ is float or p3.__class__ is int:
            k3 = p3.__class__
            numbers.append(p3)
        else:
            k3 = p3._at if p3._rec is rec else rec.enter(p3)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2, p3, p4,))
    key = (key_op, k0, p1, k2, k3, p4)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2, p3, p4)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), p1, p1.__class__, k2 if k2.__class__ in NO_OPERAND else k2.form or form_of(k2), k3 if k3.__class__ in NO_OPERAND else k3.form or form_of(k3), p4, p4.__class__, k0 is k2, k0 is k3, k2 is k3))
        if step is None:
            return record(op, (p0, p1, p2, p3, p4,))
    elif kept is not None and step.out.__class__ is not tuple:
        at.then = step, key_op, k0, kept
    rec.at = step
    node = step.out
    if numbers:
        rec.numbers.extend(numbers)
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_8ef4b06a5bfc5be63ae861cacc02fb3f(input, target, weight, size_average, ignore_index, reduce, reduction, label_smoothing, *more, **named):
    p0 = input
    p1 = target
    p2 = weight
    p3 = size_average
    p4 = ignore_index
    p5 = reduce
    p6 = reduction
    p7 = label_smoothing
    if input is MISSING or target is MISSING or more or named:
        return general_with(general, op, (p0, p1, p2, p3, p4, p5, p6, p7,), more, named)
    if p2 is MISSING:
        p2 = d2
    if p3 is MISSING:
        p3 = d3
    if p4 is MISSING:
        p4 = d4
    if p5 is MISSING:
        p5 = d5
    if p6 is MISSING:
        p6 = d6
    if p7 is MISSING:
        p7 = d7
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    numbers = []
    if p3 is not None and p3.__class__ not in PLAIN:
        static = integers(p3)
        if static is None:
            return record(op, (p0, p1, p2, p3, p4, p5, p6, p7,))
        p3 = static
    if p4 is not None and p4.__class__ not in PLAIN:
        static = integers(p4)
        if static is None:
            return record(op, (p0, p1, p2, p3, p4, p5, p6, p7,))
        p4 = static
    if p5 is not None and p5.__class__ not in PLAIN:
        static = integers(p5)
        if static is None:
            return record(op, (p0, p1, p2, p3, p4, p5, p6, p7,))
        p5 = static
    if p6 is not None and p6.__class__ not in PLAIN:
        static = integers(p6)
        if static is None:
            return record(op, (p0, p1, p2, p3, p4, p5, p6, p7,))
        p6 = static
    if p7 is not None and p7.__class__ not in PLAIN:
        static = integers(p7)
        if static is None:
            return record(op, (p0, p1, p2, p3, p4, p5, p6, p7,))
        p7 = static
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2, p3, p4, p5, p6, p7)) is not None:
                return found
            k0 = rec.enter(p0)
        if p1 is None:
            k1 = None
        elif p1.__class__ is float or p1.__class__ is int:
            k1 = p1.__class__
            numbers.append(p1)
        else:
            k1 = p1._at if p1._rec is rec else rec.enter(p1)
        if p2 is None:
            k2 = None
        elif p2.__class__ is float or p2.__class__ is int:
            k2 = p2.__class__
            numbers.append(p2)
        else:
            k2 = p2._at if p2._rec is rec else rec.enter(p2)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2, p3, p4, p5, p6, p7,))
    key = (key_op, k0, k1, k2, p3, p4, p5, p6, p7)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2, p3, p4, p5, p6, p7)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), k1 if k1.__class__ in NO_OPERAND else k1.form or form_of(k1), k2 if k2.__class__ in NO_OPERAND else k2.form or form_of(k2), p3, p3.__class__, p4, p4.__class__, p5, p5.__class__, p6, p6.__class__, p7, p7.__class__, k0 is k1, k0 is k2, k1 is k2))
        if step is None:
            return record(op, (p0, p1, p2, p3, p4, p5, p6, p7,))
    rec.at = step
    node = step.out
    if numbers:
        rec.numbers.extend(numbers)
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_41193cc1053102b8358eb43285531db5(input, target, size_average, reduce, reduction, weight, *more, **named):
    p0 = input
    p1 = target
    p2 = size_average
    p3 = reduce
    p4 = reduction
    p5 = weight
    if input is MISSING or target is MISSING or more or named:
        return general_with(general, op, (p0, p1, p2, p3, p4, p5,), more, named)
    if p2 is MISSING:
        p2 = d2
    if p3 is MISSING:
        p3 = d3
    if p4 is MISSING:
        p4 = d4
    if p5 is MISSING:
        p5 = d5
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    numbers = []
    if p2 is not None and p2.__class__ not in PLAIN:
        static = integers(p2)
        if static is None:
            return record(op, (p0, p1, p2, p3, p4, p5,))
        p2 = static
    if p3 is not None and p3.__class__ not in PLAIN:
        static = integers(p3)
        if static is None:
            return record(op, (p0, p1, p2, p3, p4, p5,))
        p3 = static
    if p4 is not None and p4.__class__ not in PLAIN:
        static = integers(p4)
        if static is None:
            return record(op, (p0, p1, p2, p3, p4, p5,))
        p4 = static
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2, p3, p4, p5)) is not None:
                return found
            k0 = rec.enter(p0)
        if p1 is None:
            k1 = None
        elif p1.__class__ is float or p1.__class__ is int:
            k1 = p1.__class__
            numbers.append(p1)
        else:
            k1 = p1._at if p1._rec is rec else rec.enter(p1)
        if p5 is None:
            k5 = None
        elif p5.__class__ is float or p5.__class__ is int:
            k5 = p5.__class__
            numbers.append(p5)
        else:
            k5 = p5._at if p5._rec is rec else rec.enter(p5)
    except AttributeError:
        return general_with(general, op, (p0, p1, p2, p3, p4, p5,))
    key = (key_op, k0, k1, p2, p3, p4, k5)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2, p3, p4, p5)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), k1 if k1.__class__ in NO_OPERAND else k1.form or form_of(k1), p2, p2.__class__, p3, p3.__class__, p4, p4.__class__, k5 if k5.__class__ in NO_OPERAND else k5.form or form_of(k5), k0 is k1, k0 is k5, k1 is k5))
        if step is None:
            return record(op, (p0, p1, p2, p3, p4, p5,))
    rec.at = step
    node = step.out
    if numbers:
        rec.numbers.extend(numbers)
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_1b415faa95b6b64b9c5177b8f6cdcdcb(input, *more, **named):
    p0 = input
    if input is MISSING or more or named:
        return general_with(general, op, (p0,), more, named)
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    if rec.at.grad:
        check_writable(p0, op.name)
    if rec.modes.at_once and written(rec.modes, now, p0):
        return p0
    try:
        k0 = p0._at if p0._rec is rec else rec.enter(p0)
    except AttributeError:
        return general_with(general, op, (p0,))
    key = (key_op, k0)
    step = rec.at.next.get(key)
    if step is None:
        step = rec.new_step(key, (key_op, k0.form or form_of(k0)), (k0,))
        if step is None:
            return record_write(op, (p0,))
    rec.at = step
    node = step.out
    if write(p0, node, k0):   # another thread came before
        return record_write(op, (p0,))
    return p0


def call_dcc5896ddc0a74d758f30e025dc17f82(p0):
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0)) is not None:
                return found
            k0 = rec.enter(p0)
    except AttributeError:
        return record(op, (p0,))
    key = (key_op, k0)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0)), (k0,))
        if step is None:
            return record(op, (p0,))
    rec.at = step
    node = step.out
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_fee04d4fcee078d88bcb6fa80bd147bb(p0, p1):
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    numbers = []
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1)) is not None:
                return found
            k0 = rec.enter(p0)
        if p1 is None:
            k1 = None
        elif p1.__class__ is float or p1.__class__ is int:
            k1 = p1.__class__
            numbers.append(p1)
        else:
            k1 = p1._at if p1._rec is rec else rec.enter(p1)
    except AttributeError:
        return record(op, (p0, p1,))
    key = (key_op, k0, k1)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), k1 if k1.__class__ in NO_OPERAND else k1.form or form_of(k1), k0 is k1))
        if step is None:
            return record(op, (p0, p1,))
    rec.at = step
    node = step.out
    if numbers:
        rec.numbers.extend(numbers)
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_f76bb5ea72c9c84c19f91eb9102e195b(p0, p1, p2):
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    numbers = []
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2)) is not None:
                return found
            k0 = rec.enter(p0)
        if p1 is None:
            k1 = None
        elif p1.__class__ is float or p1.__class__ is int:
            k1 = p1.__class__
            numbers.append(p1)
        else:
            k1 = p1._at if p1._rec is rec else rec.enter(p1)
        if p2 is None:
            k2 = None
        elif p2.__class__ is float or p2.__class__ is int:
            k2 = p2.__class__
            numbers.append(p2)
        else:
            k2 = p2._at if p2._rec is rec else rec.enter(p2)
    except AttributeError:
        return record(op, (p0, p1, p2,))
    key = (key_op, k0, k1, k2)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), k1 if k1.__class__ in NO_OPERAND else k1.form or form_of(k1), k2 if k2.__class__ in NO_OPERAND else k2.form or form_of(k2), k0 is k1, k0 is k2, k1 is k2))
        if step is None:
            return record(op, (p0, p1, p2,))
    rec.at = step
    node = step.out
    if numbers:
        rec.numbers.extend(numbers)
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_0729469e5cd44527f93062e96a0b0b3f(p0, p1, p2):
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    if p1 is not None and p1.__class__ not in PLAIN:
        static = integers(p1)
        if static is None:
            return record(op, (p0, p1, p2,))
        p1 = static
    if p2 is not None and p2.__class__ not in PLAIN:
        static = integers(p2)
        if static is None:
            return record(op, (p0, p1, p2,))
        p2 = static
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2)) is not None:
                return found
            k0 = rec.enter(p0)
    except AttributeError:
        return record(op, (p0, p1, p2,))
    key = (key_op, k0, p1, p2)
    step = rec.at.next.get(key)
    if step is None:
        if rec.modes.at_once and (found := now(rec.modes, p0, p1, p2)) is not None:
            return found
        step = rec.new_step(key, (key_op, k0.form or form_of(k0), p1, p1.__class__, p2, p2.__class__), (k0,))
        if step is None:
            return record(op, (p0, p1, p2,))
    rec.at = step
    node = step.out
    if node.__class__ is tuple:
        return (tuple([wait(rec, n) for n in node]))
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def call_eda31d609eaa7b247173f5aaf368c86c(modes, p0):
    try:
        if p0.__class__ is float or p0.__class__ is int:
            k0 = p0.__class__
            x0 = p0
        elif p0 is None:
            k0 = x0 = None
        else:
            if (x0 := p0._buf) is not None and (p0._rec is None or stands(p0)) and (
                    (state := p0._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k0.shape:
                    k0 = k0, waits[2]
            else:
                if x0 is None and (state := p0._x) is None:
                    return None   # it waits
                if x0 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x0, strides = part_of_whole(p0, waits), None
                else:
                    x0, strides = plain(p0)
                if x0 is None:
                    return None
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if strides is not None and k0.shape:
                    k0 = k0, strides
    except AttributeError:
        return with_numbers(call, modes, (p0,))
    key = k0
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0,), (x0,), (k0,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0,), (x0,), (k0,))
        if run is None:
            return None
    token = silenced()
    try:
        value = run(x0)
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if kind.__class__ is tuple:
        return several(modes, value, kind)
    if value.__class__ is not ndarray:
        value = asarray(value, kind.dtype)
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    return handle


def call_46074bc17b122a48914a1a7736e7125a(modes, p0, p1):
    try:
        if p0.__class__ is float or p0.__class__ is int:
            k0 = p0.__class__
            x0 = p0
        elif p0 is None:
            k0 = x0 = None
        else:
            if (x0 := p0._buf) is not None and (p0._rec is None or stands(p0)) and (
                    (state := p0._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k0.shape:
                    k0 = k0, waits[2]
            else:
                if x0 is None and (state := p0._x) is None:
                    return None   # it waits
                if x0 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x0, strides = part_of_whole(p0, waits), None
                else:
                    x0, strides = plain(p0)
                if x0 is None:
                    return None
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if strides is not None and k0.shape:
                    k0 = k0, strides
        if p1.__class__ is float or p1.__class__ is int:
            k1 = p1.__class__
            x1 = p1
        elif p1 is None:
            k1 = x1 = None
        else:
            if (x1 := p1._buf) is not None and (p1._rec is None or stands(p1)) and (
                    (state := p1._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k1 = p1._kind_of
                if known is not x1:
                    k1 = kind_of(x1)
                    p1._kind_of = x1, k1
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k1.shape:
                    k1 = k1, waits[2]
            else:
                if x1 is None and (state := p1._x) is None:
                    return None   # it waits
                if x1 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x1, strides = part_of_whole(p1, waits), None
                else:
                    x1, strides = plain(p1)
                if x1 is None:
                    return None
                known, k1 = p1._kind_of
                if known is not x1:
                    k1 = kind_of(x1)
                    p1._kind_of = x1, k1
                if strides is not None and k1.shape:
                    k1 = k1, strides
    except AttributeError:
        return with_numbers(call, modes, (p0, p1,))
    key = (k0, k1)
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0, p1,), (x0, x1,), (k0, k1,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0, p1,), (x0, x1,), (k0, k1,))
        if run is None:
            return None
    token = silenced()
    try:
        value = run(x0, x1)
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if kind.__class__ is tuple:
        return several(modes, value, kind)
    if value.__class__ is not ndarray:
        value = asarray(value, kind.dtype)
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    return handle


def call_360c703002498915116d527595053402(modes, p0, p1, p2):
    try:
        if p1 is MISSING:
            p1 = d1
        if p2 is MISSING:
            p2 = d2
        if p0.__class__ is float or p0.__class__ is int:
            k0 = p0.__class__
            x0 = p0
        elif p0 is None:
            k0 = x0 = None
        else:
            if (x0 := p0._buf) is not None and (p0._rec is None or stands(p0)) and (
                    (state := p0._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k0.shape:
                    k0 = k0, waits[2]
            else:
                if x0 is None and (state := p0._x) is None:
                    return None   # it waits
                if x0 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x0, strides = part_of_whole(p0, waits), None
                else:
                    x0, strides = plain(p0)
                if x0 is None:
                    return None
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if strides is not None and k0.shape:
                    k0 = k0, strides
    except AttributeError:
        return with_numbers(call, modes, (p0, p1, p2,))
    key = (k0, p1, p1.__class__, p2, p2.__class__)
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0, p1, p2,), (x0,), (k0,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0, p1, p2,), (x0,), (k0,))
        if run is None:
            return None
    token = silenced()
    try:
        value = run(x0)
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if kind.__class__ is tuple:
        return several(modes, value, kind)
    if value.__class__ is not ndarray:
        value = asarray(value, kind.dtype)
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    return handle


def call_fc5b7d59491ab73ae1d94f8415f50a5d(modes, p0, p1, p2, p3):
    try:
        if p1 is MISSING:
            p1 = d1
        if p2 is MISSING:
            p2 = d2
        if p3 is MISSING:
            p3 = d3
        if p0.__class__ is float or p0.__class__ is int:
            k0 = p0.__class__
            x0 = p0
        elif p0 is None:
            k0 = x0 = None
        else:
            if (x0 := p0._buf) is not None and (p0._rec is None or stands(p0)) and (
                    (state := p0._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k0.shape:
                    k0 = k0, waits[2]
            else:
                if x0 is None and (state := p0._x) is None:
                    return None   # it waits
                if x0 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x0, strides = part_of_whole(p0, waits), None
                else:
                    x0, strides = plain(p0)
                if x0 is None:
                    return None
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if strides is not None and k0.shape:
                    k0 = k0, strides
    except AttributeError:
        return with_numbers(call, modes, (p0, p1, p2, p3,))
    key = (k0, p1, p1.__class__, p2, p2.__class__, p3, p3.__class__)
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0, p1, p2, p3,), (x0,), (k0,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0, p1, p2, p3,), (x0,), (k0,))
        if run is None:
            return None
    token = silenced()
    try:
        value = run(x0)
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if kind.__class__ is tuple:
        return several(modes, value, kind)
    if value.__class__ is not ndarray:
        value = asarray(value, kind.dtype)
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    return handle


def call_ea4d5f9f1e2a4a95175685e83b1d3440(modes, p0, p1, p2):
    try:
        if p0.__class__ is float or p0.__class__ is int:
            k0 = p0.__class__
            x0 = p0
        elif p0 is None:
            k0 = x0 = None
        else:
            if (x0 := p0._buf) is not None and (p0._rec is None or stands(p0)) and (
                    (state := p0._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k0.shape:
                    k0 = k0, waits[2]
            else:
                if x0 is None and (state := p0._x) is None:
                    return None   # it waits
                if x0 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x0, strides = part_of_whole(p0, waits), None
                else:
                    x0, strides = plain(p0)
                if x0 is None:
                    return None
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if strides is not None and k0.shape:
                    k0 = k0, strides
        if p1.__class__ is float or p1.__class__ is int:
            k1 = p1.__class__
            x1 = p1
        elif p1 is None:
            k1 = x1 = None
        else:
            if (x1 := p1._buf) is not None and (p1._rec is None or stands(p1)) and (
                    (state := p1._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k1 = p1._kind_of
                if known is not x1:
                    k1 = kind_of(x1)
                    p1._kind_of = x1, k1
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k1.shape:
                    k1 = k1, waits[2]
            else:
                if x1 is None and (state := p1._x) is None:
                    return None   # it waits
                if x1 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x1, strides = part_of_whole(p1, waits), None
                else:
                    x1, strides = plain(p1)
                if x1 is None:
                    return None
                known, k1 = p1._kind_of
                if known is not x1:
                    k1 = kind_of(x1)
                    p1._kind_of = x1, k1
                if strides is not None and k1.shape:
                    k1 = k1, strides
        if p2.__class__ is float or p2.__class__ is int:
            k2 = p2.__class__
            x2 = p2
        elif p2 is None:
            k2 = x2 = None
        else:
            if (x2 := p2._buf) is not None and (p2._rec is None or stands(p2)) and (
                    (state := p2._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k2 = p2._kind_of
                if known is not x2:
                    k2 = kind_of(x2)
                    p2._kind_of = x2, k2
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k2.shape:
                    k2 = k2, waits[2]
            else:
                if x2 is None and (state := p2._x) is None:
                    return None   # it waits
                if x2 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x2, strides = part_of_whole(p2, waits), None
                else:
                    x2, strides = plain(p2)
                if x2 is None:
                    return None
                known, k2 = p2._kind_of
                if known is not x2:
                    k2 = kind_of(x2)
                    p2._kind_of = x2, k2
                if strides is not None and k2.shape:
                    k2 = k2, strides
    except AttributeError:
        return with_numbers(call, modes, (p0, p1, p2,))
    key = (k0, k1, k2)
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0, p1, p2,), (x0, x1, x2,), (k0, k1, k2,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0, p1, p2,), (x0, x1, x2,), (k0, k1, k2,))
        if run is None:
            return None
    token = silenced()
    try:
        value = run(x0, x1, x2)
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if kind.__class__ is tuple:
        return several(modes, value, kind)
    if value.__class__ is not ndarray:
        value = asarray(value, kind.dtype)
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    return handle


def call_1f5bded86ea9ea659561ae0fa35b295b(modes, p0, p1, p2):
    try:
        if p2 is MISSING:
            p2 = d2
        if p0.__class__ is float or p0.__class__ is int:
            k0 = p0.__class__
            x0 = p0
        elif p0 is None:
            k0 = x0 = None
        else:
            if (x0 := p0._buf) is not None and (p0._rec is None or stands(p0)) and (
                    (state := p0._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k0.shape:
                    k0 = k0, waits[2]
            else:
                if x0 is None and (state := p0._x) is None:
                    return None   # it waits
                if x0 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x0, strides = part_of_whole(p0, waits), None
                else:
                    x0, strides = plain(p0)
                if x0 is None:
                    return None
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if strides is not None and k0.shape:
                    k0 = k0, strides
        if p1.__class__ is float or p1.__class__ is int:
            k1 = p1.__class__
            x1 = p1
        elif p1 is None:
            k1 = x1 = None
        else:
            if (x1 := p1._buf) is not None and (p1._rec is None or stands(p1)) and (
                    (state := p1._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k1 = p1._kind_of
                if known is not x1:
                    k1 = kind_of(x1)
                    p1._kind_of = x1, k1
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k1.shape:
                    k1 = k1, waits[2]
            else:
                if x1 is None and (state := p1._x) is None:
                    return None   # it waits
                if x1 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x1, strides = part_of_whole(p1, waits), None
                else:
                    x1, strides = plain(p1)
                if x1 is None:
                    return None
                known, k1 = p1._kind_of
                if known is not x1:
                    k1 = kind_of(x1)
                    p1._kind_of = x1, k1
                if strides is not None and k1.shape:
                    k1 = k1, strides
        if p2.__class__ is float or p2.__class__ is int:
            k2 = p2.__class__
            x2 = p2
        elif p2 is None:
            k2 = x2 = None
        else:
            if (x2 := p2._buf) is not None and (p2._rec is None or stands(p2)) and (
                    (state := p2._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k2 = p2._kind_of
                if known is not x2:
                    k2 = kind_of(x2)
                    p2._kind_of = x2, k2
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k2.shape:
                    k2 = k2, waits[2]
            else:
                if x2 is None and (state := p2._x) is None:
                    return None   # it waits
                if x2 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x2, strides = part_of_whole(p2, waits), None
                else:
                    x2, strides = plain(p2)
                if x2 is None:
                    return None
                known, k2 = p2._kind_of
                if known is not x2:
                    k2 = kind_of(x2)
                    p2._kind_of = x2, k2
                if strides is not None and k2.shape:
                    k2 = k2, strides
    except AttributeError:
        return with_numbers(call, modes, (p0, p1, p2,))
    key = (k0, k1, k2)
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0, p1, p2,), (x0, x1, x2,), (k0, k1, k2,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0, p1, p2,), (x0, x1, x2,), (k0, k1, k2,))
        if run is None:
            return None
    token = silenced()
    try:
        value = run(x0, x1, x2)
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if kind.__class__ is tuple:
        return several(modes, value, kind)
    if value.__class__ is not ndarray:
        value = asarray(value, kind.dtype)
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    return handle


def call_c1782b998c6555cadd13e314353d852c(modes, p0, p1, p2):
    try:
        if p2 is MISSING:
            p2 = d2
        if p0.__class__ is float or p0.__class__ is int:
            k0 = p0.__class__
            x0 = p0
        elif p0 is None:
            k0 = x0 = None
        else:
            if (x0 := p0._buf) is not None and (p0._rec is None or stands(p0)) and (
                    (state := p0._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k0.shape:
                    k0 = k0, waits[2]
            else:
                if x0 is None and (state := p0._x) is None:
                    return None   # it waits
                if x0 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x0, strides = part_of_whole(p0, waits), None
                else:
                    x0, strides = plain(p0)
                if x0 is None:
                    return None
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if strides is not None and k0.shape:
                    k0 = k0, strides
        if p1.__class__ is float or p1.__class__ is int:
            k1 = p1.__class__
            x1 = p1
        elif p1 is None:
            k1 = x1 = None
        else:
            if (x1 := p1._buf) is not None and (p1._rec is None or stands(p1)) and (
                    (state := p1._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k1 = p1._kind_of
                if known is not x1:
                    k1 = kind_of(x1)
                    p1._kind_of = x1, k1
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k1.shape:
                    k1 = k1, waits[2]
            else:
                if x1 is None and (state := p1._x) is None:
                    return None   # it waits
                if x1 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x1, strides = part_of_whole(p1, waits), None
                else:
                    x1, strides = plain(p1)
                if x1 is None:
                    return None
                known, k1 = p1._kind_of
                if known is not x1:
                    k1 = kind_of(x1)
                    p1._kind_of = x1, k1
                if strides is not None and k1.shape:
                    k1 = k1, strides
    except AttributeError:
        return with_numbers(call, modes, (p0, p1, p2,))
    key = (k0, k1, p2, p2.__class__)
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0, p1, p2,), (x0, x1,), (k0, k1,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0, p1, p2,), (x0, x1,), (k0, k1,))
        if run is None:
            return None
    token = silenced()
    try:
        value = run(x0, x1)
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if kind.__class__ is tuple:
        return several(modes, value, kind)
    if value.__class__ is not ndarray:
        value = asarray(value, kind.dtype)
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    return handle


def call_909b56d8618944c7dd94ffa35751feb5(modes, p0, p1):
    try:
        if p1 is MISSING:
            p1 = d1
        if p0.__class__ is not list and p0.__class__ is not tuple:
            return None
        k0, x0 = [], []
        for each in p0:
            if each.__class__ is float or each.__class__ is int:
                k = each.__class__
                x = each
            elif each is None:
                k = x = None
            else:
                if (x := each._buf) is not None and (each._rec is None or stands(each)) and (
                        (state := each._x) is None or (state.__class__ is Seen and (
                            (waits := state.waits).__class__ is list or (
                                waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                    known, k = each._kind_of
                    if known is not x:
                        k = kind_of(x)
                        each._kind_of = x, k
                    if state is not None and waits.__class__ is tuple and (
                            waits[2].__class__ is tuple) and k.shape:
                        k = k, waits[2]
                else:
                    if x is None and (state := each._x) is None:
                        return None   # it waits
                    if x is None and state.__class__ is Seen and (
                            (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                        x, strides = part_of_whole(each, waits), None
                    else:
                        x, strides = plain(each)
                    if x is None:
                        return None
                    known, k = each._kind_of
                    if known is not x:
                        k = kind_of(x)
                        each._kind_of = x, k
                    if strides is not None and k.shape:
                        k = k, strides

            k0.append(k)
            x0.append(x)
        k0 = tuple(k0)
    except AttributeError:
        return with_numbers(call, modes, (p0, p1,))
    key = (k0, p1, p1.__class__)
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0, p1,), (*x0,), (*k0,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0, p1,), (*x0,), (*k0,))
        if run is None:
            return None
    token = silenced()
    try:
        value = run(*x0)
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if kind.__class__ is tuple:
        return several(modes, value, kind)
    if value.__class__ is not ndarray:
        value = asarray(value, kind.dtype)
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    return handle


def call_aa2fc18083dac46ebe96f7c120c0fa60(modes, p0):
    try:
        if p0.__class__ is float or p0.__class__ is int:
            k0 = p0.__class__
            x0 = p0
        elif p0 is None:
            k0 = x0 = None
        else:
            if (x0 := p0._buf) is not None and (p0._rec is None or stands(p0)) and (
                    (state := p0._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k0.shape:
                    k0 = k0, waits[2]
            else:
                if x0 is None and (state := p0._x) is None:
                    return None   # it waits
                if x0 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x0, strides = part_of_whole(p0, waits), None
                else:
                    x0, strides = plain(p0)
                if x0 is None:
                    return None
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if strides is not None and k0.shape:
                    k0 = k0, strides
    except AttributeError:
        return with_numbers(call, modes, (p0,))
    key = k0
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0,), (x0,), (k0,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0,), (x0,), (k0,))
        if run is None:
            return None
    value = run(x0)
    kind, link, strides = kind
    if value.__class__ is not ndarray:
        return None
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    if link is not None:
        share_at_once(p0, x0, handle, link, (), strides)
    return handle


def call_0fc012cd14f257c617e925d2f302333b(modes, p0, p1):
    try:
        if p0.__class__ is float or p0.__class__ is int:
            k0 = p0.__class__
            x0 = p0
        elif p0 is None:
            k0 = x0 = None
        else:
            if (x0 := p0._buf) is not None and (p0._rec is None or stands(p0)) and (
                    (state := p0._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k0.shape:
                    k0 = k0, waits[2]
            else:
                if x0 is None and (state := p0._x) is None:
                    return None   # it waits
                if x0 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x0, strides = part_of_whole(p0, waits), None
                else:
                    x0, strides = plain(p0)
                if x0 is None:
                    return None
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if strides is not None and k0.shape:
                    k0 = k0, strides
    except AttributeError:
        return with_numbers(call, modes, (p0, p1,))
    key = (k0, p1, p1.__class__)
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0, p1,), (x0,), (k0,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0, p1,), (x0,), (k0,))
        if run is None:
            return None
    value = run(x0)
    kind, link, strides = kind
    if value.__class__ is not ndarray:
        return None
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    if link is not None:
        share_at_once(p0, x0, handle, link, (), strides)
    return handle


def call_55a6aaa4fd2c379e0107cb0b18098506(modes, p0, p1):
    try:
        if p1 is MISSING:
            p1 = d1
        if p0.__class__ is float or p0.__class__ is int:
            k0 = p0.__class__
            x0 = p0
        elif p0 is None:
            k0 = x0 = None
        else:
            if (x0 := p0._buf) is not None and (p0._rec is None or stands(p0)) and (
                    (state := p0._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k0.shape:
                    k0 = k0, waits[2]
            else:
                if x0 is None and (state := p0._x) is None:
                    return None   # it waits
                if x0 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x0, strides = part_of_whole(p0, waits), None
                else:
                    x0, strides = plain(p0)
                if x0 is None:
                    return None
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if strides is not None and k0.shape:
                    k0 = k0, strides
    except AttributeError:
        return with_numbers(call, modes, (p0, p1,))
    key = (k0, p1, p1.__class__)
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0, p1,), (x0,), (k0,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0, p1,), (x0,), (k0,))
        if run is None:
            return None
    token = silenced()
    try:
        value = run(x0)
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if kind.__class__ is tuple:
        return several(modes, value, kind)
    if value.__class__ is not ndarray:
        value = asarray(value, kind.dtype)
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    return handle


def call_d5bac903be18cb850ac2faa845a172fc(modes, p0, p1, p2, p3):
    try:
        if p0.__class__ is float or p0.__class__ is int:
            k0 = p0.__class__
            x0 = p0
        elif p0 is None:
            k0 = x0 = None
        else:
            if (x0 := p0._buf) is not None and (p0._rec is None or stands(p0)) and (
                    (state := p0._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k0.shape:
                    k0 = k0, waits[2]
            else:
                if x0 is None and (state := p0._x) is None:
                    return None   # it waits
                if x0 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x0, strides = part_of_whole(p0, waits), None
                else:
                    x0, strides = plain(p0)
                if x0 is None:
                    return None
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if strides is not None and k0.shape:
                    k0 = k0, strides
        if p1.__class__ is not list and p1.__class__ is not tuple:
            return None
        k1, x1 = [], []
        for each in p1:
            if each.__class__ is float or each.__class__ is int:
                k = each.__class__
                x = each
            elif each is None:
                k = x = None
            else:
                if (x := each._buf) is not None and (each._rec is None or stands(each)) and (
                        (state := each._x) is None or (state.__class__ is Seen and (
                            (waits := state.waits).__class__ is list or (
                                waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                    known, k = each._kind_of
                    if known is not x:
                        k = kind_of(x)
                        each._kind_of = x, k
                    if state is not None and waits.__class__ is tuple and (
                            waits[2].__class__ is tuple) and k.shape:
                        k = k, waits[2]
                else:
                    if x is None and (state := each._x) is None:
                        return None   # it waits
                    if x is None and state.__class__ is Seen and (
                            (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                        x, strides = part_of_whole(each, waits), None
                    else:
                        x, strides = plain(each)
                    if x is None:
                        return None
                    known, k = each._kind_of
                    if known is not x:
                        k = kind_of(x)
                        each._kind_of = x, k
                    if strides is not None and k.shape:
                        k = k, strides

            k1.append(k)
            x1.append(x)
        k1 = tuple(k1)
        if p3.__class__ is not list and p3.__class__ is not tuple:
            return None
        k3, x3 = [], []
        for each in p3:
            if each.__class__ is float or each.__class__ is int:
                k = each.__class__
                x = each
            elif each is None:
                k = x = None
            else:
                if (x := each._buf) is not None and (each._rec is None or stands(each)) and (
                        (state := each._x) is None or (state.__class__ is Seen and (
                            (waits := state.waits).__class__ is list or (
                                waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                    known, k = each._kind_of
                    if known is not x:
                        k = kind_of(x)
                        each._kind_of = x, k
                    if state is not None and waits.__class__ is tuple and (
                            waits[2].__class__ is tuple) and k.shape:
                        k = k, waits[2]
                else:
                    if x is None and (state := each._x) is None:
                        return None   # it waits
                    if x is None and state.__class__ is Seen and (
                            (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                        x, strides = part_of_whole(each, waits), None
                    else:
                        x, strides = plain(each)
                    if x is None:
                        return None
                    known, k = each._kind_of
                    if known is not x:
                        k = kind_of(x)
                        each._kind_of = x, k
                    if strides is not None and k.shape:
                        k = k, strides

            k3.append(k)
            x3.append(x)
        k3 = tuple(k3)
    except AttributeError:
        return with_numbers(call, modes, (p0, p1, p2, p3,))
    key = (k0, k1, p2, p2.__class__, k3)
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0, p1, p2, p3,), (x0, *x1, *x3,), (k0, *k1, *k3,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0, p1, p2, p3,), (x0, *x1, *x3,), (k0, *k1, *k3,))
        if run is None:
            return None
    token = silenced()
    try:
        value = run(x0, *x1, *x3)
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if kind.__class__ is tuple:
        return several(modes, value, kind)
    if value.__class__ is not ndarray:
        value = asarray(value, kind.dtype)
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    return handle


def call_feca8376be53bbb540c65ac8857ef845(modes, p0, p1):
    try:
        if p0.__class__ is float or p0.__class__ is int:
            k0 = p0.__class__
            x0 = p0
        elif p0 is None:
            k0 = x0 = None
        else:
            if (x0 := p0._buf) is not None and (p0._rec is None or stands(p0)) and (
                    (state := p0._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k0.shape:
                    k0 = k0, waits[2]
            else:
                if x0 is None and (state := p0._x) is None:
                    return None   # it waits
                if x0 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x0, strides = part_of_whole(p0, waits), None
                else:
                    x0, strides = plain(p0)
                if x0 is None:
                    return None
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if strides is not None and k0.shape:
                    k0 = k0, strides
    except AttributeError:
        return with_numbers(call, modes, (p0, p1,))
    key = (k0, p1, p1.__class__)
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0, p1,), (x0,), (k0,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0, p1,), (x0,), (k0,))
        if run is None:
            return None
    token = silenced()
    try:
        value = run(x0)
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if kind.__class__ is tuple:
        return several(modes, value, kind)
    if value.__class__ is not ndarray:
        value = asarray(value, kind.dtype)
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    return handle


def call_9b104715885585e367f687b47244b585(modes, p0, p1, p2, p3, p4):
    try:
        if p1 is MISSING:
            p1 = d1
        if p2 is MISSING:
            p2 = d2
        if p3 is MISSING:
            p3 = d3
        if p4 is MISSING:
            p4 = d4
        if p0.__class__ is float or p0.__class__ is int:
            k0 = p0.__class__
            x0 = p0
        elif p0 is None:
            k0 = x0 = None
        else:
            if (x0 := p0._buf) is not None and (p0._rec is None or stands(p0)) and (
                    (state := p0._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k0.shape:
                    k0 = k0, waits[2]
            else:
                if x0 is None and (state := p0._x) is None:
                    return None   # it waits
                if x0 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x0, strides = part_of_whole(p0, waits), None
                else:
                    x0, strides = plain(p0)
                if x0 is None:
                    return None
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if strides is not None and k0.shape:
                    k0 = k0, strides
    except AttributeError:
        return with_numbers(call, modes, (p0, p1, p2, p3, p4,))
    key = (k0, p1, p1.__class__, p2, p2.__class__, p3, p3.__class__, p4, p4.__class__)
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0, p1, p2, p3, p4,), (x0,), (k0,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0, p1, p2, p3, p4,), (x0,), (k0,))
        if run is None:
            return None
    token = silenced()
    try:
        value = run(x0)
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if kind.__class__ is tuple:
        return several(modes, value, kind)
    if value.__class__ is not ndarray:
        value = asarray(value, kind.dtype)
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    return handle


def call_1f7cda7ac5636789bf0129c7124e562d(modes, p0, p1, p2):
    try:
        if p2 is MISSING:
            p2 = d2
        if p0.__class__ is float or p0.__class__ is int:
            k0 = p0.__class__
            x0 = p0
        elif p0 is None:
            k0 = x0 = None
        else:
            if (x0 := p0._buf) is not None and (p0._rec is None or stands(p0)) and (
                    (state := p0._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k0.shape:
                    k0 = k0, waits[2]
            else:
                if x0 is None and (state := p0._x) is None:
                    return None   # it waits
                if x0 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x0, strides = part_of_whole(p0, waits), None
                else:
                    x0, strides = plain(p0)
                if x0 is None:
                    return None
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if strides is not None and k0.shape:
                    k0 = k0, strides
    except AttributeError:
        return with_numbers(call, modes, (p0, p1, p2,))
    key = (k0, p1, p1.__class__, p2, p2.__class__)
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0, p1, p2,), (x0,), (k0,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0, p1, p2,), (x0,), (k0,))
        if run is None:
            return None
    token = silenced()
    try:
        value = run(x0)
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if kind.__class__ is tuple:
        return several(modes, value, kind)
    if value.__class__ is not ndarray:
        value = asarray(value, kind.dtype)
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    return handle


def call_fb5cc29c3fc630234143101c2ced928c(modes, p0, p1, p2):
    try:
        if p0.__class__ is float or p0.__class__ is int:
            k0 = p0.__class__
            x0 = p0
        elif p0 is None:
            k0 = x0 = None
        else:
            if (x0 := p0._buf) is not None and (p0._rec is None or stands(p0)) and (
                    (state := p0._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k0.shape:
                    k0 = k0, waits[2]
            else:
                if x0 is None and (state := p0._x) is None:
                    return None   # it waits
                if x0 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x0, strides = part_of_whole(p0, waits), None
                else:
                    x0, strides = plain(p0)
                if x0 is None:
                    return None
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if strides is not None and k0.shape:
                    k0 = k0, strides
    except AttributeError:
        return with_numbers(call, modes, (p0, p1, p2,))
    key = (k0, p1, p1.__class__, p2, p2.__class__)
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0, p1, p2,), (x0,), (k0,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0, p1, p2,), (x0,), (k0,))
        if run is None:
            return None
    value = run(x0)
    kind, link, strides = kind
    if value.__class__ is not ndarray:
        return None
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    if link is not None:
        share_at_once(p0, x0, handle, link, (), strides)
    return handle


def call_0492be2ca9b1caa45928fee2eddf8791(modes, p0, p1):
    try:
        if p0.__class__ is float or p0.__class__ is int:
            k0 = p0.__class__
            x0 = p0
        elif p0 is None:
            k0 = x0 = None
        else:
            if (x0 := p0._buf) is not None and (p0._rec is None or stands(p0)) and (
                    (state := p0._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k0.shape:
                    k0 = k0, waits[2]
            else:
                if x0 is None and (state := p0._x) is None:
                    return None   # it waits
                if x0 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x0, strides = part_of_whole(p0, waits), None
                else:
                    x0, strides = plain(p0)
                if x0 is None:
                    return None
                known, k0 = p0._kind_of
                if known is not x0:
                    k0 = kind_of(x0)
                    p0._kind_of = x0, k0
                if strides is not None and k0.shape:
                    k0 = k0, strides
        if p1.__class__ is float or p1.__class__ is int:
            k1 = (p1.__class__, p1) if p1 in SPECIAL else p1.__class__
            x1 = p1
        elif p1 is None:
            k1 = x1 = None
        else:
            if (x1 := p1._buf) is not None and (p1._rec is None or stands(p1)) and (
                    (state := p1._x) is None or (state.__class__ is Seen and (
                        (waits := state.waits).__class__ is list or (
                            waits.__class__ is tuple and waits[0].__class__ is not Store)))):
                known, k1 = p1._kind_of
                if known is not x1:
                    k1 = kind_of(x1)
                    p1._kind_of = x1, k1
                if state is not None and waits.__class__ is tuple and (
                        waits[2].__class__ is tuple) and k1.shape:
                    k1 = k1, waits[2]
            else:
                if x1 is None and (state := p1._x) is None:
                    return None   # it waits
                if x1 is None and state.__class__ is Seen and (
                        (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                    x1, strides = part_of_whole(p1, waits), None
                else:
                    x1, strides = plain(p1)
                if x1 is None:
                    return None
                known, k1 = p1._kind_of
                if known is not x1:
                    k1 = kind_of(x1)
                    p1._kind_of = x1, k1
                if strides is not None and k1.shape:
                    k1 = k1, strides
    except AttributeError:
        return with_numbers(call, modes, (p0, p1,))
    key = (k0, k1)
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, (p0, p1,), (x0, x1,), (k0, k1,))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, (p0, p1,), (x0, x1,), (k0, k1,))
        if run is None:
            return None
    token = silenced()
    try:
        value = run(x0, x1)
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if kind.__class__ is tuple:
        return several(modes, value, kind)
    if value.__class__ is not ndarray:
        value = asarray(value, kind.dtype)
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
    return handle


CALLS = {
    ('quick', (0,), '(input)', (True,), 1, False, False, False, True, True): call_1d1dc27a77c1d0e58762c143e716a6c7,
    ('quick', (0, 0), '(input, other)', (True, True), 2, False, False, False, True, False): call_6ea96b73791269aa650cd38beba25ed0,
    ('quick', (0, 5, 5), '(input, dim, dtype)', (True, True, False), 3, False, False, False, True, True): call_7ab979a99a1bb949b7f4045cb95dd87d,
    ('quick', (0, 5), '(input, inplace)', (True, False), 2, False, False, False, True, True): call_7af733557b85b39740964a392e4c52f0,
    ('quick', (0, 0, 0), '(input, end, weight)', (True, True, True), 3, False, False, False, True, False): call_75a123ab6ef4e09794dfa3590825873f,
    ('quick', (1, 5), '(tensors, dim)', (True, False), 2, False, False, False, True, False): call_d253b109716bb38ecb06bf90c84b78e0,
    ('quick', (0, 5, 5, 5), '(input, dim, keepdim, dtype)', (True, False, False, False), 3, False, False, False, True, True): call_c0857fe2abc9dfbba8c14c0618ee0695,
    ('quick', (0, 5, 5), '(input, dim, keepdim)', (True, False, False), 3, False, False, False, True, True): call_187c0d2067d34ce3028a5af007a5124d,
    ('quick', (0, 5), '(input, diagonal)', (True, False), 2, False, False, False, True, True): call_b5b3c426cbd37316b7aef794054fbf0d,
    ('quick', (0, 5, 5), '(input, dim, dtype)', (True, True, False), 2, False, False, False, True, True): call_5b4ba3e0f1ffe35a1f07d2b72d694e53,
    ('quick', (0, 5, 5), '(input, dim0, dim1)', (True, True, True), 3, False, True, False, True, True): call_33832fffa67660ab61b6c30dcbe134dc,
    ('quick', (0,), '(input)', (True,), 1, False, True, False, True, True): call_03412e550986d8efc9a01f01600f31ce,
    ('quick', (0, 4), '(input)', (True, True), 2, True, True, False, True, False): call_9becc890d138d60875b8e17f5361a629,
    ('quick', (0, 4), '(input)', (True, True), 2, True, False, False, True, False): call_45d60eb1c5924f97b9322dd948d0f9bc,
    ('quick', (0, 5, 5, 5, 5), '(input, dim, unbiased, keepdim, correction)', (True, False, False, False, False), 4, False, False, False, True, True): call_c8c417074e2a028af5a6c583550af82a,
    ('quick', (0, 3), '(input, exponent)', (True, True), 2, False, False, False, True, True): call_abe06eeaf7d58cebd68d43b40b697582,
    ('quick', (0, 5, 5, 5, 5), '(input, k, dim, largest, sorted)', (True, True, False, False, False), 5, False, False, False, False, True): call_400069c2cb436fc9add683c081ac4fee,
    ('quick', (0, 0, 0), '(input, weight, bias)', (True, True, False), 3, False, False, False, True, False): call_1de85c6a777fabd745bccfdeaa9e0d5b,
    ('quick', (0, 5, 0, 0, 5), '(input, normalized_shape, weight, bias, eps)', (True, True, False, False, False), 5, False, False, False, True, True): call_f9877f6bd00a433b001260e8f4bc6100,
    ('quick', (0, 0, 0, 5, 5, 5, 5, 5), '(input, target, weight, size_average, ignore_index, reduce, reduction, label_smoothing)', (True, True, False, False, False, False, False, False), 8, False, False, False, True, False): call_8ef4b06a5bfc5be63ae861cacc02fb3f,
    ('quick', (0, 0, 5, 5, 5, 0), '(input, target, size_average, reduce, reduction, weight)', (True, True, False, False, False, False), 6, False, False, False, True, False): call_41193cc1053102b8358eb43285531db5,
    ('quick', (0,), '(input)', (True,), 1, False, False, True, True, False): call_1b415faa95b6b64b9c5177b8f6cdcdcb,
    ('call', (0,), False, False): call_dcc5896ddc0a74d758f30e025dc17f82,
    ('call', (0, 0), False, False): call_fee04d4fcee078d88bcb6fa80bd147bb,
    ('call', (0, 0, 0), False, False): call_f76bb5ea72c9c84c19f91eb9102e195b,
    ('call', (0, 5, 5), False, False): call_0729469e5cd44527f93062e96a0b0b3f,
    ('call', (0, 0, 2), False, False): call_f76bb5ea72c9c84c19f91eb9102e195b,
    ('at once', (0,), (True,), False): call_eda31d609eaa7b247173f5aaf368c86c,
    ('at once', (0, 0), (True, True), False): call_46074bc17b122a48914a1a7736e7125a,
    ('at once', (0, 5, 5), (True, False, False), False): call_360c703002498915116d527595053402,
    ('at once', (0, 5, 5, 5), (True, False, False, False), False): call_fc5b7d59491ab73ae1d94f8415f50a5d,
    ('at once', (0, 0, 0), (True, True, True), False): call_ea4d5f9f1e2a4a95175685e83b1d3440,
    ('at once', (0, 0, 2), (True, True, False), False): call_1f5bded86ea9ea659561ae0fa35b295b,
    ('at once', (0, 0, 5), (True, True, False), False): call_c1782b998c6555cadd13e314353d852c,
    ('at once', (1, 5), (True, False), False): call_909b56d8618944c7dd94ffa35751feb5,
    ('at once', (0,), (True,), True): call_aa2fc18083dac46ebe96f7c120c0fa60,
    ('at once', (0, 4), (True, True), True): call_0fc012cd14f257c617e925d2f302333b,
    ('at once', (0, 5), (True, False), False): call_55a6aaa4fd2c379e0107cb0b18098506,
    ('at once', (0, 1, 5, 1), (True, True, True, True), False): call_d5bac903be18cb850ac2faa845a172fc,
    ('at once', (0, 5), (True, True), False): call_feca8376be53bbb540c65ac8857ef845,
    ('at once', (0, 5, 5, 5, 5), (True, False, False, False, False), False): call_9b104715885585e367f687b47244b585,
    ('at once', (0, 5, 5), (True, True, False), False): call_1f7cda7ac5636789bf0129c7124e562d,
    ('at once', (0, 5, 5), (True, True, True), True): call_fb5cc29c3fc630234143101c2ced928c,
    ('at once', (0, 3), (True, True), False): call_0492be2ca9b1caa45928fee2eddf8791,
    ('at once', (0, 5), (True, True), True): call_0fc012cd14f257c617e925d2f302333b,
    ('at once', (0, 4), (True, True), False): call_feca8376be53bbb540c65ac8857ef845,
    ('at once', (0, 0, 0), (True, True, False), False): call_1f5bded86ea9ea659561ae0fa35b295b,
}
