#!/usr/bin/env python3
"""Draws docs/terminal.svg: README's commands, run for real on a copy of the project.

Use: scripts/terminal-picture.py PIPECTL
"""

import html
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ["up examples/employees.csv"]
#: Of lines that begin alike, such as one for each resource, the picture shows so many.
ALIKE = 8
CHARACTER, LINE, MARGIN = 7.8, 17, 18


def transcript(pipectl: str) -> list[str]:
    """The commands with what they print, stdout and stderr as a terminal shows them."""
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("configs", "examples", "glue_scripts", "sql"):
            shutil.copytree(ROOT / name, Path(folder) / name, ignore=shutil.ignore_patterns(".pipectl"))
        for command in COMMANDS:
            run = subprocess.run(
                [pipectl, *command.split()],
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
                check=False,
            )
            lines += [f"$ pipectl {command}", *shortened(run.stdout.splitlines()), ""]
    return lines[:-1]


def shortened(lines: list[str]) -> list[str]:
    """The lines, without most of those for single resources."""
    created = [line for line in lines if line.startswith("  + ")]
    left_out = set(created[ALIKE:])
    kept, told = [], False
    for line in lines:
        if line not in left_out:
            kept.append(line)
        elif not told:
            kept.append(f"    ... and {len(left_out)} more")
            told = True
    return kept


def colour(line: str) -> str:
    if line.startswith("$"):
        return "#7ee787"
    if line.startswith(("  +", "  -")):
        return "#c9d1d9"
    return "#e6edf3" if line[:1].isupper() or line[:1].isdigit() else "#a5b1bd"


def spaced(line: str) -> str:
    """Browsers differ on which spaces of an SVG they keep; those that do not break stay."""
    return html.escape(line).replace(" ", "\u00a0")


def draw(lines: list[str]) -> str:
    width = max(map(len, lines)) * CHARACTER + 2 * MARGIN
    height = len(lines) * LINE + 2 * MARGIN
    rows = [
        f'<text x="{MARGIN}" y="{MARGIN + LINE * (number + 0.8):.0f}" fill="{colour(line)}">{spaced(line)}</text>'
        for number, line in enumerate(lines)
        if line
    ]
    style = 'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" {style}>',
            f'<rect width="{width:.0f}" height="{height}" rx="8" fill="#0d1117"/>',
            *rows,
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    (ROOT / "docs" / "terminal.svg").write_text(draw(transcript(str(Path(sys.argv[1]).resolve()))))
