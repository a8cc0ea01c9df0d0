"use strict";
(() => {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const plots = [...document.querySelectorAll("script[data-figure]")];
  const config = {
    responsive: true,
    displaylogo: false,
    showSendToCloud: false, // plotly offers to upload a figure with its data; a report never does
    plotlyServerURL: "",
    locale: settings.locale,
    ...(window.innerWidth < 600 ? { displayModeBar: false } : {}), // on a phone it would lie over the picture
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "toggleSpikelines"],
  };
  if (window.Plotly) {
    Plotly.register({ moduleType: "locale", name: settings.locale, dictionary: settings.words, format: settings.format });
    for (const plot of plots) {
      const div = document.getElementById(plot.dataset.figure);
      const figure = JSON.parse(plot.textContent);
      div.replaceChildren();
      Plotly.newPlot(div, figure.data, figure.layout, {
        ...config,
        toImageButtonOptions: { filename: `${document.body.dataset.page}-${div.id}`, scale: 2 },
      });
    }
  } else if (plots.length) {
    const note = document.createElement("p");
    note.className = "failure";
    note.textContent = settings.missing;
    document.querySelector("header").append(note);
  }

  const button = document.getElementById("all-code");
  button?.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    for (const code of document.querySelectorAll("details.code")) code.open = open;
    button.setAttribute("aria-expanded", open);
    button.textContent = open ? button.dataset.hide : button.dataset.show;
  });
})();
