// What wrk.lua does, for machines without wrk: node load.mjs HOST PORT CLIENTS SECONDS
// Raw sockets and prepared requests, because an HTTP library would cost more than the servers.
import { readFileSync } from "node:fs";
import { connect } from "node:net";

const [host, port, clients, seconds] = process.argv.slice(2);
const path = process.env.BENCH_PATH;
const lines = readFileSync(process.env.BENCH_REQUESTS, "utf8").split("\n").filter(Boolean);
const random = (n) => Math.floor(Math.random() * n);
const two = (n) => String(n).padStart(2, "0");

function head(token, body) {
  return `POST ${path} HTTP/1.1\r\nhost: ${host}:${port}\r\ncontent-type: application/json\r\n`
    + (token === "-" ? "" : `authorization: Bearer ${token}\r\n`)
    + `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
const prepared = lines.map((line) => {
  const tab = line.indexOf("\t");
  const [token, body] = [line.slice(0, tab), line.slice(tab + 1)];
  if (!body.includes("@DATE@")) { const text = Buffer.from(head(token, body)); return () => text; }
  return () => head(token, body.replace("@DATE@",
    `${new Date().getFullYear() + 1 + random(10)}-${two(1 + random(12))}-${two(1 + random(28))}`));
});

const times = [];
let [bytes, errors, over] = [0, 0, false];

function client() {
  const socket = connect({ host, port: Number(port), noDelay: true });
  let [sent, missing, pieces] = [0, -1, Buffer.alloc(0)];
  const ask = () => { sent = performance.now(); missing = -1; socket.write(prepared[random(prepared.length)]()); };
  socket.on("connect", ask);
  socket.on("error", () => { errors += over ? 0 : 1; });
  socket.on("data", (data) => {
    bytes += data.length;
    if (missing < 0) {
      pieces = pieces.length ? Buffer.concat([pieces, data]) : data;
      const end = pieces.indexOf("\r\n\r\n");
      if (end < 0) return;
      const text = pieces.toString("latin1", 0, end).toLowerCase();
      if (!/^http\/1\.1 2/.test(text)) errors += 1;
      missing = Number(/content-length: *(\d+)/.exec(text)?.[1] ?? 0) - (pieces.length - end - 4);
      pieces = Buffer.alloc(0);
    } else missing -= data.length;
    if (missing > 0) return;
    times.push(performance.now() - sent);
    if (!over) ask();
  });
}

const started = performance.now();
for (let n = 0; n < Number(clients); n++) client();
setTimeout(() => {
  over = true;
  const took = (performance.now() - started) * 1000;
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)] ?? 0;
  console.log(`RESULT ${times.length} ${Math.round(took)} ${at(0.5)} ${at(0.99)} ${bytes} ${errors}`);
  process.exit(0);
}, Number(seconds) * 1000);
