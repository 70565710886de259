//! What filters ask of features in memory: which bit and number means what, and the parameters as such a filter.
//!
//! Lists ask the same of the database (`queries::matching_ids` of each feature); tests hold the two against each other. Only text is
//! looked for by the database for both.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::PgPool;

use crate::error::{Error, Result};
use crate::tiles::filter::Inside;
use crate::tiles::{Facts, Filter, IdSet, Timed};
use crate::web::Params;
use crate::web::list::Common;
use crate::{organisations, premises, support};

/// Numbers behind the names in web addresses.
#[derive(Debug, Default)]
pub struct Names {
    /// Districts by slug.
    pub districts: HashMap<String, i64>,
    /// Administrators of premises by slug.
    pub administrators: HashMap<String, i64>,
}

/// First bits of the organisations' traits.
const LEGAL_FORM: usize = 0;
const ACTIVITY: usize = LEGAL_FORM + organisations::LEGAL_FORMS.len();
const OFFERS: usize = ACTIVITY + organisations::ACTIVITIES.len();
const EQUIPMENT: usize = OFFERS + 1;
const DEMAND: usize = EQUIPMENT + 1;
const _: () = assert!(DEMAND < 64);

/// First bits of the premises' traits.
const STATUS: usize = 0;
const USE: usize = STATUS + premises::STATUSES.len();
const ACCESSIBLE: usize = USE + premises::USES.len();

/// An organisation has a demand until its last deadline.
pub const ORGANISATION_TIMED: Timed =
    Timed { property: None, values: &["demand"], otherwise: None, first_trait: DEMAND as u8, counted: 0 };

/// Premises have a status; on a day that no period covers they are withdrawn. Clusters count what can be had.
pub const PREMISES_TIMED: Timed = Timed {
    property: Some("status"),
    values: premises::STATUSES,
    otherwise: Some(bit_of_status("withdrawn")),
    first_trait: STATUS as u8,
    counted: 1 << bit_of_status("free") | 1 << bit_of_status("open_call"),
};

const fn bit_of_status(code: &str) -> u8 {
    let mut at = 0;
    while !equal(premises::STATUSES[at].as_bytes(), code.as_bytes()) {
        at += 1;
    }
    at as u8
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// Bits of these codes, counted from the first of the list.
fn bits<'a>(first: usize, known: &[&str], codes: impl IntoIterator<Item = &'a str>) -> u64 {
    let at = |code: &str| known.iter().position(|known| *known == code);
    codes.into_iter().filter_map(at).fold(0, |bits, at| bits | 1 << (first + at))
}

/// Key of a district or an administrator; 0 where there is none. Keys count up from 1 and stay far below 2³².
fn group(id: Option<i64>) -> u32 {
    id.map_or(0, |id| u32::try_from(id).unwrap_or(u32::MAX))
}

/// Facts of an organisation.
pub fn organisation(
    legal_form: &str,
    activities: &[String],
    offers: bool,
    equipment: bool,
    district: Option<i64>,
) -> Facts {
    let traits = bits(LEGAL_FORM, organisations::LEGAL_FORMS, [legal_form])
        | bits(ACTIVITY, organisations::ACTIVITIES, activities.iter().map(String::as_str))
        | u64::from(offers) << OFFERS
        | u64::from(equipment) << EQUIPMENT;
    Facts { traits, groups: [group(district), 0], measure: 0 }
}

/// Facts of a support institution.
pub fn institution(kind: &str, district: Option<i64>) -> Facts {
    Facts { traits: bits(0, support::KINDS, [kind]), groups: [group(district), 0], measure: 0 }
}

/// Facts of premises; the area is in hundredths of a square metre.
pub fn unit(area: i32, used_for: &str, accessible: bool, district: Option<i64>, administrator: Option<i64>) -> Facts {
    let traits = bits(USE, premises::USES, [used_for]) | u64::from(accessible) << ACCESSIBLE;
    Facts { traits, groups: [group(district), group(administrator)], measure: area.unsigned_abs() }
}

/// Position of a status among the values of [`PREMISES_TIMED`].
pub fn status(code: &str) -> u8 {
    let at = premises::STATUSES.iter().position(|known| *known == code);
    at.map_or(bit_of_status("withdrawn"), |at| at as u8)
}

/// A filter of a layer's features, and what it looks for besides.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// What can be asked in memory.
    pub filter: Filter,
    /// What the database is asked: text, circle and area as a query string.
    pub asked: Option<String>,
}

/// Parameters that filter the layers' features, by layer.
pub fn filter_params(layer: &str) -> &'static [&'static str] {
    match layer {
        "organisations" => organisations::Filter::PARAMS,
        "support" => support::Filter::PARAMS,
        "premises" | "footprints" => premises::Filter::PARAMS,
        _ => &[],
    }
}

/// What the parameters ask of a layer's features; nothing where none of them concerns it. A parameter of another layer leaves this
/// one alone.
///
/// # Errors
/// A value is unknown or malformed; the parameter is named.
pub fn wanted(layer: &str, params: &Params, names: &Names) -> Result<Option<Wanted>> {
    let known = filter_params(layer);
    if !params.iter().any(|(name, _)| known.contains(&name)) {
        return Ok(None);
    }
    let mut filter = Filter::default();
    let mut any = |bits: u64| filter.traits.extend(Some(bits).filter(|bits| *bits != 0));
    let common = match layer {
        "organisations" => {
            let asked = organisations::Filter::parse(params)?;
            let codes = |first, known, codes: &[String]| bits(first, known, codes.iter().map(String::as_str));
            any(codes(LEGAL_FORM, organisations::LEGAL_FORMS, &asked.legal_form));
            any(codes(ACTIVITY, organisations::ACTIVITIES, &asked.activity));
            any(codes(OFFERS, &["offers", "equipment", "demand"], &asked.has));
            asked.common
        }
        "support" => {
            let asked = support::Filter::parse(params)?;
            any(bits(0, support::KINDS, asked.kinds.iter().map(String::as_str)));
            asked.common
        }
        _ => {
            let asked = premises::Filter::parse(params)?;
            any(bits(STATUS, premises::STATUSES, asked.statuses.iter().map(String::as_str)));
            any(bits(USE, premises::USES, asked.uses.iter().map(String::as_str)));
            any(u64::from(asked.accessible) << ACCESSIBLE);
            filter.measure = measure(asked.area_min_m2, asked.area_max_m2);
            for slug in &asked.administrators {
                let id = names.administrators.get(slug);
                let id =
                    id.ok_or_else(|| Error::parameter("administrator", format!("there is no administrator “{slug}”")))?;
                filter.groups[1].push(group(Some(*id)));
            }
            filter.day = asked.on.map(super::queries::day);
            asked.common
        }
    };
    if let Some(slug) = &common.within {
        let id = names.districts.get(slug);
        let id = id.ok_or_else(|| Error::parameter("within", format!("there is no district “{slug}”")))?;
        filter.groups[0].push(group(Some(*id)));
    }
    filter.inside = common.bbox.map(Inside::new);
    // So that one filter has one key.
    filter.groups.iter_mut().for_each(|group| {
        group.sort_unstable();
        group.dedup();
    });
    let circle = common.near.is_some_and(|near| near.radius_m.is_some());
    let asked = params.query(|name, _| match name {
        "q" | "area" => true,
        "near" | "radius_m" => circle,
        _ => false,
    });
    let wanted = Wanted { filter, asked: Some(asked).filter(|asked| !asked.is_empty()) };
    Ok((wanted.asked.is_some() || wanted.filter != Filter::default()).then_some(wanted))
}

/// The areas, in hundredths of a square metre, that the database would take for these bounds.
fn measure(least_m2: Option<f64>, greatest_m2: Option<f64>) -> Option<[u32; 2]> {
    if least_m2.is_none() && greatest_m2.is_none() {
        return None;
    }
    let m2 = |hundredths: u32| f64::from(hundredths) / 100.0;
    // Rounding may miss by one; the comparison in square metres decides.
    let least = least_m2.map_or(0, |bound| {
        let near = ((bound * 100.0) as u32).saturating_sub(1);
        (near..=near.saturating_add(2)).find(|&at| m2(at) >= bound).unwrap_or(u32::MAX)
    });
    let greatest = greatest_m2.map_or(u32::MAX, |bound| {
        let near = ((bound * 100.0) as u32).saturating_add(1);
        (near.saturating_sub(2)..=near).rev().find(|&at| m2(at) <= bound).unwrap_or(0)
    });
    Some([least, greatest])
}

/// Ids of the layer's features that a query string of text, circle and area lets through: the same that a list finds.
///
/// # Errors
/// A parameter is wrong, or the database cannot be asked.
pub async fn asked(pool: &PgPool, layer: &str, query: &str) -> Result<Arc<IdSet>> {
    let common = Common::parse(&Params::parse(query))?;
    let ids = match layer {
        "organisations" => {
            let filter = organisations::Filter { common, ..Default::default() };
            organisations::queries::matching_ids(pool, &filter).await?
        }
        "support" => support::queries::matching_ids(pool, &support::Filter { common, ..Default::default() }).await?,
        _ => premises::queries::matching_ids(pool, &premises::Filter { common, ..Default::default() }).await?,
    };
    Ok(Arc::new(ids.into_iter().map(i64::unsigned_abs).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(layer: &str, query: &str) -> Option<Wanted> {
        let names = Names { districts: HashMap::from([("bielany".to_owned(), 7)]), ..Names::default() };
        wanted(layer, &Params::parse(query), &names).expect("a filter")
    }

    #[test]
    fn parameters_become_conditions() {
        assert_eq!(of("organisations", "status=free"), None, "a parameter of another layer");
        let filter =
            of("premises", "status=free&status=open_call&use=shop&within=bielany&on=1970-01-02").expect("one").filter;
        assert_eq!((filter.traits.len(), filter.groups[0].as_slice(), filter.day), (2, &[7][..], Some(1)));
        assert_eq!(filter.traits[0].count_ones(), 2);
        let text = of("support", "q=praca").expect("one");
        assert_eq!((text.asked.as_deref(), text.filter), (Some("q=praca"), Filter::default()));
        let circle = of("support", "kind=owes&near=18.6,53&radius_m=500").expect("one");
        assert_eq!(circle.asked.as_deref(), Some("near=18.6%2C53&radius_m=500"));
        assert_eq!(of("support", "near=18.6,53"), None, "no matter how far is no filter");
        assert_eq!(of("premises", "status=free&status=open_call"), of("premises", "status=open_call&status=free"));
        assert!(wanted("premises", &Params::parse("within=nowhere"), &Names::default()).is_err());
        assert!(wanted("premises", &Params::parse("administrator=nobody"), &Names::default()).is_err());
    }

    #[test]
    fn areas_are_bounded_as_the_database_does() {
        assert_eq!(measure(None, None), None);
        for (bound, hundredths) in
            [(0.0, 0), (0.29, 29), (60.5, 6050), (1.005, 101), (37.8, 3780), (999_999.99, 99_999_999)]
        {
            assert_eq!(measure(Some(bound), None), Some([hundredths, u32::MAX]), "{bound}");
        }
        assert_eq!(measure(None, Some(1.005)), Some([0, 100]));
        assert_eq!(measure(Some(1e300), Some(1e300)), Some([u32::MAX, u32::MAX]));
        assert_eq!(status("free"), 0);
    }
}
