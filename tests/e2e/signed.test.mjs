// Every screen of signed-in people and every form: nothing goes wrong, nothing is untranslated, axe finds no fault, light and dark, on
// a desk and on a phone, and a narrow screen has room for all of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clean, eventually, launch, open, picture, url } from "./browser.mjs";
import { accessibleInShort, fits, untranslated } from "./checks.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const html = async (path) => (await fetch(url + path)).text();
const first = async (list) =>
  [...(await html(`/${list}`)).matchAll(new RegExp(`href="(/${list}/[a-z0-9-]+)"`, "g"))]
    .map(([, path]) => path)
    .find((path) => !/\/now[aey]$/.test(path));
const [organisation, offer, demand, equipment] = await Promise.all(
  ["organizacje", "oferty", "zapotrzebowanie", "sprzet"].map(first),
);

/** Accounts of the demo, and the screens that each of them has. */
const screens = {
  "": ["/logowanie", "/rejestracja", "/haslo", "/regulamin", "/moja-organizacja?q=fundacja"],
  "mieszkaniec@demo.test": [
    "/panel",
    "/konto",
    "/konto/drugi-skladnik",
    "/konto/usun",
    "/panel/gielda",
    "/zapotrzebowanie/nowe",
    "/wiadomosci",
    `/wiadomosci/nowa?do=oferta:${offer.split("/").at(-1)}`,
    "/powiadomienia",
    "/powiadomienia/nowe?rodzaj=oferty",
    offer,
    demand,
    equipment,
    organisation,
    `${organisation}/przejmij`,
    "/nowa-organizacja",
  ],
  "pes@demo.test": [
    "/panel",
    "OWN",
    "OWN/edytuj",
    "OWN/zespol",
    "OWN/historia",
    "/oferty/nowa",
    "/zapotrzebowanie/nowe",
    "/sprzet/nowy",
    "/panel/gielda",
    "/panel/wypozyczenia",
  ],
  "urzednik@demo.test": ["/panel", "/urzad", "/urzad/kolejka", "/urzad/kolejka?zalatwione=1", "/urzad/import", "/urzad/dziennik", "/wiadomosci"],
  "owes@demo.test": ["/panel"],
  "admin@demo.test": ["/admin", "/admin/zaproszenia"],
};

for (const [email, paths] of Object.entries(screens)) {
  test(email || "nobody", async (each) => {
    const page = await open(browser);
    let own;
    if (email) {
      await page.goto(`${url}/logowanie`);
      await page.fill("#f-email", email);
      await page.fill("#f-password", "demo demo demo");
      await page.locator("main button[type=submit]").click();
      await page.waitForURL(`${url}/panel`);
      own = await page.evaluate(() => document.querySelector('main a[href^="/organizacje/"]')?.getAttribute("href"));
    }
    for (const path of paths) {
      const address = path.replace("OWN", own);
      await each.test(path, async () => {
        page.faults.length = 0;
        const answer = await page.goto(url + address);
        assert.equal(answer.status(), 200);
        assert.equal(await page.locator("h1").count(), 1);
        assert.deepEqual(await untranslated(page), []);
        if (await page.locator(".minimap").count()) await page.locator(".minimap[data-idle]").waitFor({ state: "attached" });
        await picture(page, `signed-${email.split("@")[0]}-${path.replaceAll(/[^a-z]+/gi, "-")}`);
        await accessibleInShort(page);
        await fits(page);
        await page.goto(`${url}${address}${address.includes("?") ? "&" : "?"}lang=en`);
        assert.deepEqual(await untranslated(page), []);
        await page.goto(`${url}/?lang=pl`);
        clean(page);
      });
    }
    // Forms that were sent empty say what is wrong, accessibly.
    for (const path of paths.filter((path) => /now[aey]$|rejestracja|logowanie|przejmij|nowa-organizacja$/.test(path))) {
      await each.test(`${path}, sent empty`, async () => {
        page.faults.length = 0;
        await page.goto(url + path);
        const form = page.locator("main form[method=post]").last();
        await form.locator("button.button:not(.button-quiet):not([aria-hidden])").first().click();
        await page.locator(".form-errors").waitFor();
        await eventually((faults) => faults.length > 0, () => page.faults);
        await picture(page, `signed-empty-${path.replaceAll(/[^a-z]+/gi, "-")}`);
        await accessibleInShort(page);
        await fits(page);
      });
    }
    await page.context().close();
  });
}
