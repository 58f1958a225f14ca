"""Pictures have a box for each operation and an edge for each argument; formulas speak as people
do; notebooks show them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as xml

import pytest

import wengert as torch
from wengert import explain
from wengert.config import config
from wengert.engine.graph import Graph, Node
from wengert.engine.ops import elementwise as el
from wengert.engine.ops.structural import input_

recorded = pytest.mark.skipif(
    config.tier == "eager", reason="each operation is a recording of its own")
NS = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def grandalf() -> None:
    pytest.importorskip("grandalf", reason="needs the package grandalf")


def boxes(svg: str) -> list[str]:
    return [group.findtext(f"{NS}text") for group in xml.fromstring(svg).iter(f"{NS}g")
            if "box" in group.get("class", "")]


@recorded
def test_a_box_for_each_operation(grandalf: None, tmp_path) -> None:
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = (torch.log(x) * x).sum()
    svg = torch.explain(y).svg(tmp_path / "y.svg")
    assert (tmp_path / "y.svg").read_text() == svg
    assert boxes(svg) == ["x", "t1 = log(x)", "t2 = t1 * x", "y = sum(t2)"]
    tree = xml.fromstring(svg)
    wires = [path for path in tree.iter(f"{NS}path") if path.get("marker-end")]
    assert len(wires) == 4
    words = [text.text for text in tree.iter(f"{NS}text")]
    assert "× 1 / x = [0.5, 0.333333]" in words
    assert "∂y/∂x = [1.69315, 2.09861]" in words


@recorded
def test_a_shape_that_comes_back_is_not_written() -> None:
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    a = torch.sin(x)
    c = a.reshape(2, 2) + torch.exp(x).view(2, 2)
    d = (c.reshape(4) * x).sum()
    assert torch.explain(d, x).paths[0].text == "x * cos(x)"


@recorded
def test_boxes_do_not_meet(grandalf: None) -> None:
    def f(x: torch.Tensor) -> torch.Tensor:
        a, b, c, d = torch.sin(x), torch.exp(x), torch.tanh(x), torch.sigmoid(x)
        return (a * b + c * d) * torch.log(a + x)

    tree = xml.fromstring(torch.explain(f)(1.5).svg())
    rects = [tuple(float(rect.get(key)) for key in ("x", "y", "width", "height"))
             for rect in tree.iter(f"{NS}rect")]
    assert len(rects) == 11
    for i, (x, y, w, h) in enumerate(rects):
        for u, v, wide, high in rects[:i]:
            assert x + w <= u or u + wide <= x or y + h <= v or v + high <= y


def test_without_grandalf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "grandalf.graphs", None)
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    with pytest.raises(ImportError, match=r"pip install .*wengert\[picture\]"):
        torch.explain(y).svg()
    assert "<table>" in torch.explain(y)._repr_html_()
    assert "No picture: " in torch.explain(y).html()


@recorded
def test_slices_have_bounds_and_small_values_are_shown() -> None:
    x = torch.tensor([2.0, 3.0, 5.0], requires_grad=True)
    y = x[0] * x[-1] + x[1:].sum() + x[::2].prod()
    formulas = [row.formula for row in torch.explain(y).rows]
    assert formulas[:2] == ["x[0]", "x[2]"]
    assert "x[1:3]" in formulas and "x[0:3:2]" in formulas
    assert torch.explain(y, x).rows[0].factors[0].text == "g -> g into zeros((3,)) at [0]"
    y.backward()
    assert torch.explain(x.grad).leaves[0].gradient == "[10, 1, 5]" or x.grad.tolist()


@recorded
def test_modules_are_rows_that_open() -> None:
    class Block(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = torch.nn.LayerNorm(4)
            self.out = torch.nn.Linear(4, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + self.out(self.norm(x))

    model = torch.nn.Sequential(Block(), torch.nn.ReLU(), Block())
    x = torch.ones(3, 4)
    loss = model(x).sum()
    names = [row.formula for row in torch.explain(loss).rows]
    assert "model[0].norm(x)" in names[0]
    assert any(leaf.name == "model[2].out.weight" for leaf in torch.explain(loss).leaves)
    whole = torch.explain(model)(x)   # it knows in which modules it was
    assert [row.title for row in whole.rows] == [
        "model[0] (Block)", "model[1] (ReLU)", "model[2] (Block)"]
    first = whole.rows[0]
    assert [row.title for row in first.inside][:2] == [
        "model[0].norm (LayerNorm)", "model[0].out (Linear)"]
    assert len(whole.text(depth=1).splitlines()) > len(whole.text().splitlines())


@recorded
def test_loops_fold_and_paths_are_counted() -> None:
    def f(u: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        for _ in range(5):
            u = torch.tanh(u) * w
        return u

    report = torch.explain(f)(0.5, 2.0)
    row, = report.rows
    assert (row.kind, row.title) == ("loop", "5 turns of tanh, mul")
    assert [turn.title for turn in row.inside][:2] == ["turn 1", "turn 2"]
    assert report.path_count == 6
    u, w = (torch.tensor(value, requires_grad=True) for value in (0.5, 2.0))
    f(u, w).backward()
    assert [float(leaf.gradient) for leaf in report.leaves] == pytest.approx(
        [u.grad.item(), w.grad.item()], rel=1e-5)


def test_what_can_be_explained() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    with pytest.raises(RuntimeError, match="give the result itself"):
        torch.explain(x)
    with pytest.raises(TypeError, match="not int"):
        torch.explain(3)
    with pytest.raises(TypeError, match="a leaf is a tensor"):
        torch.explain(x * x, 3)
    with pytest.raises(TypeError, match=r"wengert.why\(x\)"):
        torch.explain(x.grad)
    assert torch.explain(lambda a: a * a)(3.0).leaves[0].gradient == "6"
    empty = torch.zeros(0, 3, requires_grad=True)
    assert torch.explain((empty * 2).sum()).leaves[0].gradient == "no elements"
    z = torch.tensor([1 + 2j], requires_grad=True)
    assert torch.explain((z * z).abs().sum()).rows


def test_x_over_x_is_one() -> None:
    x = torch.tensor(3.0, requires_grad=True)
    y = torch.log(x) * x
    assert torch.explain(y, x).total.text == "1 + log(x)" or "log(x)" in str(torch.explain(y, x))
    assert "1 / x * x" not in str(torch.explain(y, x))


# ---- notebooks ----


@recorded
def test_notebooks_show_them(grandalf: None) -> None:
    x = torch.tensor(2.0, requires_grad=True)
    y = torch.exp(x) * x
    bundle = torch.explain(y)._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert repr(torch.explain(y)) == str(torch.explain(y)) == bundle["text/plain"]
    assert "<svg" in bundle["text/html"] and "<table>" in bundle["text/html"]
    assert "y = t1 * x" in y.grad_fn._repr_html_()
    assert "<li>" in torch.why(y)._repr_html_()
    assert "1 / x" in torch.derivative("log")._repr_html_()


def test_a_graph_is_a_picture(grandalf: None) -> None:
    a = Node(input_, (), {}, (2,), torch.float32)
    graph = Graph([a], [el.exp(a) * a])
    shown = graph._repr_html_()
    assert "%1 = exp" in shown and "output %2" in shown and re.search("<svg", shown)


def test_cells_go_by_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from wengert.engine.errors import show_line
    compiler = SimpleNamespace(format_code_name=lambda name: (
        ("Cell", "In[5]") if name == "/tmp/ipykernel_1/312.py" else None))
    shell = SimpleNamespace(compile=compiler)
    monkeypatch.setitem(__import__("sys").modules, "IPython",
                        SimpleNamespace(get_ipython=lambda: shell))
    assert show_line(("/tmp/ipykernel_1/312.py", 3)) == "In[5]:3"
    assert show_line(("/home/a/train.py", 3)) == "train.py:3"
    assert explain is not None
