//! What people are told by mail of questions and answers.

use sqlx::PgConnection;

use super::{Asked, Subject};
use crate::access::Post;
use crate::access::queries::{Person, people_of, person};
use crate::error::Result;
use crate::mail::{self, Item, Letter, Part};

/// Tells those whose thing it is that somebody asks.
///
/// # Errors
/// The database fails.
pub(super) async fn asked(
    connection: &mut PgConnection,
    post: &Post,
    subject: &Subject,
    id: i64,
    text: &str,
) -> Result<()> {
    for person in people(connection, subject).await? {
        let lang = person.lang;
        let letter = Letter {
            lang,
            subject: lang.x("question-mail-subject", &subject.name),
            parts: vec![
                Part::Text(lang.t("question-mail-text")),
                about(post, subject),
                Part::Quote(text.to_owned()),
                button(post, subject, lang.t("question-answer-submit")),
            ],
            reason: lang.x("exchange-mail-reason", &subject.owner),
            unsubscribe_url: None,
        };
        let key = format!("question {id} account {}", person.account_id);
        mail::enqueue(connection, &post.app.config.mail, &person.email, &letter, Some(&key)).await?;
    }
    Ok(())
}

/// Tells whoever asked that there is an answer.
///
/// # Errors
/// The database fails.
pub(super) async fn answered(connection: &mut PgConnection, post: &Post, asked: &Asked, answer: &str) -> Result<()> {
    let Some(author_id) = asked.author_id else { return Ok(()) };
    let Some(person) = person(connection, author_id).await? else { return Ok(()) };
    let lang = person.lang;
    let letter = Letter {
        lang,
        subject: lang.x("answer-mail-subject", &asked.subject.name),
        parts: vec![
            Part::Text(lang.x("answer-mail-text", &asked.subject.owner)),
            about(post, &asked.subject),
            Part::Quote(answer.to_owned()),
            button(post, &asked.subject, lang.t("answer-mail-open")),
        ],
        reason: lang.t("answer-mail-reason"),
        unsubscribe_url: None,
    };
    let key = format!("answer {}", asked.id);
    mail::enqueue(connection, &post.app.config.mail, &person.email, &letter, Some(&key)).await
}

/// Who answers for a thing.
///
/// # Errors
/// The database fails.
pub(super) async fn people(connection: &mut PgConnection, subject: &Subject) -> Result<Vec<Person>> {
    match subject.person_id {
        Some(person_id) => Ok(person(connection, person_id).await?.into_iter().collect()),
        None => people_of(connection, subject.organisation_id, subject.municipality_id, &subject.unit_name).await,
    }
}

fn about(post: &Post, subject: &Subject) -> Part {
    let url = post.page.absolute(&format!("/{}/{}", subject.kind.folder(), subject.slug));
    Part::List(vec![Item { title: subject.name.clone(), url, text: String::new() }])
}

fn button(post: &Post, subject: &Subject, label: String) -> Part {
    Part::Button { label, url: post.page.absolute(&subject.path()) }
}
