# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The codes of failures and findings with what they say and what to do, read in the code itself.

Run as a script it writes the tables of ``docs/codes.md`` anew.
"""

from __future__ import annotations

import ast
import collections
import dataclasses
import re
import typing

import yaml
from generated import ROOT, replaced

PAGE = ROOT / "docs" / "codes.md"
#: The values of which no text tells more than their name does.
_ELLIPSIS = "…"


@dataclasses.dataclass(frozen=True)
class Place:
    """A place in the code where a code is given: what is said, the way out, and of a finding its severity."""

    code: str
    says: str
    remedy: str
    severity: str = ""


class Reader:
    """Reads one function: a name in it stands for what was assigned to it last."""

    def __init__(self, body: ast.AST) -> None:
        self.body = body

    def value(self, name: ast.Name) -> ast.expr | None:
        values = [
            (node.lineno, node.value)
            for node in ast.walk(self.body)
            if isinstance(node, ast.Assign) and node.lineno < name.lineno
            for target in node.targets
            if isinstance(target, ast.Name) and target.id == name.id
        ]
        return max(values, key=lambda one: one[0])[1] if values else None

    def words(self, node: ast.expr | None) -> str:
        """A text as a reader sees it; what is put in is in italics."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else ""
        if isinstance(node, ast.JoinedStr):
            return "".join(self.words(part) for part in node.values)
        if isinstance(node, ast.FormattedValue):
            return self._put_in(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self.words(node.left) + self.words(node.right)
        if isinstance(node, ast.IfExp):
            return " / ".join(text for text in (self.words(node.body), self.words(node.orelse)) if text)
        if isinstance(node, ast.Name):
            value = self.value(node)
            text = self.words(value) if value is not None else ""
            return text or f"*{_noun(node.id)}*"
        return "" if node is None else self._put_in(node)

    def _put_in(self, node: ast.expr) -> str:
        if isinstance(node, (ast.Constant, ast.JoinedStr, ast.IfExp)):
            return self.words(node)
        if isinstance(node, ast.Name):
            value = self.value(node)
            if isinstance(value, (ast.Constant, ast.JoinedStr, ast.IfExp)):
                return self.words(value)
            return f"*{_noun(node.id)}*"
        if isinstance(node, ast.Attribute):
            return f"*{_noun(node.attr)}*"
        if isinstance(node, ast.Call):
            return self._put_in(node.args[0] if node.args else node.func)
        if isinstance(node, ast.Subscript):
            return self._put_in(node.value)
        names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
        return f"*{_noun(names[-1])}*" if names else _ELLIPSIS

    def texts(self, node: ast.expr | None) -> list[str]:
        """The constant texts that a value may be."""
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else []
        if isinstance(node, ast.IfExp):
            return self.texts(node.body) + self.texts(node.orelse)
        if isinstance(node, ast.Name):
            return self.texts(self.value(node))
        return []


def _noun(name: str) -> str:
    return name.strip("_").replace("_", " ")


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    named = next((one.value for one in call.keywords if one.arg == name), None)
    return named or (call.args[position] if len(call.args) > position else None)


def _functions(tree: ast.AST) -> typing.Iterator[ast.AST]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def places() -> list[Place]:
    """Every place in the plugins that gives a code."""
    every = []
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        seen: set[int] = set()
        for function in _functions(tree):
            reader = Reader(function)
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and id(call) not in seen:
                    seen.add(id(call))
                    every += list(_of_call(call, reader))
    return every


def _of_call(call: ast.Call, reader: Reader) -> typing.Iterator[Place]:
    name = typing.cast(ast.Name, call.func).id
    if name == "Failure":
        code, says, remedy = (_argument(call, *one) for one in ((9, "code"), (0, "message"), (9, "hint")))
        codes = reader.texts(code) if code is not None else ["refused"]
        for one in codes:
            yield Place(one, reader.words(says), reader.words(remedy))
    elif name in ("Finding", "_error"):
        shift = 1 if name == "Finding" else 0
        code, says, remedy = (
            _argument(call, *one) for one in ((0, "code"), (1 + shift, "what"), (2 + shift, "remedy"))
        )
        severity = reader.words(_argument(call, 1, "severity")) if shift else "error"
        for one in reader.texts(code):
            why = reader.words(_argument(call, 3 + shift, "why"))
            yield Place(one, f"{reader.words(says)} {why}", reader.words(remedy), severity)


def _by_table() -> set[str]:
    """The codes that stand in a table, or are returned with a hint, and so in no call of their own."""
    rules, errors = (
        ast.parse((ROOT / "plugins" / "module_utils" / path).read_text(encoding="utf-8"))
        for path in ("_rules/options.py", "_azure/errors.py")
    )
    tables = [node for node in ast.walk(rules) if isinstance(node, ast.AnnAssign | ast.Assign)]
    names = {"_NUMBERS", "_SIZES"}
    codes = {
        value.elts[-1].value
        for node in tables
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in names
        for value in typing.cast(ast.Dict, node.value).values
    }
    codes.update(_of_records())
    (cause,) = (node for node in _functions(errors) if node.name == "_cause")
    for node in ast.walk(cause):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            codes.update(Reader(cause).texts(node.value.elts[0]))
    return codes


def _of_records() -> set[str]:
    """The codes that ``record_verify`` and ``record_settle`` make of the word that a flaw of a record has."""
    codes = set()
    for path in sorted((ROOT / "plugins" / "module_utils").glob("_*/record/*.py")):
        for function in _functions(ast.parse(path.read_text(encoding="utf-8"))):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Flaw":
                    word = _argument(call, 2, "code")
                    codes.update(f"record_{text}" for text in (Reader(function).texts(word) if word else ["altered"]))
    return codes


def _clean(text: str) -> str:
    """On one line, for a page, with names of options and modules in their own type."""
    line = re.sub(r"\s+", " ", text).strip().replace("<", "&lt;")
    return re.sub(r"(?<![\w`/-])\w+_[\w=]*\w(: (true|false|\[system\]))?(?![\w`])", r"`\g<0>`", line)


def _lines(texts: typing.Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(map(_clean, texts)) if text]


def entries() -> dict[str, tuple[list[str], list[str], set[str]]]:
    """For each code what is said, what to do, and the severities that it has as a finding."""
    by_hand = yaml.safe_load((ROOT / "tests" / "codes.yml").read_text(encoding="utf-8"))
    groups: dict[str, list[Place]] = collections.defaultdict(list)
    for place in places():
        groups[place.code].append(place)
    found = {}
    for code in sorted(set(groups) | _by_table()):
        severities = {place.severity for place in groups[code] if place.severity}
        if code in by_hand:
            says, remedies = ([_clean(by_hand[code][name])] for name in ("says", "remedy"))
        else:
            of_findings = [place for place in groups[code] if place.severity] or groups[code]
            says, remedies = (_lines(getattr(place, name) for place in of_findings) for name in ("says", "remedy"))
        if not says or not remedies:
            raise ValueError(f"tests/codes.yml must say what {code} means and what to do: the code alone does not.")
        found[code] = (says, remedies, severities)
    unused = set(by_hand) - set(found)
    if unused:
        raise ValueError(f"tests/codes.yml speaks of codes that there are none of: {', '.join(sorted(unused))}")
    return found


def _entry(code: str, says: list[str], remedies: list[str], severities: set[str]) -> str:
    head = f"### `{code}`\n\n"
    severity = f"*{', '.join(sorted(severities))}* · " if severities else ""
    return f"{head}{severity}{' · '.join(says)}\n\n**Do:** {' · '.join(remedies)}\n"


def page(text: str) -> str:
    """The page with its two lists as they should be."""
    every = entries()
    for name, is_finding in (("findings", True), ("failures", False)):
        part = [_entry(code, *entry) for code, entry in every.items() if bool(entry[2]) is is_finding]
        text = replaced(text, name, "\n".join(part))
    return text


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
