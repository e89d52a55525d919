// Forms made from Candid types.
//
// A node is one value: `element` shows it, `read` gives it as JSON (`form_values.py` has the shapes),
// `blame` shows a mistake at the control that a path leads to.  Parts of opts, vecs and variants
// are made when they are wanted, so recursive types are no problem.

import { h, newId, prose } from "./dom.js";

const DEPTH_MAX = 40;
export const PRINCIPALS = "known-principals";

/** A node for a value of this type, called `label`; `types` has the named types. */
export function makeNode(type, label, types, depth = 0) {
  const named = type.kind === "ref" ? `${type.name}` : undefined;
  let inner = type;
  while (inner.kind === "ref") inner = types[inner.name];
  if (depth > DEPTH_MAX) return emptyNode(label, "nested too deep to be filled in here");
  const context = { label, types, depth, kind: named ?? inner.kind };
  switch (inner.kind) {
    case "opt":
      return optNode(inner, context);
    case "vec":
      return vecNode(inner, context);
    case "record":
      return recordNode(inner, context);
    case "variant":
      return variantNode(inner, context);
    case "func":
      return functionNode(context);
    case "blob":
      return blobNode(context);
    case "bool":
      return boolNode(context);
    case "text":
      return leafNode(context, h("textarea", { rows: 1, spellcheck: "false" }));
    case "principal":
    case "service":
      return leafNode(context, entry({ list: PRINCIPALS, placeholder: "aaaaa-aa" }));
    case "null":
    case "reserved":
      return emptyNode(label, "null");
    case "empty":
      return emptyNode(label, "empty: there is no such value");
    case "float32":
    case "float64":
      return leafNode(context, entry({ inputmode: "decimal", placeholder: "0.0" }));
    default:
      return leafNode(context, entry({ inputmode: "numeric", placeholder: "0" }));
  }
}

function entry(attributes) {
  return h("input", { type: "text", autocomplete: "off", spellcheck: "false", ...attributes });
}

/** A control with its label, and the place for what is wrong with it; `beside` is at its side. */
function leafNode({ label, kind }, control, read = () => control.value, beside = null) {
  const id = newId("field");
  control.id = id;
  const error = errorLine(control);
  const element = h(
    "div",
    { class: "field" },
    h("label", { for: id }, label, " ", h("code", {}, kind)),
    beside ? h("div", { class: "row" }, control, beside) : control,
    error,
  );
  return { element, read, blame: (_path, message) => blameControl(control, error, message) };
}

function errorLine(control) {
  const error = h("p", { class: "error", id: newId("error"), hidden: true });
  control.setAttribute("aria-describedby", error.id);
  return error;
}

function blameControl(control, error, message) {
  control.setAttribute("aria-invalid", "true");
  error.replaceChildren(...prose(message));
  error.hidden = false;
  control.focus();
}

/** Take back all blame below an element. */
export function forgive(element) {
  for (const control of element.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
  }
  for (const error of element.querySelectorAll(".error")) error.hidden = true;
}

function emptyNode(label, text) {
  const error = h("p", { class: "error", hidden: true });
  const element = h("p", { class: "field" }, `${label} `, h("code", {}, text), error);
  return { element, read: () => null, blame: (_path, message) => showError(error, message) };
}

function showError(error, message) {
  error.replaceChildren(...prose(message));
  error.hidden = false;
  error.tabIndex = -1;
  error.focus();
}

function boolNode(context) {
  const control = h("input", { type: "checkbox" });
  const node = leafNode(context, control, () => control.checked);
  node.element.classList.add("inline");
  return node;
}

function blobNode(context) {
  const text = h("textarea", { rows: 1, spellcheck: "false" });
  const how = h(
    "select",
    { "aria-label": `${context.label}: how its bytes are written` },
    h("option", { value: "text" }, "as text"),
    h("option", { value: "hex" }, "as hex"),
  );
  return leafNode(context, text, () => ({ as: how.value, text: text.value }), how);
}

/** A group of parts with a legend. */
function group({ label, kind }, ...children) {
  const error = h("p", { class: "error", hidden: true });
  const legend = h("legend", {}, label, " ", h("code", {}, kind));
  return { element: h("fieldset", {}, legend, ...children, error), error };
}

/** Blame the part that comes next in the path; the group itself if there is none. */
function blameIn(find, error) {
  return (path, message) => {
    const part = path.length ? find(path[0]) : undefined;
    if (part) part.blame(path.slice(1), message);
    else showError(error, message);
  };
}

function optNode(type, context) {
  const box = h("input", { type: "checkbox", id: newId("field") });
  const place = h("div", { class: "part" });
  let part = null;
  box.addEventListener("change", () => {
    part = box.checked ? makeNode(type.inner, "value", context.types, context.depth + 1) : null;
    place.replaceChildren(...(part ? [part.element] : []));
  });
  const label = h("label", { for: box.id, class: "inline" }, box, "give a value");
  const { element, error } = group(context, label, place);
  return {
    element,
    read: () => (part ? { some: part.read() } : null),
    blame: blameIn(() => part, error),
  };
}

function vecNode(type, context) {
  const list = h("ol", { class: "parts" });
  const nodes = [];
  const add = h("button", { type: "button", class: "small" }, "Add an item");
  const renumber = () => {
    [...list.children].forEach((row, index) => {
      row.querySelector(":scope > .remove").setAttribute("aria-label", `Remove item ${index}`);
    });
  };
  add.addEventListener("click", () => {
    const node = makeNode(type.inner, "item", context.types, context.depth + 1);
    const remove = h("button", { type: "button", class: "small remove" }, "Remove");
    const row = h("li", {}, node.element, remove);
    remove.addEventListener("click", () => {
      nodes.splice(nodes.indexOf(node), 1);
      row.remove();
      renumber();
      add.focus();
    });
    nodes.push(node);
    list.append(row);
    renumber();
    node.element.querySelector("input, textarea, select")?.focus();
  });
  const { element, error } = group(context, list, add);
  return {
    element,
    read: () => nodes.map((node) => node.read()),
    blame: blameIn((index) => nodes[index], error),
  };
}

function recordNode(type, context) {
  const parts = new Map(
    type.fields.map((field) => [
      field.id,
      makeNode(field.type, field.label, context.types, context.depth + 1),
    ]),
  );
  const { element, error } = group(context, ...[...parts.values()].map((part) => part.element));
  return {
    element,
    read: () => Object.fromEntries([...parts].map(([id, part]) => [String(id), part.read()])),
    blame: blameIn((id) => parts.get(id), error),
  };
}

function variantNode(type, context) {
  const choice = h(
    "select",
    { "aria-label": `${context.label}: which alternative` },
    h("option", { value: "" }, "choose…"),
    ...type.fields.map((field) => h("option", { value: field.id }, field.label)),
  );
  const place = h("div", { class: "part" });
  let part = null;
  choice.addEventListener("change", () => {
    const field = type.fields.find((item) => String(item.id) === choice.value);
    part = field ? makeNode(field.type, field.label, context.types, context.depth + 1) : null;
    const isShown = field && field.type.kind !== "null";
    place.replaceChildren(...(isShown ? [part.element] : []));
  });
  const { element, error } = group(context, choice, place);
  choice.setAttribute("aria-describedby", (error.id = newId("error")));
  return {
    element,
    read: () =>
      part ? { tag: Number(choice.value), value: part.read() } : { tag: null, value: null },
    blame: (path, message) => {
      if (path.length && part) part.blame(path.slice(1), message);
      else blameControl(choice, error, message);
    },
  };
}

function functionNode(context) {
  const parts = {
    principal: leafNode({ label: "canister", kind: "principal" }, entry({ list: PRINCIPALS })),
    method: leafNode({ label: "method", kind: "text" }, entry({})),
  };
  const { element, error } = group(context, parts.principal.element, parts.method.element);
  return {
    element,
    read: () => ({ principal: parts.principal.read(), method: parts.method.read() }),
    blame: blameIn((name) => parts[name], error),
  };
}
