//! Finding the transaction in a body that cannot be decoded.

use crate::found_transaction::FoundTransaction;
use crate::id::{TransactionId, TransactionRecordId, is_id};
use crate::record_status::RecordStatus;
use crate::wire::{Scanner, is_alike, mended};

/// The longest value that is taken for an identifier or a status, in bytes.
const LONGEST: usize = 128;

/// Looks for the members that name a transaction, its record and its status, at any depth and in
/// whatever is left of the document.
///
/// It goes by tokens, so a text that quotes such a member is none. One that breaks off is not
/// taken, nor one that stands there twice with different values.
pub(crate) fn transaction(body: &[u8]) -> Option<Box<FoundTransaction>> {
    let mut ids = [
        ("TransactionID", Certain::Nothing),
        ("TransactionRecordID", Certain::Nothing),
        ("RecordStatus", Certain::Nothing),
    ];
    let mut scanner = Scanner::new(body);
    // Elsewhere a word before a colon is prose.
    let is_document =
        body.trim_ascii_start().starts_with(b"{") || body.trim_ascii_start().starts_with(b"[");
    while let Some(byte) = scanner.peek() {
        let name = match byte {
            b'"' | b'\'' => scanner.string(),
            // JavaScript's names without quotation marks, which the lenient parser takes too.
            byte if is_document && Scanner::begins_name(byte) => Some(scanner.name()),
            _ => {
                scanner.advance();
                continue;
            }
        };
        let Some(name) = name else { break };
        scanner.skip_blank();
        if !scanner.take(b':') {
            continue;
        }
        scanner.skip_blank();
        let name = mended(name).text;
        let Some((_, value)) = ids.iter_mut().find(|(id, _)| is_alike(id, &name)) else {
            continue;
        };
        if matches!(scanner.peek(), Some(b'"' | b'\'')) {
            let Some(text) = scanner.string() else { break };
            value.add(text);
        } else {
            value.add(whole_number(scanner.rest()));
        }
    }
    let [(_, id), (_, record), (_, status)] = ids;
    let found = FoundTransaction {
        transaction_id: id.text().map(TransactionId::from),
        transaction_record_id: record.text().map(TransactionRecordId::from),
        status: status.text().map(RecordStatus::from),
    };
    (found != FoundTransaction::default()).then(|| Box::new(found))
}

/// Returns the digits that text begins with, if an end follows them; a number is read as text where
/// the body can be read.
fn whole_number(rest: &[u8]) -> &[u8] {
    let length = rest.iter().position(|byte| !byte.is_ascii_digit());
    let (digits, after) = rest.split_at(length.unwrap_or(rest.len()));
    let is_whole =
        (after.first()).is_some_and(|byte| byte.is_ascii_whitespace() || b",}]".contains(byte));
    if is_whole { digits } else { &[] }
}

enum Certain {
    Nothing,
    One(String),
    Several,
}

impl Certain {
    fn add(&mut self, raw: &[u8]) {
        let text = mended(raw);
        if !is_id(&text.text) || text.is_damaged || text.text.len() > LONGEST {
            return;
        }
        match self {
            Self::Nothing => *self = Self::One(text.text.into_owned()),
            Self::One(before) if *before != *text.text => *self = Self::Several,
            _ => {}
        }
    }

    fn text(self) -> Option<String> {
        match self {
            Self::One(text) => Some(text),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn transaction_is_found_in_the_rest_of_a_body() {
        let body = r#"{"TransactionID": "1", "Record": {"TransactionRecordId":"2","RecordStatus" : "match", "Rule": {"#;
        let found = transaction(body.as_bytes()).unwrap();
        assert_eq!(found.transaction_id, Some("1".into()));
        assert_eq!(found.transaction_record_id, Some("2".into()));
        assert_eq!(found.status, Some(RecordStatus::MATCH));
        let cut = transaction(&body.as_bytes()[..45]).unwrap();
        assert_eq!((cut.transaction_id, cut.status), (Some("1".into()), None));
    }

    #[test]
    fn names_without_quotation_marks_are_found_in_a_document_alone() {
        let body = "{TransactionID:'1', Record : {TransactionRecordID: 2, Rule: {";
        let found = transaction(body.as_bytes()).unwrap();
        assert_eq!(found.transaction_id, Some("1".into()));
        assert_eq!(found.transaction_record_id, Some("2".into()));
        for prose in ["TransactionID: 1 ", "no TransactionID: \"1\""] {
            assert_eq!(transaction(prose.as_bytes()), None, "{prose}");
        }
    }

    #[test]
    fn what_is_quoted_cut_damaged_or_contradicted_is_not_taken() {
        for body in [
            r#"{"Message":"\"TransactionID\":\"1\""}"#,
            r#"{"TransactionID":"1"#,
            r#"{"TransactionID":"1\ud83d"}"#,
            r#"{"TransactionID":"1","TransactionId":"2"}"#,
            r#"{"TransactionID":{"a":"1"}}"#,
            r#"{"TransactionID":"00000000-0000-0000-0000-000000000000"}"#,
            r#"["TransactionID","1"]"#,
            "",
        ] {
            assert_eq!(transaction(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn a_whole_number_is_an_identifier_too() {
        let found = |body: &str| transaction(body.as_bytes()).map(|found| found.transaction_id);
        assert_eq!(
            found(r#"{"TransactionID": 4711,"Record":{"#),
            Some(Some("4711".into()))
        );
        for body in [
            r#"{"TransactionID":4711"#,
            r#"{"TransactionID":4711.5,"#,
            r#"{"TransactionID":-1,"#,
            r#"{"TransactionID":null,"#,
        ] {
            assert_eq!(found(body), None, "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_body_is_looked_through_without_panic(body: Vec<u8>, text in ".*") {
            let _ = (transaction(&body), transaction(text.as_bytes()));
        }
    }
}
