//! The mail that tells what is new.

use sqlx::PgConnection;
use time::Date;

use super::queries::Search;
use super::{Kind, unsubscribe};
use crate::app::App;
use crate::error::Result;
use crate::mail::{Item, Letter, Part};
use crate::web::{Card, Lang, Page};

/// Most things that a mail lists.
const MOST_LISTED: usize = 20;

/// What is new by one search.
pub(super) struct Group {
    /// The search.
    pub search: Search,
    /// Ids of the things; at least one.
    pub ids: Vec<i64>,
}

/// Writes it: the things grouped by search, the first twenty of all with title, facts and link, of the rest how many there are and
/// where.
pub(super) async fn write(
    app: &App,
    connection: &mut PgConnection,
    account_id: i64,
    lang: Lang,
    groups: &[Group],
    day: Date,
) -> Result<Letter> {
    let page = Page::bare(lang, "/powiadomienia", "", app.site(), app.absolute(""));
    let total: usize = groups.iter().map(|group| group.ids.len()).sum();
    let mut left = MOST_LISTED;
    let mut parts = vec![Part::Text(lang.t("notices-mail-intro"))];
    let mut only = None;
    for Group { search, ids } in groups {
        let wanted = &search.wanted;
        let listed = left.min(ids.len());
        left -= listed;
        let cards = match i64::try_from(listed) {
            Ok(most) if most > 0 => wanted.cards(&app.pool, &page, ids, most, day).await?,
            _ => Vec::new(),
        };
        let mut items: Vec<Item> = cards.iter().map(|card| item(&page, wanted.kind, card)).collect();
        if total == 1 {
            only = cards.into_iter().next().map(|card| card.title);
        }
        let more = ids.len() - listed;
        if more > 0 {
            items.push(Item {
                title: page.n("notices-mail-more", &count(more)),
                url: page.absolute(&wanted.list_path()),
                text: String::new(),
            });
        }
        let what = page.n(&format!("notices-mail-new-{}", wanted.kind.code()), &count(ids.len()));
        parts.push(Part::Text(format!("{} – {what}:", search.name)));
        parts.push(Part::List(items));
    }
    parts.push(Part::Button { label: lang.t("notices-mail-settings"), url: page.absolute("/powiadomienia") });
    let subject = match (only, groups) {
        (Some(title), [group]) => lang.x(&format!("notices-mail-subject-{}", group.search.wanted.kind.code()), &title),
        _ => lang.n("notices-mail-subject", count(total)),
    };
    let unsubscribe = unsubscribe::link(connection, &page.base_url, account_id, unsubscribe::NOTICES).await?;
    Ok(Letter { lang, subject, parts, reason: lang.t("notices-mail-reason"), unsubscribe_url: Some(unsubscribe) })
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A thing as the mail lists it: the card's words in one line.
fn item(page: &Page, kind: Kind, card: &Card) -> Item {
    let badges = card.badges.iter().map(|badge| badge.label.clone());
    let facts = card.facts.iter().map(|fact| fact.text.clone());
    let words: Vec<String> = match kind {
        // Status, area, rent and district; the rest is on the page.
        Kind::Premises => {
            let told = ["ruler", "wallet", "map-pin"];
            let facts = card.facts.iter().filter(|fact| told.contains(&fact.icon)).map(|fact| fact.text.clone());
            badges.chain(facts).collect()
        }
        Kind::Equipment => [card.kicker.clone()].into_iter().chain(badges).chain(facts).collect(),
        Kind::Offers | Kind::Demand => [card.kicker.clone()].into_iter().chain(facts).collect(),
    };
    let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
    Item { title: card.title.clone(), url: page.absolute(&card.href()), text: words.join(" · ") }
}
