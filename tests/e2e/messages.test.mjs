// Two people in two browsers talk about an offer, from the button on its page to what came of it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { accessible, untranslated } from "./checks.mjs";
import { clean, desktop, launch, open, phone, picture, url } from "./browser.mjs";

function sql(text) {
  const sockets = `${process.env.PESTOR_DATA_DIR}/run`;
  const options = ["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", sockets, "-p", "5432", "-U", "pestor", "-d", "pestor", "-c", text];
  return execFileSync("psql", options, { encoding: "utf8" }).trim();
}

/** A browser of an account with this name that is signed in. */
async function person(name, role, office = "null") {
  const token = randomBytes(32).toString("base64url");
  const hash = createHash("sha256").update(token).digest("hex");
  const email = `${randomBytes(6).toString("hex")}@messages.test`;
  const unit = role === "official" ? "Wydział Zamówień Publicznych" : "";
  const id = sql(
    `insert into account (email, name, role, municipality_id, unit_name) values ('${email}', '${name}', '${role}', ${office}, '${unit}') returning id`,
  );
  sql(
    `insert into session (account_id, token_hash, second_factor, idle_until, absolute_until)
     values (${id}, '\\x${hash}', true, now() + interval '1 hour', now() + interval '1 hour')`,
  );
  const page = await open(browser);
  await page.context().addCookies([{ name: "session", value: token, url }]);
  return { id, email, page };
}

const [offer, seller, name] = sql(
  "select f.slug, f.organisation_id, f.name from offer f where f.shown order by f.id limit 1",
).split("|");
let browser;
let resident;
let seller1;
before(async () => {
  // Conversations of other tests would be among those that are looked at here.
  sql("delete from thread");
  browser = await launch();
  resident = await person("Jan Kowalski", "resident");
  seller1 = await person("Anna Nowak-Wiśniewska", "representative");
  sql(`insert into representative values (${seller1.id}, ${seller})`);
});
after(async () => {
  sql("delete from thread");
  sql("delete from review where thing = 'message'");
  sql("delete from account where email like '%@messages.test'");
  await browser.close();
});

/** Nothing is wrong with what a person sees now; a picture of it on a desk and on a phone. */
async function good(page, name) {
  assert.equal(await page.locator("h1").count(), 1);
  assert.deepEqual(await untranslated(page), []);
  await accessible(page);
  for (const [size, viewport] of [["desk", desktop], ["phone", phone]]) {
    await page.setViewportSize(viewport);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is cut off");
    await picture(page, `messages-${name}-${size}`);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is cut off at 320 px");
  await page.setViewportSize(desktop);
  clean(page);
}

test("a resident writes about an offer", async () => {
  const { page } = resident;
  await page.goto(`${url}/wiadomosci`);
  await good(page, "none");
  await page.goto(`${url}/oferty/${offer}`);
  await page.getByRole("link", { name: "Napisz" }).click();
  await good(page, "new");
  await page.getByRole("button", { name: "Wyślij" }).click();
  await page.getByRole("alert").waitFor();
  // The browser itself reports the answer that was asked for.
  page.faults.length = 0;
  await good(page, "new-wrong");
  await page.getByLabel("Wiadomość").fill("Dzień dobry!\n\nPotrzebuję obiadów dla 20 osób w piątek 27 listopada. Czy mogą Państwo je dowieźć na Rubinkowo?");
  await page.getByRole("button", { name: "Wyślij" }).click();
  await page.locator(".message").waitFor();
  assert.equal(await page.locator("h1").textContent(), name);
});

test("the other side finds it, answers and can report it", async () => {
  const { page } = seller1;
  await page.goto(`${url}/wiadomosci`);
  await page.getByText("1 rozmowa z nowymi wiadomościami").waitFor();
  await good(page, "list");
  await page.getByRole("link", { name }).click();
  await page.getByText("Nowe wiadomości").waitFor();
  await page.getByLabel("Twoja odpowiedź").fill("Tak, dowozimy. 18 zł za porcję.\nhttps://example.org/menu-na-listopad-" + "bardzo-dlugi-adres-".repeat(8));
  await page.getByRole("button", { name: "Wyślij" }).click();
  await page.locator(".message-mine").waitFor();
  await good(page, "thread");
  await page.getByRole("link", { name: "Zgłoś lub zablokuj" }).first().click();
  await good(page, "report");
  await page.getByLabel("Co jest nie tak?").fill("Sprawdzam, czy da się zgłosić.");
  await page.getByRole("button", { name: "Wyślij zgłoszenie" }).click();
  await page.getByText("Zgłoszenie zapisane").waitFor();
  clean(page);
});

test("an official sees the reported message alone, and the sums", async () => {
  const town = sql("select municipality_id from offer order by id limit 1");
  const { page } = await person("Ewa Zielińska", "official", town);
  await page.goto(`${url}/wiadomosci/zgloszone/${sql("select min(id) from message")}`);
  await page.getByText("Rubinkowo").waitFor();
  await good(page, "reported");
  await page.goto(`${url}/wiadomosci`);
  await good(page, "sums");
});

test("a long conversation ends with what came of it", async () => {
  sql(`insert into message (thread_id, side, author_id, text, at)
       select t.id, case when n % 3 = 0 then 'other' else 'asker' end, case when n % 3 = 0 then ${seller1.id} else ${resident.id} end,
           case when n % 5 = 0 then repeat('To jest dłuższa wiadomość z wieloma szczegółami zamówienia. ', 12) else 'Wiadomość numer ' || n end,
           now() + n * interval '1 minute'
       from thread t, generate_series(1, 60) n`);
  sql("update message set hidden_at = now() where text = 'Wiadomość numer 58'");
  sql("update thread set outcome_asked_at = now(); insert into outcome (thread_id, side) select thread_id, side from thread_side");
  const { page } = resident;
  await page.goto(`${url}/wiadomosci`);
  await page.getByText("Powiedz, czym się skończyło").waitFor();
  await page.getByRole("link", { name }).click();
  assert.equal(await page.locator(".message").count(), 50);
  await page.getByRole("link", { name: "Pokaż wcześniejsze wiadomości" }).click();
  assert.equal(await page.locator(".message").count(), 62);
  await page.locator("#wynik").scrollIntoViewIfNeeded();
  assert.equal(await page.getByLabel("Wartość zamówienia").isVisible(), false, "nothing is asked of an order that is none");
  await page.getByRole("group", { name: "Czy doszło do zamówienia?" }).getByLabel("Tak").check();
  await page.getByLabel("Wartość zamówienia").fill("360,00");
  await page.getByRole("group", { name: "Czy użyto klauzuli społecznej?" }).getByLabel("Nie").check();
  await good(page, "outcome");
  await page.getByRole("button", { name: "Zapisz odpowiedź" }).click();
  await page.getByText("Dziękujemy, odpowiedź zapisana.").waitFor();
  await good(page, "answered");
  await page.getByText("Zakończ rozmowę").first().click();
  await page.getByRole("button", { name: "Zakończ rozmowę" }).click();
  await page.getByText("Ta rozmowa jest zakończona").waitFor();
  await good(page, "closed");
});
