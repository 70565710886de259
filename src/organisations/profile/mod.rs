//! The profile of an organisation as forms edit it, and what must hold for it.

pub mod changes;
pub mod edit;
pub mod queries;

use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use super::{ACTIVITIES, LEGAL_FORMS, Organisation};
use crate::error::Result;
use crate::web::{Check, Contact, Form, FormView, Page, Place};

/// What a form edits of an organisation. As JSON it has the names of the columns, but for the point.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Full name.
    pub name: String,
    /// Code of the legal form.
    pub legal_form: String,
    /// Has the status of a social enterprise.
    pub social_enterprise: bool,
    /// Is a public benefit organisation.
    pub public_benefit: bool,
    /// Holds the mark „Zakup Prospołeczny”.
    pub prosocial_mark: bool,
    /// Codes of activity areas, the main one first.
    pub activities: Vec<String>,
    /// National court register number.
    pub krs: Option<String>,
    /// Tax identifier.
    pub nip: Option<String>,
    /// Statistical identifier.
    pub regon: Option<String>,
    /// What it does, in one line.
    pub tagline: String,
    /// What it does, plain text.
    pub description: String,
    /// Street with its kind.
    pub street: String,
    /// Building and unit number.
    pub house_number: String,
    /// NN-NNN or empty.
    pub postal_code: String,
    /// Town.
    pub city: String,
    /// Telephone as written.
    pub phone: String,
    /// Public e-mail address.
    pub email: String,
    /// Address with `http://` or `https://`.
    pub website: String,
    /// Opening hours in words.
    pub opening_hours: String,
    /// Longitude, degrees.
    pub lon: Option<f64>,
    /// Latitude, degrees.
    pub lat: Option<f64>,
}

impl Profile {
    /// The form that edits it.
    pub fn form(&self) -> Form {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let flag = |flag: bool| if flag { "true".to_owned() } else { String::new() };
        let degrees = |degrees: Option<f64>| degrees.map(|degrees| format!("{degrees:.6}")).unwrap_or_default();
        let fields = [
            ("name", self.name.clone()),
            ("legal_form", self.legal_form.clone()),
            ("social_enterprise", flag(self.social_enterprise)),
            ("public_benefit", flag(self.public_benefit)),
            ("prosocial_mark", flag(self.prosocial_mark)),
            ("main_activity", self.activities.first().cloned().unwrap_or_default()),
            ("krs", text(&self.krs)),
            ("nip", text(&self.nip)),
            ("regon", text(&self.regon)),
            ("tagline", self.tagline.clone()),
            ("description", self.description.clone()),
            ("street", self.street.clone()),
            ("house_number", self.house_number.clone()),
            ("postal_code", self.postal_code.clone()),
            ("city", self.city.clone()),
            ("phone", self.phone.clone()),
            ("email", self.email.clone()),
            ("website", self.website.clone()),
            ("opening_hours", self.opening_hours.clone()),
            ("lon", degrees(self.lon)),
            ("lat", degrees(self.lat)),
        ];
        let more = self.activities.iter().skip(1).map(|code| ("activities", code.clone()));
        Form::of(fields.into_iter().chain(more))
    }

    /// Reads it from a form, and notes what is wrong with the form alone.
    pub fn read(check: &mut Check<'_>) -> Self {
        let name = check.line("name", 3..=200);
        let legal_form = check.choice("legal_form", LEGAL_FORMS).to_owned();
        let main = check.line("main_activity", 0..=40);
        if !main.is_empty() && !ACTIVITIES.contains(&main.as_str()) {
            check.fail("main_activity", "form-error-choice");
        }
        let mut activities = check.choices("activities", ACTIVITIES);
        activities.retain(|code| *code != main);
        if !main.is_empty() {
            activities.insert(0, main);
        }
        let (lon, lat) = point(check);
        Self {
            name,
            legal_form,
            social_enterprise: check.flag("social_enterprise"),
            public_benefit: check.flag("public_benefit"),
            prosocial_mark: check.flag("prosocial_mark"),
            activities,
            krs: digits(check, "krs", &[10], "profile-error-krs"),
            nip: digits(check, "nip", &[10], "profile-error-nip"),
            regon: digits(check, "regon", &[9, 14], "profile-error-regon"),
            tagline: check.line("tagline", 0..=160),
            description: check.text("description", 0..=5000),
            street: check.line("street", 0..=120),
            house_number: check.line("house_number", 0..=20),
            postal_code: postal_code(check),
            city: check.line("city", 0..=80),
            phone: check.line("phone", 0..=60),
            email: check.email_if_given("email"),
            website: check.website("website"),
            opening_hours: check.line("opening_hours", 0..=200),
            lon,
            lat,
        }
    }

    /// The organisation as its page would show it.
    pub fn shown(&self, id: i64, slug: &str, municipality_id: i64) -> Organisation {
        let profile = self.clone();
        Organisation {
            id,
            slug: slug.to_owned(),
            municipality_id,
            name: profile.name,
            legal_form: profile.legal_form,
            social_enterprise: profile.social_enterprise,
            public_benefit: profile.public_benefit,
            prosocial_mark: profile.prosocial_mark,
            activities: profile.activities,
            krs: profile.krs,
            nip: profile.nip,
            regon: profile.regon,
            tagline: profile.tagline,
            description: profile.description,
            place: Place {
                street: profile.street,
                house_number: profile.house_number,
                postal_code: profile.postal_code,
                city: profile.city,
                district: String::new(),
                position: profile.lon.zip(profile.lat).map(<[f64; 2]>::from),
                accuracy: String::new(),
            },
            contact: Contact {
                phone: profile.phone,
                email: profile.email,
                website: profile.website,
                opening_hours: profile.opening_hours,
            },
            source: "manual".to_owned(),
            licence: String::new(),
            verified_on: None,
            verified_by: None,
        }
    }
}

/// Reads and checks the profile that a form holds for an organisation of a municipality; `id` where there is one already: no
/// other may have its identifiers. `also` checks what else is in the form.
///
/// # Errors
/// The database fails. Inside: the form, with all that is wrong.
pub async fn checked(
    pool: &PgPool,
    page: &Page,
    form: &Form,
    municipality_id: i64,
    id: Option<i64>,
    also: impl FnOnce(&mut Check<'_>),
) -> Result<Result<Profile, FormView>> {
    let mut check = form.check(page.lang);
    let profile = Profile::read(&mut check);
    also(&mut check);
    let facts = queries::facts(pool, municipality_id, &profile).await?;
    if !facts.nip_valid {
        check.fail("nip", "profile-error-nip");
    }
    if !facts.regon_valid {
        check.fail("regon", "profile-error-regon");
    }
    if !facts.inside {
        check.fail_text("lon", page.x("place-error-outside", &facts.municipality));
    }
    if let Some(id) = id {
        for (field, name) in queries::taken(pool, id, &profile).await? {
            check.fail_text(field, page.x("profile-error-taken", &name));
        }
    }
    Ok(check.finish().map(|()| profile))
}

/// Longitude and latitude: both or none.
pub(crate) fn point(check: &mut Check<'_>) -> (Option<f64>, Option<f64>) {
    let (lon, lat) = (check.degrees("lon", -180.0..=180.0), check.degrees("lat", -85.0..=85.0));
    match (lon, lat) {
        (Some(_), None) => check.fail("lat", "place-error-half"),
        (None, Some(_)) => check.fail("lon", "place-error-half"),
        _ => {}
    }
    (lon, lat)
}

/// NN-NNN, or empty.
pub(crate) fn postal_code(check: &mut Check<'_>) -> String {
    let code = check.line("postal_code", 0..=20);
    let shape: String = code.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    if !matches!(shape.as_str(), "" | "99-999") {
        check.fail("postal_code", "profile-error-postal-code");
    }
    code
}

/// An identifier: so many digits, written together or apart.
fn digits(check: &mut Check<'_>, field: &str, lengths: &[usize], wrong: &str) -> Option<String> {
    let text: String = check.line(field, 0..=40).chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if text.is_empty() {
        return None;
    }
    if !lengths.contains(&text.len()) || !text.bytes().all(|c| c.is_ascii_digit()) {
        check.fail(field, wrong);
        return None;
    }
    Some(text)
}

/// The choices of the profile's form.
#[derive(Debug, Clone)]
pub struct Choices {
    /// Legal forms: code and words.
    pub legal_forms: Vec<(String, String)>,
    /// Activity areas: code and words.
    pub activities: Vec<(String, String)>,
}

impl Choices {
    /// In the page's language.
    pub fn of(page: &Page) -> Self {
        let words = |prefix: &str, codes: &[&str]| {
            codes.iter().map(|code| ((*code).to_owned(), page.code(prefix, code))).collect()
        };
        Self { legal_forms: words("legal-form", LEGAL_FORMS), activities: words("activity", ACTIVITIES) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::Lang;

    #[test]
    fn a_profile_comes_back_from_its_form() {
        let profile = Profile {
            name: "Fundacja „Most”".to_owned(),
            legal_form: "foundation".to_owned(),
            public_benefit: true,
            activities: vec!["sport".to_owned(), "charity".to_owned()],
            nip: Some("8790177291".to_owned()),
            description: "Jeden.\n\nDwa.".to_owned(),
            postal_code: "87-100".to_owned(),
            lon: Some(18.6),
            lat: Some(53.013_795),
            ..Profile::default()
        };
        let form = profile.form();
        let mut check = form.check(Lang::Pl);
        assert_eq!(Profile::read(&mut check), profile);
        assert!(check.finish().is_ok());
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field() {
        let fields = [
            ("name", "x"),
            ("legal_form", "bank"),
            ("main_activity", "war"),
            ("krs", "12345"),
            ("nip", "879-017-72-9A"),
            ("regon", "1234567890"),
            ("postal_code", "87100"),
            ("email", "nie ma"),
            ("website", "javascript:alert(1)"),
            ("lon", "18.6"),
        ];
        let form = Form::of(fields.map(|(name, value)| (name, value.to_owned())));
        let mut check = form.check(Lang::Pl);
        Profile::read(&mut check);
        let view = check.finish().expect_err("all are wrong");
        for field in fields.map(|(name, _)| if name == "lon" { "lat" } else { name }) {
            assert!(view.error(field).is_some(), "{field}");
        }
    }
}
