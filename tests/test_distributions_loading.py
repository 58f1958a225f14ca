"""Distributions are loaded one by one, when each is first asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import wengert as torch
from wengert import distributions as D

pytestmark = pytest.mark.once


def loaded_by(text: str) -> set[str]:
    """The modules of distributions, and of linear algebra, that a fresh process has loaded."""
    done = subprocess.run([sys.executable, "-c", f"""
import sys
import wengert as torch
from wengert import distributions as D
{text}
print(*[name.removeprefix("wengert.") for name in sys.modules if name.startswith(
    ("wengert.distributions.", "wengert.linalg"))])
"""], capture_output=True, text=True, check=True)
    return {name.removeprefix("distributions.") for name in done.stdout.split()}


def test_a_distribution_is_loaded_without_the_others() -> None:
    found = loaded_by("D.Categorical(logits=torch.zeros(5)).sample()")
    assert "categorical" in found
    assert found.isdisjoint({"normal", "gamma", "transforms", "kl", "linalg", "wishart"})


def test_a_divergence_of_one_class_loads_no_other() -> None:
    found = loaded_by("D.kl_divergence(D.Normal(0.0, 1.0), D.Normal(1.0, 2.0)).item()")
    assert {"normal", "kl"} <= found
    assert found.isdisjoint({"gumbel", "gamma", "kl_pairs", "linalg"})
    assert {"gumbel", "kl_pairs"} <= loaded_by(
        "D.kl_divergence(D.Normal(0.0, 1.0), D.Laplace(1.0, 2.0)).item()")


def test_a_users_divergence_stays_where_the_package_has_one_too() -> None:
    loaded_by("""
class Mine(D.Normal):
    pass
for p, q in ((D.Normal, D.Normal), (D.Normal, D.Laplace), (Mine, D.Laplace)):
    D.register_kl(p, q)(lambda p, q: "mine")
assert D.kl_divergence(D.Normal(0.0, 1.0), D.Normal(0.0, 1.0)) == "mine"
assert D.kl_divergence(D.Laplace(0.0, 1.0), D.Normal(0.0, 1.0)).shape == ()
assert D.kl_divergence(D.Normal(0.0, 1.0), D.Laplace(0.0, 1.0)) == "mine"
assert D.kl_divergence(Mine(0.0, 1.0), D.Laplace(0.0, 1.0)) == "mine"
assert D.kl_divergence(Mine(0.0, 1.0), Mine(0.0, 1.0)) == "mine"   # Normal's, the nearest
""")


def test_each_name_is_found_and_listed() -> None:
    for name in D.__all__:
        assert getattr(D, name) is not None and name in dir(D)
    everything: dict[str, object] = {}
    exec("from wengert.distributions import *", everything)
    assert set(D.__all__) <= set(everything)
    assert torch.distributions.normal.Normal is D.Normal
    with pytest.raises(AttributeError, match=r"nearest: torch\.distributions\.Normal"):
        D.Normall  # noqa: B018
