"use strict";
// One sound at a time, a line that runs over its picture, and a click that goes there.
for (const cut of document.querySelectorAll(".cut")) {
  const sound = cut.querySelector("audio");
  const picture = cut.querySelector(".picture");
  const line = cut.querySelector(".line");
  const draw = () => {
    line.style.left = `${(100 * sound.currentTime) / (sound.duration || 1)}%`;
    if (!sound.paused) requestAnimationFrame(draw);
  };
  sound.addEventListener("play", () => {
    for (const other of document.querySelectorAll("audio")) if (other !== sound) other.pause();
    line.hidden = false;
    draw();
  });
  sound.addEventListener("seeked", draw);
  picture.addEventListener("click", (event) => {
    const box = picture.getBoundingClientRect();
    sound.currentTime = ((event.clientX - box.left) / box.width) * (sound.duration || 0);
    sound.play();
  });
}
