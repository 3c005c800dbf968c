// Follows the event log. Without it the page is complete, and loaded anew by hand.
"use strict";

const MOST = 1000;
const rows = document.getElementById("rows");
const status = document.getElementById("live");
const connection = new URLSearchParams(location.search).get("connection");

function latest() {
  return rows.querySelector("[data-latest]").dataset.latest;
}

async function follow() {
  if (document.hidden) {
    return;
  }
  const query = new URLSearchParams({ after: latest() });
  if (connection !== null) {
    query.set("connection", connection);
  }
  try {
    const response = await fetch(`/control/events?${query}`);
    if (!response.ok) {
      throw new Error(String(response.status));
    }
    const added = document.createElement("template");
    added.innerHTML = await response.text(); // escaped by the mock, as on the page itself
    const mark = added.content.querySelector("[data-latest]");
    if (mark.dataset.latest !== latest()) {
      rows.querySelector("[data-latest]").remove(); // the mark of the page, which comes with the rows
      rows.prepend(added.content);
      while (rows.rows.length > MOST) {
        rows.deleteRow(-1);
      }
    }
    status.textContent = "New events appear by themselves.";
  } catch {
    status.textContent = "The mock does not respond: new events do not appear.";
  }
}

setInterval(follow, 1000);
follow();
