// The JSON behind the page.  The token came with the page, so no other site has it.

const token = document.querySelector("meta[name=scm-token]").content;

/** A request that was refused: `path` leads to the control in a form that is to blame. */
export class RefusedError extends Error {
  constructor(message, path = null) {
    super(message);
    this.path = path;
  }
}

/** The page is of another run of the network: only loading it again helps. */
export class StaleError extends Error {}

/** What a GET gives; null if there is nothing new. */
export async function get(path) {
  return await answerOf(await fetch(`/_scm${path}`, { headers: { "x-scm-token": token } }));
}

/** Change something. */
export async function post(path, fields) {
  const response = await fetch(`/_scm${path}`, {
    method: "POST",
    headers: { "x-scm-token": token, "content-type": "application/json" },
    body: JSON.stringify(fields),
  });
  return await answerOf(response);
}

async function answerOf(response) {
  if (response.status === 204) return null;
  if (response.status === 401) throw new StaleError(await response.text());
  if (response.status === 400) {
    throw new RefusedError((await response.json()).error);
  }
  if (!response.ok) throw new RefusedError(await response.text());
  return await response.json();
}
