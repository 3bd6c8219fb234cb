// Short sentences at the bottom, also for screen readers.
import { byId } from "./dom.js";

const SHOWN_MS = 7000;
let timer = 0;

export function tell(sentence) {
  clearTimeout(timer);
  byId("said").textContent = sentence;
  timer = setTimeout(() => (byId("said").textContent = ""), SHOWN_MS);
}

/** Runs one act; what goes wrong is told. `button` rests meanwhile. */
export async function trying(work, done = "", button = null) {
  if (button) button.disabled = true;
  try {
    await work();
    if (done) tell(done);
    return true;
  } catch (error) {
    tell(error.message);
    return false;
  } finally {
    if (button) button.disabled = false;
  }
}
