// Calls that wait for their responses, and messages that are held on their way.

import { draw, h, nothing } from "./dom.js";
import { age, clockTime, grouped, plural, shortHash } from "./format.js";
import { post } from "./server.js";

/** The calls in flight of one canister, with what is held of them. */
export function drawFlight(place, canister, holds, describe, act) {
  const parked = holds.flatMap((hold) => hold.parked);
  const model = {
    calls: canister.calls,
    parked: parked.filter((item) => [item.sender, item.receiver].includes(canister.id)),
    hash: canister.module_hash,
  };
  draw(place, model, ({ calls, parked, hash }) => [
    calls.length
      ? h(
          "ul",
          { class: "flight" },
          ...calls.map((call) =>
            callItem(call, hash, isAnswerHeld(call, calls, parked), describe, controls(canister.id, act)),
          ),
        )
      : nothing("No call of this canister waits for a response."),
    parked.length ? heldList(parked, describe, act) : null,
  ]);
}

/** Whether a call's response is held: known if those of all calls like it are. */
function isAnswerHeld(call, calls, parked) {
  const isLike = (other) => other.callee === call.callee && other.method === call.method;
  const held = parked.filter(
    (item) => item.kind === "response" && item.sender === call.callee && item.method === call.method,
  );
  return held.length > 0 && held.length >= calls.filter(isLike).length;
}

function callItem(call, hash, isHeld, describe, control) {
  const status = call.is_failed ? "failed" : call.status.split(":")[0];
  const isOlder = call.issued_by && call.issued_by !== hash;
  return h(
    "li",
    { class: status, data: { call: call.id } },
    h(
      "p",
      { class: "line" },
      h("span", { class: `chip ${status}` }, status),
      isHeld ? h("span", { class: "chip held" }, "answer held") : null,
      h("span", {}, h("strong", {}, call.method), ` of ${describe(call.callee)}`),
      call.issued_ms ? age(call.issued_ms) : null,
    ),
    h(
      "dl",
      { class: "pairs" },
      pair("will be handled by", handlerText(call)),
      pair("issued by", issuer(call, isOlder)),
      call.context ? pair("context", h("code", {}, call.context)) : null,
      call.due_ms ? pair("waits until", clockTime(call.due_ms)) : null,
      call.is_failed ? pair("why", call.status.replace(/^failed: */, "")) : null,
      call.error ? pair("error", call.error) : null,
    ),
    call.is_failed ? failedButtons(call, control) : null,
  );
}

/** Buttons for what the canister's controllers may do about a failed call or timer. */
export function controls(canister, act) {
  return (action, id, text, label) =>
    h(
      "button",
      {
        type: "button",
        class: "small",
        "aria-label": label,
        data: { key: `${action} ${id}` },
        on: { click: () => act(post("/control", { canister, action, id: Number(id) })) },
      },
      text,
    );
}

function failedButtons(call, control) {
  const what = `the failed call of ${call.method}`;
  return h(
    "p",
    { class: "buttons" },
    call.can_retry
      ? control("retry", call.id, "Retry", `Retry ${what}: run its handler again`)
      : null,
    control("answer", call.id, "Answer “unknown”", `Answer ${what}: its outcome is unknown`),
    control("discard", call.id, "Discard", `Discard ${what}`),
  );
}

function pair(term, ...description) {
  return [h("dt", {}, term), h("dd", {}, ...description)];
}

function handlerText(call) {
  if (call.handler === null) return `function ${grouped(call.slot)} of the table`;
  return [h("code", { class: "handler" }, call.handler), `, slot ${grouped(call.slot)}`];
}

function issuer(call, isOlder) {
  if (!call.issued_by) return "an earlier module";
  const hash = h("code", {}, shortHash(call.issued_by));
  return isOlder
    ? ["module ", hash, " ", h("span", { class: "chip carried" }, "carried over")]
    : ["module ", hash, ", the one installed now"];
}

function heldList(parked, describe, act) {
  return [
    h("h4", {}, `Held on the way (${parked.length})`),
    h(
      "ul",
      { class: "held" },
      ...parked.map((item) => {
        const what = `the ${item.kind} of ${item.method}`;
        const send = (action) => () => act(post("/message", { action, id: item.id }));
        return h(
          "li",
          {},
          h(
            "span",
            {},
            h("span", { class: "chip held" }, item.kind),
            ` ${item.method}: ${describe(item.sender)} → ${describe(item.receiver)}`,
          ),
          h(
            "span",
            { class: "buttons" },
            h(
              "button",
              {
                type: "button",
                class: "small",
                "aria-label": `Release ${what}`,
                data: { key: `release ${item.id}` },
                on: { click: send("release") },
              },
              "Release",
            ),
            item.is_losable
              ? h(
                  "button",
                  {
                    type: "button",
                    class: "small",
                    "aria-label": `Lose ${what}`,
                    data: { key: `lose ${item.id}` },
                    on: { click: send("lose") },
                  },
                  "Lose",
                )
              : null,
          ),
        );
      }),
    ),
  ];
}

/** A switch for each canister: its answers, and calls to it, wait until they are let go. */
export function drawHolds(place, canisters, holds, describe, act) {
  const model = canisters.map((canister) => ({
    id: canister.id,
    name: describe(canister.id),
    held: holds
      .filter((hold) => hold.canister === canister.id)
      .map((hold) => [hold.kind, hold.parked.length]),
  }));
  draw(place, model, (items) =>
    items.length
      ? [
          h("p", { class: "hint" }, "What is switched on waits here until you release it."),
          h("ul", { class: "switches" }, ...items.map((item) => switches(item, act))),
        ]
      : nothing("There is no canister."),
  );
}

function switches(item, act) {
  const held = new Map(item.held);
  return h(
    "li",
    {},
    h("span", { class: "name" }, item.name),
    ...[
      ["response", `answers of ${item.name}`, "its answers"],
      ["request", `calls to ${item.name}`, "calls to it"],
    ].map(([kind, label, short]) => {
      const isHeld = held.has(kind);
      const action = isHeld ? "resume" : "hold";
      const count = held.get(kind) ?? 0;
      return h(
        "button",
        {
          type: "button",
          role: "switch",
          class: "switch",
          "aria-checked": isHeld ? "true" : "false",
          "aria-label": `Hold ${label}${count ? `, ${plural(count, "message")} held` : ""}`,
          data: { key: `hold ${kind} ${item.id}` },
          on: { click: () => act(post("/hold", { canister: item.id, kind, action })) },
        },
        h("span", { class: "knob" }),
        short,
        count ? h("strong", {}, String(count)) : null,
      );
    }),
  );
}
