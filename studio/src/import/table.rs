//! A CSV file as rows of text: whatever its separator, its encoding and its slips.
//!
//! A slip is a row that is named and left out; everything before it and behind it is read. What ends the reading is a
//! file that is no table at all, or a quote that is opened and never closed.

use std::io::{self, Chain, Cursor, Read};

use csv::{ByteRecord, StringRecord};
use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};

use super::encoding::Encoding;
use super::tail::Tail;
use crate::failure::Failure;

/// The longest row, and the longest header. Shopify's widest have 80 columns in some 2 kB.
const MAX_ROW_BYTES: usize = 1 << 20;
/// What may stand between two columns; of several that a header holds, the most frequent does.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The bytes of a file as UTF-8, wherever it says that it is UTF-16, with those that were looked at before it again.
type Text<R> = Chain<Cursor<Vec<u8>>, DecodeReaderBytes<R, Vec<u8>>>;

/// A row, and where it begins.
#[derive(Debug)]
pub(crate) struct Row {
    /// Line of the file, from 1.
    pub(crate) line: u64,
    /// The cells, as many as there are columns, unless the row is bad.
    pub(crate) cells: StringRecord,
    /// Why it cannot be used.
    pub(crate) bad: Option<String>,
}

/// Reads a table row by row, in memory that does not depend on its length.
pub(crate) struct Table<R> {
    csv: csv::Reader<Tail<Text<R>>>,
    separator: u8,
    headers: Vec<String>,
    encoding: Encoding,
    /// The record behind the one that is handed out, and its line: the last one of a file is looked at twice.
    ahead: Option<(u64, ByteRecord)>,
    /// Whether lines end in two signs. The second is counted with the line behind it.
    has_two_signs: bool,
    failed: Option<Failure>,
}

impl<R: Read> Table<R> {
    /// Opens a table and reads its header.
    pub(crate) fn open(input: R) -> Result<Self, Failure> {
        // A byte-order mark is taken off; after one of UTF-16 the rest is turned to UTF-8.
        let mut decoded = DecodeReaderBytesBuilder::new().utf8_passthru(true).strip_bom(true).build(input);
        let (head, end) = head(&mut decoded)?;
        let separator = separator(&head[..end]);
        let has_two_signs = head[end..].starts_with(b"\r\n");
        let source = Tail::new(Cursor::new(head).chain(decoded), MAX_ROW_BYTES);
        let csv = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(source);
        let mut table = Self {
            csv,
            separator,
            headers: Vec::new(),
            encoding: Encoding::default(),
            ahead: None,
            has_two_signs,
            failed: None,
        };
        table.read_ahead();
        let header = table.ahead.take();
        if let Some(failure) = table.failed.take() {
            return Err(failure);
        }
        let header = header.and_then(|(_, record)| table.encoding.text(&record));
        let header = header.filter(|header| header.iter().any(|name| !name.trim().is_empty()));
        let header = header.ok_or_else(|| Failure::new("line 1: there is no header that could be read"))?;
        table.headers = header.iter().map(|name| name.trim().to_owned()).collect();
        table.read_ahead();
        Ok(table)
    }

    /// The names of the columns, trimmed.
    pub(crate) fn headers(&self) -> Vec<&str> {
        self.headers.iter().map(String::as_str).collect()
    }

    /// Whether a comma stands for the decimal point: where it does not separate the columns, it may.
    pub(crate) fn may_have_decimal_commas(&self) -> bool {
        self.separator != b','
    }

    /// The next row that is not blank; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, Failure> {
        loop {
            let Some((line, record)) = self.ahead.take() else {
                return self.failed.take().map_or(Ok(None), Err);
            };
            self.read_ahead();
            if record.iter().any(|cell| !cell.trim_ascii().is_empty()) {
                return Ok(Some(self.row(line, &record)));
            }
        }
    }

    fn read_ahead(&mut self) {
        self.csv.get_mut().allow(MAX_ROW_BYTES);
        let begins = self.csv.position().line();
        let line = begins + u64::from(self.has_two_signs && self.csv.position().byte() > 0);
        let mut record = ByteRecord::new();
        match self.csv.read_byte_record(&mut record) {
            Ok(true) => {
                // Blank lines before it were passed over; those within its quotes are its own.
                let within = record.as_slice().split(|byte| *byte == b'\n').skip(1).count() as u64;
                let blank = (self.csv.position().line() - begins).saturating_sub(within + 1);
                self.ahead = Some((line + blank, record));
            }
            Ok(false) => {}
            Err(error) => self.failed = Some(Failure::new(format!("line {line}: {}", io_error(error)))),
        }
    }

    fn row(&mut self, line: u64, record: &ByteRecord) -> Row {
        let is_last = self.ahead.is_none() && self.failed.is_none();
        let position = record.position();
        let text = self.encoding.text(record);
        let (width, has) = (self.headers.len(), record.len());
        let extra_is_blank = record.iter().skip(width).all(|cell| cell.trim_ascii().is_empty());
        let ends_in_quotes = is_last && position.is_some_and(|at| self.csv.get_ref().ends_in_quotes(at.byte()));
        let bad = if ends_in_quotes {
            Some("the file ends within quotes: it was cut off here, or a quote is missing".to_owned())
        } else if has < width && is_last {
            Some(format!("has {has} of {width} columns: the file was cut off here"))
        } else if has < width || !extra_is_blank {
            Some(format!("has {has} columns where the header has {width}: a quote or a separator too many or too few"))
        } else if text.is_none() {
            Some("is not UTF-8, as the rows before it are".to_owned())
        } else {
            None
        };
        let cells = text.unwrap_or_else(|| StringRecord::from_byte_record_lossy(record.clone()));
        Row { line, cells, bad }
    }
}

fn io_error(error: csv::Error) -> String {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.to_string(),
        other => format!("{other:?}"),
    }
}

/// The beginning of a file, and where its first line ends there.
fn head(input: &mut impl Read) -> Result<(Vec<u8>, usize), Failure> {
    let mut head = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = match input.read(&mut chunk) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::new(format!("it cannot be read: {error}"))),
        };
        head.extend_from_slice(&chunk[..count]);
        let end = outside_quotes(&head).find(|(_, byte)| matches!(byte, b'\n' | b'\r')).map(|(index, _)| index);
        if head[..end.unwrap_or(head.len())].contains(&0) {
            let what = "line 1: it holds bytes that no text has; save it as `CSV UTF-8`, with no other encoding";
            return Err(Failure::new(what));
        }
        match end {
            Some(end) => return Ok((head, end)),
            None if count == 0 && head.trim_ascii().is_empty() => return Err(Failure::new("it is empty")),
            None if count == 0 => {
                let end = head.len();
                return Ok((head, end));
            }
            None if head.len() > MAX_ROW_BYTES => {
                return Err(Failure::new("line 1: the header does not end: a quote is opened and not closed"));
            }
            None => {}
        }
    }
}

fn separator(header: &[u8]) -> u8 {
    let count = |separator: u8| outside_quotes(header).filter(|(_, byte)| *byte == separator).count();
    // Of equals the first: `max_by_key` would take the last.
    SEPARATORS.into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

fn outside_quotes(bytes: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    let mut within = false;
    bytes.iter().copied().enumerate().filter(move |(_, byte)| {
        within ^= *byte == b'"';
        !within
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row as `line:cells` or `line!reason`.
    fn rows(bytes: &[u8]) -> Vec<String> {
        let mut table = Table::open(bytes).unwrap();
        let mut rows = vec![table.headers().join("|")];
        while let Some(row) = table.next().unwrap() {
            rows.push(match row.bad {
                None => format!("{}:{}", row.line, row.cells.iter().collect::<Vec<_>>().join("|")),
                Some(why) => format!("{}!{why}", row.line),
            });
        }
        rows
    }

    fn failure(bytes: &[u8]) -> String {
        match Table::open(bytes) {
            Ok(mut table) => loop {
                match table.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("it was read"),
                    Err(failure) => return failure.to_string(),
                }
            },
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_header() {
        assert_eq!(rows(b"\xef\xbb\xbfname,total\nAda,1\n"), ["name|total", "2:Ada|1"]);
    }

    #[test]
    fn utf_16_with_its_mark_is_read_and_without_it_is_refused_with_what_to_do() {
        let units = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let marked = [vec![0xff, 0xfe], units("name;total\r\nZo\u{eb};1\r\n")].concat();
        assert_eq!(rows(&marked), ["name|total", "2:Zo\u{eb}|1"]);
        assert!(failure(&units("name;total\r\n")).contains("CSV UTF-8"));
    }

    #[test]
    fn semicolons_and_tabs_separate_where_the_header_has_them() {
        assert_eq!(rows(b"name;\"a, b, c\"\nAda;1,50\n"), ["name|a, b, c", "2:Ada|1,50"]);
        assert_eq!(rows(b"name\ttotal\nAda\t1\n"), ["name|total", "2:Ada|1"]);
        assert_eq!(rows(b"name\nAda\n"), ["name", "2:Ada"]);
    }

    #[test]
    fn latin_1_is_read_where_the_first_such_row_is_no_utf_8() {
        assert_eq!(
            rows(b"name,total\nAda,1\nZo\xeb,2\n\x80,3\n"),
            ["name|total", "2:Ada|1", "3:Zo\u{eb}|2", "4:\u{20ac}|3"]
        );
        let broken = rows(b"name,total\nZo\xc3\xab,1\nZo\xeb,2\nAda,3\n");
        assert_eq!(broken[1..], ["2:Zo\u{eb}|1", "3!is not UTF-8, as the rows before it are", "4:Ada|3"]);
    }

    #[test]
    fn quotes_within_quotes_and_lines_within_them_are_one_cell() {
        let read = rows(b"name,note\nAda,\"she said \"\"no, \"\"\nand left\"\nEva,x\n");
        assert_eq!(read[1..], ["2:Ada|she said \"no, \"\nand left", "4:Eva|x"]);
    }

    #[test]
    fn a_row_that_is_cut_off_at_the_end_is_named_and_all_before_it_are_read() {
        let reason = "has 2 of 3 columns: the file was cut off here";
        assert_eq!(rows(b"a,b,c\n1,2,3\n4,5")[1..], ["2:1|2|3".to_owned(), format!("3!{reason}")]);
        let quoted = rows(b"a,b\n1,2\n3,\"four and");
        assert!(quoted[1] == "2:1|2" && quoted[2].starts_with("3!the file ends within quotes"), "{quoted:?}");
        assert_eq!(rows(b"a,b\n1,\"2\"\n3,\"4 \"\"x\"\"\"")[2], "3:3|4 \"x\"");
        assert_eq!(rows(b"a,b\n1,2\n3,4")[2], "3:3|4", "a last line without its end is whole");
    }

    #[test]
    fn a_row_of_another_width_is_named_and_blank_ones_are_passed_over() {
        let read = rows(b"a,b\n1\n\n,\n2,3,,\n4,5,6\n7,8\n");
        assert!(read[1].starts_with("2!has 1 columns where the header has 2"), "{read:?}");
        assert_eq!(read[2], "5:2|3||");
        assert!(read[3].starts_with("6!has 3 columns"), "{read:?}");
        assert_eq!(read[4], "7:7|8");
        assert_eq!(rows(b"a\r\n\r\n1\r\n\r\n\"2\r\n2\"\r\n3\r\n")[1..], ["3:1", "5:2\r\n2", "7:3"]);
    }

    #[test]
    fn a_quote_that_is_never_closed_ends_the_reading_with_its_line() {
        let mut bytes = b"a,b\n1,2\n3,\"four\n".to_vec();
        bytes.extend(b"5,6\n".repeat(MAX_ROW_BYTES));
        let said = failure(&bytes);
        assert!(said.starts_with("line 3: ") && said.contains("quote"), "{said}");
    }

    #[test]
    fn an_empty_file_is_said_to_be_empty() {
        assert_eq!(failure(b""), "it is empty");
        assert_eq!(failure(b"\xef\xbb\xbf\n \n"), "line 1: there is no header that could be read");
    }
}
