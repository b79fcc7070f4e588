// Copies the token that was just issued. Without this script it is selected by hand.

const place = document.querySelector("[data-copy]");

if (place && navigator.clipboard) {
  const button = place.querySelector("button");
  place.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector("[data-copied]").textContent);
    button.textContent = button.dataset.words;
  });
}
