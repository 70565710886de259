//! A demand as its form sends it.

use time::Date;

use super::Demand;
use super::attachments::{self, Attached};
use crate::access::{Post, Viewer};
use crate::app::App;
use crate::error::Result;
use crate::exchange::queries;
use crate::web::format::iso_date;
use crate::web::{Check, Form, Lang, Page};

/// Highest budget, PLN.
const MOST_PLN: f64 = 1_000_000_000.0;
/// Values of the field `author`: the official's unit, the person; an organisation is `org-` with its slug.
const UNIT: &str = "unit";
const PERSON: &str = "person";

/// Who asks.
#[derive(Debug, Clone, Default)]
pub struct Author {
    /// Municipality of the demand.
    pub municipality_id: i64,
    /// Organisation.
    pub organisation_id: Option<i64>,
    /// Unit of the municipality; empty for others.
    pub unit_name: String,
    /// A person.
    pub by_person: bool,
}

/// What a form may change of a demand.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// What is needed, in a few words.
    pub name: String,
    /// Plain text.
    pub description: String,
    /// Code of the category.
    pub category: String,
    /// How much or how often, in words.
    pub quantity: String,
    /// Lower end of the budget with tax, PLN.
    pub budget_min_pln: Option<f64>,
    /// Upper end of the budget with tax, PLN.
    pub budget_max_pln: Option<f64>,
    /// Last day for answers.
    pub deadline: Option<Date>,
    /// Slug of the district where it is needed.
    pub district: Option<String>,
    /// Where it is needed: longitude and latitude, degrees.
    pub point: Option<[f64; 2]>,
    /// Documents in their order.
    pub attachments: Vec<Attached>,
}

/// What can be chosen in the form: value and words.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// For whom somebody may ask.
    pub authors: Vec<(String, String)>,
    /// Categories.
    pub categories: Vec<(String, String)>,
    /// Districts of the municipality.
    pub districts: Vec<(String, String)>,
}

impl Choices {
    pub(super) async fn of(
        app: &App,
        lang: Lang,
        authors: Vec<(String, String)>,
        municipality_id: Option<i64>,
    ) -> Result<Self> {
        let categories = queries::categories(&app.pool, lang).await?;
        let districts = match municipality_id {
            Some(id) => queries::districts(&app.pool, id).await?,
            None => Vec::new(),
        };
        let categories = categories.into_iter().map(|category| (category.code, category.name)).collect();
        Ok(Self { authors, categories, districts })
    }
}

/// For whom somebody may ask, the likeliest first: officials for their unit, representatives for their organisations, everybody but
/// officials for themselves.
pub(super) fn authors(page: &Page, viewer: &Viewer) -> Vec<(String, String)> {
    let mut authors = Vec::new();
    if viewer.is_office() {
        if viewer.municipality_id.is_some() && !viewer.unit_name.is_empty() {
            authors.push((UNIT.to_owned(), viewer.unit_name.clone()));
        }
    } else {
        authors.extend(viewer.organisations.iter().map(|one| (format!("org-{}", one.slug), one.name.clone())));
        authors.push((PERSON.to_owned(), page.x("demand-as-person", &viewer.name)));
    }
    authors
}

/// Whom a choice of [`authors`] means; nothing where the person's municipality is not known.
pub(super) async fn author(app: &App, page: &Page, viewer: &Viewer, chosen: &str) -> Result<Option<Author>> {
    let organisation = viewer.organisations.iter().find(|one| chosen.strip_prefix("org-") == Some(&one.slug));
    Ok(match (organisation, viewer.municipality_id) {
        (Some(one), _) => {
            Some(Author { municipality_id: one.municipality_id, organisation_id: Some(one.id), ..Author::default() })
        }
        (_, Some(municipality_id)) if chosen == UNIT && viewer.is_office() => {
            Some(Author { municipality_id, unit_name: viewer.unit_name.clone(), ..Author::default() })
        }
        _ if chosen == PERSON => queries::municipality(&app.pool, &page.site.teryt)
            .await?
            .map(|municipality_id| Author { municipality_id, by_person: true, ..Author::default() }),
        _ => None,
    })
}

/// Reads the form; what is wrong is noted at its field. `attached` are the documents that the demand has, `before` is its deadline:
/// a day that has passed may stay as it is.
pub(super) async fn read(
    post: &Post,
    check: &mut Check<'_>,
    choices: &Choices,
    municipality_id: i64,
    attached: &[i64],
    before: Option<Date>,
) -> Result<Draft> {
    fn values(pairs: &[(String, String)]) -> Vec<&str> {
        pairs.iter().map(|(value, _)| value.as_str()).collect()
    }
    let mut draft = Draft {
        name: check.line("name", 3..=120),
        category: check.choice("category", &values(&choices.categories)).to_owned(),
        description: check.text("description", 10..=5000),
        quantity: check.line("quantity", 0..=120),
        budget_min_pln: check.number("budget_min_pln", 0.0..=MOST_PLN),
        budget_max_pln: check.number("budget_max_pln", 0.0..=MOST_PLN),
        deadline: check.date("deadline"),
        ..Draft::default()
    };
    if let (Some(min), Some(max)) = (draft.budget_min_pln, draft.budget_max_pln)
        && max < min
    {
        check.fail("budget_max_pln", "demand-error-budget");
    }
    if let Some(day) = draft.deadline
        && draft.deadline != before
        && day < queries::today(&post.app.pool).await?
    {
        check.fail("deadline", "demand-error-deadline");
    }
    if !post.form.value("district").is_empty() {
        draft.district = Some(check.choice("district", &values(&choices.districts)).to_owned());
    }
    draft.point = point(post, check, municipality_id).await?;
    if draft.point.is_some() {
        // The point says the district, too.
        draft.district = None;
    }
    draft.attachments = attachments::read(post, check, attached).await?;
    Ok(draft)
}

/// Degrees as people copy them from a map: with a point or a comma, and more decimals than money has.
fn degrees(text: &str) -> Option<f64> {
    let text = text.trim().replace(',', ".");
    let plain = text.bytes().all(|c| c.is_ascii_digit() || c == b'.' || c == b'-');
    text.parse().ok().filter(|_| plain)
}

async fn point(post: &Post, check: &mut Check<'_>, municipality_id: i64) -> Result<Option<[f64; 2]>> {
    let [lon, lat] = ["lon", "lat"].map(|field| post.form.value(field).trim());
    if lon.is_empty() && lat.is_empty() {
        return Ok(None);
    }
    let Some((lon, lat)) = degrees(lon).zip(degrees(lat)) else {
        check.fail("lat", "demand-error-point");
        return Ok(None);
    };
    let on_earth = lon.abs() <= 180.0 && lat.abs() <= 85.0;
    if !on_earth || !queries::lies_in(&post.app.pool, municipality_id, [lon, lat]).await? {
        check.fail("lat", "demand-error-outside");
        return Ok(None);
    }
    Ok(Some([lon, lat]))
}

/// A demand as its form shows it.
pub(super) fn filled(demand: &Demand) -> Form {
    let number = |sum: Option<f64>| sum.map(|sum| format!("{sum:.2}").replace('.', ",")).unwrap_or_default();
    let [lon, lat] =
        demand.point.map_or([const { String::new() }; 2], |point| point.map(|degrees| degrees.to_string()));
    Form::of([
        ("name", demand.name.clone()),
        ("category", demand.category.code.clone()),
        ("description", demand.description.clone()),
        ("quantity", demand.quantity.clone()),
        ("budget_min_pln", number(demand.budget_min_pln)),
        ("budget_max_pln", number(demand.budget_max_pln)),
        ("deadline", demand.deadline.map(iso_date).unwrap_or_default()),
        ("district", demand.district.as_ref().map(|(slug, _)| slug.clone()).unwrap_or_default()),
        ("lon", lon),
        ("lat", lat),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_as_people_copy_them() {
        assert_eq!((degrees(" 53,0105 "), degrees("18.60351")), (Some(53.0105), Some(18.60351)));
        for bad in ["", "inf", "NaN", "1e2", "53°", "5,3,1"] {
            assert_eq!(degrees(bad), None, "{bad}");
        }
    }
}
