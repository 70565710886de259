//! Why an upload is not taken, in words.

use crate::web::Lang;

/// Why a photo or document is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There are no bytes in it.
    Empty,
    /// A photo of more than 12 MB.
    PhotoBytes,
    /// More pixels than we decode.
    PhotoPixels,
    /// The format of newer phones, which browsers do not show.
    PhotoHeic,
    /// A format with this name that is no photo or that few programs know.
    PhotoFormat(&'static str),
    /// Not a picture, as far as one can tell.
    PhotoUnknown,
    /// A moving picture.
    PhotoAnimated,
    /// Cut off, damaged, or in a rare variant of its format.
    PhotoUnreadable,
    /// A document of more than 10 MB.
    DocumentBytes,
    /// Not a PDF.
    DocumentNotPdf,
    /// A PDF that is another file, too (a web page, an archive).
    DocumentMixed,
    /// A PDF with scripts, programs or files in it.
    DocumentActive,
    /// A PDF without its end.
    DocumentUnreadable,
}

impl Refusal {
    /// Key of the sentence that says what is wrong and what to do.
    pub fn key(self) -> &'static str {
        match self {
            Self::Empty => "upload-empty",
            Self::PhotoBytes => "upload-photo-bytes",
            Self::PhotoPixels => "upload-photo-pixels",
            Self::PhotoHeic => "upload-photo-heic",
            Self::PhotoFormat(_) => "upload-photo-format",
            Self::PhotoUnknown => "upload-photo-unknown",
            Self::PhotoAnimated => "upload-photo-animated",
            Self::PhotoUnreadable => "upload-photo-unreadable",
            Self::DocumentBytes => "upload-document-bytes",
            Self::DocumentNotPdf => "upload-document-not-pdf",
            Self::DocumentMixed => "upload-document-mixed",
            Self::DocumentActive => "upload-document-active",
            Self::DocumentUnreadable => "upload-document-unreadable",
        }
    }

    /// What is wrong and what to do.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::PhotoFormat(name) => lang.x(self.key(), name),
            other => lang.t(other.key()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_refusal_says_in_both_languages_what_to_do() {
        let words = include_str!("../../web/locales/pl/media.ftl");
        let keys: BTreeSet<&str> = words.lines().filter_map(|line| line.split_once(" =")).map(|(key, _)| key).collect();
        let all = [
            Refusal::Empty,
            Refusal::PhotoBytes,
            Refusal::PhotoPixels,
            Refusal::PhotoHeic,
            Refusal::PhotoFormat("GIF"),
            Refusal::PhotoUnknown,
            Refusal::PhotoAnimated,
            Refusal::PhotoUnreadable,
            Refusal::DocumentBytes,
            Refusal::DocumentNotPdf,
            Refusal::DocumentMixed,
            Refusal::DocumentActive,
            Refusal::DocumentUnreadable,
        ];
        let said: BTreeSet<&str> = all.iter().map(|refusal| refusal.key()).collect();
        let written: BTreeSet<&str> = keys.into_iter().filter(|key| key.starts_with("upload-")).collect();
        assert_eq!(said, written);
        for refusal in all {
            let (pl, en) = (refusal.message(Lang::Pl), refusal.message(Lang::En));
            assert!(pl.ends_with('.') && en.ends_with('.') && pl != en, "{pl} / {en}");
        }
        assert!(Refusal::PhotoFormat("GIF").message(Lang::Pl).contains("GIF"));
    }
}
