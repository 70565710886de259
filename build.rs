//! The program carries the built web part and the migrations: build it again when one of them changes.
fn main() {
    for path in ["web/dist", "web/locales", "migrations"] {
        println!("cargo::rerun-if-changed={path}");
    }
}
