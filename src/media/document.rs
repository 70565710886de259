//! Uploaded PDF documents: kept as they came, if nothing in plain sight speaks against it.

use axum::body::Bytes;

use super::Refusal;

/// Bytes of an uploaded file.
const MOST_BYTES: usize = 10 << 20;

/// Names in a PDF (ISO 32000-1, 12.6.4 and 7.11.4) that run scripts, start programs or bring other files along.
const ACTIVE: &[&[u8]] = &[b"JavaScript", b"Launch", b"EmbeddedFile", b"EmbeddedFiles", b"RichMedia", b"Rendition"];

/// A document as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The PDF as it came.
    pub bytes: Bytes,
    /// Name to save it under: the one it came with, cleaned, ending in `.pdf`.
    pub file_name: String,
}

/// Looks through a document.
///
/// # Errors
/// It is not a document that we take.
pub(super) fn check(bytes: Bytes, file_name: String) -> Result<Document, Refusal> {
    let head = bytes[..bytes.len().min(1024)].to_ascii_lowercase();
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    if bytes.len() > MOST_BYTES {
        return Err(Refusal::DocumentBytes);
    }
    if !bytes.starts_with(b"%PDF-") {
        // Readers look for the header in the first kilobyte, so that something else may stand before it.
        return Err(if contains(&head, b"%pdf-") { Refusal::DocumentMixed } else { Refusal::DocumentNotPdf });
    }
    let web_page = [b"<html".as_slice(), b"<script", b"<!doctype", b"<svg", b"<?php"];
    // The directory of a ZIP archive stands at the end, before a comment of at most 64 kB.
    let tail = &bytes[bytes.len().saturating_sub(66_000)..];
    if web_page.iter().any(|mark| contains(&head, mark)) || contains(tail, b"PK\x05\x06") {
        return Err(Refusal::DocumentMixed);
    }
    if !contains(&bytes[bytes.len().saturating_sub(1024)..], b"%%EOF") {
        return Err(Refusal::DocumentUnreadable);
    }
    if is_active(&bytes) {
        return Err(Refusal::DocumentActive);
    }
    Ok(Document { bytes, file_name })
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Whether a name of an active part stands in the document in plain sight. Compressed object streams are not looked into.
fn is_active(bytes: &[u8]) -> bool {
    let mut in_stream = false;
    let mut letters = b' ';
    for (position, &byte) in bytes.iter().enumerate() {
        match byte {
            b'/' => {
                let name = name(&bytes[position + 1..]);
                // Three bytes meet by chance in the compressed data of a stream.
                if ACTIVE.contains(&name.as_slice()) || (!in_stream && name == b"JS") {
                    return true;
                }
            }
            // Streams follow their dictionary.
            b's' if letters == b'>' && bytes[position..].starts_with(b"stream") => in_stream = true,
            b'e' if in_stream && bytes[position..].starts_with(b"endstream") => in_stream = false,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            letters = byte;
        }
    }
    false
}

/// The name that begins here, its `#xx` (ISO 32000-1, 7.3.5) read.
fn name(bytes: &[u8]) -> Vec<u8> {
    let end = bytes.iter().take(64).position(|byte| byte.is_ascii_whitespace() || b"\0()<>[]{}/%".contains(byte));
    let raw = &bytes[..end.unwrap_or(bytes.len().min(64))];
    let mut name = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [first, after @ ..] = rest {
        let escaped = match rest {
            [b'#', high, low, ..] => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        name.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &rest[3..] } else { after };
    }
    name
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The name a file came with without folders, without what file systems refuse or what makes a name read other than it is (turned
/// writing direction), at most 100 letters long, ending in `.pdf`.
pub(super) fn clean_file_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let kept: String = last
        .chars()
        .filter(|&c| !invisible(c) || c.is_whitespace())
        .map(|c| if "<>:\"|?*".contains(c) { '-' } else { c })
        .collect();
    let mut stem = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    while stem.len() >= 4 && stem.as_bytes()[stem.len() - 4..].eq_ignore_ascii_case(b".pdf") {
        stem.truncate(stem.len() - 4);
    }
    let short: String = stem.trim_matches(['.', ' ']).chars().take(100).collect();
    if short.is_empty() { "dokument.pdf".to_owned() } else { format!("{}.pdf", short.trim_end_matches(['.', ' '])) }
}

/// `Content-Disposition` that saves the file under its name, whatever letters it has (RFC 6266 and 8187).
pub(super) fn content_disposition(file_name: &str) -> String {
    let plain: String = file_name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !"\"\\%".contains(c) || c == ' ' { c } else { '_' })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", percent_encoded(file_name))
}

/// Everything but the letters that need no escape anywhere as `%XX`.
pub(super) fn percent_encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pdf(body: &str) -> Vec<u8> {
        format!("%PDF-1.4\n{body}\ntrailer << /Root 1 0 R >>\nstartxref\n0\n%%EOF\n").into_bytes()
    }

    fn refused(bytes: impl Into<Vec<u8>>) -> Option<Refusal> {
        check(Bytes::from(bytes.into()), "a.pdf".to_owned()).err()
    }

    #[test]
    fn a_plain_document_is_taken_as_it_is() {
        let plain = pdf("1 0 obj << /Type /Catalog /OpenAction [3 0 R /Fit] /JSON 1 /Launcher 2 >> endobj");
        let taken = check(Bytes::from(plain.clone()), "a.pdf".to_owned()).expect("a document");
        assert_eq!((taken.bytes.as_ref(), taken.file_name.as_str()), (plain.as_slice(), "a.pdf"));
        // Chance brings these three bytes into compressed data.
        assert_eq!(refused(pdf("2 0 obj << /Length 9 >>\nstream\n\u{1}x/JS (..\nendstream endobj")), None);
    }

    #[test]
    fn scripts_programs_and_files_in_plain_sight_are_refused() {
        for part in [
            "<< /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>",
            "<< /S/JavaScript/JS 5 0 R >>",
            "<< /S /Java#53cript >>",
            "<< /S /#4c#61unch /F (cmd.exe) >>",
            "<< /AA << /O << /JS(app.alert\\(1\\)) >> >> >>",
            "<< /S /Launch /Win << /F (cmd.exe) >> >>",
            "<< /Names << /EmbeddedFiles 7 0 R >> >>",
            "<< /Type /EmbeddedFile /Length 3 >>\nstream\nabc\nendstream",
            "<< /Length 1 >>\nstream\nx\nendstream endobj << /JS (1) >>",
            "<< /Subtype /RichMedia >>",
        ] {
            assert_eq!(refused(pdf(part)), Some(Refusal::DocumentActive), "{part}");
        }
    }

    #[test]
    fn what_is_not_only_a_pdf_is_refused() {
        assert_eq!(refused(Vec::new()), Some(Refusal::Empty));
        assert_eq!(refused(*b"PK\x03\x04 a document of Word"), Some(Refusal::DocumentNotPdf));
        assert_eq!(refused([b"<html><script>1</script>".to_vec(), pdf("")].concat()), Some(Refusal::DocumentMixed));
        assert_eq!(refused([b"\n".to_vec(), pdf("")].concat()), Some(Refusal::DocumentMixed));
        assert_eq!(refused(pdf("<ScRipT>alert(1)</script>")), Some(Refusal::DocumentMixed));
        let archive = [pdf(""), b"PK\x05\x06".to_vec(), vec![0; 16], b"\x06\0%%EOF\n".to_vec()].concat();
        assert_eq!(refused(archive), Some(Refusal::DocumentMixed));
        let whole = pdf(&"x".repeat(3000));
        assert_eq!(refused(whole[..whole.len() - 1000].to_vec()), Some(Refusal::DocumentUnreadable));
        assert_eq!(refused(pdf(&"x".repeat(MOST_BYTES))), Some(Refusal::DocumentBytes));
    }

    #[test]
    fn file_names_are_cleaned() {
        for (given, cleaned) in [
            ("Opis żłobka.pdf", "Opis żłobka.pdf"),
            ("C:\\Users\\Ala\\umowa.PDF", "umowa.pdf"),
            ("../../etc/passwd", "passwd.pdf"),
            ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie- x=1.pdf"),
            ("faktura\u{202e}fdp.exe", "fakturafdp.exe.pdf"),
            ("\"x\"; a=<b>.pdf", "-x-; a=-b-.pdf"),
            ("  .. ", "dokument.pdf"),
            ("", "dokument.pdf"),
            (".pdf.pdf", "dokument.pdf"),
        ] {
            assert_eq!(clean_file_name(given), cleaned, "{given:?}");
        }
        assert_eq!(clean_file_name(&"ż".repeat(300)).chars().count(), 104);
    }

    #[test]
    fn any_letter_gets_into_the_header() {
        assert_eq!(
            content_disposition("Opis \"żłobka\" 100%.pdf"),
            "attachment; filename=\"Opis ___obka_ 100_.pdf\"; filename*=UTF-8''Opis%20%22%C5%BC%C5%82obka%22%20100%25.pdf"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer(body in prop::collection::vec(any::<u8>(), 0..300), name in any::<String>()) {
            let _ = check(Bytes::from(body.clone()), String::new());
            let _ = check(Bytes::from([b"%PDF-".to_vec(), body, b"%%EOF".to_vec()].concat()), String::new());
            let cleaned = clean_file_name(&name);
            prop_assert!(cleaned.ends_with(".pdf") && cleaned.len() > 4);
            prop_assert_eq!(clean_file_name(&cleaned), cleaned.clone());
            prop_assert!(axum::http::HeaderValue::from_str(&content_disposition(&cleaned)).is_ok());
        }
    }
}
