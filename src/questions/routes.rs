//! Asking, answering, taking back and reporting questions.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Asked, Kind, QUESTION, Subject, TO_ANSWER, UNIT, asked, asks_for, letters, queries};
use crate::access::queries as access;
use crate::access::{Post, Routes, Rule, Who};
use crate::error::{Error, Result};
use crate::review;
use crate::web::{FormView, Page, form_page};

/// Routes of questions.
pub fn routes() -> Routes {
    Routes::new()
        .post("/oferty/{slug}/pytania", Rule::of(asked(Kind::Offer), &[Who::SignedIn]), async |post| {
            ask(post, Kind::Offer).await
        })
        .post("/zapotrzebowanie/{slug}/pytania", Rule::of(asked(Kind::Demand), &[Who::SignedIn]), async |post| {
            ask(post, Kind::Demand).await
        })
        .post("/sprzet/{slug}/pytania", Rule::of(asked(Kind::Equipment), &[Who::SignedIn]), async |post| {
            ask(post, Kind::Equipment).await
        })
        .post(
            "/pytania/{id}/odpowiedz",
            Rule::of(TO_ANSWER, &[Who::Representative, Who::Official, Who::Author]),
            answer,
        )
        .post("/pytania/{id}/usun", Rule::of(QUESTION, &[Who::Author]), take_back)
        .post("/pytania/{id}/zglos", Rule::of(QUESTION, &[Who::SignedIn]), report)
}

/// A form that has to be filled in again, on a page of its own: the thing's page belongs to others.
#[derive(Template)]
#[template(path = "questions/form.html")]
struct FormAgain {
    page: Page,
    /// `question`, `answer` or `report`: prefix of its words.
    what: &'static str,
    action: String,
    subject: Subject,
    /// The question that is answered or reported.
    quoted: String,
    asks_for: Vec<(String, String)>,
    form: FormView,
}

impl FormAgain {
    fn respond(self, status: StatusCode) -> Result<Response> {
        form_page(status, &self.page.clone(), &self)
    }
}

/// `POST /oferty/{slug}/pytania` and the like
async fn ask(post: Post, kind: Kind) -> Result<Response> {
    let viewer = post.viewer()?;
    let missing = || Error::NotFound("there is nothing of that name to ask about".to_owned());
    let subject = queries::subject(&post.app.pool, kind, None, Some(post.owned.id)).await?.ok_or_else(missing)?;
    if !subject.shown {
        return Err(missing());
    }
    if subject.is_of(&viewer) {
        return Err(Error::Forbidden("nobody asks themselves".to_owned()));
    }
    let form_key = post.form.value("form_key");
    if form_key.is_empty() {
        return Err(Error::BadForm("the form has no key".to_owned()));
    }
    let asks_for = asks_for(&viewer);
    let mut check = post.form.check(post.page.lang);
    let text = check.text("text", 5..=1000);
    let codes: Vec<&str> = asks_for.iter().map(|(code, _)| code.as_str()).collect();
    let who = if codes.len() > 1 { check.choice("who", &codes) } else { "" };
    if let Err(form) = check.finish() {
        let action = format!("/{}/{}/pytania", kind.folder(), subject.slug);
        let page = post.page.clone();
        let again = FormAgain { page, what: "question", action, subject, quoted: String::new(), asks_for, form };
        return again.respond(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let organisation_id = viewer.organisations.iter().find(|one| one.slug == who).map(|one| one.id);
    let unit = if who == UNIT { viewer.unit_name.as_str() } else { "" };
    let mut transaction = access::begin_as(&post.app.pool, &viewer).await?;
    let location = subject.path();
    if let Some(before) = access::taken_before(&mut transaction, form_key, viewer.account_id, &location).await? {
        return Ok(Post::see(&before));
    }
    access::throttle(&post.app.pool, &format!("question account {}", viewer.account_id), 10, 3600).await?;
    let id = queries::ask(&mut transaction, &subject, viewer.account_id, organisation_id, unit, &text).await?;
    letters::asked(&mut transaction, &post, &subject, id, &text).await?;
    transaction.commit().await?;
    Ok(Post::see(&location))
}

/// The question of a request that everybody can read.
async fn shown(post: &Post) -> Result<Asked> {
    let found = queries::asked(&post.app.pool, post.owned.id).await?.filter(Asked::is_shown);
    found.ok_or_else(|| Error::NotFound("there is no such question".to_owned()))
}

/// `POST /pytania/{id}/odpowiedz`
async fn answer(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let asked = shown(&post).await?;
    let mut check = post.form.check(post.page.lang);
    let text = check.text("text", 1..=2000);
    let again = |form, asked: &Asked, status| {
        let again = FormAgain {
            page: post.page.clone(),
            what: "answer",
            action: format!("/pytania/{}/odpowiedz", asked.id),
            subject: asked.subject.clone(),
            quoted: asked.text.clone(),
            asks_for: Vec::new(),
            form,
        };
        again.respond(status)
    };
    if let Err(form) = check.finish() {
        return again(form, &asked, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut transaction = access::begin_as(&post.app.pool, &viewer).await?;
    if !queries::answer(&mut transaction, asked.id, viewer.account_id, &text).await? {
        transaction.rollback().await?;
        let form = post.form.view().with_error("text", post.page.t("answer-error-answered"));
        return again(form, &asked, StatusCode::CONFLICT);
    }
    letters::answered(&mut transaction, &post, &asked, &text).await?;
    transaction.commit().await?;
    Ok(Post::see(&asked.subject.path()))
}

/// `POST /pytania/{id}/usun`
async fn take_back(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let asked = shown(&post).await?;
    let mut transaction = access::begin_as(&post.app.pool, &viewer).await?;
    if !queries::delete(&mut transaction, asked.id).await? {
        return Err(Error::Forbidden("an answered question stays".to_owned()));
    }
    review::queries::withdraw(&mut transaction, "question", asked.id).await?;
    transaction.commit().await?;
    Ok(Post::see(&asked.subject.path()))
}

/// `POST /pytania/{id}/zglos`
async fn report(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let asked = shown(&post).await?;
    let mut check = post.form.check(post.page.lang);
    let note = check.text("text", 0..=500);
    if let Err(form) = check.finish() {
        let again = FormAgain {
            page: post.page.clone(),
            what: "report",
            action: format!("/pytania/{}/zglos", asked.id),
            quoted: asked.text.clone(),
            subject: asked.subject,
            asks_for: Vec::new(),
            form,
        };
        return again.respond(StatusCode::UNPROCESSABLE_ENTITY);
    }
    access::throttle(&post.app.pool, &format!("report account {}", viewer.account_id), 20, 3600).await?;
    let mut transaction = access::begin_as(&post.app.pool, &viewer).await?;
    let open = review::Open {
        municipality_id: Some(asked.subject.municipality_id),
        kind: "report",
        thing: "question",
        thing_id: asked.id,
        author_id: viewer.account_id,
        note: &note,
    };
    review::queries::open(&mut transaction, &open).await?;
    transaction.commit().await?;
    Ok(Post::see(&format!("/{}/{}?sent=report#pytania", asked.subject.kind.folder(), asked.subject.slug)))
}
