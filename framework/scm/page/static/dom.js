// Elements, and sections that are drawn again only when what they show has changed.
//
// All text goes into text nodes: names, logs and replies of canisters are hostile input.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element: `on` has listeners, `data` data attributes, the rest are attributes. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "data") {
      Object.assign(element.dataset, value);
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

const shown = new WeakMap();

/**
 * Draw `container` from `model`, unless it shows just that.  Whoever has the focus keeps it, or it
 * goes to the section's heading; what was unfolded or scrolled stays so.  Elements are known again
 * by their `data-key`.
 */
export function draw(container, model, render) {
  const text = JSON.stringify(model);
  if (shown.get(container) === text) return;
  shown.set(container, text);
  const active = container.contains(document.activeElement) ? document.activeElement : null;
  const unfolded = keysOf(container, "details[data-key][open]");
  const places = new Map(
    [...container.querySelectorAll("[data-scroll]")].map((item) => [item.dataset.scroll, placeOf(item)]),
  );
  container.replaceChildren(...[render(model)].flat(Infinity).filter(Boolean));
  for (const key of unfolded) byKey(container, key)?.setAttribute("open", "");
  for (const item of container.querySelectorAll("[data-scroll]")) {
    scrollTo(item, places.get(item.dataset.scroll));
  }
  if (active) refocus(container, active);
}

function keysOf(container, selector) {
  return [...container.querySelectorAll(selector)].map((item) => item.dataset.key);
}

function byKey(container, key) {
  return container.querySelector(`[data-key="${CSS.escape(key)}"]`);
}

function refocus(container, active) {
  const again = active.dataset.key ? byKey(container, active.dataset.key) : null;
  const heading = container.closest("section, nav")?.querySelector("[tabindex='-1']");
  (again ?? heading ?? document.querySelector("main")).focus({ preventScroll: true });
}

/** How far a list is scrolled: null at its end, where it stays when something is added. */
function placeOf(item) {
  const isAtEnd = item.scrollHeight - item.scrollTop - item.clientHeight < 40;
  return isAtEnd ? null : item.scrollTop;
}

function scrollTo(item, place) {
  item.scrollTop = place ?? item.scrollHeight;
}

let serial = 0;

/** An id that no other element has. */
export function newId(prefix) {
  serial += 1;
  return `${prefix}-${serial}`;
}

/** Tell those who don't see the page what has happened. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/** Text in which names stand in backticks, as scm's messages have them. */
export function prose(text) {
  return text
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 ? h("code", {}, part) : part));
}

/** What is shown where there is nothing. */
export function nothing(text) {
  return h("p", { class: "nothing" }, text);
}
