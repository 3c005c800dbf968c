// The control's pages: a fault for the next connection, the event log as it grows, clock and settings.

import { base, picture, report, violations, walk } from "./common.mjs";

await walk(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1100, height: 700 } });
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));

  await page.goto(`${base}/control`);
  const rows = page.locator("#rows tr:not([hidden])");
  const before = await rows.count();
  await picture(page, "control-events");
  report("axe-core on the events", "nothing", await violations(page));
  // A refusal of the portal's, which is an event.
  await context.request.post(`${base}/portal/v1/certificates`, {
    headers: { authorization: `Basic ${btoa("acme-portal:acme-portal-password")}` },
    data: "not a request",
  });
  await rows.nth(before).waitFor();
  report("a new event appears by itself", "certificate refused", await rows.first().locator("td").nth(2).innerText());

  await page.getByRole("link", { name: "Faults" }).click();
  await page.getByRole("combobox", { name: "Fault" }).fill("iis-revoked");
  await page.getByRole("button", { name: "Switch on" }).click();
  report("a fault is switched on", "iis-revoked – the next connection", await page.locator("main li").first().innerText());
  await picture(page, "control-faults");
  report("axe-core on the faults", "nothing", await violations(page));

  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByLabel("Seconds ahead").fill("60");
  await page.getByRole("button", { name: "Set the clock" }).click();
  report("the clock is set", "60", await page.getByLabel("Seconds ahead").inputValue());
  await page.getByLabel("Settings, as JSON").fill('{"polls": "many"}');
  await page.getByRole("button", { name: "Save" }).click();
  report("a wrong setting is named", true, (await page.getByRole("alert").innerText()).includes("invalid type"));
  report("axe-core on the settings", "nothing", await violations(page));

  await page.getByRole("link", { name: "Test entities" }).click();
  await page.getByRole("link", { name: "GB", exact: true }).click();
  report("entities of a country", "Test entities of GB", await page.locator("h1").innerText());
  report("axe-core on the test entities", "nothing", await violations(page));
  // The 422 of the wrong setting is an error in the browser's console, and the only one.
  report("errors in the browser's console", 1, errors.length);
});
