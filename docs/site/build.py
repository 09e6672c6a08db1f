# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation site into .cache/site/html; a warning is an error."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from copy_collection import copy  # noqa: E402
from pygments.formatters import HtmlFormatter  # noqa: E402

PLACE = ROOT / ".cache" / "site"
BIN = pathlib.Path(sys.executable).parent


#: The places in Ansible's own documentation that the reference refers to: label, page, title.
ELSEWHERE = (
    ("action_plugins", "plugins/action.html#action-plugins", "Action plugins"),
    ("ansible_configuration_settings", "reference_appendices/config.html#ansible-configuration-settings", "Settings"),
    ("common_return_values", "reference_appendices/common_return_values.html#common-return-values", "Return values"),
)
#: Environment variables that Ansible itself describes there.
VARIABLES = (
    "ANSIBLE_CACHE_PLUGIN",
    "ANSIBLE_CACHE_PLUGIN_CONNECTION",
    "ANSIBLE_CACHE_PLUGIN_PREFIX",
    "ANSIBLE_CACHE_PLUGIN_TIMEOUT",
    "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED",
)


def _inventory(path: pathlib.Path) -> None:
    """An inventory for intersphinx, which would otherwise be fetched from the network."""
    head = b"# Sphinx inventory version 2\n# Project: Ansible\n# Version: devel\n"
    lines = "".join(f"{label} std:label -1 {page} {title}\n" for label, page, title in ELSEWHERE)
    lines += "".join(f"{name} std:envvar -1 reference_appendices/config.html#envvar-$ -\n" for name in VARIABLES)
    said = b"# The remainder of this file is compressed using zlib.\n"
    path.write_bytes(head + said + zlib.compress(lines.encode()))


#: Pages that stand beside docs/ in the repository, where its visitors look for them.
BESIDE = ("CONTRIBUTING.md", "SECURITY.md")
_TO_BESIDE = re.compile(r"(?<=\]\()((?:\.\./)*)\.\./(CONTRIBUTING\.md|SECURITY\.md|CHANGELOG\.rst)")


def _dark_code(path: pathlib.Path) -> None:
    """The colours of code where a browser asks for a dark page; the theme has those for a light one."""
    rules = HtmlFormatter(style="github-dark").get_style_defs(".rst-content .highlight")
    path.write_text(f"@media (prefers-color-scheme: dark) {{\n{rules}\n}}\n", encoding="utf-8")


def _beside(source: pathlib.Path) -> None:
    """What stands beside docs/, among the pages, with the links from and to it as they are there."""
    for name in BESIDE:
        text = (ROOT / name).read_text(encoding="utf-8")
        (source / name.lower()).write_text(text.replace("](docs/", "]("), encoding="utf-8")
    for page in source.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        page.write_text(_TO_BESIDE.sub(lambda match: match[1] + match[2].lower(), text), encoding="utf-8")


def _changelog(source: pathlib.Path) -> None:
    """The changelog as the next release will have it; the last one's, if nothing has changed since."""
    place = copy("site-changelog")
    if any((place / "changelogs" / "fragments").glob("*.y*ml")):
        command = [BIN / "antsibull-changelog", "release"]
        subprocess.run(command, cwd=place, check=True, capture_output=True)
    shutil.copy2(place / "CHANGELOG.rst", source / "changelog.rst")


def _roles(source: pathlib.Path) -> None:
    """The roles' own pages in place of those that antsibull-docs makes of their argument specs, by the same label."""
    reference = source / "collections" / "ownkey" / "acr"
    index = (reference / "index.rst").read_text(encoding="utf-8")
    for page in (source / "roles").glob("*.md"):
        if page.stem == "index":
            continue
        (reference / f"{page.stem}_role.rst").unlink()
        index = index.replace(f"    {page.stem}_role\n", "")
        head, title, rest = page.read_text(encoding="utf-8").partition("\n# ")
        label = f"(ansible_collections.ownkey.acr.{page.stem}_role)="
        page.write_text(f"{head}\n{label}{title}{rest}", encoding="utf-8")
    (reference / "index.rst").write_text(index, encoding="utf-8")


def _sources() -> pathlib.Path:
    """The pages of docs/ beside the reference that antsibull-docs makes."""
    source = PLACE / "source"
    # anew: pages that are only built where they changed keep an old table of contents
    shutil.rmtree(PLACE, ignore_errors=True)
    shutil.copytree(ROOT / "docs", source, ignore=shutil.ignore_patterns("site"))
    shutil.copy2(ROOT / "docs" / "site" / "conf.py", source)
    _inventory(source / "ansible.inv")
    (source / "_static").mkdir()
    shutil.copy2(ROOT / "docs" / "site" / "site.css", source / "_static")
    _dark_code(source / "_static" / "dark-code.css")
    _beside(source)
    _changelog(source)
    return source


def main() -> int:
    """Build it; returns the exit status."""
    source = _sources()
    # antsibull-docs wants a folder that nobody else can write to
    source.chmod(0o755)
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections")}
    settings = source / "antsibull-docs.cfg"
    settings.write_text("breadcrumbs = true\nindexes = true\nuse_html_blobs = false\n", encoding="utf-8")
    make = [BIN / "antsibull-docs", "--config-file", settings, "collection", "--use-current"]
    made = subprocess.run([*make, "--dest-dir", source, "ownkey.acr"], env=environment, check=False)
    if made.returncode:
        return made.returncode
    _roles(source)
    build = [BIN / "sphinx-build", "--builder", "html", "--fail-on-warning", "--keep-going", "--quiet"]
    built = subprocess.run([*build, source, PLACE / "html"], env=environment, check=False)
    if built.returncode == 0:
        print(f"The site is in {(PLACE / 'html').relative_to(ROOT)}/index.html")
    return built.returncode


if __name__ == "__main__":
    sys.exit(main())
