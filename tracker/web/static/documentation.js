// Narrows the reference down to what is typed. Without this script the browser's own search does.

const label = document.querySelector("[data-filter]");
const entries = [...document.querySelectorAll("[data-entry]")].map((node) => ({ node, text: node.textContent.toLowerCase(), name: node.querySelector("h4 a").textContent.toLowerCase() }));
const groups = [...document.querySelectorAll("[data-group]")];

function narrow() {
  const wanted = label.querySelector("input").value.trim().toLowerCase();
  let found = 0;
  for (const { node, text, name } of entries) {
    // One letter is in every text; a name is what somebody means by it.
    const shown = wanted.length < 3 ? name.includes(wanted) : text.includes(wanted);
    node.hidden = !shown;
    found += shown;
  }
  for (const group of groups) group.hidden = !group.querySelector("[data-entry]:not([hidden])");
  const status = label.querySelector("[data-found]");
  status.textContent = wanted ? status.dataset.found.replace("{n}", found) : "";
}

// A link into the reference must reach its place whatever is typed.
function reach() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target?.closest("[hidden]")) return;
  label.querySelector("input").value = "";
  narrow();
  target.scrollIntoView();
}

if (label) {
  label.hidden = false;
  label.addEventListener("input", narrow);
  addEventListener("hashchange", reach);
}
