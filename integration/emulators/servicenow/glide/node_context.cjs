// The other end of node_context.py: reads a line, evaluates, writes a line. Arguments: the longest run in ms, then
// the names of host functions.
"use strict";
const fs = require("fs");
const vm = require("vm");

// An ordinary global object: names a script declares are not looked up first, which would load script includes.
const context = vm.createContext(vm.constants.DONT_CONTEXTIFY);
// A script that loops outlives the run that gave it up, and this process would outlive its parent.
const LONGEST_MS = Number(process.argv[2]);
let left = Buffer.alloc(0);

function read() {
  for (;;) {
    const end = left.indexOf(10);
    if (end >= 0) {
      const line = left.subarray(0, end).toString("utf8");
      left = left.subarray(end + 1);
      return JSON.parse(line);
    }
    const chunk = Buffer.alloc(65536);
    const size = fs.readSync(0, chunk, 0, chunk.length, null);
    if (size === 0) process.exit(0);
    left = Buffer.concat([left, chunk.subarray(0, size)]);
  }
}

function write(message) {
  const line = Buffer.from(JSON.stringify(message) + "\n", "utf8");
  for (let sent = 0; sent < line.length; ) sent += fs.writeSync(1, line, sent);
}

for (const name of process.argv.slice(3)) {
  context[name] = (...texts) => {
    write({ call: [name, ...texts] });
    return read().answer;
  };
}

for (;;) {
  const { eval: source } = read();
  try {
    const value = vm.runInContext(source, context, { timeout: LONGEST_MS });
    write({ value: ["string", "number", "boolean"].includes(typeof value) ? value : null });
  } catch (thrown) {
    write({ thrown: String(thrown) });
  }
}
