// The whole way of an order, as new users go it: an organisation's representative registers, is let in, posts an offer; a resident
// finds it on the map at once, they write to each other, and say what came of it. Mails are read from the mail server.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { clean, eventually, idle, launch, numbers, open, openMap, picture, url } from "./browser.mjs";
import { link, mailTo, mailsTo } from "./mail.mjs";

function sql(text) {
  const sockets = `${process.env.PESTOR_DATA_DIR}/run`;
  const options = ["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", sockets, "-p", "5432", "-U", "pestor", "-d", "pestor", "-c", text];
  return execFileSync("psql", options, { encoding: "utf8" }).trim();
}

const PASSWORD = "korzenie i skrzydła";
const SELLER = "zofia@nowy-pes.test";
// An organisation that nobody acts for yet and that offers nothing.
const [slug, name] = sql(
  `select slug, name from organisation o where point is not null and not exists (select from offer where organisation_id = o.id)
   and not exists (select from representative where organisation_id = o.id) order by id limit 1`,
).split("|");

let browser;
let seller;
let official;
let resident;
before(async () => {
  browser = await launch();
  [seller, official, resident] = await Promise.all([open(browser), open(browser), open(browser)]);
});
after(() => browser.close());

async function signIn(page, email) {
  await page.goto(`${url}/logowanie`);
  await page.fill("#f-email", email);
  await page.fill("#f-password", "demo demo demo");
  await page.click("main button[type=submit]");
  await page.waitForURL(`${url}/panel`);
}

/** Opens a link of a mail, in a tab that shows nothing yet: a mere anchor would not be asked for again. */
async function follow(page, address) {
  await page.goto("about:blank");
  await page.goto(address);
}

/** Follows the button of the form that the page is about. */
const submit = (page, label) => page.locator("main").getByRole("button", { name: label }).first().click();

test("a representative registers and confirms the address", async () => {
  await seller.goto(`${url}/rejestracja`);
  await seller.getByLabel("przedstawiciel podmiotu ekonomii społecznej").check();
  await seller.fill("#f-name", "Zofia Nowa");
  await seller.fill("#f-email", SELLER);
  await seller.check("#f-terms");
  await submit(seller, "Zarejestruj się");
  await seller.getByRole("heading", { name: "Sprawdź pocztę" }).waitFor();
  const mail = await mailTo(SELLER);
  assert.match(mail.subject, /Potwierdź adres/);
  await seller.goto(link(mail, "/rejestracja/"));
  await seller.fill("#f-password", PASSWORD);
  await submit(seller, "Załóż konto");
  await seller.waitForURL(`${url}/moja-organizacja`);
  clean(seller);
});

test("finds the organisation in the register and asks to act for it", async () => {
  await seller.fill("main input[name=q]", name);
  await seller.locator("main form[role=search] button[type=submit]").click();
  await seller.locator(`a[href="/organizacje/${slug}/przejmij"]`).click();
  await seller.fill("#f-position", "prezeska zarządu");
  await seller.fill("#f-reason", "Prowadzę tę organizację od pięciu lat.");
  await picture(seller, "journey-claim");
  await submit(seller, "Wyślij");
  await seller.locator("main .badge", { hasText: "czeka" }).first().waitFor();
  clean(seller);
});

test("an official lets her in with one key", async () => {
  await signIn(official, "urzednik@demo.test");
  await official.goto(`${url}/urzad/kolejka`);
  await official.getByText("Prowadzę tę organizację od pięciu lat.").waitFor();
  await picture(official, "journey-queue");
  await official.keyboard.press("j");
  await official.keyboard.press("z");
  await official.getByRole("status").filter({ hasText: "Decyzja zapisana" }).waitFor();
  const mail = await mailTo(SELLER, 2);
  assert.match(mail.subject, /Masz dostęp/);
  clean(official);
});

let offer;
test("she posts an offer with photos; a resident's open map has it at once", async () => {
  await openMap(resident, "/?has=offers&layers=organisations");
  const listed = async () => numbers(await resident.textContent("#result-status"))[0];
  const sellers = await listed();

  await seller.goto(`${url}/oferty/nowa`);
  await seller.getByLabel("usługa").first().check();
  await seller.fill("#f-name", "Wypiek tortów orzechowych");
  await seller.selectOption("#f-category", { index: 1 });
  await seller.fill("#f-description", "Torty na zamówienie, z okolicznych orzechów. <b>Bez</b> cukru.");
  await seller.locator("input[name=price_kind]").first().check();
  await seller.fill("#f-price_pln", "120,50");
  await seller.fill("#f-price_unit", "szt.");
  await seller.locator("input[name=delivery_kind]").first().check();
  // Pictures as a phone has them: JPEG, made here from what the map looks like.
  const photo = await resident.screenshot({ type: "jpeg", quality: 70 });
  await seller.setInputFiles("#f-photo-1", { name: "tort.jpg", mimeType: "image/jpeg", buffer: photo });
  await seller.fill("#f-photo-alt-1", "Tort na drewnianym stole");
  await seller.setInputFiles("#f-photo-2", { name: "zdjecie.heic", mimeType: "image/heic", buffer: heic() });
  await seller.fill("#f-photo-alt-2", "Drugi tort");
  await submit(seller, "Zapisz szkic");
  // The refused picture says why; nothing else of the form is lost.
  await seller.locator(".field-error", { hasText: "HEIC" }).waitFor();
  // The browser itself reports the answer, which is the right one.
  assert.match(seller.faults.splice(0).join(), /^console error: [^,]* 422 [^,]*$/);
  assert.equal(await seller.inputValue("#f-price_pln"), "120,50");
  assert.equal(await seller.locator(".photo-row").count(), 1);
  await picture(seller, "journey-offer-form");
  await submit(seller, "Zapisz szkic");
  await seller.waitForURL((address) => /\/oferty\/wypiek/.test(address.pathname));
  offer = new URL(seller.url()).pathname;
  assert.equal((await fetch(url + offer)).status, 404, "a draft is nobody else's business");
  await picture(seller, "journey-draft");

  const started = performance.now();
  await submit(seller, "Opublikuj");
  await eventually((count) => count === sellers + 1, listed);
  console.log(`an offer is on an open map ${Math.round(performance.now() - started)} ms after the press of the button`);
  clean(seller);
});

test("the resident finds it by the search and on the map, and writes", async () => {
  await resident.fill("#search-input", "tortów orzech");
  const suggestion = resident.locator("#search-suggestions [role=option]", { hasText: "Wypiek tortów orzechowych" });
  await suggestion.click();
  const article = resident.locator("#panel-body article.detail");
  await article.getByRole("heading", { name: "Wypiek tortów orzechowych" }).waitFor();
  assert.ok(await article.locator("img").first().getAttribute("alt"));
  await article.getByText("<b>Bez</b>").waitFor();
  await idle(resident);
  await picture(resident, "journey-map");

  // The panel follows the data: a click may fall between two of its contents.
  await eventually(
    (path) => path === "/logowanie",
    async () => {
      await article.getByRole("link", { name: "Napisz" }).click({ timeout: 2000 }).catch(() => {});
      await resident.waitForURL(/\/logowanie\?dalej=/, { timeout: 5000 }).catch(() => {});
      return new URL(resident.url()).pathname;
    },
  );
  await resident.fill("#f-email", "mieszkaniec@demo.test");
  await resident.fill("#f-password", "demo demo demo");
  await resident.locator("main button[type=submit]").click();
  await resident.waitForURL(/\/wiadomosci\/nowa/);
  await resident.fill("#f-text", "Dzień dobry, czy zdążą Państwo na sobotę?");
  await submit(resident, "Wyślij");
  await resident.waitForURL(/\/wiadomosci\/[A-Za-z0-9_-]{43}/);
  clean(resident);
});

test("both talk, and neither sees the other's address", async () => {
  const told = (await mailsTo(SELLER)).length;
  const asked = await eventually(
    (mail) => mail !== undefined,
    async () => (await mailsTo(SELLER)).find((mail) => mail.html.includes("zdążą Państwo na sobotę")),
  );
  assert.ok(told >= 2);
  assert.ok(!JSON.stringify(asked).includes("mieszkaniec@demo.test"));
  await follow(seller, link(asked, "/wiadomosci/"));
  await seller.fill("#f-text", "Zdążymy. Jaki smak?");
  await submit(seller, "Wyślij");
  await seller.locator(".message-mine", { hasText: "Jaki smak?" }).waitFor();
  await picture(seller, "journey-thread");
  const answer = await eventually(
    (mail) => mail !== undefined,
    async () => (await mailsTo("mieszkaniec@demo.test")).find((mail) => mail.html.includes("Jaki smak?")),
  );
  assert.ok(!JSON.stringify(answer).includes(SELLER));
  await follow(resident, link(answer, "/wiadomosci/"));
  await resident.locator(".message", { hasText: "Jaki smak?" }).waitFor();
  for (const page of [seller, resident]) {
    const text = await page.content();
    assert.ok(!text.includes(SELLER) && !text.includes("mieszkaniec@demo.test"));
    clean(page);
  }
});

test("afterwards both are asked once what came of it", async () => {
  sql("update thread set last_message_at = last_message_at - interval '15 days', answered_at = answered_at - interval '15 days'");
  sql("update message set at = at - interval '15 days'");
  for (const [page, email, value] of [
    [seller, SELLER, "110"],
    [resident, "mieszkaniec@demo.test", "120,50"],
  ]) {
    const asked = await eventually(
      (mail) => mail !== undefined,
      async () => (await mailsTo(email)).find((mail) => mail.html.includes("#wynik")),
      40_000,
    );
    await follow(page, link(asked, "/wiadomosci/"));
    await page.locator("input[name=came_to_order][value=yes]").check();
    await page.fill("#f-value_pln", value);
    await page.locator("input[name=social_clause]").first().check();
    await submit(page, "Zapisz");
    await page.locator("#wynik .alert", { hasText: "zł" }).waitFor();
    clean(page);
  }
  await official.goto(`${url}/wiadomosci`);
  const totals = await official.locator("main").textContent();
  assert.match(totals.replaceAll("\u00a0", " "), /120,50 zł/, "the buyer's figure, and once");
  await picture(official, "journey-totals");
  assert.equal((await mailsTo(SELLER)).filter((mail) => mail.html.includes("#wynik")).length, 1);
});

/** The beginning of a HEIC file, as phones make them. */
function heic() {
  return Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from("ftypheic\0\0\0\0mif1heic"), Buffer.alloc(200)]);
}
