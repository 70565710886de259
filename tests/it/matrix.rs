//! Who may call what: every route × every role × (own, somebody else's, another municipality's).
//!
//! Routes and their rules come from the site itself (`app::listed`), so a new one is tested without another word. What is
//! expected follows from whose the things are, as the fixtures here say it; what happens, from real requests.

use axum::http::StatusCode;
use pestor::access::{Listed, Role, Who};
use pestor::app;

use crate::accounts::other_municipality;
use crate::browser::Browser;
use crate::support::{Answer, Site, demo_site};

mod things;

/// Whose a thing is, seen from the people of the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Theirs: their organisation's, their institution's, their own.
    Own,
    /// Another's in the same municipality.
    Others,
    /// Another's in another municipality.
    Elsewhere,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Actor {
    Nobody,
    Signed(Role),
    /// An administrator of one municipality.
    LocalAdministrator,
    /// Signed in by password, without the second factor that the account has.
    Half,
}

const ACTORS: [Actor; 8] = [
    Actor::Nobody,
    Actor::Half,
    Actor::Signed(Role::Resident),
    Actor::Signed(Role::Representative),
    Actor::Signed(Role::Editor),
    Actor::Signed(Role::Official),
    Actor::Signed(Role::Administrator),
    Actor::LocalAdministrator,
];

/// The accounts, organisations and municipalities of the test.
pub struct World {
    pub site: Site,
    /// The town, and another municipality.
    pub municipalities: [i64; 2],
    /// Account of every actor but the first, in the order of `ACTORS`.
    accounts: Vec<i64>,
    /// Somebody who is none of them.
    pub stranger: i64,
    /// Organisations: of the representative, another in town, one elsewhere.
    pub organisations: [i64; 3],
    /// Support institutions: of the editor, another in town, one elsewhere.
    pub institutions: [i64; 3],
}

impl World {
    async fn new() -> Self {
        let site = demo_site().await;
        let town = crate::accounts::town(&site).await;
        let elsewhere = other_municipality(&site).await;
        let mut accounts = Vec::new();
        for actor in &ACTORS[1..] {
            let (role, office) = match actor {
                Actor::Signed(Role::Official) => (Role::Official, Some(town)),
                Actor::LocalAdministrator => (Role::Administrator, Some(town)),
                Actor::Signed(role) => (*role, None),
                Actor::Half | Actor::Nobody => (Role::Resident, None),
            };
            accounts.push(site.account(role, &format!("m{}@example.org", accounts.len()), office).await);
        }
        let stranger = site.account(Role::Resident, "obcy@example.org", None).await;
        site.sql(&format!(
            "update account set totp_secret = decode(repeat('ab', 20), 'hex') where id = {}",
            accounts[0]
        ))
        .await;
        let mut world = Self {
            site,
            municipalities: [town, elsewhere],
            accounts,
            stranger,
            organisations: [0; 3],
            institutions: [0; 3],
        };
        for (i, municipality) in [town, town, elsewhere].into_iter().enumerate() {
            world.organisations[i] = world
                .insert(&format!(
                    "insert into organisation (municipality_id, name, legal_form) values ({municipality}, 'Macierz {i}', 'foundation')"
                ))
                .await;
            world.institutions[i] = world
                .insert(&format!(
                    "insert into support_institution (municipality_id, name, kind) values ({municipality}, 'Wsparcie {i}', 'other')"
                ))
                .await;
        }
        let (representative, editor) =
            (world.account(Actor::Signed(Role::Representative)), world.account(Actor::Signed(Role::Editor)));
        world
            .site
            .sql(&format!("insert into representative values ({representative}, {})", world.organisations[0]))
            .await;
        world
            .site
            .sql(&format!("insert into representative values ({}, {})", world.stranger, world.organisations[1]))
            .await;
        world.site.sql(&format!("insert into institution_editor values ({editor}, {})", world.institutions[0])).await;
        world
    }

    /// Key of a row that a statement inserts.
    pub async fn insert(&self, statement: &str) -> i64 {
        let statement = format!("{statement} returning id");
        let row = sqlx::query_scalar(sqlx::AssertSqlSafe(statement.clone())).fetch_one(&self.site.app.pool);
        row.await.unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// Slug of a row.
    pub async fn slug(&self, table: &str, id: i64) -> String {
        let statement = format!("select slug from {table} where id = {id}");
        sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(&self.site.app.pool).await.expect("a slug")
    }

    fn account(&self, actor: Actor) -> i64 {
        let i = ACTORS.iter().position(|known| *known == actor).expect("an actor");
        self.accounts[i - 1]
    }

    async fn browser(&self, actor: Actor) -> Browser<'_> {
        match actor {
            Actor::Nobody => {
                let mut browser = self.site.browser();
                browser.get("/logowanie").await;
                browser
            }
            Actor::Half => {
                let browser = self.site.signed_in(self.account(actor)).await;
                self.site
                    .sql(&format!(
                        "update session set second_factor = false where account_id = {}",
                        self.account(actor)
                    ))
                    .await;
                browser
            }
            _ => self.site.signed_in(self.account(actor)).await,
        }
    }
}

/// Whether somebody may, from whose things are and nothing else.
fn may(listed: &Listed, actor: Actor, whose: Option<Whose>, public: bool) -> bool {
    let role = match actor {
        Actor::Signed(role) => Some(role),
        Actor::LocalAdministrator => Some(Role::Administrator),
        Actor::Nobody | Actor::Half => None,
    };
    listed.rule.who.iter().any(|who| match who {
        Who::Anyone => true,
        Who::Reader => public,
        Who::SignedIn => role.is_some(),
        Who::HalfSignedIn => actor == Actor::Half,
        // Nobody here has to set one up: the demo asks for none.
        Who::SettingUp => false,
        // The fixtures make the resident the author of what people own as persons, the representative's organisation the
        // owner of what organisations own.
        Who::Author => role == Some(Role::Resident) && whose == Some(Whose::Own) && things::is_personal(listed),
        Who::Representative => {
            role == Some(Role::Representative) && whose == Some(Whose::Own) && things::is_of_organisation(listed)
        }
        Who::Participant => things::takes_part(listed, role, whose),
        Who::Editor => role == Some(Role::Editor) && whose == Some(Whose::Own) && things::is_of_institution(listed),
        Who::Official => match (actor, role) {
            (Actor::LocalAdministrator, _) | (_, Some(Role::Official)) => things::in_town(listed, whose),
            (_, Some(Role::Administrator)) => true,
            _ => false,
        },
        Who::Administrator => match actor {
            Actor::LocalAdministrator => things::in_town(listed, whose),
            Actor::Signed(Role::Administrator) => true,
            _ => false,
        },
    })
}

/// True when an answer keeps somebody out.
fn refuses(answer: &Answer) -> bool {
    let leads = ["/logowanie?dalej=", "/logowanie/kod"].iter().any(|path| answer.header("location").starts_with(path));
    let to_sign_in = answer.status == StatusCode::SEE_OTHER && leads;
    matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) || to_sign_in
}

#[tokio::test]
async fn every_route_lets_in_those_whom_its_rule_names() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    let mut asked = 0;
    for listed in app::listed() {
        // Streams never end.
        if listed.path == "/changes" {
            continue;
        }
        let relations: &[Option<Whose>] = match listed.rule.thing {
            Some(_) => &[Some(Whose::Own), Some(Whose::Others), Some(Whose::Elsewhere)],
            None => &[None],
        };
        for (whose, actor) in relations.iter().flat_map(|whose| ACTORS.map(|actor| (*whose, actor))) {
            // A thing of its own for every request: some of them end it.
            for public in things::publicities(&listed) {
                let path = things::path(&world, &listed, whose, *public, asks(&world, actor)).await;
                let mut browser = world.browser(actor).await;
                let answer = if listed.method == axum::http::Method::GET {
                    browser.get(&path).await
                } else {
                    browser.post(&path, &[]).await
                };
                asked += 1;
                let expected = may(&listed, actor, whose, *public);
                let hidden = !expected && !public && listed.rule.who.contains(&Who::Reader);
                let right = if hidden { answer.status == StatusCode::NOT_FOUND } else { refuses(&answer) != expected };
                if !right || answer.status.is_server_error() {
                    wrong.push(format!(
                        "{} {} {whose:?} public={public} {actor:?}: expected {}, got {} {}",
                        listed.method,
                        listed.path,
                        if expected { "in" } else { "out" },
                        answer.status,
                        answer.header("location"),
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 500, "only {asked} requests");
}

/// Account and role of an actor, where there are any.
fn asks(world: &World, actor: Actor) -> Option<(i64, Option<Role>)> {
    match actor {
        Actor::Nobody => None,
        Actor::Signed(role) => Some((world.account(actor), Some(role))),
        Actor::Half | Actor::LocalAdministrator => Some((world.account(actor), None)),
    }
}

#[test]
fn every_rule_is_one_that_can_hold() {
    for listed in app::listed() {
        let needs_thing = |who: &&Who| {
            matches!(who, Who::Author | Who::Representative | Who::Participant | Who::Editor | Who::Reader)
        };
        assert!(
            listed.rule.thing.is_some() || !listed.rule.who.iter().any(|who| needs_thing(&who)),
            "{} {}: nobody owns what the rule does not name",
            listed.method,
            listed.path
        );
        assert!(!listed.rule.who.is_empty(), "{} {}: nobody may", listed.method, listed.path);
        let safe = listed.method == axum::http::Method::GET;
        assert!(safe || listed.rule.looks || listed.path.contains("{token}"), "{}: who asks?", listed.path);
    }
}
