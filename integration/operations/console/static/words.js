// Times and numbers as people read them.
const clockFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const dayFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const clock = (at) => clockFormat.format(new Date(at * 1000));
export const moment = (at) => dayFormat.format(new Date(at * 1000));

/** Seconds as a short span: 0.42 s, 12 s, 3 min, 2 h. */
export function span(seconds) {
  if (seconds < 0) return "–";
  if (seconds < 10) return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

export function ago(at, now = Date.now() / 1000) {
  if (!at) return "";
  const seconds = now - at;
  return seconds < 5 ? "now" : `${span(Math.max(10, seconds))} ago`;
}

export function until(at, now = Date.now() / 1000) {
  return at <= now + 1 ? "now" : `in ${span(Math.max(10, at - now))}`;
}

export const many = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1048576).toFixed(1)} MiB`;
}
