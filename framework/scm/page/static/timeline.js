// What happened, as a sequence diagram: a life line for each canister, time going down.

import { draw, h, nothing, svg } from "./dom.js";
import { grouped, plural } from "./format.js";

const COLUMN = 190;
const ROW = 26;
const TOP = 44;
const USERS = "users";
const MANAGEMENT = "aaaaa-aa";

/** Draw the last messages; whoever can't see the picture reads the same as a list. */
export function drawTimeline(place, timeline, canisters, describe) {
  const ids = canisters.map((canister) => canister.id);
  const names = ids.map(describe);
  draw(place, { timeline, ids, names }, ({ timeline: { events, text } }) => {
    if (!events.length) return nothing("Nothing has happened since this network was started.");
    return [
      h("p", { class: "hint legend" }, ...legend()),
      h(
        "div",
        {
          class: "diagram",
          tabindex: 0,
          role: "region",
          "aria-label": "Sequence diagram",
          data: { scroll: "diagram" },
        },
        new Diagram(ids, describe).draw(events),
      ),
      h(
        "details",
        { data: { key: "as text" } },
        h("summary", {}, `The same ${plural(text.length, "event")} as text`),
        h("ol", { class: "log lines", tabindex: 0, "aria-label": "Events as text" }, ...text.map((line) => h("li", {}, h("pre", {}, line)))),
      ),
    ];
  });
}

function legend() {
  return [
    ["request", "call"],
    ["response", "response"],
    ["held", "held or released"],
    ["run", "execution"],
    ["trap", "trap"],
    ["note", "install"],
  ].map(([kind, text]) => h("span", { class: `sample ${kind}` }, text));
}

class Diagram {
  constructor(canisters, describe) {
    this.canisters = new Set(canisters);
    this.order = [USERS, ...canisters, MANAGEMENT];
    this.describe = describe;
    this.columns = new Map();
    this.sent = new Map();
    this.parts = [];
    this.y = TOP;
  }

  draw(events) {
    this.placeColumns(events);
    for (const event of events) this.add(event);
    const width = Math.max(2, this.columns.size) * COLUMN;
    const height = this.y + ROW;
    const heads = [...this.columns].map(([id, x]) => [
      svg("line", { class: "life", x1: x, y1: 32, x2: x, y2: height - 8 }),
      svg("text", { class: "head", x, y: 20 }, id === USERS ? "users" : this.describe(id)),
    ]);
    const label = `${plural(events.length, "event")} between ${plural(this.columns.size, "party").replace("partys", "parties")}`;
    return svg(
      "svg",
      { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
      svg("defs", {}, ...["request", "response"].map((kind) => arrowHead(kind))),
      ...heads,
      ...this.parts,
    );
  }

  add(event) {
    switch (event.event) {
      case "Sent":
        this.sent.set(event.delivery_id, event);
        return this.arrow(event);
      case "Parked":
      case "Released":
        return this.mark(event.delivery_id, event.event === "Parked" ? "held" : "released");
      case "Dropped":
        return this.mark(event.delivery_id, "lost");
      case "Executed": {
        const entry = event.entry.replace("canister_", "");
        const ending = event.error === null ? `${grouped(event.fuel)} fuel` : "trapped";
        return this.box(event.canister_id, event.error === null ? "run" : "trap", `${entry}: ${ending}`, event.error);
      }
      case "Installed":
        return this.box(event.canister_id, event.error === null ? "note" : "trap", event.mode, event.error);
      case "StatusChanged":
        return this.box(event.canister_id, "note", event.status, null);
      default:
        return undefined; // Its response is an arrow already.
    }
  }

  /** A life line for everybody who takes part, in the order of the canisters' list. */
  placeColumns(events) {
    const parties = events.flatMap((event) => [event.sender, event.receiver, event.canister_id]);
    const present = new Set(parties.filter(Boolean).map((principal) => this.party(principal)));
    const ids = this.order.filter((id) => present.has(id));
    this.columns = new Map(ids.map((id, index) => [id, index * COLUMN + COLUMN / 2]));
  }

  /** All users share a life line. */
  party(principal) {
    return this.canisters.has(principal) || principal === MANAGEMENT ? principal : USERS;
  }

  x(principal) {
    return this.columns.get(this.party(principal));
  }

  nextRow() {
    this.y += ROW;
    return this.y;
  }

  arrow(message) {
    const start = this.x(message.sender);
    const end = this.x(message.receiver);
    const y = this.nextRow();
    const kind = message.kind === "response" ? "response" : "request";
    const isSelf = start === end;
    const path = isSelf ? `M${start} ${y - 6}h26v10h-26` : `M${start} ${y}H${end + (end > start ? -2 : 2)}`;
    const text = isSelf
      ? svg("text", { class: "label start", x: start + 32, y: y + 3 }, cut(message.method, 18))
      : svg("text", { class: "label", x: (start + end) / 2, y: y - 5 }, cut(message.method, 28));
    this.parts.push(svg("path", { class: `arrow ${kind}`, d: path, "marker-end": `url(#end-${kind})` }), text);
  }

  mark(delivery, word) {
    const message = this.sent.get(delivery);
    if (!message) return;
    const x = this.x(message.receiver);
    const y = this.nextRow();
    this.parts.push(
      svg("circle", { class: `mark ${word}`, cx: x, cy: y - 4, r: 5 }),
      svg("text", { class: "label start", x: x + 11, y }, cut(`${word}: ${message.kind} of ${message.method}`, 26)),
    );
  }

  box(canister, kind, label, detail) {
    const x = this.x(canister);
    const y = this.nextRow();
    const text = cut(label, 26);
    const width = Math.min(COLUMN - 12, 18 + 6.4 * text.length);
    this.parts.push(
      svg(
        "g",
        {},
        svg("title", {}, detail === null ? label : `${label}: ${detail}`),
        svg("rect", { class: `box ${kind}`, x: x - width / 2, y: y - 15, width, height: 20, rx: 4 }),
        svg("text", { class: "label", x, y: y - 1 }, text),
      ),
    );
  }
}

function arrowHead(kind) {
  return svg(
    "marker",
    { id: `end-${kind}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto" },
    svg("path", { class: `tip ${kind}`, d: "M0 0L8 4L0 8z" }),
  );
}

function cut(text, length) {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
