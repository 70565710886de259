//! A fresh thing of every kind, belonging to whom the test says; and what its being theirs means for each role.
//!
//! "Own" is seen from who asks: for a resident what they made as a person, for a representative what their organisation has, for an
//! editor their institution; for everybody else what the representative's organisation has.

use pestor::access::{Listed, Role, Who};
use pestor::organisations::profile::Profile;

use super::{Whose, World};

fn thing(listed: &Listed) -> &'static str {
    listed.rule.thing.map_or("", |thing| thing.name)
}

/// Things that a person has, not an organisation: their author decides.
pub fn is_personal(listed: &Listed) -> bool {
    match thing(listed) {
        // Who asked a question may take it back; answering it is for those whose thing it is about.
        "demand" | "session" | "proposal" | "saved search" | "question" => true,
        _ => false,
    }
}

/// Things that an organisation has: its representatives decide.
pub fn is_of_organisation(listed: &Listed) -> bool {
    matches!(
        thing(listed),
        "organisation" | "offer" | "demand" | "equipment" | "own equipment" | "claim" | "question to answer"
    )
}

/// Things that a support institution has.
pub fn is_of_institution(listed: &Listed) -> bool {
    thing(listed) == "support institution"
}

/// True when somebody of this role takes part in a thing that is theirs.
pub fn takes_part(listed: &Listed, role: Option<Role>, whose: Option<Whose>) -> bool {
    whose == Some(Whose::Own)
        && match thing(listed) {
            "claim" | "reported message" => role == Some(Role::Resident),
            "conversation" => matches!(role, Some(Role::Resident | Role::Representative)),
            "loan" => role == Some(Role::Representative),
            _ => false,
        }
}

/// True when officials of the town may decide: the thing is in their municipality, or there is none. For organisations they do not
/// speak.
pub fn in_town(listed: &Listed, whose: Option<Whose>) -> bool {
    if matches!(thing(listed), "own equipment" | "question to answer") {
        return false;
    }
    listed.rule.thing.is_none() || whose != Some(Whose::Elsewhere)
}

/// The ways of being seen that matter to a route: rules that name readers depend on it.
pub fn publicities(listed: &Listed) -> &'static [bool] {
    if listed.rule.who.contains(&Who::Reader) { &[true, false] } else { &[true] }
}

/// The path of a route with a fresh thing in it.
pub async fn path(
    world: &World,
    listed: &Listed,
    whose: Option<Whose>,
    public: bool,
    asks: Option<(i64, Option<Role>)>,
) -> String {
    let mut path = listed.path.to_owned();
    if let Some(whose) = whose {
        let key = key(world, thing(listed), whose, public, asks).await;
        let (begin, end) = (path.find('{').expect("a parameter"), path.find('}').expect("its end"));
        path.replace_range(begin..=end, &key);
    }
    // What is left are secrets nobody has and names nothing has.
    for (parameter, value) in [("{token}", "A".repeat(43)), ("{id}", "0".to_owned()), ("{*path}", "x".to_owned())] {
        path = path.replace(parameter, &value);
    }
    while let Some((begin, end)) = path.find('{').zip(path.find('}')) {
        path.replace_range(begin..=end, "x");
    }
    path
}

/// What the path names a fresh thing by.
async fn key(world: &World, kind: &str, whose: Whose, public: bool, asks: Option<(i64, Option<Role>)>) -> String {
    let i = match whose {
        Whose::Own => 0,
        Whose::Others => 1,
        Whose::Elsewhere => 2,
    };
    let municipality = world.municipalities[usize::from(whose == Whose::Elsewhere)];
    let (organisation, institution) = (world.organisations[i], world.institutions[i]);
    // The person whose own it is: the resident who asks, or somebody else.
    let person = match asks {
        Some((account, Some(Role::Resident))) if whose == Whose::Own => account,
        _ => world.stranger,
    };
    let is_persons = person != world.stranger;
    let state = if public { "published" } else { "draft" };
    let category = "(select code from category order by code limit 1)";
    let offer = format!(
        "insert into offer (municipality_id, organisation_id, kind, name, category, state)
         values ({municipality}, {organisation}, 'service', 'Usługa', {category}, '{state}')"
    );
    let equipment = format!(
        "insert into equipment (municipality_id, organisation_id, name, category, mode, state)
         values ({municipality}, {organisation}, 'Namiot', {category}, 'lend', '{state}')"
    );
    match kind {
        "organisation" => world.slug("organisation", organisation).await,
        "support institution" => world.slug("support_institution", institution).await,
        "offer" => world.slug("offer", world.insert(&offer).await).await,
        "equipment" | "own equipment" => world.slug("equipment", world.insert(&equipment).await).await,
        "demand" => {
            let state = if public { "open" } else { "draft" };
            let party = if is_persons { "null" } else { &organisation.to_string() };
            let id = world
                .insert(&format!(
                    "insert into demand (municipality_id, organisation_id, by_person, author_id, name, category, state)
                     values ({municipality}, {party}, {is_persons}, {person}, 'Krzesła', {category}, '{state}')"
                ))
                .await;
            world.slug("demand", id).await
        }
        "session" => {
            let statement = format!(
                "insert into session (account_id, token_hash, idle_until, absolute_until)
                 values ({person}, uuid_send(gen_random_uuid()), now() + interval '1 day', now() + interval '1 day')"
            );
            world.insert(&statement).await.to_string()
        }
        "account" => {
            let statement = format!(
                "insert into account (email, name, role, municipality_id, unit_name)
                 values (gen_random_uuid() || '@example.org', 'Ktoś', 'official', {municipality}, 'Wydział')"
            );
            world.insert(&statement).await.to_string()
        }
        "claim" => {
            let statement = format!(
                "insert into claim (account_id, organisation_id, position, reason, state)
                 values ({person}, {organisation}, 'prezes', 'bo tak', 'withdrawn')"
            );
            world.insert(&statement).await.to_string()
        }
        "proposal" => {
            let profile =
                Profile { name: "Nowa".to_owned(), legal_form: "foundation".to_owned(), ..Profile::default() };
            let profile = serde_json::to_string(&profile).expect("JSON");
            let statement = format!(
                "insert into organisation_proposal (municipality_id, account_id, position, profile)
                 values ({municipality}, {person}, 'prezes', '{profile}')"
            );
            world.insert(&statement).await.to_string()
        }
        "review" => {
            let statement = format!(
                "insert into review (municipality_id, kind, thing, thing_id) values ({municipality}, 'first_post', 'offer', 0)"
            );
            world.insert(&statement).await.to_string()
        }
        "import" => {
            let statement = format!(
                "insert into import_upload (municipality_id, kind, file_name, byte_length, bytes, state, settings)
                 values ({municipality}, 'organisations', 'plik.csv', 1, 'x', 'mapping', '{{}}')"
            );
            world.insert(&statement).await.to_string()
        }
        "loan" => {
            let equipment = world.insert(&equipment).await;
            let statement = format!(
                "insert into loan (municipality_id, equipment_id, kind, state, organisation_id, account_id, days)
                 values ({municipality}, {equipment}, 'lend', 'requested', {}, {}, daterange(current_date + 1, current_date + 3))",
                world.organisations[1], world.stranger
            );
            world.insert(&statement).await.to_string()
        }
        "question" | "question to answer" => {
            let offer = world.insert(&offer).await;
            let statement = format!(
                "insert into question (municipality_id, offer_id, author_id, text)
                 values ({municipality}, {offer}, {person}, 'Ile to kosztuje?')"
            );
            world.insert(&statement).await.to_string()
        }
        "conversation" | "reported message" => {
            let thread = world
                .insert(&format!(
                    "insert into thread (key, municipality_id, about, about_slug, subject)
                     values (gen_random_uuid(), {municipality}, 'organisation', 'x', 'Rozmowa')"
                ))
                .await;
            world
                .site
                .sql(&format!(
                    "insert into thread_side (thread_id, side, kind, account_id, organisation_id)
                     values ({thread}, 'asker', 'account', {person}, null), ({thread}, 'other', 'organisation', null, {organisation})"
                ))
                .await;
            let message = world
                .insert(&format!(
                    "insert into message (thread_id, side, author_id, text) values ({thread}, 'other', {}, 'Dzień dobry')",
                    world.stranger
                ))
                .await;
            if kind == "conversation" {
                let statement = format!("select key from thread where id = {thread}");
                return sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
                    .fetch_one(&world.site.app.pool)
                    .await
                    .expect("a key");
            }
            world
                .insert(&format!(
                    "insert into review (municipality_id, kind, thing, thing_id, author_id)
                     values ({municipality}, 'report', 'message', {message}, {person})"
                ))
                .await;
            message.to_string()
        }
        "saved search" => {
            let statement = format!(
                "insert into saved_search (account_id, kind, name, query, rhythm, seen_upto)
                 values ({person}, 'offers', 'Oferty', 'q=' || gen_random_uuid(), 'daily', 0)"
            );
            world.insert(&statement).await.to_string()
        }
        other => panic!("no {other} to try the rules with: add one here"),
    }
}
