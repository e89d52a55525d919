// Calling a method: which, as whom, with what; and what became of the calls made here.

import { announce, draw, h, nothing, prose } from "./dom.js";
import { forgive, makeNode, PRINCIPALS } from "./form.js";
import { age, clockTime } from "./format.js";
import { post, RefusedError } from "./server.js";

/** The form of one canister; it stays as it is while the interface does. */
export class CallForm {
  constructor(place, isChanged) {
    this.place = place;
    this.isChanged = isChanged;
    this.shown = "";
    this.nodes = [];
  }

  /** Show the methods of a canister; what is filled in stays, unless the types are others. */
  show(canister, face, senders, describe) {
    const text = JSON.stringify([canister.id, face.methods, face.types]);
    this.senders = senders;
    if (text !== this.shown) {
      const before = this.shown && this.canister.id === canister.id ? this.method?.name : undefined;
      const filled = this.filled(before);
      this.shown = text;
      this.face = face;
      this.canister = canister;
      this.place.replaceChildren(...this.render(before, filled));
    }
    this.showSenders(describe);
  }

  /** What is filled in for a method, and its types: it outlives an upgrade that keeps them. */
  filled(name) {
    return name === undefined
      ? null
      : { types: this.typesOf(this.method), nodes: this.nodes };
  }

  typesOf(method) {
    return JSON.stringify([method.name, method.arguments, this.face.types]);
  }

  render(before, filled) {
    const methods = this.face.methods;
    if (!methods.length) return [nothing("This canister has no methods.")];
    this.sender = h("select", { id: "sender", data: { canister: this.canister.id } });
    this.fields = h("div", { class: "fields" });
    this.error = h("p", { class: "error", id: "call-error", hidden: true, tabindex: -1 });
    this.button = h("button", { class: "main" }, "Call");
    const choices = methods.map((method) => this.choice(method));
    const form = h(
      "form",
      { novalidate: true, on: { submit: (event) => this.submit(event) } },
      h("fieldset", { class: "methods" }, h("legend", {}, "Method"), ...choices),
      this.fields,
      h("div", { class: "field" }, h("label", { for: "sender" }, "Call as"), this.sender),
      this.error,
      this.button,
    );
    const chosen = methods.find((method) => method.name === before) ?? methods[0];
    form.querySelectorAll("input[name=method]")[methods.indexOf(chosen)].checked = true;
    this.choose(chosen, filled);
    return [form];
  }

  choice(method) {
    const radio = h("input", { type: "radio", name: "method", value: method.name });
    radio.addEventListener("change", () => this.choose(method));
    return h(
      "label",
      { class: "choice" },
      radio,
      h("span", { class: "name" }, method.name),
      h("span", { class: `kind ${method.annotation}` }, method.annotation.replace("_", " ")),
      h("code", {}, method.signature),
    );
  }

  choose(method, filled = null) {
    this.method = method;
    this.button.textContent = `Call ${method.name}`;
    this.error.hidden = true;
    const args = method.arguments;
    this.button.disabled = args === null;
    this.nodes =
      filled?.types === this.typesOf(method)
        ? filled.nodes
        : (args ?? []).map((arg, index) =>
            makeNode(arg.type, arg.name || `argument ${index + 1}`, this.face.types),
          );
    this.fields.replaceChildren(
      ...(method.doc ? [h("p", { class: "doc" }, method.doc)] : []),
      ...this.nodes.map((node) => node.element),
    );
    if (args === null) this.fields.append(nothing("The module does not tell its interface."));
  }

  showSenders(describe) {
    if (!this.sender) return;
    const chosen = this.sender.value || this.canister.controllers[0] || this.senders[0];
    const options = this.senders.map((sender) => {
      const isController = this.canister.controllers.includes(sender);
      return [sender, `${describe(sender)}${isController ? " (controller)" : ""}`];
    });
    draw(this.sender, options, (items) =>
      items.map(([sender, text]) => h("option", { value: sender }, text)),
    );
    this.sender.value = this.senders.includes(chosen) ? chosen : this.senders[0];
  }

  async submit(event) {
    event.preventDefault();
    forgive(this.place);
    this.button.disabled = true;
    try {
      const { outcome, error, path } = await post("/call", {
        canister: this.canister.id,
        method: this.method.name,
        sender: this.sender.value,
        arguments: this.nodes.map((node) => node.read()),
      });
      if (error !== undefined) throw new RefusedError(error, path);
      if (outcome === null) announce(`${this.method.name} is called`);
      this.isChanged();
    } catch (error) {
      this.blame(error);
    } finally {
      this.button.disabled = false;
    }
  }

  blame(error) {
    const path = error instanceof RefusedError ? error.path : null;
    const node = path && path.length ? this.nodes[path[0]] : undefined;
    if (node) {
      node.blame(path.slice(1), error.message);
      return;
    }
    this.error.replaceChildren(...prose(error.message));
    this.error.hidden = false;
    this.error.focus();
  }
}

/** What fields for principals suggest: the network's canisters, and whom the page may be. */
export function drawPrincipals(canisters, senders) {
  let list = document.getElementById(PRINCIPALS);
  if (!list) {
    list = h("datalist", { id: PRINCIPALS });
    document.body.append(list);
  }
  const known = [
    ...canisters.map((canister) => [canister.id, canister.name || "canister"]),
    ...senders.map((sender) => [sender, sender === "2vxsx-fae" ? "anonymous" : "controller"]),
  ];
  draw(list, known, (items) => items.map(([id, text]) => h("option", { value: id }, text)));
}

const announced = new Map();

/** The calls made here, the newest first. */
export function drawAnswers(place, calls, describe) {
  for (const call of calls) {
    const kind = call.outcome ? call.outcome.kind : "waiting";
    if (announced.get(call.number) !== kind && call.outcome) {
      const word = kind === "reply" ? "replied" : "rejected";
      announce(`${call.method} ${word}: ${call.outcome.text}`);
    }
    announced.set(call.number, kind);
  }
  draw(place, calls, (items) =>
    items.length
      ? h("ol", { class: "answers" }, ...items.map((call) => answer(call, describe)))
      : nothing("Calls that you make here are listed with their answers."),
  );
}

function answer(call, describe) {
  const outcome = call.outcome;
  const kind = outcome ? outcome.kind : "waiting";
  const words = { reply: "replied", reject: "rejected", waiting: "waits" };
  return h(
    "li",
    { class: kind, data: { number: call.number } },
    h(
      "p",
      { class: "line" },
      h("span", { class: `chip ${kind}` }, words[kind]),
      h("code", { class: "call" }, `${describe(call.canister)}.${call.method}${call.arguments}`),
      kind === "waiting" ? age(call.made_ms) : h("span", { class: "age-at" }, clockTime(call.made_ms)),
    ),
    outcome ? h("pre", { class: "outcome", tabindex: 0 }, outcome.text) : null,
    outcome?.code ? h("p", { class: "detail" }, outcome.code) : null,
    h("p", { class: "detail" }, `as ${describe(call.sender)}`),
  );
}

