//! Pages of loans: asking, the next step, and what one lends and borrows.

use askama::Template;
use axum::extract::{Path, State as AxumState};
use axum::http::StatusCode;
use axum::response::Response;
use time::{Date, Duration};

use super::letters::{self, From, News};
use super::queries::{Outcome, Which, Wish};
use super::{AHEAD_DAYS, Kind, LOAN, LONGEST_DAYS, Loan, State, Step, queries};
use crate::access::{Post, Routes, Rule, Viewer, Who, queries as access};
use crate::app::App;
use crate::error::{Error, Result};
use crate::exchange::equipment::{self, EQUIPMENT, detail};
use crate::web::{Check, Form, FormView, Page, form_page};

/// Routes of loans.
pub fn routes() -> Routes {
    Routes::new()
        .post("/sprzet/{slug}/prosba", Rule::of(EQUIPMENT, &[Who::SignedIn]), ask)
        .post("/sprzet/{slug}/zajete", Rule::of(EQUIPMENT, &[Who::Representative, Who::Official]), keep)
        .get("/wypozyczenia/{id}", Rule::of(LOAN, &[Who::Participant]), show)
        .post("/wypozyczenia/{id}", Rule::of(LOAN, &[Who::Participant]), step)
        .get("/panel/wypozyczenia", Rule::SIGNED_IN, mine)
}

/// For whom somebody may ask for a thing: code in the form, and name.
pub fn borrowers(viewer: &Viewer, owner: &super::Side) -> Vec<(String, String)> {
    let own = owner.organisation.as_ref().map(|(id, _)| *id);
    let organisations = viewer.organisations.iter().filter(|one| Some(one.id) != own);
    let mut borrowers: Vec<_> = organisations.map(|one| (one.slug.clone(), one.name.clone())).collect();
    // A unit has nothing to ask itself for.
    let other = owner.organisation.is_some()
        || viewer.municipality_id != Some(owner.municipality_id)
        || viewer.unit_name != owner.name;
    if viewer.is_office() && viewer.municipality_id.is_some() && !viewer.unit_name.is_empty() && other {
        borrowers.push((UNIT.to_owned(), viewer.unit_name.clone()));
    }
    borrowers
}

/// Code of one's own unit in the form; no slug begins so.
const UNIT: &str = "-unit";

/// First and last day of a form, within what is allowed.
fn days(check: &mut Check<'_>, today: Date) -> Option<(Date, Date)> {
    let (first, last) = (check.date("from"), check.date("to"));
    for (field, day) in [("from", first), ("to", last)] {
        if day.is_none() {
            check.fail(field, "form-error-date");
        }
    }
    let (first, last) = first.zip(last)?;
    if first < today {
        check.fail("from", "loan-error-past");
    } else if first > today + Duration::days(AHEAD_DAYS) {
        check.fail("from", "loan-error-ahead");
    } else if last < first {
        check.fail("to", "loan-error-order");
    } else if (last - first).whole_days() >= LONGEST_DAYS {
        check.fail("to", "loan-error-long");
    }
    Some((first, last))
}

/// `POST /sprzet/{slug}/prosba`
async fn ask(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let thing = equipment::queries::by_id(&post.app.pool, post.page.lang, post.owned.id).await?;
    if thing.state != "published" {
        return Err(Error::NotFound("there is no such equipment".to_owned()));
    }
    let borrowers = borrowers(&viewer, &thing.owner());
    if borrowers.is_empty() {
        return Err(Error::Forbidden("organisations and municipal units ask for equipment".to_owned()));
    }
    let key = post.form.value("form_key");
    if key.is_empty() {
        return Err(Error::BadForm("the form has no key".to_owned()));
    }
    let today = crate::exchange::queries::today(&post.app.pool).await?;
    let kind = if thing.mode == "give" { Kind::Give } else { Kind::Lend };
    let mut check = post.form.check(post.page.lang);
    let codes: Vec<&str> = borrowers.iter().map(|(code, _)| code.as_str()).collect();
    let who = check.choice("who", &codes);
    let mut wish = Wish {
        equipment_id: thing.id,
        kind,
        organisation_id: viewer.organisations.iter().find(|one| one.slug == who).map(|one| one.id),
        unit: viewer.municipality_id.filter(|_| who == UNIT).map(|id| (id, viewer.unit_name.clone())),
        account_id: viewer.account_id,
        pieces: 1,
        days: None,
        note: check.text("note", 0..=1000),
    };
    if kind == Kind::Lend {
        wish.days = days(&mut check, today);
        if thing.quantity > 1 {
            wish.pieces = check.integer("pieces", 1..=thing.quantity).unwrap_or_else(|| {
                check.fail("pieces", "form-error-required");
                1
            });
        }
    }
    if let Err(form) = check.finish() {
        return detail::respond(&post.app, &post.page, thing, detail::Forms::wish(form)).await;
    }
    access::throttle(&post.app.pool, &format!("loan account {}", viewer.account_id), 30, 3600).await?;
    let mut transaction = access::begin_as(&post.app.pool, &viewer).await?;
    let location = format!("/sprzet/{}#prosby", thing.slug);
    if let Some(location) = access::taken_before(&mut transaction, key, viewer.account_id, &location).await? {
        return Ok(Post::see(&location));
    }
    let obstacles = queries::obstacles(&mut transaction, &wish).await?;
    let nobody = letters::people(&mut transaction, &thing.owner()).await?.is_empty();
    let wrong = match (obstacles.asked, obstacles.taken, nobody) {
        (true, ..) => Some(("who", "loan-error-asked")),
        (_, true, _) => Some(("from", "loan-error-taken")),
        (.., true) => Some(("who", "loan-nobody-answers")),
        _ => None,
    };
    if let Some((field, words)) = wrong {
        transaction.rollback().await?;
        let form = post.form.view().with_error(field, post.page.t(words));
        return detail::respond(&post.app, &post.page, thing, detail::Forms::wish(form)).await;
    }
    let id = queries::request(&mut transaction, &wish).await?;
    let id = id.ok_or_else(|| Error::NotFound("the thing is not to be had any more".to_owned()))?;
    let loan = queries::one(&mut *transaction, id).await?;
    let from = From { app: &post.app, base_url: &post.page.base_url, account_id: Some(viewer.account_id) };
    letters::tell(&mut transaction, &from, &loan, News::State(State::Requested), true, &loan.note).await?;
    transaction.commit().await?;
    Ok(Post::see(&location))
}

/// `POST /sprzet/{slug}/zajete`
async fn keep(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let thing = equipment::queries::by_id(&post.app.pool, post.page.lang, post.owned.id).await?;
    if !thing.owner().is(&viewer) || thing.mode != "lend" {
        return Err(Error::Forbidden("only an owner who lends keeps days".to_owned()));
    }
    let key = post.form.value("form_key");
    if key.is_empty() {
        return Err(Error::BadForm("the form has no key".to_owned()));
    }
    let today = crate::exchange::queries::today(&post.app.pool).await?;
    let mut check = post.form.check(post.page.lang);
    let span = days(&mut check, today);
    let pieces = match check.integer("pieces", 1..=thing.quantity) {
        None if thing.quantity > 1 => {
            check.fail("pieces", "form-error-required");
            1
        }
        pieces => pieces.unwrap_or(1),
    };
    let note = check.line("note", 0..=200);
    let checked = check.finish();
    let (span, form) = match (span, checked) {
        (Some(span), Ok(())) => (span, None),
        (_, Err(form)) => ((today, today), Some(form)),
        (None, Ok(())) => ((today, today), Some(post.form.view())),
    };
    if let Some(form) = form {
        return detail::respond(&post.app, &post.page, thing, detail::Forms::keeping(form)).await;
    }
    let mut transaction = access::begin_as(&post.app.pool, &viewer).await?;
    let location = format!("/sprzet/{}#kalendarz", thing.slug);
    if let Some(location) = access::taken_before(&mut transaction, key, viewer.account_id, &location).await? {
        return Ok(Post::see(&location));
    }
    match queries::keep(&mut transaction, thing.id, viewer.account_id, pieces, span, &note).await? {
        Outcome::Made => transaction.commit().await?,
        Outcome::Changed | Outcome::Taken => {
            transaction.rollback().await?;
            let form = post.form.view().with_error("from", post.page.t("loan-error-promised"));
            return detail::respond(&post.app, &post.page, thing, detail::Forms::keeping(form)).await;
        }
    }
    Ok(Post::see(&location))
}

#[derive(Template)]
#[template(path = "exchange/loan.html")]
struct LoanPage {
    page: Page,
    loan: Loan,
    steps: Vec<Step>,
    form: FormView,
}

impl LoanPage {
    /// True where the owner may say something with the next step.
    fn takes_words(&self) -> bool {
        self.steps.iter().any(|step| step.takes_words())
    }

    fn respond(status: StatusCode, page: &Page, viewer: &Viewer, loan: Loan, form: FormView) -> Result<Response> {
        let steps = loan.steps(viewer);
        form_page(status, page, &Self { page: page.clone(), loan, steps, form })
    }
}

/// `GET /wypozyczenia/{id}`
async fn show(AxumState(app): AxumState<App>, page: Page, Path(id): Path<i64>) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let loan = queries::one(&app.pool, id).await?;
    LoanPage::respond(StatusCode::OK, &page, &viewer, loan, Form::default().view())
}

/// `POST /wypozyczenia/{id}`
async fn step(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let mut loan = queries::one(&post.app.pool, post.owned.id).await?;
    let wanted = post.form.value("step");
    let step = Step::from_code(wanted).ok_or_else(|| Error::BadForm(format!("there is no step “{wanted}”")))?;
    let owner = loan.is_owner(&viewer);
    if !owner && step != Step::Cancel {
        return Err(Error::Forbidden("the owner does that".to_owned()));
    }
    let location = match step {
        Step::Free => format!("/sprzet/{}#kalendarz", loan.equipment_slug),
        _ => format!("/wypozyczenia/{}", loan.id),
    };
    if State::ALL.iter().any(|from| step.leads(loan.kind, *from) == Some(loan.state)) {
        // The same button twice.
        return Ok(Post::see(&location));
    }
    let refuse = |status, loan, words: &str| {
        let form = post.form.view().with_error("answer", post.page.t(words));
        LoanPage::respond(status, &post.page, &viewer, loan, form)
    };
    let Some(to) = step.leads(loan.kind, loan.state).filter(|_| loan.steps(&viewer).contains(&step)) else {
        return refuse(StatusCode::CONFLICT, loan, "loan-error-not-now");
    };
    let mut check = post.form.check(post.page.lang);
    let answer = check.text("answer", 0..=1000);
    if let Err(form) = check.finish() {
        return LoanPage::respond(StatusCode::UNPROCESSABLE_ENTITY, &post.page, &viewer, loan, form);
    }
    let mut transaction = access::begin_as(&post.app.pool, &viewer).await?;
    if (step, loan.kind) == (Step::Accept, Kind::Give) {
        // First the thing, then its loans: whoever edits the thing takes the same order.
        equipment::queries::archive(&mut transaction, loan.equipment_id).await?;
    }
    let outcome = match step {
        Step::Free => queries::free(&mut transaction, loan.id).await?,
        _ => queries::step(&mut transaction, &loan, to, &answer).await?,
    };
    match outcome {
        Outcome::Made => {}
        Outcome::Changed | Outcome::Taken => {
            transaction.rollback().await?;
            let words = match (outcome, loan.kind) {
                (Outcome::Changed, _) => "loan-error-changed",
                (_, Kind::Give) => "loan-error-chosen",
                _ => "loan-error-taken",
            };
            let now = queries::one(&post.app.pool, loan.id).await?;
            return refuse(StatusCode::CONFLICT, now, words);
        }
    }
    let from = From { app: &post.app, base_url: &post.page.base_url, account_id: Some(viewer.account_id) };
    if (step, loan.kind) == (Step::Accept, Kind::Give) {
        for id in queries::refuse_others(&mut transaction, &loan).await? {
            let other = queries::one(&mut *transaction, id).await?;
            letters::tell(&mut transaction, &from, &other, News::State(State::Refused), false, "").await?;
        }
    }
    loan.state = to;
    // Who calls it off is one side; the other is told.
    let to_owner = step == Step::Cancel && !owner;
    letters::tell(&mut transaction, &from, &loan, News::State(to), to_owner, &answer).await?;
    transaction.commit().await?;
    Ok(Post::see(&location))
}

#[derive(Template)]
#[template(path = "exchange/loans.html")]
struct LoansPage {
    page: Page,
    /// Others borrow from the viewer.
    lent: Vec<(Loan, Vec<Step>)>,
    /// The viewer borrows from others.
    borrowed: Vec<(Loan, Vec<Step>)>,
}

/// `GET /panel/wypozyczenia`
async fn mine(AxumState(app): AxumState<App>, page: Page) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let organisations: Vec<i64> = viewer.organisations.iter().map(|one| one.id).collect();
    let which = Which {
        organisations: &organisations,
        office: viewer.municipality_id.filter(|_| viewer.is_office()),
        unit: if viewer.role == crate::access::Role::Official { &viewer.unit_name } else { "" },
        ..Which::default()
    };
    let loans = queries::find(&app.pool, which).await?;
    let with_steps = |loan: Loan| {
        let steps = loan.steps(&viewer);
        (loan, steps)
    };
    let (lent, borrowed): (Vec<_>, Vec<_>) =
        loans.into_iter().map(with_steps).partition(|(loan, _)| loan.is_owner(&viewer));
    form_page(StatusCode::OK, &page, &LoansPage { page: page.clone(), lent, borrowed })
}
