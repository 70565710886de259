//! The `pestor` program.
fn main() {}
