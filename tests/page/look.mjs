// Copyright (c) 2026 the ownkey.acr authors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Looks at pages in Chromium: reads {executable, looks: [...]} as JSON, and prints what each look saw as JSON.

import fs from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const { executable, looks } = JSON.parse(fs.readFileSync(0, "utf8"));
const browser = await chromium.launch({ executablePath: executable, args: ["--no-sandbox", "--disable-gpu"] });
const answers = [];
const whole = await browser.newBrowserCDPSession();
// seconds of a processor that pages took so far: they count what others do on the machine not
const processor = async () => (await whole.send("SystemInfo.getProcessInfo")).processInfo
  .filter((one) => one.type === "renderer").reduce((sum, one) => sum + one.cpuTime, 0);

for (const look of looks) {
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1400, height: look.height ?? 900 },
    colorScheme: look.scheme ?? "light",
    javaScriptEnabled: look.script ?? true,
    locale: look.locale ?? "en-GB",
  });
  const page = await context.newPage();
  const outside = [], errors = [];
  page.on("request", (request) => { if (request.url() !== look.url) outside.push(request.url()); });
  page.on("console", (message) => { if (message.type() === "error") errors.push(message.text()); });
  page.on("pageerror", (error) => errors.push(String(error)));
  const began = performance.now(), busy = await processor();
  await page.goto(look.url, { waitUntil: "load", timeout: 120000 });
  const answer = { outside, errors };
  if (look.script ?? true) {
    // until it was drawn once
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    answer.seconds = (performance.now() - began) / 1000;
    answer.processor = (await processor()) - busy;
    answer.overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  } else {
    answer.text = await page.innerText("body");
  }
  if (look.axe) {
    // Chromium itself puts it into the page: the page's own policy lets in nothing that is not the page's
    const session = await context.newCDPSession(page);
    const world = await session.send("Page.createIsolatedWorld", {
      frameId: (await session.send("Page.getFrameTree")).frameTree.frame.id,
      worldName: "axe",
    });
    const run = async (expression) => {
      const told = await session.send("Runtime.evaluate", {
        expression, contextId: world.executionContextId, awaitPromise: true, returnByValue: true,
      });
      if (told.exceptionDetails) throw new Error(JSON.stringify(told.exceptionDetails));
      return told.result.value;
    };
    await run(axe);
    const told = await run(`axe.run(document, {resultTypes: ["violations"]}).then((result) => JSON.stringify(
      result.violations.map((one) => [one.id, one.impact, one.nodes.slice(0, 3).map((node) => node.html)])))`);
    answer.violations = JSON.parse(told);
  }
  for (const [name, expression] of Object.entries(look.ask ?? {})) answer[name] = await page.evaluate(expression);
  if (look.keys) {
    answer.focused = [];
    for (const key of look.keys) {
      await page.keyboard.press(key);
      answer.focused.push(await page.evaluate(() => document.activeElement.className || document.activeElement.tagName));
    }
  }
  if (look.screenshot) await page.screenshot({ path: look.screenshot, fullPage: look.whole ?? false });
  if (look.pdf) await page.pdf({ path: look.pdf, preferCSSPageSize: true });
  answers.push(answer);
  await context.close();
}
await browser.close();
process.stdout.write(JSON.stringify(answers));
