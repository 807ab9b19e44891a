// What pages gain where scripts run; without them everything still works.
"use strict";

// A page that asks for its numbers by itself says so when it gets none: old numbers must not look new.
function say(stale) {
  for (const sign of document.querySelectorAll("[data-stale]")) sign.hidden = !stale;
}
document.addEventListener("htmx:responseError", () => say(true));
document.addEventListener("htmx:sendError", () => say(true));
document.addEventListener("htmx:timeout", () => say(true));
document.addEventListener("htmx:afterOnLoad", (event) => {
  if (event.detail.successful !== false) say(false);
});

// A form that was sent is not sent twice by an impatient hand.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
