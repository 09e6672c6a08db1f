# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Sphinx builds the site; ``docs/site/build.py`` puts its sources together."""

from __future__ import annotations

import typing

project = "ownkey.acr"
author = "the ownkey.acr authors"
copyright = "2026 the ownkey.acr authors"
html_title = "ownkey.acr: registries under your own key"
html_short_title = "ownkey.acr"

extensions = ["myst_parser", "sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/projects/ansible/devel/", "ansible.inv")}
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
# quotes and dots, but no dashes: two hyphens are an option of a command
smartquotes_action = "qe"
default_role = "any"
highlight_language = "text"
pygments_style = "ansible"

html_theme = "sphinx_ansible_theme"
html_theme_options = {"display_version": False, "topbar_links": {}, "documentation_home_url": ""}
html_show_sphinx = False
html_use_modindex = False
html_use_index = False
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["site.css", "dark-code.css"]
html_extra_path: list[str] = []
# files that pages link to as they are
suppress_warnings = ["myst.xref_missing_file"]
nitpicky = True

#: What the theme has no Japanese for.
_JAPANESE = {"Next": "次へ", "Previous": "前へ", "Search docs": "ドキュメントを検索"}


def _say_its_language(
    app: typing.Any, page: str, _template: str, context: dict[str, typing.Any], _doctree: object
) -> None:
    """A page's own language, and where its sister is: ``NAME.ja`` is Japanese, ``NAME`` English."""
    if page.endswith(".ja"):
        sister, other = page.removesuffix(".ja"), "en"
        context["language"] = "ja"
        context["_"] = lambda text: _JAPANESE.get(text, text)
    else:
        sister, other = f"{page}.ja", "ja"
    if sister in app.env.found_docs:
        where = app.builder.get_relative_uri(page, sister)
        context["metatags"] = f'{context.get("metatags", "")}\n<link rel="alternate" hreflang="{other}" href="{where}">'


def setup(app: typing.Any) -> None:
    """What Sphinx calls."""
    app.connect("html-page-context", _say_its_language)
