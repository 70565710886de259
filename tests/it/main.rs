//! Behaviour, through the real router on a real PostGIS, with a fresh database for each test.

mod accounts;
mod bad_input;
mod basemaps;
mod browser;
mod changes;
mod contact;
mod decode;
mod equipment;
mod exchange;
mod filters;
mod import;
mod mail;
mod map;
mod media;
mod not_drawn;
mod notices;
mod organisations;
mod outage;
mod places;
mod programs;
mod questions;
mod replica;
mod schema;
mod smtp;
mod support;
mod tiles;
