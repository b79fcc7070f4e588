// The answer: how it went, the errors with links into the document, the body in colours.

import { element, words } from "./dom.js";

const lexer = /("(?:\\.|[^"\\])*")(\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null)\b/g;
const colourLimit = 300_000; // characters; beyond it plain text, so that the page stays quick
const eventsShown = 100;

export class Answer {
  // reveal(line, column) shows a place of the document.
  constructor(root, reveal) {
    this.status = root.querySelector("[data-status]");
    this.errors = root.querySelector("[data-errors]");
    this.body = root.querySelector("pre");
    this.reveal = reveal;
    this.root = root;
    this.clear();
  }

  // As before the first run: what stood here answers another document.
  clear() {
    this.status.textContent = "";
    this.errors.replaceChildren();
    this.body.replaceChildren(hint(words.notRunYet));
  }

  wait() {
    this.status.textContent = words.running;
    this.errors.replaceChildren();
    this.body.setAttribute("aria-busy", "true");
  }

  show({ status, milliseconds, text, body }) {
    const size = new Blob([text]).size;
    this.status.textContent = `${status} · ${Math.round(milliseconds)} ms · ${(size / 1000).toFixed(1)} kB`;
    this.errors.replaceChildren(...(body?.errors ?? []).map((error) => this.error(error)));
    this.print(body === null ? text : JSON.stringify(body, null, 2));
    this.ready();
  }

  // Events stand here as they arrive, the newest first.
  follow() {
    this.arrived = 0;
    this.errors.replaceChildren();
    this.body.replaceChildren(hint(words.firstEvent));
    this.ready();
  }

  state(word) {
    this.status.textContent = `${word} ${words.events.replace("{count}", this.arrived)}`;
  }

  arrive(payload) {
    if (!this.arrived) this.body.replaceChildren();
    this.arrived += 1;
    const heading = `# ${new Date().toLocaleTimeString()}\n`;
    this.body.prepend(element("div", { className: "event" }, element("span", { className: "soft" }, heading), ...coloured(JSON.stringify(payload, null, 2)), "\n"));
    while (this.body.children.length > eventsShown) this.body.lastChild.remove();
  }

  // The events stay; "why" is a payload with errors, a text, or null.
  end(why) {
    if (!this.arrived) this.body.replaceChildren();
    const errors = why?.errors ?? (why ? [{ message: why }] : []);
    this.errors.replaceChildren(...errors.map((error) => this.error(error)));
  }

  refuse(message) {
    this.status.textContent = "";
    this.errors.replaceChildren(element("li", {}, message));
    this.body.replaceChildren();
    this.ready();
  }

  // On a phone the answer lies below what was written.
  ready() {
    this.body.removeAttribute("aria-busy");
    this.body.scrollTop = 0;
    const { top } = this.root.getBoundingClientRect();
    if (top > innerHeight - 120) this.root.scrollIntoView({ block: "start" });
  }

  error({ message, locations, path }) {
    const places = (locations ?? []).map(({ line, column }) => {
      const place = element("button", { type: "button", className: "place" }, words.place.replace("{line}", line).replace("{column}", column));
      place.addEventListener("click", () => this.reveal(line, column));
      return place;
    });
    const where = path ? element("code", {}, path.join(".")) : null;
    return element("li", {}, element("span", {}, message), ...places, where);
  }

  print(text) {
    this.body.replaceChildren(...coloured(text));
  }
}

function hint(text) {
  return element("span", { className: "soft" }, text);
}

function coloured(text) {
  if (text.length > colourLimit) return [text];
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(lexer)) {
    const role = match[1] ? (match[2] ? "field" : "string") : /[a-z]/.test(match[0][0]) ? "keyword" : "number";
    parts.push(text.slice(from, match.index), element("span", { className: `is-${role}` }, match[1] ?? match[0]));
    from = match.index + (match[1] ?? match[0]).length;
  }
  return [...parts, text.slice(from)];
}
