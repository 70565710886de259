//! PES-TOR: a map on which a town and its social economy find each other.

pub mod app;
pub mod config;
pub mod db;
pub mod districts;
pub mod error;
pub mod geo;
pub mod info;
pub mod premises;
pub mod search;
pub mod support;
pub mod web;
