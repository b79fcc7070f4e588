// Follows the portfolio's events with the `graphql-ws` client as npm has it, and writes a line of
// JSON for each. Killed and started again with the id on the last line, it goes on behind it; the
// same happens inside the client whenever its socket breaks.
//
//     node follow.js TOKEN AFTER URL [URL ...]
//
// AFTER may be empty. A line "cut" on standard input breaks the socket.

import { createInterface } from "node:readline";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [token, after, ...urls] = process.argv.slice(2);
const document = `subscription Follow($after: ID) {
  portfolioEvents(after: $after) { id verb subjectType after actor { name } project { code } }
}`;
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

let tries = 0;
let socket;
const client = createClient({
  url: () => urls[tries++ % urls.length],
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: `Bearer ${token}` },
  retryAttempts: 100,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
  shouldRetry: () => true,
  on: {
    opened: (opened) => { socket = opened; },
    connected: () => say({ connected: tries }),
    closed: (event) => say({ closed: event.code }),
  },
});

// The client sends this very object again after each reconnect.
const request = { query: document, variables: { after: after || null } };

client.subscribe(request, {
  next({ data, errors }) {
    if (errors) return end({ errors });
    request.variables.after = data.portfolioEvents.id;
    say({ event: data.portfolioEvents });
  },
  error: (errors) => end({ errors: Array.isArray(errors) ? errors : String(errors) }),
  complete: () => end({ complete: true }),
});

createInterface({ input: process.stdin }).on("line", () => socket?.terminate?.() ?? socket?.close());

function end(line) {
  say(line);
  process.exit(1);
}
