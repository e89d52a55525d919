// Without a mouse: choose a canister and a method, fill in, call, hold, release; on a narrow, dark page.

import assert from "node:assert/strict";
import { checkAccessibility, given, lastAnswer, onPage, textHas } from "./browser.mjs";

/** Press Tab until the focus is on what a selector matches. */
async function tabTo(page, selector) {
  for (let pressed = 0; pressed < 80; pressed += 1) {
    await page.keyboard.press("Tab");
    const isThere = await page.evaluate(
      (wanted) => document.activeElement?.matches(wanted),
      selector,
    );
    if (isThere) return;
  }
  throw new Error(`Tab does not lead to ${selector}`);
}

await onPage(
  async (page) => {
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the canister");

    await tabTo(page, `#canisters a[href="#${given.caller}"]`);
    await page.keyboard.press("Enter");
    await textHas(page, "#canister .id", given.caller);
    await page.waitForSelector("#canister h2:focus");

    await tabTo(page, `[data-key="hold response ${given.callee}"]`);
    await page.keyboard.press("Space");
    await page.waitForSelector(`[data-key="hold response ${given.callee}"][aria-checked=true]:focus`);

    await page.keyboard.down("Shift");
    await tabTo(page, "#call button.main");
    await page.keyboard.up("Shift");
    await page.keyboard.press("Enter");
    await page.waitForSelector('#flight [data-key^="release "]');
    await textHas(page, "#announcer", "go is called");

    await tabTo(page, '#flight [data-key^="release "]');
    await page.keyboard.press("Enter");
    assert.equal(await lastAnswer(page, "go"), '("done")');
    await textHas(page, "#announcer", 'go replied: ("done")');
    // What had the focus is gone: it is on the heading of the section, not lost.
    assert.equal(await page.evaluate(() => document.activeElement.id), "flight-title");
    await checkAccessibility(page);
    const [needed, available] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      window.innerWidth,
    ]);
    assert.ok(needed <= available, `the page is ${needed} wide, the window ${available}`);
  },
  { width: 420, dark: true },
);
