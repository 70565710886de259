// A representative edits the profile: the place is pointed at on a map, by pointer and by keyboard, and what is saved is on the page.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clean, eventually, launch, open, phone, picture, url } from "./browser.mjs";
import { accessible, fits } from "./checks.mjs";

let browser;
let page;
let own;
before(async () => {
  browser = await launch();
  page = await open(browser);
  await page.goto(`${url}/logowanie`);
  await page.fill("#f-email", "pes@demo.test");
  await page.fill("#f-password", "demo demo demo");
  await page.locator("main button[type=submit]").click();
  await page.waitForURL(`${url}/panel`);
  own = await page.evaluate(() => document.querySelector('main a[href^="/organizacje/"]').getAttribute("href"));
});
after(() => browser.close());

const place = async () => Promise.all(["#f-lon", "#f-lat"].map(async (id) => Number(await page.inputValue(id))));
const marker = () => page.locator(".picker-marker");

/** Opens the form and waits for its map. */
async function openForm() {
  await page.goto(`${url}${own}/edytuj`);
  await page.locator(".picker-map[data-idle]").waitFor();
}

test("the marker is moved by click, drag and keys, and the numbers follow", async () => {
  await openForm();
  const start = await place();
  const map = page.locator(".picker-map");
  const { width, height } = await map.boundingBox();
  await map.click({ position: { x: width * 0.75, y: height * 0.3 } });
  const clicked = await place();
  assert.ok(clicked[0] > start[0] && clicked[1] > start[1], `${start} to ${clicked}`);
  await marker().focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Shift+ArrowDown");
  const moved = await place();
  assert.ok(moved[0] < clicked[0] && clicked[1] - moved[1] > 4 * (clicked[0] - moved[0]) * 0.6, `${clicked} to ${moved}`);
  const box = await marker().boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x - 60, box.y + 60, { steps: 4 });
  await page.mouse.up();
  const dragged = await place();
  assert.ok(dragged[0] < moved[0] && dragged[1] < moved[1], `${moved} to ${dragged}`);
  // And the other way round: the marker follows the numbers, also to where the map does not reach yet.
  await page.fill("#f-lon", "18,55");
  await page.fill("#f-lat", "53,03");
  await eventually(true, () =>
    page.evaluate(() => {
      const { map } = document.querySelector(".picker-map");
      const { lng, lat } = map.getCenter();
      return Math.abs(lng - 18.55) < 1e-4 && Math.abs(lat - 53.03) < 1e-4;
    }),
  );
  await page.locator("[data-middle]").click();
  assert.ok(Math.abs((await place())[0] - 18.55) < 1e-4);
  clean(page);
});

test("an address is found, a preview is shown, and the saved place is on the page", async () => {
  await openForm();
  await page.fill("#f-street", "Szeroka");
  await page.fill("#f-house_number", "99999");
  await page.getByRole("button", { name: "Znajdź adres na mapie" }).click();
  await page.getByText("Znamy tylko tę ulicę").waitFor();
  await page.locator(".picker-map[data-idle]").waitFor();
  await picture(page, "organisation-found");
  const found = await place();
  await page.fill("#f-tagline", "Sprawdzone zdanie");
  await page.getByRole("button", { name: "Podgląd" }).click();
  await page.locator("#podglad").getByText("Sprawdzone zdanie").waitFor();
  assert.equal(await page.locator("h1").count(), 1);
  await picture(page, "organisation-preview");
  // Below the header, which would lie over what is checked.
  await page.evaluate(() => scrollTo(0, 0));
  await accessible(page);
  await fits(page);
  // Enter in a field saves; it neither looks for the address nor shows a preview.
  await page.locator("#f-tagline").press("Enter");
  await page.waitForURL(url + own);
  await page.getByText("przez organizację").waitFor();
  const shown = await page.locator("article.detail").evaluate(({ dataset }) => [Number(dataset.lon), Number(dataset.lat)]);
  assert.deepEqual(shown, found);
  await page.goto(`${url}${own}/historia`);
  await page.getByText("Sprawdzone zdanie").waitFor();
  await picture(page, "organisation-history");
  clean(page);
});

test("of two who edit at once the second keeps the text and sees what is stored", async () => {
  await openForm();
  const other = await page.context().newPage();
  await other.goto(`${url}${own}/edytuj`);
  await other.fill("#f-tagline", "Szybszy tekst");
  await other.getByRole("button", { name: "Zapisz i pokaż wszystkim" }).last().click();
  await other.waitForURL(url + own);
  await other.close();
  await page.fill("#f-tagline", "Wolniejszy tekst");
  await page.locator("#f-tagline").press("Enter");
  await page.getByText("Ktoś inny zmienił to w międzyczasie").first().waitFor();
  assert.equal(await page.inputValue("#f-tagline"), "Wolniejszy tekst");
  await page.getByRole("cell", { name: "Szybszy tekst" }).waitFor();
  await picture(page, "organisation-conflict");
  await accessible(page);
  await fits(page);
  page.faults = page.faults.filter((fault) => !fault.includes("409"));
  clean(page);
});

test("a new organisation that is there already is recognised", async () => {
  await page.goto(url + own);
  const krs = await page.locator("dt", { hasText: "KRS" }).locator("+ dd").textContent();
  await page.goto(`${url}/nowa-organizacja`);
  await page.fill("#f-name", "Zupełnie inna nazwa");
  await page.selectOption("#f-legal_form", "association");
  await page.fill("#f-krs", krs);
  await page.fill("#f-position", "prezes");
  await page.getByRole("button", { name: "Wyślij do sprawdzenia" }).last().click();
  await page.getByRole("heading", { name: "Ta organizacja jest już w rejestrze" }).waitFor();
  assert.equal(await page.inputValue("#f-name"), "Zupełnie inna nazwa");
  await picture(page, "organisation-duplicate");
  await accessible(page);
  await fits(page);
  await page.setViewportSize(phone);
  await picture(page, "organisation-duplicate-phone");
  await page.getByRole("link", { name: "To moja organizacja" }).click();
  await page.waitForURL(`${url}${own}/zespol`);
  page.faults = page.faults.filter((fault) => !fault.includes("409"));
  clean(page);
});
