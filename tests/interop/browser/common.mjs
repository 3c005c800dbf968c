// What both walks through the mock's pages share: the browser, the cases, the checks of a page.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

// NPM_MODULES is the folder into which npm has installed the packages.
const require = createRequire(`${process.env.NPM_MODULES}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const base = process.env.PORTAL_URL;

/// Starts the browser that CHROMIUM names, which calls no one but the mock.
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [
      "--no-sandbox", // it has none to offer to root, and the pages are our own
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/// Prints one case as a line of JSON.
export function report(name, expected, got) {
  console.log(JSON.stringify({ case: name, expected: String(expected), outcome: String(got), ok: expected === got }));
}

/// Returns what axe-core finds on a page, in light and in dark colours, one line each.
export async function violations(page) {
  const found = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    const result = await page.evaluate(() => globalThis.axe.run());
    for (const { id, nodes } of result.violations) {
      found.push(`${colorScheme}: ${id} at ${nodes.map((node) => node.target).join(" and ")}`);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  return found.join("; ") || "nothing";
}

/// Stores a picture of the page in SCREENSHOTS, for the docs.
export function picture(page, name) {
  return page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}.png`, fullPage: true });
}

/// Runs a walk, and ends the browser whatever comes of it.
export async function walk(steps) {
  const browser = await launch();
  try {
    await steps(browser);
  } finally {
    await browser.close();
  }
}
