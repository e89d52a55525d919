// Numbers, times and ids for people.

import { h } from "./dom.js";

/** The beginning of a principal, which is enough to tell it from others by sight. */
export function shortId(id) {
  const parts = id.split("-");
  return parts.length <= 2 ? id : `${parts[0]}-${parts[1]}…`;
}

/** The beginning of a module's hash. */
export function shortHash(hash) {
  return hash ? hash.slice(0, 8) : "none";
}

export function bytes(count) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let size = count;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return unit === 0 ? `${count} bytes` : `${size.toFixed(1)} ${units[unit]}`;
}

/** Cycles, of which there are more than JavaScript's numbers hold. */
export function cycles(text) {
  const count = BigInt(text);
  for (const [unit, size] of [["T", 10n ** 12n], ["B", 10n ** 9n], ["M", 10n ** 6n]]) {
    if (count >= size) return `${(Number((count * 1000n) / size) / 1000).toFixed(3)} ${unit}`;
  }
  return String(count);
}

export function grouped(number) {
  return Number(number).toLocaleString("en");
}

export function clockTime(ms) {
  return new Date(ms).toLocaleTimeString("en-GB");
}

export function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** How long something takes already, or until it comes; `tickAges` keeps it up to date. */
export function age(ms, kind = "since") {
  const element = h("span", { class: "age", data: { [kind]: ms } });
  writeAge(element);
  return element;
}

let offsetMs = 0;

/** Go by the network's clock, which may differ from the browser's. */
export function setClock(nowMs) {
  offsetMs = nowMs - Date.now();
}

export function tickAges() {
  for (const element of document.querySelectorAll(".age")) writeAge(element);
}

function writeAge(element) {
  const now = Date.now() + offsetMs;
  const isSince = element.dataset.since !== undefined;
  const ms = isSince ? now - Number(element.dataset.since) : Number(element.dataset.until) - now;
  element.textContent = ms < 0 && !isSince ? "due" : duration(Math.max(0, ms) / 1000);
}

function duration(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
