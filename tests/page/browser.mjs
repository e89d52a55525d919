// A headless Chromium on the page, for the scenarios beside this file.
//
// A scenario waits for what is to be seen, never for a time; it fails by an exception.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import chromium from "@sparticuz/chromium";
import puppeteer from "puppeteer-core";

const WAIT_MS = 30_000;
export const BUILD_MS = 300_000;

/** Where the page is, and what else the test tells. */
export const given = JSON.parse(process.argv[2]);

/** Run a scenario; its page must have no errors and no accessibility violations at the end. */
export async function onPage(scenario, { hash = "", width = 1200, height = 900, dark = false } = {}) {
  const browser = await launch(width, height);
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(WAIT_MS);
    const errors = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) errors.push(message.text());
    });
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("dialog", (dialog) => errors.push(`dialog: ${dialog.message()}`));
    await page.emulateMediaFeatures([
      { name: "prefers-color-scheme", value: dark ? "dark" : "light" },
    ]);
    await page.goto(`${given.url}/#${hash}`);
    await textIs(page, "#connection", "live");
    try {
      await scenario(page);
    } catch (error) {
      await page.screenshot({ path: "failed.png", fullPage: true });
      throw error;
    }
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
  }
}

async function launch(width, height) {
  const executablePath = await chromium.executablePath();
  const args = puppeteer.defaultArgs({ args: chromium.args, headless: "shell" });
  try {
    return await puppeteer.launch({
      args,
      executablePath,
      headless: "shell",
      defaultViewport: { width, height },
    });
  } catch (error) {
    console.error(`NO BROWSER: ${error.message}`);
    process.exit(77);
  }
}

/** Click what a selector finds, when it is there. */
export async function click(page, selector) {
  const element = await page.waitForSelector(`${selector}:not(:disabled)`);
  await element.click();
}

/** Wait until an element has just this text. */
export async function textIs(page, selector, text) {
  await page.waitForFunction(
    (wanted, expected) => document.querySelector(wanted)?.textContent === expected,
    {},
    selector,
    text,
  );
}

/** Wait until an element has this text in it. */
export async function textHas(page, selector, text, timeout = WAIT_MS) {
  await page.waitForFunction(
    (wanted, expected) => document.querySelector(wanted)?.textContent.includes(expected),
    { timeout },
    selector,
    text,
  );
}

/** Replace what is in the field with this label, in the form of the chosen method. */
export async function fillIn(page, label, text) {
  const id = await page.evaluate((wanted) => {
    const labels = [...document.querySelectorAll("#call label[for]")];
    return labels.find((item) => item.textContent.trim().startsWith(wanted))?.htmlFor;
  }, label);
  assert.ok(id, `no field is labelled ${label}`);
  await page.$eval(`#${id}`, (field) => {
    field.value = "";
  });
  await page.type(`#${id}`, text);
}

/** Choose a method, and call it when its arguments are filled in. */
export async function call(page, method, fields = {}) {
  await click(page, `#call input[value="${method}"]`);
  for (const [label, text] of Object.entries(fields)) await fillIn(page, label, text);
  await click(page, "#call button.main");
}

let answersSeen = 0;

/** The answer of the last call, of this method; it is waited for, as it is none seen before. */
export async function lastAnswer(page, method) {
  const answer = await page.waitForFunction(
    (wanted, seen) => {
      const first = document.querySelector("#answers li");
      const isNew = first && Number(first.dataset.number) > seen;
      const isOf = isNew && first.querySelector(".call").textContent.includes(`.${wanted}(`);
      const outcome = isOf ? first.querySelector(".outcome") : null;
      return outcome && { number: Number(first.dataset.number), text: outcome.textContent };
    },
    {},
    method,
    answersSeen,
  );
  const { number, text } = await answer.jsonValue();
  answersSeen = number;
  return text;
}

/** Fail if axe finds anything wrong; what has no name is found by it, too. */
export async function checkAccessibility(page) {
  const require = createRequire(import.meta.url);
  await page.evaluate(await readFile(require.resolve("axe-core/axe.min.js"), "utf8"));
  const violations = await page.evaluate(async () => {
    const found = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return found.violations.map((item) => [item.id, item.nodes.map((node) => node.html.slice(0, 200))]);
  });
  assert.deepEqual(violations, []);
}
