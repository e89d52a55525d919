// The list of canisters, and what is known of the one that is chosen.

import { draw, h, nothing } from "./dom.js";
import { controls } from "./flight.js";
import { age, bytes, clockTime, cycles, grouped, plural, shortHash, shortId } from "./format.js";
import { post } from "./server.js";

/** The list to choose from. */
export function drawCanisters(place, canisters, chosen, choose) {
  const model = canisters.map((canister) => ({
    id: canister.id,
    name: canister.name,
    status: canister.module_hash ? canister.status : "empty",
    waiting: canister.calls.length,
    isChosen: canister.id === chosen,
  }));
  draw(place, model, (items) =>
    items.length ? items.map((item) => link(item, choose)) : [h("li", {}, nothing("None yet."))],
  );
}

function link(item, choose) {
  return h(
    "li",
    {},
    h(
      "a",
      {
        href: `#${item.id}`,
        "aria-current": item.isChosen ? "page" : undefined,
        data: { key: item.id },
        on: {
          click: (event) => {
            event.preventDefault();
            choose(item.id);
          },
        },
      },
      h("span", { class: "name" }, item.name || "canister"),
      h("span", { class: "id" }, shortId(item.id)),
      h(
        "span",
        { class: "chips" },
        h("span", { class: `chip ${item.status}` }, item.status),
        item.waiting ? h("span", { class: "chip waiting" }, `${item.waiting} in flight`) : null,
      ),
    ),
  );
}

/** The facts about a canister, and the button for its upgrade. */
export function drawCanister(place, canister, isUpgrading, act) {
  const { logs, calls, timers, ...facts } = canister;
  draw(place, { ...facts, isUpgrading }, (item) => [
    h(
      "div",
      { class: "title" },
      h("h2", { tabindex: -1 }, item.name || "canister"),
      h("code", { class: "id" }, item.id),
      h("span", { class: `chip ${item.status}` }, item.status),
      upgradeButton(item, act),
    ),
    h(
      "dl",
      { class: "facts" },
      fact("module", h("code", { class: "hash" }, shortHash(item.module_hash))),
      fact("cycles", cycles(item.cycles)),
      fact("heap", bytes(item.heap_bytes)),
      fact("stable memory", bytes(item.stable_bytes)),
      fact("canister version", grouped(item.version)),
      fact("controllers", item.controllers.map(shortId).join(", ") || "none"),
    ),
  ]);
}

function fact(term, description) {
  return h("div", {}, h("dt", {}, term), h("dd", {}, description));
}

function upgradeButton(item, act) {
  if (!item.project) return null;
  const start = () => act(post("/upgrade", { action: "start", canister: item.id }));
  return h(
    "button",
    {
      type: "button",
      class: "main",
      data: { key: "upgrade" },
      disabled: item.isUpgrading,
      on: { click: start },
    },
    "Upgrade now",
  );
}

/** The table of response handlers, as the installed module tells it. */
export function drawHandlers(place, canister, face) {
  const counts = {};
  for (const call of canister.calls) counts[call.slot] = (counts[call.slot] ?? 0) + 1;
  draw(place, { handlers: face.handlers, own: [face.cleanup, face.orphan], counts }, (model) => {
    if (model.handlers === null) {
      return nothing("scm did not build this module, so nobody knows its handlers.");
    }
    if (!model.handlers.length) return nothing("This canister handles no responses.");
    const heads = ["slot", "handler", "context", "response", "reply", "waiting"];
    return h(
      "div",
      { class: "wide", tabindex: 0, role: "region", "aria-label": "Table of handlers" },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col" }, text)))),
        h(
          "tbody",
          {},
          ownRow(model.own[0], "cleanup", "runs when a handler has trapped"),
          ownRow(model.own[1], "orphan", "takes responses that no call waits for"),
          ...model.handlers.map((handler) => handlerRow(handler, model.counts[handler.slot] ?? 0)),
        ),
      ),
    );
  });
}

function ownRow(slot, name, what) {
  return h(
    "tr",
    { class: "own" },
    h("td", { class: "number" }, grouped(slot)),
    h("th", { scope: "row" }, h("code", {}, name)),
    h("td", { colspan: 4 }, what),
  );
}

function handlerRow(handler, count) {
  const isRetired = handler.status === "retired";
  return h(
    "tr",
    { class: handler.status },
    h("td", { class: "number" }, grouped(handler.slot)),
    h(
      "th",
      { scope: "row" },
      h("code", {}, handler.name),
      isRetired ? h("span", { class: "chip retired" }, "retired") : null,
      handler.formerly.length ? h("span", { class: "detail" }, ` was ${handler.formerly.join(", ")}`) : null,
      handler.answer ? h("span", { class: "detail" }, ` answers “${handler.answer}”`) : null,
    ),
    ...[handler.context, handler.response, handler.reply].map((text) =>
      h("td", {}, h("code", {}, text)),
    ),
    h("td", { class: "number" }, count ? h("span", { class: "chip waiting" }, String(count)) : "0"),
  );
}

/** The timers that are set. */
export function drawTimers(place, canister, act) {
  const control = controls(canister.id, act);
  const model = { timers: canister.timers, global: canister.global_timer_ms };
  draw(place, model, ({ timers, global }) => {
    if (!timers.length) {
      return nothing(global ? `The global timer fires at ${clockTime(global)}.` : "No timer is set.");
    }
    const heads = ["handler", "due in", "status", "failures"];
    return h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col" }, text)))),
      h(
        "tbody",
        {},
        ...timers.map((timer) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, h("code", {}, timer.name || timer.handler)),
            h("td", {}, age(timer.due_ms, "until")),
            h(
              "td",
              {},
              h("span", { class: `chip ${timer.status}` }, timer.status),
              ` ${timer.error}`,
              timer.status === "failed" ? timerButtons(timer, control) : null,
            ),
            h("td", { class: "number" }, String(timer.failures)),
          ),
        ),
      ),
    );
  });
}

function timerButtons(timer, control) {
  const what = `the failed timer of ${timer.handler}`;
  return h(
    "span",
    { class: "buttons" },
    control("retry_timer", timer.id, "Retry", `Retry ${what}`),
    control("discard_timer", timer.id, "Discard", `Discard ${what}`),
  );
}

/** What the canister has logged, the newest last. */
export function drawLogs(place, canister) {
  draw(place, canister.logs, (logs) =>
    logs.length
      ? h(
          "ol",
          {
            class: "log",
            tabindex: 0,
            "aria-label": `Log, ${plural(logs.length, "record")}`,
            data: { scroll: "log" },
          },
          ...logs.map((record) =>
            h("li", {}, h("span", { class: "age-at" }, clockTime(record.ms)), h("pre", {}, record.text)),
          ),
        )
      : nothing("Nothing is logged."),
  );
}
