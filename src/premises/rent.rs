//! What decides the rent of municipal premises let to organisations.
//!
//! The rules are a municipality's own and change by its mayor's order; a municipality that has none here shows the rate
//! of each unit without an explanation.

/// The rules of one municipality.
#[derive(Debug, Clone, Copy)]
pub struct RentPolicy {
    /// TERYT code of the municipality.
    pub teryt: &'static str,
    /// Discounts by what the organisation does.
    pub activity_discounts: &'static [ActivityDiscount],
    /// Further discounts by storey.
    pub storey_discounts: &'static [StoreyDiscount],
    /// For how many months at a time a unit is let.
    pub months: i64,
    /// Years in which the town's pages stated the rules.
    pub stated: &'static str,
}

/// A discount for organisations that work in some areas.
#[derive(Debug, Clone, Copy)]
pub struct ActivityDiscount {
    /// At most so much, %.
    pub percent: u8,
    /// Key of the areas' names on screen.
    pub key: &'static str,
}

/// A discount for units that are harder to use.
#[derive(Debug, Clone, Copy)]
pub struct StoreyDiscount {
    /// So much, %.
    pub percent: u8,
    /// Storeys it goes with, by code.
    pub storeys: &'static [&'static str],
    /// Key of the storeys' names on screen.
    pub key: &'static str,
}

/// Toruń: order of the mayor on the terms of letting to organisations, as the town's pages stated it in 2017–2018.
const TORUN: RentPolicy = RentPolicy {
    teryt: "0463011",
    activity_discounts: &[
        ActivityDiscount { percent: 70, key: "premises-rent-social" },
        ActivityDiscount { percent: 50, key: "premises-rent-culture" },
        ActivityDiscount { percent: 30, key: "premises-rent-community" },
    ],
    storey_discounts: &[
        StoreyDiscount { percent: 20, storeys: &["underground"], key: "premises-rent-underground" },
        StoreyDiscount { percent: 30, storeys: &["attic", "outbuilding"], key: "premises-rent-attic" },
    ],
    months: 12,
    stated: "2017–2018",
};

/// The rules of a municipality, where they are known.
pub fn policy(teryt: &str) -> Option<&'static RentPolicy> {
    [&TORUN].into_iter().find(|policy| policy.teryt == teryt)
}

impl RentPolicy {
    /// The discount that a unit on this storey brings.
    pub fn storey_discount(&self, storey: &str) -> Option<&'static StoreyDiscount> {
        self.storey_discounts.iter().find(|discount| discount.storeys.contains(&storey))
    }
}
