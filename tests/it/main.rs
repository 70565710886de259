//! Behaviour, through the real router on a real PostGIS, with a fresh database for each test.

mod basemaps;
mod changes;
mod decode;
mod import;
mod map;
mod outage;
mod places;
mod programs;
mod replica;
mod schema;
mod support;
mod tiles;
