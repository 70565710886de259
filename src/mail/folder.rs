//! Mails as files, for the demo and for looking at them.

use std::fs::{DirBuilder, OpenOptions, rename};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Writes a mail as `<id>.eml`. Whoever sees the file sees all of it. Mails hold secrets, so only the owner may read them.
///
/// # Errors
/// The folder cannot be written to.
pub(super) fn write(dir: &Path, id: i64, message: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    // Two servers never write one mail at once, but what a dead one left is overwritten.
    let unfinished = dir.join(format!(".{id}.eml.part"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(message)?;
    file.sync_all()?;
    rename(&unfinished, dir.join(format!("{id}.eml")))
}
