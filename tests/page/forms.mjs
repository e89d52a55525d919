// Forms for all types: what is typed comes back from a canister that echoes, mistakes in their place.

import assert from "node:assert/strict";
import { call, checkAccessibility, click, fillIn, lastAnswer, onPage, textHas } from "./browser.mjs";

const fieldset = (label) => `::-p-xpath(//fieldset[starts-with(normalize-space(legend), "${label}")])`;

/** The first control of a kind in the group with this label. */
async function within(page, label, selector) {
  const group = await page.waitForSelector(fieldset(label));
  return await group.waitForSelector(selector);
}

async function blamed(page) {
  const control = await page.waitForSelector("#call [aria-invalid=true]");
  return await control.evaluate((item) => {
    const error = document.getElementById(item.getAttribute("aria-describedby"));
    return [item === document.activeElement, error.textContent];
  });
}

await onPage(async (page) => {
  // A mistake deep inside is told at its control, which gets the focus.
  await click(page, '#call input[value="numbers"]');
  for (const [label, text] of Object.entries({ "argument 1": "1_000", "argument 2": "-5" })) {
    await fillIn(page, label, text);
  }
  await fillIn(page, "argument 3", "256");
  await fillIn(page, "argument 4", "0x10");
  await fillIn(page, "argument 5", "2.5");
  await click(page, "#call button.main");
  assert.deepEqual(await blamed(page), [true, "256 is out of range for nat8"]);
  await fillIn(page, "argument 3", "255");
  await click(page, "#call button.main");
  assert.equal(await lastAnswer(page, "numbers"), "(1000, -5, 255, 16, 2.5)");
  assert.equal(await page.$("#call [aria-invalid]"), null);

  await click(page, '#call input[value="simple"]');
  await fillIn(page, "argument 1", 'a "quote"\n<b>');
  await click(page, "#call .fields input[type=checkbox]");
  await fillIn(page, "argument 3", "2vxsx-fae");
  await fillIn(page, "argument 4", "hé");
  await click(page, "#call button.main");
  assert.equal(
    await lastAnswer(page, "simple"),
    String.raw`("a \"quote\"\n<b>", true, principal "2vxsx-fae", blob "h\c3\a9", null)`,
  );

  // A recursive variant of records, in a vec and an opt.
  await click(page, '#call input[value="tree"]');
  await click(page, "#call button.main");
  assert.deepEqual(await blamed(page), [true, "choose one of the alternatives"]);
  await (await within(page, "argument 1", "select")).select(String(await optionOf(page, "node")));
  await (await within(page, "node", "button")).click();
  await (await within(page, "item", "select")).select(String(await optionOf(page, "leaf")));
  await click(page, "#call button.main");
  assert.deepEqual(await blamed(page), [true, "a number is missing, of the type nat"]);
  await fillIn(page, "leaf", "7");
  await (await within(page, "argument 2", "input[type=checkbox]")).click();
  await fillIn(page, "x", "1");
  await fillIn(page, "y", "-1");
  await checkAccessibility(page);
  await click(page, "#call button.main");
  assert.equal(
    await lastAnswer(page, "tree"),
    "(variant { node = vec { variant { leaf = 7 } } }, opt record { x = 1; y = -1 })",
  );

  // What a canister logs and replies is text, whatever it looks like.
  await call(page, "log");
  await textHas(page, "#logs", "<img src=x onerror=alert(1)>");
  assert.equal(await page.$("#logs img"), null);
  await call(page, "fail");
  assert.match(await lastAnswer(page, "fail"), /<script>alert\(2\)<\/script>/);
  assert.equal(await page.$("#answers script"), null);
  await textHas(page, "#timeline svg", "trapped");
  await checkAccessibility(page);
});

async function optionOf(page, label) {
  return await page.evaluate(
    (wanted) =>
      [...document.querySelectorAll("#call option")].find((item) => item.textContent === wanted).value,
    label,
  );
}
