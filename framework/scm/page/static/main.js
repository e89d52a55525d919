// The page's loop: ask for the state, draw what has changed, and look again soon.

import { CallForm, drawAnswers, drawPrincipals } from "./call.js";
import { drawCanister, drawCanisters, drawHandlers, drawLogs, drawTimers } from "./canister.js";
import { announce } from "./dom.js";
import { drawFlight, drawHolds } from "./flight.js";
import { setClock, shortId, tickAges } from "./format.js";
import { get, StaleError } from "./server.js";
import { drawTimeline } from "./timeline.js";
import { drawUpgrade } from "./upgrade.js";

const POLL_MS = 400;
const RETRY_MS = 2000;
const ANONYMOUS = "2vxsx-fae";
const MANAGEMENT = "aaaaa-aa";

const place = (id) => document.getElementById(id);

let state = null;
let chosen = decodeURIComponent(location.hash.slice(1));
let isAsking = false;
let timer = 0;
const faces = new Map();

const form = new CallForm(place("call"), look);

/** What a principal is called: a canister's name, or the beginning of its id. */
function describe(id) {
  if (id === ANONYMOUS) return "anonymous";
  if (id === MANAGEMENT) return "management canister";
  const canister = state?.canisters.find((item) => item.id === id);
  if (!canister?.name) return shortId(id);
  const isShared = state.canisters.filter((item) => item.name === canister.name).length > 1;
  return isShared ? `${canister.name} ${shortId(id)}` : canister.name;
}

/** Ask now, and again after a while. */
async function look() {
  clearTimeout(timer);
  if (isAsking) {
    timer = setTimeout(look, 50);
    return;
  }
  isAsking = true;
  let wait = POLL_MS;
  try {
    const found = await get(`/state?since=${encodeURIComponent(state?.mark ?? "")}`);
    if (found !== null) {
      state = found;
      setClock(state.now_ms);
      await drawAll();
    }
    connected("live");
  } catch (error) {
    if (error instanceof StaleError) {
      lost("The network was started anew. Load the page again to go on.");
      return;
    }
    if (error instanceof TypeError) connected("no connection, trying again");
    else lost(error.message);
    wait = RETRY_MS;
  } finally {
    isAsking = false;
  }
  // Nobody looks at a hidden page; `visibilitychange` goes on.
  if (!document.hidden) timer = setTimeout(look, wait);
}

function connected(text) {
  const line = place("connection");
  if (line.textContent !== text) {
    line.textContent = text;
    line.className = text === "live" ? "live" : "gone";
  }
  if (text === "live") place("lost").hidden = true;
}

function lost(text) {
  const notice = place("lost");
  notice.textContent = text;
  notice.hidden = false;
  connected("stopped");
}

/** Wait for what a button does, and show what has come of it. */
async function act(request) {
  try {
    await request;
  } catch (error) {
    const notice = place("lost");
    notice.textContent = error.message;
    notice.hidden = false;
    announce(error.message);
    return;
  }
  await look();
}

async function drawAll() {
  const canisters = state.canisters;
  if (!canisters.some((item) => item.id === chosen)) chosen = firstChoice(canisters)?.id ?? "";
  drawCanisters(place("canisters"), canisters, chosen, choose);
  const canister = canisters.find((item) => item.id === chosen);
  place("main").classList.toggle("empty", canister === undefined);
  drawPrincipals(canisters, state.senders);
  drawHolds(place("holds"), canisters, state.holds, describe, act);
  drawAnswers(place("answers"), state.user_calls, describe);
  drawTimeline(place("timeline"), state.timeline, canisters, describe);
  const upgrading = canisters.find((item) => item.id === state.upgrade?.canister);
  drawUpgrade(place("upgrade"), state.upgrade, upgrading, describe, act);
  if (canister === undefined) return;
  const isUpgrading = ["building", "installing"].includes(state.upgrade?.stage);
  drawCanister(place("canister"), canister, isUpgrading, act);
  drawFlight(place("flight"), canister, state.holds, describe, act);
  drawTimers(place("timers"), canister, act);
  drawLogs(place("logs"), canister);
  const face = await loadFace(canister);
  if (chosen !== canister.id) return; // Another one was chosen meanwhile.
  form.show(canister, face, state.senders, describe);
  drawHandlers(place("handlers"), canister, face);
}

/** A project's canister, where there is one. */
function firstChoice(canisters) {
  return canisters.find((item) => item.project) ?? canisters[0];
}

/** The interface of the installed module, asked for once. */
async function loadFace(canister) {
  const known = faces.get(canister.id);
  if (known?.module_hash === canister.module_hash) return known;
  const face = await get(`/interface?canister=${canister.id}`);
  faces.set(canister.id, face);
  return face;
}

async function choose(id) {
  chosen = id;
  history.replaceState(null, "", `#${encodeURIComponent(id)}`);
  const drawn = drawAll(); // Its facts at once, its methods when they have come.
  place("canister").querySelector("h2")?.focus();
  await drawn;
}

place("address").textContent = location.host;
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) look();
});
setInterval(tickAges, 1000);
look();
