# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The page's one script: sort and filter. The page says all that it has to say without it."""

from __future__ import annotations

SCRIPT = """
"use strict";
(() => {
  const chunks = Array.from(document.querySelectorAll(".chunk")), tools = document.querySelector(".tools");
  if (!chunks.length || !tools) return;
  const bodies = chunks.map((chunk) => chunk.querySelector("tbody"));
  const heads = chunks.map((chunk) => Array.from(chunk.querySelectorAll("thead th")));
  let rows = bodies.flatMap((body) => Array.from(body.rows));
  const size = bodies[0].rows.length, count = tools.querySelector("output");
  const word = tools.querySelector("input"), state = tools.querySelector("select");
  const texts = new Map();
  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };
  const show = () => {
    const words = word.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const shown = rows.filter((row) => (!state.value || row.dataset.s === state.value)
      && words.every((one) => textOf(row).includes(one)));
    bodies.forEach((body, place) => {
      const own = shown.slice(place * size, (place + 1) * size);
      body.replaceChildren(...own);
      // the first part has the heads
      chunks[place].hidden = place > 0 && !own.length;
    });
    count.value = count.dataset.words.replace("{n}", shown.length).replace("{of}", rows.length);
  };
  const valueOf = (row, place, kind) => {
    if (kind === "state") return Number(row.dataset.s);
    const text = row.cells[place].textContent.trim();
    if (kind !== "number") return text.toLowerCase();
    const number = parseFloat(text);
    return Number.isNaN(number) ? Infinity : number;
  };
  const sort = (place, kind, turn) => {
    const keys = new Map(rows.map((row) => [row, valueOf(row, place, kind)]));
    rows.sort((one, other) => {
      const a = keys.get(one), b = keys.get(other);
      return (a < b ? -1 : a > b ? 1 : 0) * turn;
    });
    for (const own of heads) {
      own.forEach((head) => head.removeAttribute("aria-sort"));
      own[place].setAttribute("aria-sort", turn > 0 ? "ascending" : "descending");
    }
    show();
  };
  for (const own of heads) {
    own.forEach((head, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-label", tools.dataset.sort.replace("{name}", head.textContent));
      head.append(button);
      button.addEventListener("click", () => {
        sort(place, head.dataset.k, head.getAttribute("aria-sort") === "ascending" ? -1 : 1);
      });
    });
  }
  let timer = 0;
  word.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, 120); });
  state.addEventListener("change", show);
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.hidden = false;
  count.value = count.dataset.words.replace("{n}", rows.length).replace("{of}", rows.length);
})();
"""
