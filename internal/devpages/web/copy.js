// Puts a button before each block that is meant to be copied.
"use strict";

for (const block of document.querySelectorAll("pre.copy")) {
  if (!navigator.clipboard) {
    break; // the browser has it only on https and on this machine
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button-secondary button-small";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(block.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  const line = document.createElement("div");
  line.className = "copied";
  line.append(button);
  block.before(line);
}
