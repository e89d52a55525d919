// A payment is under way while the vault is upgraded: it is carried over, and answered by version 2.

import assert from "node:assert/strict";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { BUILD_MS, call, checkAccessibility, click, given, lastAnswer, onPage, textHas } from "./browser.mjs";

const { vault, ledger, project, version2, images } = given;
const payee = "aaaaa-aa";

/** A picture for the documentation, if one is wanted. */
async function picture(page, name) {
  if (!images) return;
  mkdirSync(images, { recursive: true });
  await page.evaluate(() => document.activeElement?.blur());
  await page.screenshot({ path: join(images, `${name}.png`), optimizeForSpeed: false });
}

await onPage(
  async (page) => {
    await call(page, "mint", { "argument 1": vault, "argument 2": "1_000" });
    assert.equal(await lastAnswer(page, "mint"), "(1)");

    await click(page, `#canisters a[href="#${vault}"]`);
    await textHas(page, "#canister h2", "vault");
    await click(page, `[data-key="hold response ${ledger}"]`);
    await page.waitForSelector(`[data-key="hold response ${ledger}"][aria-checked=true]`);
    await call(page, "pay", { "argument 1": payee, "argument 2": "250" });
    await page.waitForSelector("#flight li.waiting");
    await textHas(page, "#flight li.waiting", "answer held");
    await textHas(page, "#flight li.waiting", "paid, slot 65,552");
    await textHas(page, "#flight ul.held", "transfer: ledger → vault");
    await textHas(page, "#handlers tbody tr:last-child", "paid");
    await picture(page, "page-pending");
    await checkAccessibility(page);

    cpSync(version2, project, { recursive: true });
    await click(page, '[data-key="upgrade"]');
    await textHas(page, "#upgrade", "Ready to upgrade", BUILD_MS);
    await textHas(page, "#upgrade", "1 call in flight, to be taken over by the new code");
    await textHas(page, "#upgrade .findings .warning", "paid_total");
    await picture(page, "page-plan");
    await checkAccessibility(page);

    await click(page, '[data-key="install"]');
    await textHas(page, "#upgrade", "Upgraded, without stopping");
    await textHas(page, "#upgrade .carried", "waiting");
    await textHas(page, "#flight li.waiting", "carried over");
    assert.equal(await page.$eval("#answers li", (item) => item.className), "waiting");

    await click(page, '#flight [data-key^="release "]');
    await textHas(page, "#upgrade .carried", "the new code has handled its response");
    assert.equal(await lastAnswer(page, "pay"), `("v2: paid 250 to ${payee} in block 3")`);
    await textHas(page, "#flight", "No call of this canister waits");
    await textHas(page, "#timeline svg", "handler paid");
    await picture(page, "page-answered");
    await checkAccessibility(page);

    // Switched off: nothing is held any more.
    await click(page, `[data-key="hold response ${ledger}"]`);
    await page.waitForSelector(`[data-key="hold response ${ledger}"][aria-checked=false]`);
    await call(page, "pay", { "argument 1": payee, "argument 2": "1" });
    assert.equal(await lastAnswer(page, "pay"), `("v2: paid 1 to ${payee} in block 5")`);
    await click(page, '[data-key="dismiss"]');
    await page.waitForSelector("#upgrade[hidden]");
  },
  { hash: ledger, height: images ? 860 : 900 },
);
