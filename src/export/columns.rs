//! What the rows of each kind have, in import's names and order.

use super::Kind;
use crate::exchange::{equipment, offers};
use crate::import::codes::{CONDITIONS, LETTING_MODES, SERVICES, STOREYS, TITLES, UTILITIES};
use crate::{organisations, premises, support};

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Any text.
    Text,
    /// One of these codes.
    Code(&'static [&'static str]),
    /// Several of these codes.
    Codes(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Whole,
    /// A decimal number.
    Decimal,
    /// A day, `YYYY-MM-DD`.
    Day,
    /// A moment, RFC 3339.
    Time,
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Type,
    /// What it means, for those who use the data.
    pub about: &'static str,
    /// Follows from other records and is not read by import.
    pub derived: bool,
}

/// The place of a kind's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Geometry {
    /// They have none.
    None,
    /// A point of their own: `lon` and `lat`.
    Point,
    /// The place of what they belong to.
    Derived,
    /// Polygons: `wkt`.
    Area,
}

const fn column(name: &'static str, kind: Type, about: &'static str) -> Column {
    Column { name, kind, about, derived: false }
}

const fn text(name: &'static str, about: &'static str) -> Column {
    column(name, Type::Text, about)
}

const fn derived(name: &'static str, kind: Type, about: &'static str) -> Column {
    Column { name, kind, about, derived: true }
}

const SOURCE_ID: Column = text("source_id", "Identifier in the source; another import finds the record by it");
const SOURCE: Column = text("source", "Where the record comes from; manual = written on the site");
const MUNICIPALITY: Column = text("municipality", "TERYT code of the gmina");
const NAME: Column = text("name", "Name");
const DESCRIPTION: Column = text("description", "Plain text, paragraphs by empty lines");
const STREET: Column = text("street", "Street with its kind");
const HOUSE_NUMBER: Column = text("house_number", "Building and unit number");
const POSTAL_CODE: Column = text("postal_code", "Postal code, NN-NNN");
const CITY: Column = text("city", "Town of the address");
const PHONE: Column = text("phone", "Telephone as written");
const EMAIL: Column = text("email", "Public e-mail address");
const WEBSITE: Column = text("website", "Web page");
const OPENING_HOURS: Column = text("opening_hours", "Opening hours in words");
const TAGLINE: Column = text("tagline", "What it does, in one line");
const DISTRICT: Column = text("district", "Name of the district that holds the point");
const LICENCE: Column = text("licence", "Licence of the record's source");
const VERIFIED_ON: Column = column("verified_on", Type::Day, "Day on which somebody last confirmed the record");
const UPDATED: Column = derived("updated_at", Type::Time, "When the record last changed on the site");
const CATEGORY: Column = text("category", "Code of the category of goods and services");
const ORGANISATION: Column = text("organisation", "source_id of the organisation, where it is one of the register");
const PARTY: Column = derived("organisation_name", Type::Text, "Name of the organisation or unit");

const ORGANISATIONS: &[Column] = &[
    SOURCE_ID,
    SOURCE,
    MUNICIPALITY,
    NAME,
    column("legal_form", Type::Code(organisations::LEGAL_FORMS), "Legal form"),
    column("social_enterprise", Type::Flag, "Has the status of a social enterprise"),
    column("public_benefit", Type::Flag, "Is a public benefit organisation (OPP)"),
    column("prosocial_mark", Type::Flag, "Holds the mark „Zakup Prospołeczny”"),
    column("activities", Type::Codes(organisations::ACTIVITIES), "Activity areas, the main one first"),
    text("krs", "National court register number"),
    text("nip", "Tax identifier"),
    text("regon", "Statistical identifier"),
    TAGLINE,
    DESCRIPTION,
    STREET,
    HOUSE_NUMBER,
    POSTAL_CODE,
    CITY,
    PHONE,
    EMAIL,
    WEBSITE,
    OPENING_HOURS,
    DISTRICT,
    LICENCE,
    VERIFIED_ON,
    UPDATED,
];

const SUPPORT: &[Column] = &[
    SOURCE_ID,
    SOURCE,
    MUNICIPALITY,
    NAME,
    column("kind", Type::Code(support::KINDS), "Kind of institution"),
    column("services", Type::Codes(SERVICES), "What it offers"),
    text("operator", "Who runs it, where that is somebody else"),
    text("area_of_operation", "Whom it serves, in words"),
    TAGLINE,
    DESCRIPTION,
    STREET,
    HOUSE_NUMBER,
    POSTAL_CODE,
    CITY,
    PHONE,
    EMAIL,
    WEBSITE,
    OPENING_HOURS,
    text("links", "Pages worth a visit: label|address; label|address"),
    LICENCE,
    VERIFIED_ON,
    UPDATED,
];

const PREMISES: &[Column] = &[
    SOURCE_ID,
    SOURCE,
    MUNICIPALITY,
    NAME,
    STREET,
    HOUSE_NUMBER,
    text("unit_number", "Number of the unit"),
    POSTAL_CODE,
    CITY,
    column("storey", Type::Code(STOREYS), "Storey"),
    column("area_m2", Type::Decimal, "Usable area, m²"),
    column("use", Type::Code(premises::USES), "What the unit is fit for"),
    column("technical_condition", Type::Code(CONDITIONS), "Technical condition"),
    column("utilities", Type::Codes(UTILITIES), "Utilities"),
    column("accessible", Type::Flag, "A wheelchair user gets in without help"),
    text("accessibility_note", "What helps or hinders people with disabilities"),
    text("administrator", "Unit of the municipality that lets it"),
    text("administrator_contact", "How to reach the administrator"),
    text("remarks", "Remarks, plain text"),
    text("footprint_wkt", "Outline on the ground, well-known text, WGS 84"),
    DISTRICT,
    text("source_url", "Public page that states the facts"),
    LICENCE,
    VERIFIED_ON,
    text("photos", "Pictures: file|alternative text; …"),
    derived("status", Type::Code(premises::STATUSES), "Status on the day that is asked for (`on`), else today"),
    derived("rent_pln_per_m2", Type::Decimal, "Monthly rent on that day, PLN net per m²"),
    derived("call_deadline", Type::Day, "Last day for offers in an open call"),
    UPDATED,
];

const PERIODS: &[Column] = &[
    SOURCE_ID,
    SOURCE,
    MUNICIPALITY,
    text("premises", "source_id of the premises"),
    column("status", Type::Code(premises::STATUSES), "Status"),
    column("from", Type::Day, "First day"),
    column("to", Type::Day, "First day after it; empty = until further notice"),
    text("organisation", "source_id of the tenant, where it is one of the register"),
    text("tenant_name", "Name of the tenant, otherwise"),
    column("title", Type::Code(TITLES), "Legal title"),
    column("letting_mode", Type::Code(LETTING_MODES), "How it was let"),
    column("rent_pln_per_m2", Type::Decimal, "Monthly rent, PLN net per m²"),
    text("call_announcement", "Announcement of an open call"),
    column("call_deadline", Type::Day, "Last day for offers in an open call"),
    text("note", "Remark"),
];

const OFFERS: &[Column] = &[
    SOURCE_ID,
    SOURCE,
    MUNICIPALITY,
    ORGANISATION,
    column("kind", Type::Code(offers::KINDS), "Product or service"),
    NAME,
    DESCRIPTION,
    CATEGORY,
    column("price_pln", Type::Decimal, "Price with tax, PLN; empty = by arrangement"),
    text("price_unit", "What the price is for"),
    text("delivery_area", "Where it is delivered, in words"),
    PARTY,
    UPDATED,
];

const DEMAND: &[Column] = &[
    SOURCE_ID,
    SOURCE,
    MUNICIPALITY,
    ORGANISATION,
    text("unit_name", "Municipal unit that asks; mieszkaniec = a resident, whose name is not given out"),
    NAME,
    DESCRIPTION,
    CATEGORY,
    text("quantity", "How much or how often, in words"),
    column("budget_min_pln", Type::Decimal, "Lower end of the budget with tax, PLN"),
    column("budget_max_pln", Type::Decimal, "Upper end of the budget with tax, PLN"),
    column("deadline", Type::Day, "Last day for answers"),
    derived("is_open", Type::Flag, "Answers are still wanted"),
    PARTY,
    UPDATED,
];

const EQUIPMENT: &[Column] = &[
    SOURCE_ID,
    SOURCE,
    MUNICIPALITY,
    ORGANISATION,
    text("owner_name", "Whose it is, where the owner is not in the register"),
    NAME,
    DESCRIPTION,
    CATEGORY,
    column("mode", Type::Code(equipment::MODES), "Lent or given"),
    column("quantity", Type::Whole, "How many pieces"),
    text("terms", "On what terms, in words"),
    PARTY,
    UPDATED,
];

const DISTRICTS: &[Column] = &[SOURCE_ID, SOURCE, MUNICIPALITY, NAME, UPDATED];

const MUNICIPALITIES: &[Column] = &[text("teryt", "TERYT code, seven digits with the kind"), NAME, UPDATED];

const CATEGORIES: &[Column] = &[
    text("code", "Code"),
    text("name_pl", "Polish name"),
    text("name_en", "English name"),
    text("cpv", "Code of the Common Procurement Vocabulary with its check digit"),
];

/// Columns of a kind, in the order of its records' cells.
pub fn of(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Organisations => ORGANISATIONS,
        Kind::Support => SUPPORT,
        Kind::Premises => PREMISES,
        Kind::PremisesPeriods => PERIODS,
        Kind::Offers => OFFERS,
        Kind::Demand => DEMAND,
        Kind::Equipment => EQUIPMENT,
        Kind::Districts => DISTRICTS,
        Kind::Municipalities => MUNICIPALITIES,
        Kind::Categories => CATEGORIES,
    }
}

/// What is known of the place of a kind's records.
pub fn geometry(kind: Kind) -> Geometry {
    match kind {
        Kind::Organisations | Kind::Support | Kind::Premises => Geometry::Point,
        Kind::Offers | Kind::Demand | Kind::Equipment => Geometry::Derived,
        Kind::Districts | Kind::Municipalities => Geometry::Area,
        Kind::PremisesPeriods | Kind::Categories => Geometry::None,
    }
}
