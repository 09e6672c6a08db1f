# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Python libraries that are imported only when they are needed, and may be missing."""

from __future__ import annotations

import importlib
import sys
import typing

from .failure import Failure


def module(name: str, distribution: str) -> typing.Any:
    """Import a module.

    :raises Failure: that names the package and the Python that lacks it.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Failure(
            f"The Python library {distribution} is needed, and {sys.executable} does not have it ({error}).",
            hint="Install what the collection's requirements.txt lists into that Python, or set "
            "ansible_python_interpreter to one that has it.",
            code="missing_library",
        ) from error
