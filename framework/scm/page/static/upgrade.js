// An upgrade: the build, what it would do, and the calls that it has carried over.

import { announce, draw, h, prose } from "./dom.js";
import { bytes, plural, shortHash } from "./format.js";
import { post } from "./server.js";

const TITLES = {
  building: "Building",
  planned: "Ready to upgrade",
  unchanged: "Nothing to upgrade",
  refused: "This upgrade is not safe",
  installing: "Upgrading",
  installed: "Upgraded, without stopping",
  failed: "The upgrade failed",
};

let announced = "";

/** The upgrade that is under way or was the last; hidden if there is none. */
export function drawUpgrade(place, upgrade, canister, describe, act) {
  place.hidden = upgrade === null;
  const waiting = upgrade && canister ? canister.calls.filter((call) => !call.is_failed) : [];
  tell(upgrade, describe);
  draw(place, { upgrade, waiting }, ({ upgrade: item, waiting: calls }) =>
    item === null ? [] : [title(item, describe), ...body(item, calls, describe), buttons(item, act)],
  );
}

function tell(upgrade, describe) {
  const text = upgrade ? `${upgrade.number} ${upgrade.stage}` : "";
  if (text !== announced && upgrade) {
    announce(`${describe(upgrade.canister)}: ${TITLES[upgrade.stage]}`);
  }
  announced = text;
}

function title(item, describe) {
  return h(
    "h3",
    { id: "upgrade-title", tabindex: -1 },
    TITLES[item.stage],
    h("span", { class: "detail" }, ` ${describe(item.canister)}, from ${item.path}`),
  );
}

function body(item, calls, describe) {
  switch (item.stage) {
    case "building":
      return [steps(item)];
    case "failed":
      return [h("ul", { class: "problems" }, ...item.problems.map(problem))];
    case "unchanged":
      return [h("p", {}, "The canister runs this very module: edit the project first.")];
    case "installed":
      return [versions(item), carriedList(item.carried, describe)];
    default:
      return [versions(item), inFlight(calls, describe), findings(item)];
  }
}

function steps(item) {
  return h(
    "ol",
    { class: "steps" },
    ...item.steps.map((step) =>
      h(
        "li",
        {},
        h("span", { class: "name" }, step.stage),
        h("span", {}, `${step.summary}${step.is_cached ? " (cached)" : ""}`),
        h("span", { class: "number" }, `${step.seconds.toFixed(1)} s`),
      ),
    ),
    item.running ? h("li", { class: "running" }, h("span", { class: "name" }, item.running), "…") : null,
  );
}

function problem(item) {
  return h(
    "li",
    {},
    item.place ? h("code", { class: "place" }, item.place) : null,
    h("pre", {}, item.message),
    ...item.notes.map((text) => h("p", { class: "detail" }, `note: ${text}`)),
    ...item.helps.map((text) => h("p", { class: "detail" }, `help: ${text}`)),
  );
}

function versions(item) {
  return h(
    "p",
    {},
    "module ",
    h("code", { class: "hash" }, shortHash(item.old_hash)),
    " → ",
    h("code", { class: "hash" }, shortHash(item.new_hash)),
    `, ${bytes(item.size_bytes)}`,
  );
}

function inFlight(calls, describe) {
  if (!calls.length) return h("p", {}, "No call is in flight.");
  return [
    h("p", {}, `${plural(calls.length, "call")} in flight, to be taken over by the new code:`),
    h(
      "ul",
      { class: "carried" },
      ...calls.map((call) =>
        h(
          "li",
          {},
          h("span", { class: "chip waiting" }, "waiting"),
          ` ${call.method} of ${describe(call.callee)}, for `,
          h("code", {}, call.handler ?? "?"),
        ),
      ),
    ),
  ];
}

function findings(item) {
  const bad = item.findings.filter((finding) => finding.severity !== "safe");
  const good = item.findings.filter((finding) => finding.severity === "safe");
  return [
    item.unchecked ? h("p", { class: "warning" }, item.unchecked) : null,
    bad.length ? h("ul", { class: "findings" }, ...bad.map(finding)) : null,
    good.length
      ? h(
          "details",
          { data: { key: "safe findings" } },
          h("summary", {}, `${plural(good.length, "thing")} checked and found safe`),
          h("ul", { class: "findings" }, ...good.map(finding)),
        )
      : null,
  ];
}

function finding(item) {
  return h(
    "li",
    { class: item.severity },
    h("span", { class: `chip ${item.severity}` }, item.severity.replaceAll("-", " ")),
    h(
      "span",
      {},
      h("strong", {}, prose(item.subject)),
      item.path ? [" at ", h("code", {}, item.path)] : null,
      item.reason ? [": ", prose(item.reason)] : null,
      item.help && item.severity !== "safe"
        ? h("span", { class: "detail" }, "; ", prose(item.help))
        : null,
    ),
  );
}

function carriedList(carried, describe) {
  if (!carried.length) return h("p", {}, "No call was in flight.");
  return [
    h("p", {}, `${plural(carried.length, "call")} carried over:`),
    h(
      "ul",
      { class: "carried" },
      ...carried.map((call) =>
        h(
          "li",
          {},
          h("span", { class: `chip ${call.fate}` }, call.fate === "answered" ? "answered" : call.fate),
          ` ${call.method} of ${describe(call.callee)}, for `,
          h("code", {}, call.handler),
          call.fate === "answered" ? ": the new code has handled its response" : null,
        ),
      ),
    ),
  ];
}

function buttons(item, act) {
  const isBusy = item.stage === "building" || item.stage === "installing";
  if (isBusy) return null;
  const send = (action) => () => act(post("/upgrade", { action }));
  const isPlanned = item.stage === "planned";
  return h(
    "p",
    { class: "buttons" },
    isPlanned
      ? h(
          "button",
          { type: "button", class: "main", data: { key: "install" }, on: { click: send("install") } },
          "Install without stopping",
        )
      : null,
    h(
      "button",
      { type: "button", data: { key: "dismiss" }, on: { click: send("dismiss") } },
      isPlanned || item.stage === "refused" ? "Not now" : "Close",
    ),
  );
}
