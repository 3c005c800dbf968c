// The whole way through the portal's page, without JavaScript: sign in, be refused, get certificates,
// download one, reach the limit, revoke, enforce, sign out.

import { readFileSync } from "node:fs";
import { base, picture, report, violations, walk } from "./common.mjs";

const { FOLDER: folder } = process.env;
const size = { width: 1100, height: 700 };

await walk(async (browser) => {
  const plain = await browser.newContext({ javaScriptEnabled: false, viewport: size, acceptDownloads: true });
  const page = await plain.newPage();
  // The same session with JavaScript, which axe-core needs.
  const scripted = await browser.newContext({ viewport: size });
  const checked = await scripted.newPage();
  const accessible = async (name, path) => {
    await scripted.addCookies(await plain.cookies());
    await checked.goto(base + path);
    report(`axe-core on ${name}`, "nothing", await violations(checked));
  };

  await page.goto(`${base}/`);
  report("who is not signed in is asked to", "Sign in", await page.locator("h1").innerText());
  await accessible("the page to sign in", "/portal/sign-in");
  await page.getByLabel("User name").fill("acme-portal");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  report("wrong password", "The user name or the password is wrong.", await page.getByRole("alert").innerText());
  await page.getByLabel("Password").fill("acme-portal-password");
  await Promise.all([page.waitForURL(`${base}/portal`), page.keyboard.press("Enter")]);
  report("signed in by keyboard", "Client certificates of acme", await page.locator("h1").innerText());

  await page.getByLabel("File, PEM or DER").setInputFiles(`${folder}/bad.csr`);
  await page.getByRole("button", { name: "Request certificate" }).click();
  report("every reason of a refusal is shown", 4, await page.getByRole("alert").getByRole("listitem").count());
  await picture(page, "portal-refused");

  await page.getByLabel("File, PEM or DER").setInputFiles(`${folder}/good.csr`);
  await page.getByRole("button", { name: "Request certificate" }).click();
  report("uploaded", "1 of 5 live", await page.locator(".count").innerText());
  for (const [name, file] of [["PEM", "client.pem"], ["DER", "client.cer"], ["Chain", "chain.pem"], ["PKCS#7", "client.p7b"]]) {
    const download = page.waitForEvent("download");
    await page.locator(".actions").first().getByRole("link", { name }).click();
    await (await download).saveAs(`${folder}/${file}`);
  }
  await page.getByLabel("Or its text").fill(readFileSync(`${folder}/good.csr`, "utf8"));
  await page.getByRole("button", { name: "Request certificate" }).click();
  report("pasted", "2 of 5 live", await page.locator(".count").innerText());
  await picture(page, "portal-certificates");
  await accessible("the certificates", "/portal");

  for (let live = 3; live <= 6; live++) {
    await page.getByLabel("File, PEM or DER").setInputFiles(`${folder}/good.csr`);
    await page.getByRole("button", { name: "Request certificate" }).click();
  }
  report("the sixth", "5 of 5 live", await page.locator(".count").innerText());
  report("is refused for the limit", true, (await page.getByRole("alert").innerText()).includes("five live certificates"));

  await page.getByRole("link", { name: "Revoke" }).first().click();
  await accessible("the confirmation", new URL(page.url()).pathname);
  await page.getByRole("link", { name: "Keep it" }).click();
  report("kept after all", "5 of 5 live", await page.locator(".count").innerText());
  await page.getByRole("link", { name: "Revoke" }).first().click();
  await page.getByRole("button", { name: "Revoke" }).click();
  report("revoked", "4 of 5 live", await page.locator(".count").innerText());

  await page.getByRole("button", { name: "Enforce mTLS" }).click();
  report("enforced", 1, await page.getByText("Mutual TLS is enforced:").count());
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.goto(`${base}/portal`);
  report("signed out", "Sign in", await page.locator("h1").innerText());
});
