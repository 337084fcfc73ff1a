import importlib.util
import subprocess
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("check_links", Path(__file__).parents[1] / "scripts/check-links.py")
check_links = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check_links)


@pytest.fixture
def repository(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/other.md").write_text("# One `two`, three!\n## Again\n## Again\n")
    return tmp_path


def check(repository, text):
    check_links.anchors.cache_clear()
    (repository / "README.md").write_text(text)
    return list(check_links.dead_links(repository / "README.md", repository))


@pytest.mark.parametrize(
    "alive",
    [
        "[a](docs/other.md) ![b](docs/) [c](https://nowhere.invalid/x) [d](mailto:x@y.z)",
        "# Here\n[a](#here) [b](docs/other.md#one-two-three) [c](/docs/other.md#again-1)",
        "```\n[a](none.md)\n```\n`[b](none.md)`",
        '[a](docs/other.md "title")\n\n[ref]: docs/other.md',
    ],
)
def test_alive(repository, alive):
    assert check(repository, alive) == []
    assert check_links.main(repository) == 0


@pytest.mark.parametrize(
    "dead", ["[a](none.md)", "![a](none.png)", "[a](#none)", "[a](docs/other.md#again-2)", "[ref]: none.md"]
)
def test_dead(repository, dead):
    assert len(check(repository, f"text\n\n{dead}")) == 1
    assert check(repository, f"text\n\n{dead}")[0].startswith("README.md:3: ")
    assert check_links.main(repository) == 1
