"""The page of an explanation, in a browser: one steps through the program, folds and searches."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wengert.config import config
from wengert.explain.report import Explanation
from wengert.explain.rows import Factor, Leaf, Row

webdriver = pytest.importorskip("selenium.webdriver", reason="needs the package selenium")
pytest.importorskip("grandalf", reason="needs the package grandalf")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
               None)
DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.skipif(not (BROWSER and DRIVER), reason="needs chromium and chromedriver"),
    pytest.mark.skipif(config.tier != "auto", reason="the page is the same in each tier")]

SCRIPT = """
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.LayerNorm(4)
            self.fc = nn.Linear(4, 4)

        def forward(self, x):
            return x + self.fc(self.norm(x)).relu()

    torch.manual_seed(0)
    net = nn.Sequential(Block(), Block())
    w = torch.ones(4, requires_grad=True)
    h = net(torch.arange(8.0).reshape(2, 4) * w)
    for k in range(5):
        h = torch.tanh(h) * w
    loss = (h * h).sum() + w.sum()
    loss.backward()
    print("done")
    """


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--window-size=1400,850", "--no-first-run"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    (folder / "script.py").write_text(textwrap.dedent(SCRIPT))
    done = subprocess.run(
        [sys.executable, "-m", "wengert", "run", "--explain", "loss", "--html",
         str(folder / "out.html"), str(folder / "script.py")],
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "done\n"
    return folder / "out.html"


@pytest.fixture
def page(browser: Any, written: Path) -> Any:
    browser.get(written.as_uri())
    return browser


def text(page: Any, selector: str) -> str:
    return page.execute_script(
        "return document.querySelector(arguments[0]).innerText", selector).strip()


def click(page: Any, selector: str) -> None:
    page.find_element("css selector", selector).click()


def press(page: Any, key: str, times: int = 1) -> None:
    for _ in range(times):
        page.execute_script(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', "
            "{key: arguments[0], bubbles: true}))", key)


def current(page: Any) -> str:
    return text(page, "#steps [aria-current] .made")


def test_it_needs_no_network(page: Any, written: Path) -> None:
    source = written.read_text()
    assert not re.search(r"""(src|href)\s*=\s*["']|url\(http|@import|fetch\(|<link""", source)
    errors = [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"]
    assert not errors, errors


def test_stepping_forward_and_backward(page: Any) -> None:
    assert re.match(r"forward, step 1 of \d+", text(page, "#phase"))
    first = current(page)
    click(page, "#next")
    assert current(page) != first
    click(page, "#back")
    assert current(page) == first
    later = page.find_elements("css selector", "#rows li.later")
    assert later, "what has not been recorded yet is dim"
    click(page, "#turn")
    assert re.match(r"backward, step 1 of", text(page, "#phase"))
    assert current(page).startswith("loss = ")
    assert "∂loss/∂loss" in text(page, "#card")
    assert "receives" in text(page, "#card")
    assert "loss = (h * h).sum() + w.sum()" in text(page, "#code .now")
    click(page, "#last")
    assert text(page, "#phase").startswith("into .grad")
    assert not page.find_elements("css selector", "#leaves li.later")


def test_parts_accumulate_into_grad(page: Any) -> None:
    click(page, "#turn")
    names = page.execute_script("return data.leaves.map((leaf) => leaf.name)")
    row = f"#leaves li[data-leaf='{names.index('w')}'] .num"
    assert text(page, row) == ""
    press(page, "ArrowRight", 2)
    press(page, "End")
    page.execute_script("at = 2 * steps.length + arguments[0]; show();", names.index("w"))
    card = text(page, "#card")
    assert "w.grad" in card and card.count("through") >= 3 and "together" in card


def test_folding_and_keys(page: Any) -> None:
    def shown() -> int:
        return len(page.find_elements("css selector", "#rows li"))

    folded = shown()
    loop = page.execute_script("return rows.find((row) => row.k === 'loop').i")
    click(page, f"[data-fold='{loop}']")
    assert shown() > folded
    assert page.find_elements("css selector", f"[data-fold='{loop}'][aria-expanded='true']")
    click(page, f"[data-fold='{loop}']")
    assert shown() == folded
    press(page, "Home")
    press(page, "j", 2)
    press(page, "k")
    assert "step 2 of" in text(page, "#phase")
    press(page, "b")
    assert text(page, "#phase").startswith("backward")


def test_searching(page: Any) -> None:
    field = page.find_element("id", "search")
    press(page, "/")
    assert page.switch_to.active_element.get_attribute("id") == "search"
    field.send_keys("layer_norm")
    assert re.fullmatch(r"[1-9]\d* found", text(page, "#found"))
    field.send_keys("\n")   # opens what hides it
    assert text(page, "#found").startswith("1 of")
    assert "norm" in current(page)


def test_the_picture_is_clicked(page: Any) -> None:
    boxes = page.find_elements("css selector", "#picture .box[data-row]")
    assert boxes
    page.execute_script("""document.querySelectorAll('#picture .box[data-row]')[1]
        .dispatchEvent(new MouseEvent('click', {bubbles: true}))""")
    assert page.find_elements("css selector", "#picture .box.now")


def test_ten_thousand_operations_stay_quick(browser: Any, tmp_path: Path) -> None:
    report = many(10_000)
    path = tmp_path / "many.html"
    report.html(path)
    assert path.stat().st_size < 12e6
    browser.get(path.as_uri())
    count = browser.execute_script("return document.getElementsByTagName('*').length")
    assert count < 5_000, "what is folded is not in the document"
    assert browser.execute_script("return rows.length") > 10_000
    press(browser, "ArrowRight", 3)
    browser.execute_script("$('search').value = 't7777'; search(); nextHit(1);")
    assert "t7777" in text(browser, "#steps [aria-current] .made")
    count = browser.execute_script("return document.getElementsByTagName('*').length")
    assert count < 10_000


def many(n: int) -> Any:
    """A report of so many operations, no two neighbours alike."""
    rows = [Row("a.py:1", f"t{k}", f"sin(t{k - 1})", (), f"Sin{k}", (Factor(
        f"t{k - 1}" if k else "x", "cos", "1", "1"),), "1", "1", "float32") for k in range(n)]
    return Explanation("x", f"t{n - 1}", rows, 1, leaves=[Leaf("x", (), "float32", "1", "1")])


@pytest.mark.parametrize("size", [(1400, 850), (700, 900)])
def test_screens(page: Any, size: tuple[int, int]) -> None:
    page.set_window_size(*size)
    wide = page.execute_script("return document.documentElement.scrollWidth - innerWidth")
    page.set_window_size(1400, 850)
    assert wide <= 0, "nothing sticks out at the side"


def test_the_data_is_the_reports(written: Path) -> None:
    data = json.loads(re.search(r'id="data">(.*?)</script>', written.read_text(), re.S)[1])
    titles = [row["t"] for row in data["rows"]]
    assert any(title.startswith("net") for title in titles), titles
    assert any(row["k"] == "loop" and "5 turns" in row["t"] for row in data["rows"])
    assert [leaf["name"] for leaf in data["leaves"]].count("w") == 1
