// One call: play the part a reason points at, skip what is quiet, rule by key. Without scripts the browser's
// own player and every button still work.
"use strict";

const player = document.querySelector(".player");
const audio = player && player.querySelector("audio");

if (audio) {
  const outline = player.querySelector(".outline");
  const head = outline.querySelector(".head");
  const picture = outline.querySelector("img");
  let until = null;
  let quiet = null;

  for (const part of document.querySelectorAll(".outline, .controls, [data-from]")) part.hidden = false;

  const play = (from, to) => {
    until = to;
    audio.currentTime = Math.max(0, from);
    audio.play();
  };
  for (const button of document.querySelectorAll("[data-from]")) {
    button.addEventListener("click", () => play(Number(button.dataset.from), Number(button.dataset.to)));
  }
  picture.addEventListener("click", (event) => {
    if (audio.duration) play((event.offsetX / picture.clientWidth) * audio.duration, null);
    else audio.play();
  });
  player.querySelector("[data-back]").addEventListener("click", () => back(5));
  player.querySelector("[data-speed]").addEventListener("change", (event) => {
    audio.playbackRate = Number(event.target.value);
  });
  player.querySelector("[data-skip]").addEventListener("change", async (event) => {
    if (!event.target.checked) quiet = null;
    else quiet = await (await fetch(`${player.dataset.address}/quiet.json`)).json();
  });
  audio.addEventListener("timeupdate", () => {
    const now = audio.currentTime;
    if (audio.duration) head.style.setProperty("--played", String(now / audio.duration));
    const part = quiet && quiet.find(([start, end]) => now >= start && now < end);
    if (part) audio.currentTime = part[1];
    if (until !== null && now >= until) {
      audio.pause();
      until = null;
    }
  });
}

function back(seconds) {
  if (audio) audio.currentTime = Math.max(0, audio.currentTime - seconds);
}

// Single keys: shown beside each button, off with one click (WCAG 2.1.4), and never while somebody types.
const on = document.querySelector("[data-keys-on]");
if (on) {
  on.closest("label").hidden = false;
  on.checked = localStorage.getItem("keys") !== "off";
  on.addEventListener("change", () => localStorage.setItem("keys", on.checked ? "on" : "off"));
}
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
  if (!on || !on.checked || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  const button = document.querySelector(`[data-keys="${CSS.escape(key)}"]`);
  if (button) button.click();
  else if (key === "j") back(5);
  else if (key === " " && audio && !event.target.closest("button, a, summary, audio")) {
    if (audio.paused) audio.play();
    else audio.pause();
  } else return;
  event.preventDefault();
});

// How long a verdict can still be taken back.
const left = document.querySelector("[data-seconds]");
if (left) {
  const form = left.closest("form");
  setTimeout(() => form.remove(), Number(left.dataset.seconds) * 1000);
}
