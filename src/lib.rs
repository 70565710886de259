//! PES-TOR: a map on which a town and its social economy find each other.

pub mod access;
pub mod accounts;
pub mod app;
pub mod config;
pub mod db;
pub mod districts;
pub mod embedded;
pub mod error;
pub mod exchange;
pub mod geo;
pub mod import;
pub mod info;
pub mod mail;
pub mod map;
pub mod media;
pub mod notices;
pub mod organisations;
pub mod premises;
pub mod questions;
pub mod review;
pub mod search;
pub mod serve;
pub mod server;
pub mod support;
pub mod tiles;
pub mod web;
