//! Behaviour, through the real router on a real PostGIS, with a fresh database for each test.

mod decode;
mod import;
mod map;
mod outage;
mod places;
mod programs;
mod support;
mod tiles;
