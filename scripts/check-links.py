#!/usr/bin/env python3
"""Finds dead relative links and anchors in the repository's Markdown files. Opens no connection.

    scripts/check-links.py [ROOT]

Checks inline links, images and reference definitions: the file is there, and the anchor is one of its headings (by
GitHub's rule: lower case, punctuation dropped, spaces to hyphens, a number for repeats). Links to other sites are not
followed. Exit status: 0 all alive; 1 some dead, or no Markdown file found.
"""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote

LINK = re.compile(
    r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+[\"'][^)]*)?\)|^[ ]{0,3}\[[^\]]+\]:[ ]+<?(\S+?)>?\s*$", re.M
)
FENCE = re.compile(r"^( *)(```+|~~~+).*?^\1\2`*~*\s*$", re.M | re.S)
SPAN = re.compile(r"(`+)[^`].*?\1")
HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$", re.M)
ID = re.compile(r"<a\s+(?:id|name)=[\"']([^\"']+)[\"']")


def main(root):
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    files = [root / name for name in files if name and (root / name).exists()]
    dead = [fault for file in files for fault in dead_links(file, root)]
    for fault in dead:
        print(fault)
    print(f"{len(files)} files, {len(dead)} dead links")
    return 1 if dead or not files else 0


def dead_links(file, root):
    text = blanked(SPAN, blanked(FENCE, file.read_text()))
    for match in LINK.finditer(text):
        target = unquote(match[1] or match[2])
        if re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.I):
            continue
        path, _, anchor = target.partition("#")
        other = (root / path.lstrip("/") if path.startswith("/") else file.parent / path).resolve() if path else file
        place = f"{file.relative_to(root)}:{text.count(chr(10), 0, match.start()) + 1}"
        if not other.exists():
            yield f"{place}: {target}: no such file"
        elif anchor and other.suffix == ".md" and anchor not in anchors(other):
            yield f"{place}: {target}: no such heading in {other.name}"


@cache
def anchors(file):
    text = blanked(FENCE, file.read_text())
    found, seen = set(ID.findall(text)), {}
    for heading in HEADING.findall(text):
        heading = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = seen.get(slug, 0)
        seen[slug] = number + 1
        found.add(f"{slug}-{number}" if number else slug)
    return found


def blanked(pattern, text):
    """`text` with every match replaced by blanks, line breaks kept."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
