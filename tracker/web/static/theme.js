// Runs before the first paint, so that a chosen scheme does not flash in the other one.
// Nothing chosen: the stylesheet follows the system. Kept in a cookie, because signing out clears
// everything else that scripts of ours keep.
const chosen = /(?:^|; )theme=(light|dark)(?:;|$)/.exec(document.cookie)?.[1] ?? "";
if (chosen) document.documentElement.dataset.theme = chosen;

document.addEventListener("DOMContentLoaded", () => {
  const switcher = document.querySelector("[data-theme-switcher]");
  if (!switcher) return;
  switcher.hidden = false;
  const buttons = switcher.querySelectorAll("[data-set-theme]");
  const choose = (theme) => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    buttons.forEach((button) => button.setAttribute("aria-pressed", button.dataset.setTheme === theme));
  };
  buttons.forEach((button) => button.addEventListener("click", () => {
    document.cookie = `theme=${button.dataset.setTheme}; path=/; max-age=31536000; samesite=lax`;
    choose(button.dataset.setTheme);
  }));
  choose(chosen);
});
