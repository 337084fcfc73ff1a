"""Dashboards in a real browser: Debian's chromium, driven by playwright.

PIPECTL_BIN=target/debug/pipectl pytest tests/browser        needs chromium on the PATH, or its path in PIPECTL_CHROMIUM
"""

import contextlib
import json
import os
import shutil
import subprocess
import urllib.parse
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("PIPECTL_BIN", ROOT / "target/debug/pipectl")).resolve()
#: Seconds for whatever is waited for.
PATIENCE = 90


class Project:
    """A copy of a project, with everything deployed and one file brought all the way to its dashboard."""

    def __init__(self, source, folder):
        self.folder = folder
        ignored = shutil.ignore_patterns("target", ".git", ".pipectl", "dashboards", "node_modules")
        shutil.copytree(source, folder, ignore=ignored)

    def pipectl(self, *arguments):
        """Runs a command; its stdout."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PIPECTL_"))}
        done = subprocess.run([BINARY, *arguments], cwd=self.folder, env=clean, capture_output=True, text=True)
        assert done.returncode == 0, f"pipectl {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def query(self, sql):
        return json.loads(self.pipectl("query", sql, "--json"))

    @contextlib.contextmanager
    def served(self):
        """`pipectl local` on a free port; the addresses of its dashboards."""
        command = [BINARY, "local", "--port", "0", "--json"]
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PIPECTL_"))}
        process = subprocess.Popen(command, cwd=self.folder, env=clean, stdout=subprocess.PIPE, text=True)
        try:
            yield json.loads(process.stdout.readline())["dashboards"]
        finally:
            process.terminate()
            process.wait(PATIENCE)


class Visit:
    """A page with what it asked for and complained about."""

    def __init__(self, page):
        self.page, self.requests, self.complaints = page, [], []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, url):
        self.page.goto(url)
        self.page.wait_for_selector("html[data-ready]")

    def assert_quiet(self):
        """No complaint, and no request to any other host."""
        assert self.complaints == []
        hosts = {urllib.parse.urlsplit(url).hostname for url in self.requests if not url.startswith(("data:", "blob:"))}
        assert hosts <= {None, "127.0.0.1"}, hosts


@pytest.fixture(scope="session")
def browser():
    path = os.environ.get("PIPECTL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "there is no chromium: apt-get install chromium, or name one in PIPECTL_CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """Makes visits of a given width."""
    contexts = []

    def make(width=1280, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        return Visit(context.new_page())

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def employees(tmp_path_factory):
    project = Project(ROOT, tmp_path_factory.mktemp("browser") / "employees")
    project.pipectl("up", "examples/employees.csv")
    return project


@pytest.fixture(scope="session")
def ibm_hr(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser") / "ibm-hr"
    project = Project(ROOT / "examples/ibm-hr", folder)
    project.pipectl("up", *sorted(str(path) for path in folder.glob("*.csv")))
    return project
