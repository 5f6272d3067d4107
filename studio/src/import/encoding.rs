//! The encoding of a file's text, found out on the way: the first row that is more than ASCII decides.

use csv::{ByteRecord, StringRecord};
use encoding_rs::WINDOWS_1252;

/// What the text of a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Encoding {
    /// Nothing but ASCII until now.
    #[default]
    Ascii,
    /// UTF-8.
    Utf8,
    /// Windows-1252, which holds all that Latin-1 does: what spreadsheets of the West write when they write no UTF-8.
    Windows1252,
}

impl Encoding {
    /// The text of a record; none where it is not UTF-8 and those before it were.
    pub(crate) fn text(&mut self, record: &ByteRecord) -> Option<StringRecord> {
        let is_ascii = record.as_slice().is_ascii();
        let utf8 = StringRecord::from_byte_record(record.clone());
        match (*self, utf8) {
            (_, Ok(text)) if is_ascii => Some(text),
            (Self::Ascii | Self::Utf8, Ok(text)) => {
                *self = Self::Utf8;
                Some(text)
            }
            (Self::Utf8, Err(_)) => None,
            (Self::Ascii, Err(_)) | (Self::Windows1252, _) => {
                *self = Self::Windows1252;
                Some(record.iter().map(|cell| WINDOWS_1252.decode_without_bom_handling(cell).0).collect())
            }
        }
    }
}
