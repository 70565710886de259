//! Extracts that were cut without keeping their ways whole. tilemaker gives up at a way that names a point which is not in the file, so such
//! points are taken out of the ways first, by way of osmium's text format.

use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, BufWriter};
use tokio::process::Command;

use super::build::BuildError;
use crate::geo::Bbox;

/// What tilemaker says of such an extract.
pub(super) const COMPLAINT: &str = "Could not find node";

/// Writes the region again, its ways without the points that are missing.
///
/// # Errors
/// osmium is not installed or fails.
pub(super) async fn mend(region: &Path, mended: &Path) -> Result<(), BuildError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => BuildError::NoOsmium { path: region.to_owned() },
        _ => BuildError::Osmium(error.to_string()),
    };
    let mut located = osmium(&["add-locations-to-ways", "--keep-untagged-nodes", "--ignore-missing-nodes"]);
    located.arg(region).args(["--output-format=opl", "--output=-"]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut located = located.spawn().map_err(failed)?;
    let mut written = osmium(&["cat", "--input-format=opl", "-", "--output-format=pbf", "--overwrite", "--output"]);
    let mut written = written.arg(mended).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().map_err(failed)?;
    let (Some(from), Some(to)) = (located.stdout.take(), written.stdin.take()) else {
        return Err(BuildError::Osmium("its pipes are missing".to_owned()));
    };
    let (mut from, mut to) = (BufReader::with_capacity(1 << 20, from), BufWriter::with_capacity(1 << 20, to));
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).await.map_err(failed)? > 0 {
        if let Some(line) = without_missing(&line) {
            to.write_all(&line).await.map_err(failed)?;
        }
        line.clear();
    }
    to.shutdown().await.map_err(failed)?;
    drop(to);
    for child in [located, written] {
        let ended = child.wait_with_output().await.map_err(failed)?;
        if !ended.status.success() {
            return Err(BuildError::Osmium(super::build::last_words(&ended.stderr)));
        }
    }
    Ok(())
}

/// The box that the file says it covers; the text format does not carry it along.
pub(super) async fn covered(region: &Path) -> Option<Bbox> {
    let said = osmium(&["fileinfo", "--get", "header.boxes"]).arg(region).output().await.ok()?;
    Bbox::parse(String::from_utf8(said.stdout).ok()?.lines().next()?.trim_matches(['(', ')'])).ok()
}

fn osmium(arguments: &[&str]) -> Command {
    let mut command = Command::new("osmium");
    command.args(arguments).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// A line of OPL (<https://osmcode.org/opl-file-format/>) without references to points that have no place, which are written
/// `n123xy`; nothing where a way is left with fewer than two points.
fn without_missing(line: &[u8]) -> Option<Vec<u8>> {
    // Only ways have references of this kind, in their last field but for the line's end.
    let start = line.windows(3).rposition(|window| window == b" Nn").filter(|_| line.starts_with(b"w"));
    let Some(start) = start.map(|at| at + 2) else { return Some(line.to_vec()) };
    let end = line[start..].iter().position(u8::is_ascii_whitespace).map_or(line.len(), |length| start + length);
    let kept: Vec<&[u8]> =
        line[start..end].split(|byte| *byte == b',').filter(|reference| !reference.ends_with(b"xy")).collect();
    (kept.len() > 1).then(|| [&line[..start], &kept.join(&b','), &line[end..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_without_a_place_leave_their_ways() {
        let mended = |line: &str| without_missing(line.as_bytes()).map(|line| String::from_utf8(line).expect("UTF-8"));
        let whole = "w1 v2 Thighway=path,name=A%20%N Nn1x18.6y53,n2x18.7y53.1\n";
        assert_eq!(mended(whole).as_deref(), Some(whole));
        assert_eq!(
            mended("w1 Thighway=path Nn1x18.6y53,n5xy,n2x18.7y53.1,n6xy\n").as_deref(),
            Some("w1 Thighway=path Nn1x18.6y53,n2x18.7y53.1\n")
        );
        assert_eq!(mended("w1 T Nn1x18.6y53,n5xy\n"), None);
        for other in ["n5 v1 Tname=xy x18.6 y53\n", "r1 Ttype=route Mn5@,w1@outer\n", "w9 v1 T N\n"] {
            assert_eq!(mended(other).as_deref(), Some(other));
        }
    }
}
