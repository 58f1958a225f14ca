"""Callers: operations of like signatures have one text, and common ones are compiled with the
package."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

import callers
import wengert as torch
from wengert.engine.recording import at_once, calls, written
from wengert.engine.recording.operation import OPERATIONS
from wengert.engine.recording.recording import here

pytestmark = pytest.mark.once


def test_what_is_compiled_with_the_package_is_what_callers_say() -> None:
    assert callers.FILE.read_text(encoding="utf-8") == callers.content(), (
        "python -m tests.callers writes it anew")


def test_a_caller_that_is_compiled_with_the_package_has_the_code_of_its_text() -> None:
    compiled = {}
    for said, text in [*callers.texts(), *callers.all_texts()]:
        found = written.CALLS.get(said)
        if found is None:
            continue
        if text not in compiled:
            compiled[text] = compile(text, "<test>", "exec").co_consts[0]
        made, code = compiled[text], found.__code__
        assert (code.co_code, code.co_names, code.co_varnames) == (
            made.co_code, made.co_names, made.co_varnames), said
    assert len(compiled) > 40


def test_what_is_said_of_a_text_is_all_that_it_depends_on() -> None:
    texts: dict[callers.Said, str] = {}
    for said, text in callers.all_texts():
        assert texts.setdefault(said, text) == text, said
    assert len({*texts.values()}) > 100


@pytest.mark.parametrize("name, begun, few", [
    ("exp", at_once.LOADING, 1), ("exp", 0, 1 + at_once.FEW + at_once.MANY),
    ("trace", at_once.LOADING, 1 + at_once.FEW + at_once.MANY)])
def test_a_text_is_compiled_when_that_has_become_the_smaller_part(
        name: str, begun: int, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is compiled with the package is taken at the second call, once there were so many
    that what is compiled with it is loaded."""
    taken: list[str] = []
    before, known = calls.code_of, calls.is_compiled
    monkeypatch.delitem(sys.modules, "wengert.engine.recording.written", raising=False)
    monkeypatch.setitem(at_once.begun, "calls", begun)
    monkeypatch.setattr(calls, "code_of", lambda said, text: taken.append(text()) or (
        before(said, text)))
    monkeypatch.setattr(calls, "is_compiled", lambda said: name == "exp" and known(said))
    function = calls.caller(OPERATIONS[name])
    x = torch.ones(2, 2)
    for _ in range(few):
        function(x)
    assert not taken
    function(x)
    assert len(taken) == 1
    assert torch.equal(function(x), getattr(torch, name)(x))


@pytest.mark.parametrize("name", ["exp", "trace"])
def test_a_text_may_be_written_while_another_thread_is_in_an_early_call(name: str) -> None:
    function = calls.caller(OPERATIONS[name])
    scope = function.__globals__
    scope["write_text"]()   # the other thread's
    assert scope["look"]() is function
    assert function(torch.eye(2)).sum().item() > 1


AT_ONCE: dict[str, tuple[str, Callable[[float], tuple[Any, ...]]]] = {
    "one operand": ("exp", lambda k: (torch.full((3,), k),)),
    "a number": ("add", lambda k: (torch.full((2, 3), k), k, 1)),
    "None, and a number that counts": ("clamp", lambda k: (torch.arange(4.0) * k, None, 2.0)),
    "an exponent": ("pow", lambda k: (torch.full((3,), k), 2)),
    "operands that meet": ("where", lambda k: (torch.arange(3) > k, torch.ones(3), -k)),
    "what does not lie row by row": ("mul", lambda k: (
        torch.arange(6.0).reshape(2, 3).t(), torch.full((3, 2), k))),
    "a list": ("cat", lambda k: ([torch.full((2,), k), torch.zeros(3)], 0)),
    "dims": ("sum", lambda k: (torch.full((2, 3), k), (0,), True, None)),
    "several results": ("topk", lambda k: (torch.arange(5.0) * k, 2, -1, True, True)),
    "a view": ("transpose", lambda k: (torch.full((2, 3), k), 0, 1)),
    "a default": ("softmax", lambda k: (torch.arange(3.0) * k, 0, None)),
}


@pytest.mark.skipif(torch.config.tier != "auto", reason="nothing is computed as it is called")
@pytest.mark.parametrize("case", AT_ONCE)
def test_what_is_computed_at_once_is_the_same_before_its_text_is_written(
        case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, arguments = AT_ONCE[case]
    assert getattr(torch, name, None) or getattr(torch.Tensor, name)   # it is loaded then
    op, before = OPERATIONS[name], at_once.unwritten
    unwritten: list[object] = []
    monkeypatch.setattr(at_once, "unwritten", lambda op, *rest: (
        unwritten.append(op), before(op, *rest))[1])
    monkeypatch.setattr(at_once, "MANY", 0)
    call = calls.caller(op)
    call(*arguments(0.5))
    now, modes = at_once.at_once(op), here.modes
    for k in range(10):
        args = arguments(0.25 * k)
        expected = call(*args)
        torch.cpu.synchronize()
        several = isinstance(expected, tuple)
        monkeypatch.setattr(modes, "at_once", 9)
        calls.caller(op)(*args)   # before its text is written it asks, too
        found = now(modes, *args)
        assert modes.at_once == 7
        modes.at_once = 0
        assert isinstance(found, tuple) == several
        pairs = zip(found, expected, strict=True) if several else [(found, expected)]
        assert all(torch.allclose(a, b, rtol=1e-6) and a.dtype is b.dtype and (
            a.stride() == b.stride()) for a, b in pairs)
        if op.view:
            found.add_(1)
            assert torch.equal(args[0].t(), found)
        made = torch.zeros(3, requires_grad=True) * 1
        assert now(modes, made, *args[1:]) is None
    assert 1 <= len(unwritten) <= 2


def test_operations_of_like_signatures_share_what_computes_them_at_once() -> None:
    assert at_once.said_of(OPERATIONS["exp"], 1) == at_once.said_of(OPERATIONS["tanh"], 1)
    for name in callers.AT_ONCE:
        op = OPERATIONS[name]
        assert at_once.is_compiled(at_once.said_of(op, len(op.kinds)))


def test_no_text_is_written_where_one_was_compiled_with_the_package(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_once, "text_of", None)
    monkeypatch.setattr(calls, "_body", None)
    x = torch.ones(2, 2)
    for function in (calls.quick(OPERATIONS["exp"], torch.exp), calls.caller(OPERATIONS["exp"])):
        function.__globals__["write_text"]()
        assert torch.equal(function(x), torch.exp(x))
    at_once.at_once(OPERATIONS["exp"]).__globals__["write_text"]()
