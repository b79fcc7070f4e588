// The explorer: a document, its variables, run, and the answer. No build step, nothing from
// elsewhere; drafts and history stay in this browser, the API token in this tab.

import { Answer } from "./answer.js";
import { Documentation } from "./documentation.js";
import { element, words } from "./dom.js";
import { Editor } from "./editor.js";
import { isSubscription, operationAt } from "./language.js";
import { readSchema } from "./schema.js";
import { follow } from "./stream.js";
import { curl, send } from "./transport.js";

const at = (id) => document.getElementById(id);
const historyLength = 30;
const examples = JSON.parse(at("examples").textContent);

let schema = null;
const editor = new Editor(at("editor"), () => schema);
const answer = new Answer(at("answer"), (line, column) => editor.reveal(line, column));
const documentation = new Documentation(at("documentation"));
const variables = at("variables");
const token = at("token");

async function run() {
  const request = written();
  if (!request) return;
  stop();
  remember();
  if (isSubscription(editor.text, editor.offset)) return subscribe(request);
  answer.wait();
  at("run").disabled = true;
  try {
    answer.show(await send(request, token.value.trim()));
  } catch (failure) {
    answer.refuse(`${words.noAnswer} ${failure.message}`);
  }
  at("run").disabled = false;
}

let stopFollowing = null;

function subscribe(request) {
  const states = { connecting: words.connecting, following: words.following, waiting: words.waiting };
  let state = states.connecting;
  answer.follow();
  stopFollowing = follow(request, token.value.trim(), {
    event(payload) {
      answer.arrive(payload);
      answer.state(state);
    },
    state(word) {
      state = states[word];
      answer.state(state);
    },
    end(why) {
      stopFollowing = null;
      stop();
      answer.end(why);
    },
  });
  at("stop").hidden = false;
}

function stop() {
  stopFollowing?.();
  if (!at("stop").hidden) answer.state(words.stopped);
  stopFollowing = null;
  at("stop").hidden = true;
}

// The request as written, or null after saying what is wrong with it.
function written() {
  const problem = !editor.text.trim() ? words.nothingToRun : null;
  try {
    if (problem) throw new SyntaxError(problem);
    const values = variables.value.trim() ? JSON.parse(variables.value) : {};
    return { query: editor.text, variables: values, operationName: operationAt(editor.text, editor.offset) };
  } catch (failure) {
    answer.refuse(problem ?? `${words.badVariables} ${failure.message}`);
    return null;
  }
}

function load({ document, variables: values }, replace = editor.replaceAll) {
  replace.call(editor, document);
  variables.value = typeof values === "string" ? values : values && Object.keys(values).length ? JSON.stringify(values, null, 2) : "";
  keepDraft();
}

function current() {
  return { document: editor.text, variables: variables.value };
}

function keepDraft() {
  store("draft", current());
  at("examples-menu").selectedIndex = exampleShown();
}

function remember() {
  const same = (one) => one.document === editor.text && one.variables === variables.value;
  const kept = stored("history", []).filter((one) => !same(one));
  store("history", [{ ...current(), at: new Date().toISOString() }, ...kept].slice(0, historyLength));
  drawHistory();
}

function drawHistory() {
  fill(at("history"), stored("history", []).map((one) => ({ ...one, label: `${new Date(one.at).toLocaleString()} · ${title(one.document)}` })));
}

function title(text) {
  return operationAt(text, 0) ?? text.replace(/\s+/g, " ").slice(0, 40);
}

// A menu whose first entry is its name and does nothing; choosing another loads it. It stays
// chosen while the menu has the focus, so that the arrow keys go on from there; "rest" is the
// entry that it shows otherwise.
function fill(menu, entries, rest = () => 0) {
  menu.replaceChildren(menu.options[0], ...entries.map(({ label, description }) => element("option", { title: description ?? "" }, label)));
  menu.disabled = !entries.length;
  menu.selectedIndex = rest();
  menu.onblur = () => { menu.selectedIndex = rest(); };
  menu.onchange = () => {
    const at = menu.selectedIndex;
    if (!entries[at - 1]) return;
    stop();
    answer.clear();
    load(entries[at - 1]);
    menu.focus();
    menu.selectedIndex = at;
  };
}

// The menu's entry for the document in the editor, while that is an example as it was loaded.
const exampleShown = () => 1 + examples.findIndex((one) => one.document === editor.text);

async function share() {
  const parts = { document: editor.text, ...(variables.value.trim() && { variables: variables.value }) };
  location.hash = new URLSearchParams(parts);
  try {
    await navigator.clipboard.writeText(location.href);
    at("share-status").textContent = words.linkCopied;
  } catch {
    at("share-status").textContent = words.linkInAddress;
  }
}

async function copyAsCurl() {
  const request = written();
  if (!request) return;
  const command = curl(request, location.origin);
  try {
    await navigator.clipboard.writeText(command);
    at("share-status").textContent = words.curlCopied;
  } catch {
    at("share-status").replaceChildren(words.curlByHand, element("pre", {}, command));
  }
}

// A share link never runs by itself: it could hold a mutation.
function shared() {
  const parts = new URLSearchParams(location.hash.slice(1));
  return parts.has("document") ? { document: parts.get("document"), variables: parts.get("variables") ?? "" } : null;
}

// As whom the documents are asked: a token that is given goes before the session.
async function tellWhoAsks() {
  const given = token.value.trim();
  const [bySession, byToken] = ["[data-by-session]", "[data-by-token]"].map((part) => at("asks-as").querySelector(part));
  bySession.hidden = Boolean(given);
  byToken.textContent = "";
  if (!given) return;
  const answered = await send({ query: "{ viewer { name } }" }, given).catch(() => null);
  if (token.value.trim() !== given) return;
  const name = answered?.body?.data?.viewer?.name;
  byToken.textContent = name ? words.asksAs.replace("{name}", name) : words.tokenUnknown;
}

async function refreshSchema() {
  schema = await readSchema(token.value.trim()).catch(() => null);
  documentation.show(schema);
  editor.draw();
}

function stored(name, otherwise) {
  return JSON.parse(localStorage.getItem(`explorer.${name}`)) ?? otherwise;
}

function store(name, value) {
  localStorage.setItem(`explorer.${name}`, JSON.stringify(value));
}

function keepToken() {
  sessionStorage.setItem("explorer.token", token.value.trim());
  tellWhoAsks();
  refreshSchema();
}

function begin() {
  token.value = sessionStorage.getItem("explorer.token") ?? "";
  fill(at("examples-menu"), examples.map((one) => ({ ...one, label: one.name })), exampleShown);
  drawHistory();
  load(shared() ?? stored("draft", examples[0] ?? { document: "", variables: "" }), editor.begin);
  refreshSchema();
  tellWhoAsks();
  at("run").addEventListener("click", run);
  at("stop").addEventListener("click", stop);
  at("share").addEventListener("click", share);
  at("curl").addEventListener("click", copyAsCurl);
  token.addEventListener("change", keepToken);
  [editor.area, variables].forEach((area) => area.addEventListener("input", keepDraft));
  addEventListener("hashchange", () => shared() && load(shared()));
  addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run();
  });
}

begin();
