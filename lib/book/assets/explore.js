(() => {
  const start = (figure) => {
    // Controls and frames wait as text: where no script runs, the first frame stands alone.
    const parts = document.createElement("template");
    parts.innerHTML = figure.querySelector("script.explore-parts").textContent;
    const [box, view] = parts.content.children;
    const frames = [...view.children];
    const controls = [...box.querySelectorAll("input, select")];
    if (document.getElementById(figure.id) !== figure) {
      // The same output stands twice on this page: give the copy ids of its own.
      const copy = document.querySelectorAll("figure.explore[data-ready]").length;
      figure.id += `-${copy}`;
      for (const control of controls) {
        control.id += `-${copy}`;
        for (const part of control.parentElement.querySelectorAll("label, output")) {
          part.htmlFor = control.id;
        }
      }
    }
    const update = () => {
      let place = 0;
      for (const control of controls) {
        const isRange = control.type === "range";
        const index = isRange ? Number(control.value) : control.selectedIndex;
        place = place * (isRange ? Number(control.max) + 1 : control.options.length) + index;
        if (isRange) {
          const text = JSON.parse(control.dataset.values)[index];
          control.setAttribute("aria-valuetext", text);
          control.parentElement.querySelector("output").textContent = text;
        }
      }
      frames.forEach((frame, index) => { frame.hidden = index !== place; });
    };
    box.addEventListener("input", update);
    update();
    figure.querySelector(".explore-frames").replaceWith(box, view);
    figure.dataset.ready = "";
  };
  document.querySelectorAll("figure.explore:not([data-ready])").forEach(start);
})();
