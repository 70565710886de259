//! PES-TOR: a map on which a town and its social economy find each other.

pub mod geo;
pub mod tiles;
