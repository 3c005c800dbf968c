//! JSON as .NET, older platforms and gateways write it: what is certain is read, and the rest is
//! kept beside it.

use http::{Response, header};
use napi::{
    Endpoint, Error, UnreadCause,
    configuration::{CountryCodes, TestEntities},
    connection::TestAuthentication,
    verifications::{
        GetTransactionStatus, PersonInfo, RecordStatus, TransactionStatus, Verification,
        VerifyRequest, VerifyResult,
    },
};

/// A whole response; tests change a part of it.
const WHOLE: &str = r#"{"TransactionID":"11111111-2222","UploadedDt":"2026-11-26T10:00:00","CountryCode":"CA","ProductName":"Identity Verification","Record":{"TransactionRecordID":"66666666-7777","RecordStatus":"match","DatasourceResults":[{"DatasourceName":"Credit Agency","DatasourceFields":[{"FieldName":"FirstSurName","Status":"match"}],"AppendedFields":[{"FieldName":"Note","Data":"text"}],"Errors":[],"FieldGroups":["PersonInfo"]}],"Errors":[],"Rule":{"RuleName":"RuleName","Note":"Zoé 1"}},"Errors":[{"Code":"1002","Message":"m"}]}"#;

fn changed(from: &str, to: &str) -> String {
    assert!(WHOLE.contains(from), "{from}");
    WHOLE.replacen(from, to, 1)
}

fn verify(body: &[u8], content_type: &str) -> Result<Verification, Error> {
    let request = VerifyRequest::new("CA".parse().unwrap(), PersonInfo::new());
    let response = Response::builder().header(header::CONTENT_TYPE, content_type);
    request.response(response.body(body.to_vec().into()).unwrap())
}

fn completed(body: impl AsRef<[u8]>) -> VerifyResult {
    let body = body.as_ref();
    let shown = String::from_utf8_lossy(body);
    match verify(body, "application/json") {
        Ok(Verification::Completed(result)) => result,
        other => panic!("{shown}: {other:?}"),
    }
}

fn assert_certain(body: &[u8], content_type: &str, what: &str) {
    let Ok(Verification::Completed(result)) = verify(body, content_type) else {
        panic!("{what}");
    };
    assert!(result == completed(WHOLE), "{what}: {result:?}");
    assert!(result.unread().is_empty(), "{what}: {:?}", result.unread());
    assert!(result.extra.is_empty(), "{what}");
}

/// Takes the quotation marks off the names of members.
fn unquoted_names(json: &str) -> String {
    let parts: Vec<&str> = json.split('"').collect();
    let mut text = String::new();
    let mut is_inside = false;
    for index in 0..parts.len() {
        let is_name = is_inside && parts.get(index + 1).is_some_and(|it| it.starts_with(':'));
        let mark = if is_inside && !is_name { "\"" } else { "" };
        text.extend([mark, parts[index], mark]);
        is_inside = !is_inside;
    }
    text
}

#[test]
fn what_means_one_thing_is_read() {
    let error = r#"{"Code":"1002","Message":"m"}"#;
    let list = format!("[{error}]");
    for (from, to) in [
        // A member twice, and in another case.
        (
            r#""CountryCode":"CA""#,
            r#""CountryCode":"CA","CountryCode":"CA""#,
        ),
        (
            r#""CountryCode":"CA""#,
            r#""CountryCode":null,"CountryCode":"CA","CountryCode":"""#,
        ),
        (
            r#""CountryCode":"CA""#,
            r#""countryCode":"CA","CountryCode":"CA""#,
        ),
        (r#""TransactionRecordID""#, r#""TransactionRecordId""#),
        (r#""TransactionRecordID""#, r#""transaction_record_id""#),
        (r#""RecordStatus""#, r#""recordStatus""#),
        // One for a list, and a list for one.
        (&list, error),
        (r#"["PersonInfo"]"#, r#""PersonInfo""#),
        (
            r#""Errors":[],"FieldGroups""#,
            r#""Errors":null,"FieldGroups""#,
        ),
        (
            r#""Errors":[],"FieldGroups""#,
            r#""Errors":"","FieldGroups""#,
        ),
        (
            r#""Errors":[],"FieldGroups""#,
            r#""Errors":{},"FieldGroups""#,
        ),
        (
            r#"{"RuleName":"RuleName","Note":"Zoé 1"}"#,
            r#"[{"RuleName":"RuleName","Note":"Zoé 1"}]"#,
        ),
        (r#""CA""#, r#"["CA"]"#),
        // Numbers for text.
        (r#""Code":"1002""#, r#""Code":1002"#),
        // Strings and commas.
        ("Zoé 1", r"Zo\u00e9 1"),
        (r#""match""#, "'match'"),
        (r#"["PersonInfo"]"#, r#"["PersonInfo",]"#),
        (r#""Message":"m""#, r#""Message":"m","#),
        // Before and after the document.
        ("{", "\u{FEFF}{"),
        ("{", "\u{FEFF}\u{FEFF}\r\n{"),
        (r#""Message":"m"}]}"#, "\"Message\":\"m\"}]}\0\0\r\n;"),
    ] {
        assert_certain(changed(from, to).as_bytes(), "application/json", to);
    }
    // Names as JavaScript writes them, a prefix against scripts, a document encoded twice.
    let bare = unquoted_names(WHOLE);
    assert_certain(bare.as_bytes(), "application/json", &bare);
    for prefix in [")]}',\n", "while(1);", "{}&& "] {
        let body = format!("{prefix}{WHOLE}");
        assert_certain(body.as_bytes(), "application/json", prefix);
    }
    let twice = serde_json::to_string(WHOLE).unwrap();
    assert_certain(twice.as_bytes(), "application/json", "encoded twice");
    let list_of_one = format!("[{WHOLE}]");
    assert_certain(list_of_one.as_bytes(), "application/json", "a list of one");
}

#[test]
fn a_charset_is_known_by_the_body_or_the_header() {
    let utf16 = |of: fn(u16) -> [u8; 2]| WHOLE.encode_utf16().flat_map(of).collect::<Vec<u8>>();
    let latin: Vec<u8> = WHOLE
        .chars()
        .map(|it| u8::try_from(u32::from(it)).unwrap())
        .collect();
    let utf8 = WHOLE.as_bytes();
    for (body, content_type) in [
        (utf16(u16::to_le_bytes), "application/json"),
        (utf16(u16::to_be_bytes), "application/json; charset=utf-16"),
        (
            [&b"\xFF\xFE"[..], &utf16(u16::to_le_bytes)].concat(),
            "application/json; charset=utf-8",
        ),
        (
            [&b"\xFE\xFF"[..], &utf16(u16::to_be_bytes)].concat(),
            "text/json; charset=\"UTF-16\"",
        ),
        (latin.clone(), "application/json; charset=ISO-8859-1"),
        (
            latin,
            "application/json; odata=minimal; charset=Windows-1252",
        ),
        (utf8.to_vec(), "application/json; charset=iso-8859-1"),
        (utf8.to_vec(), "application/json; charset=utf8"),
    ] {
        assert_certain(&body, content_type, content_type);
    }
}

#[test]
fn control_characters_in_text_are_text() {
    let note = |raw: &str| {
        completed(changed("Zoé 1", raw))
            .record
            .unwrap()
            .rule
            .unwrap()
            .note
    };
    for raw in [
        "one\r\ntwo",
        "a\tb",
        "\u{1}\u{1F}",
        "a\0b",
        "it\\'s",
        "a\\/b",
    ] {
        assert_eq!(note(raw).unwrap(), raw.replace('\\', ""), "{raw:?}");
    }
}

#[test]
fn unreadable_value_is_kept_and_costs_nothing_else() {
    use UnreadCause::{Contradiction, Damaged, Form, Trailing};
    let data = "Record.DatasourceResults[0].AppendedFields[0].Data";
    for (from, to, path, json, cause) in [
        (
            r#""text""#,
            r#""cut \ud83d""#,
            data,
            r#""cut \ud83d""#,
            Damaged,
        ),
        (
            r#""text""#,
            r#"{"a":["\ude00"]}"#,
            &format!("{data}.a[0]"),
            r#""\ude00""#,
            Damaged,
        ),
        (r#""text""#, "NaN", data, "NaN", Form),
        (
            r#""text""#,
            r#"[1,-Infinity]"#,
            &format!("{data}[1]"),
            "-Infinity",
            Form,
        ),
        (
            r#""text""#,
            "100000000000000000001",
            data,
            "100000000000000000001",
            Form,
        ),
        (
            r#""text""#,
            r#"{"a":1,"a":2}"#,
            &format!("{data}.a"),
            "2",
            Contradiction,
        ),
        (
            r#""Zoé 1""#,
            r#""cut \ud83d!""#,
            "Record.Rule.Note",
            r#""cut \ud83d!""#,
            Damaged,
        ),
        (
            r#""Zoé 1""#,
            r#"{"a":1}"#,
            "Record.Rule.Note",
            r#"{"a":1}"#,
            Form,
        ),
        (
            r#""Zoé 1""#,
            r#"undefined"#,
            "Record.Rule.Note",
            "undefined",
            Form,
        ),
        (
            r#""CA""#,
            r#""C\ud83d""#,
            "CountryCode",
            r#""C\ud83d""#,
            Damaged,
        ),
        (
            r#""CA""#,
            r#"["CA","US"]"#,
            "CountryCode",
            r#"["CA","US"]"#,
            Form,
        ),
        (
            r#""CA""#,
            "\"CA\",\"countrycode\":\"US\"",
            "CountryCode",
            r#""US""#,
            Contradiction,
        ),
        (r#""1002","Message":"m""#, r#""1002""#, "", "", Form),
        (
            r#"["PersonInfo"]"#,
            r#"["PersonInfo",{"a":1}]"#,
            "Record.DatasourceResults[0].FieldGroups[1]",
            r#"{"a":1}"#,
            Form,
        ),
        (
            r#"{"Code":"1002","Message":"m"}"#,
            r#"7"#,
            "Errors[0]",
            "7",
            Form,
        ),
        (
            r#"[{"Code":"1002","Message":"m"}]"#,
            r#""no""#,
            "Errors",
            r#""no""#,
            Form,
        ),
        (
            r#"{"RuleName":"RuleName","Note":"Zoé 1"}"#,
            r#"{"RuleName" "a"}"#,
            "Record.Rule",
            r#"{"RuleName" "a"}"#,
            Form,
        ),
        (
            r#""CountryCode""#,
            r#""New":NaN,"CountryCode""#,
            "New",
            "NaN",
            Form,
        ),
        (
            r#""CountryCode""#,
            r#""New":"\ud83d","CountryCode""#,
            "New",
            r#""\ud83d""#,
            Damaged,
        ),
        (
            r#""Message":"m"}]}"#,
            r#""Message":"m"}]} <script>"#,
            ".",
            "<script>",
            Trailing,
        ),
    ] {
        let result = completed(changed(from, to));
        assert_eq!(result.status(), Some(&RecordStatus::MATCH), "{to}");
        assert_eq!(result.transaction_id, Some("11111111-2222".into()), "{to}");
        let unread = result.unread();
        if path.is_empty() {
            assert!(unread.is_empty());
            continue;
        }
        assert_eq!(unread.len(), 1, "{to}: {unread:?}");
        assert_eq!(
            (unread[0].path().as_str(), &*unread[0].json()),
            (path, json),
            "{to}"
        );
        let cause_is =
            matches!((unread[0].cause(), cause), (Form, Damaged)) || unread[0].cause() == cause;
        assert!(cause_is, "{to}: {unread:?}");
    }
}

#[test]
fn damaged_text_is_mended_and_damaged_code_refused() {
    let result = completed(changed(r#""Zoé 1""#, r#""cut \ud83d""#));
    let rule = result.record.unwrap().rule.unwrap();
    assert_eq!(rule.note.as_deref(), Some("cut \u{FFFD}"));
    let result = completed(changed(r#""CA""#, r#""C\ud83d""#));
    assert_eq!(result.country_code, None);

    let mut body = changed("Zoé 1", "Zo? 1").into_bytes();
    let at = body.windows(3).position(|it| it == b"Zo?").unwrap();
    body[at + 2] = 0xE9;
    let result = completed(&body);
    assert_eq!(result.unread()[0].as_bytes(), b"\"Zo\xE9 1\"");
    assert_eq!(result.unread()[0].cause(), UnreadCause::Damaged);
    let rule = result.record.unwrap().rule.unwrap();
    assert_eq!(rule.note.as_deref(), Some("Zo\u{FFFD} 1"));
}

#[test]
fn of_two_that_contradict_each_other_neither_is_believed() {
    let both = changed(
        r#""RecordStatus":"match""#,
        r#""RecordStatus":"match","RecordStatus":"nomatch""#,
    );
    let result = completed(both);
    assert_eq!(result.status(), None);
    let paths: Vec<_> = result.unread().iter().map(|it| it.path()).collect();
    assert_eq!(paths, ["Record.RecordStatus", "Record.RecordStatus"]);

    let ids = changed(
        r#""TransactionRecordID":"66666666-7777""#,
        r#""TransactionRecordID":"1","TransactionRecordID":"2""#,
    );
    let error = verify(ids.as_bytes(), "application/json").unwrap_err();
    let found = error.transaction().unwrap();
    assert_eq!(found.transaction_id, Some("11111111-2222".into()));
    assert_eq!(found.transaction_record_id, None);
    assert_eq!(found.status, Some(RecordStatus::MATCH));
}

#[test]
fn cut_response_is_an_error_with_its_transaction() {
    let at = |end: &str| WHOLE.find(end).unwrap() + end.len();
    let error = |length| verify(&WHOLE.as_bytes()[..length], "application/json").unwrap_err();
    let found = |length| error(length).transaction().cloned();
    assert_eq!(found(at(r#""TransactionID":"11111111"#)), None);
    let only_id = found(at(r#""TransactionRecordID":"666"#)).unwrap();
    assert_eq!(only_id.transaction_id, Some("11111111-2222".into()));
    assert_eq!(
        (only_id.transaction_record_id, only_id.status),
        (None, None)
    );
    let all = found(WHOLE.len() - 1).unwrap();
    assert_eq!(all.transaction_record_id, Some("66666666-7777".into()));
    assert_eq!(all.status, Some(RecordStatus::MATCH));
    let shown = format!("{} {:?}", error(WHOLE.len() - 1), error(WHOLE.len() - 1));
    assert!(
        !shown.contains("Zo") && shown.contains("looked up"),
        "{shown}"
    );
    // In UTF-16, too.
    let utf16: Vec<u8> = WHOLE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cut = verify(&utf16[..utf16.len() - 2], "application/json").unwrap_err();
    assert_eq!(cut.transaction(), Some(&all));
}

#[test]
fn numbers_and_truth_come_in_every_form_that_means_one() {
    let entities = |year: &str| {
        let body = format!(r#"[{{"PersonInfo":{{"FirstGivenName":"Ann","YearOfBirth":{year}}}}}]"#);
        let entities = TestEntities::new("CA".parse().unwrap());
        entities
            .response(Response::new(body.into()))
            .unwrap()
            .remove(0)
    };
    for year in [
        "1978",
        "1978.0",
        "1.978e3",
        "\"1978\"",
        "\"1978.0\"",
        "01978",
        "+1978",
        "[1978]",
    ] {
        let person = entities(year).person_info.unwrap();
        assert_eq!(person.year_of_birth, Some(1978), "{year}");
        assert!(person.unread().is_empty(), "{year}");
    }
    for year in [
        "1978.5",
        "NaN",
        "Infinity",
        "\"MCMLXXVIII\"",
        "19780000000000000000000",
        "1e999",
        "true",
        "{}",
    ] {
        let entity = entities(year);
        let unread = entity.unread();
        assert_eq!(unread[0].path(), "[0].PersonInfo.YearOfBirth", "{year}");
        assert_eq!(unread[0].json(), year);
        let person = entity.person_info.as_ref().unwrap();
        assert_eq!(person.year_of_birth, None, "{year}");
        assert_eq!(person.first_given_name.as_deref(), Some("Ann"));
    }

    let status = |truth: &str| -> TransactionStatus {
        let body = format!(r#"{{"TransactionId":"1","IsTimedOut":{truth}}}"#);
        let get = GetTransactionStatus::new("1".into());
        get.response(Response::new(body.into())).unwrap()
    };
    for (truth, expected) in [
        ("1", Some(true)),
        ("0", Some(false)),
        ("\"true\"", Some(true)),
        ("\"0\"", Some(false)),
        ("True", Some(true)),
        ("null", None),
        ("2", None),
        ("\"maybe\"", None),
    ] {
        let status = status(truth);
        assert_eq!(status.is_timed_out, expected, "{truth}");
        assert_eq!(
            status.unread().is_empty(),
            expected.is_some() || truth == "null",
            "{truth}"
        );
    }
}

#[test]
fn a_number_for_text_keeps_every_digit() {
    let data = |number: &str| {
        let body = changed(
            r#""RuleName":"RuleName""#,
            &format!(r#""RuleName":{number}"#),
        );
        completed(body)
            .record
            .unwrap()
            .rule
            .unwrap()
            .rule_name
            .unwrap()
    };
    for number in [
        "7",
        "100.00",
        "-0",
        "0.10000000000000000001",
        "123456789012345678901234567890",
        "007",
        "1e400",
    ] {
        match number {
            "1e400" => {} // no number that any reader of JSON holds
            number => assert_eq!(data(number), number),
        }
    }
}

#[test]
fn a_time_in_an_older_form_is_a_time() {
    let time = |written: &str| {
        let body = changed(r#""2026-11-26T10:00:00""#, written);
        completed(body).uploaded_dt.unwrap().time()
    };
    let expected = time(r#""2026-11-26T10:00:00Z""#);
    assert!(expected.is_some());
    for written in [
        r#""\/Date(1795687200000)\/""#,
        r#""\/Date(1795687200000+0000)\/""#,
        "new Date(1795687200000)",
        "1795687200000",
        "1795687200",
        r#""Thu, 26 Nov 2026 10:00:00 GMT""#,
        r#""20261126T100000Z""#,
    ] {
        assert_eq!(time(written), expected, "{written}");
    }
    assert_eq!(time(r#""11/12/2026 10:00:00""#), None);
}

#[test]
fn list_takes_one_value_and_refuses_unreadable_ones() {
    let codes =
        |body: &str| CountryCodes::default().response(Response::new(body.to_owned().into()));
    assert_eq!(codes("\"CA\"").unwrap(), ["CA".parse().unwrap()]);
    assert_eq!(codes("[\"CA\",null,\"\"]").unwrap().len(), 1);
    assert!(codes("null").unwrap().is_empty());
    for (body, at) in [
        ("[\"CA\",{}]", "[1]"),
        ("[\"CA\"] x", "."),
        ("[\"C\\ud83d\"]", "[0]"),
    ] {
        let error = codes(body).unwrap_err();
        assert!(
            matches!(&error, Error::Decode { path, .. } if path == at),
            "{body}: {error:?}"
        );
    }
}

#[test]
fn hello_is_read_in_every_charset() {
    let hello = |body: &[u8], content_type: &str| {
        let response = Response::builder().header(header::CONTENT_TYPE, content_type);
        TestAuthentication::new().response(response.body(body.to_vec().into()).unwrap())
    };
    assert_eq!(
        hello(b"\"Hello Zo\xEB\"", "text/json; charset=latin1").unwrap(),
        "Hello Zoë"
    );
    let utf16: Vec<u8> = "\"Hello Zoë\""
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(hello(&utf16, "application/json").unwrap(), "Hello Zoë");
}

#[test]
fn nothing_that_is_kept_is_shown() {
    let body = changed(
        r#""CountryCode":"CA""#,
        r#""CountryCode":{"Marker":"Marker"},"Marker":NaN,"Marker":"\ud83d Marker""#,
    );
    let body = body.replace("\"Zoé 1\"", "\"Marker \\ud83d\"") + "Marker";
    let result = completed(body);
    assert_eq!(result.unread().len(), 5);
    let shown = format!(
        "{:?} {result:?} {:?} {:#?}",
        result.unread(),
        result.extra,
        result.extra
    );
    assert!(!shown.contains("Marker"), "{shown}");
}

#[test]
fn data_of_any_depth_is_read_or_kept() {
    for depth in [100, 119, 120, 121, 122, 130, 100_000] {
        let deep = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        let result = completed(changed(r#""text""#, &deep));
        assert_eq!(result.status(), Some(&RecordStatus::MATCH), "{depth}");
        assert_eq!(result.unread().is_empty(), depth <= 121, "{depth}");
        let known = changed(r#""Zoé 1""#, &deep);
        assert_eq!(completed(known).unread().len(), 1, "{depth}");
        let unknown = changed(
            r#""CountryCode""#,
            &format!(r#""New":{deep},"CountryCode""#),
        );
        assert_eq!(
            completed(unknown).extra.json("New"),
            Some(&*deep),
            "{depth}"
        );
    }
}

#[test]
fn wrapped_document_that_breaks_off_names_its_transaction() {
    let cut = WHOLE.split_once("\"Errors\"").unwrap().0;
    let twice = serde_json::to_string(cut).unwrap();
    let utf32: Vec<u8> = cut
        .chars()
        .flat_map(|it| u32::from(it).to_le_bytes())
        .collect();
    for body in [
        cut.as_bytes(),
        format!(")]}}',\n{cut}").as_bytes(),
        unquoted_names(cut).as_bytes(),
        twice.trim_end_matches('"').as_bytes(),
        &utf32,
    ] {
        let shown = String::from_utf8_lossy(body);
        let error = verify(body, "application/json").unwrap_err();
        let found = error
            .transaction()
            .unwrap_or_else(|| panic!("{shown}: {error:?}"));
        assert_eq!(
            found.transaction_id,
            Some("11111111-2222".into()),
            "{shown}"
        );
        assert_eq!(
            found.transaction_record_id,
            Some("66666666-7777".into()),
            "{shown}"
        );
        assert_eq!(found.status, Some(RecordStatus::MATCH), "{shown}");
    }
}

#[test]
fn a_list_is_not_lost_for_one_element() {
    let get = TestEntities::new("CA".parse().unwrap());
    let read = |body: &'static str| get.response(Response::new(body.into()));
    let entity = |name: &str| format!("{{\"PersonInfo\":{{\"FirstSurName\":\"{name}\"}}}}");
    let (one, two) = (entity("One"), entity("Two"));
    for bad in ["\"x\"", "7", "[[]]"] {
        let body: &'static str = format!("[{one},{bad},{two}]").leak();
        let entities = read(body).unwrap();
        let names = entities.iter().map(|it| {
            let person = it.person_info.as_ref()?;
            person.first_sur_name.as_deref()
        });
        assert_eq!(
            names.collect::<Vec<_>>(),
            [Some("One"), None, Some("Two")],
            "{bad}"
        );
        let unread: Vec<_> = entities.iter().flat_map(|it| it.unread()).collect();
        assert_eq!(unread.len(), 1, "{bad}: {unread:?}");
        assert_eq!(
            (unread[0].path(), unread[0].cause()),
            ("[1]".to_owned(), UnreadCause::Form)
        );
        assert_eq!(unread[0].json(), bad);
    }
    // None of them is another list.
    for body in ["[\"x\",7]", "\"x\"", "[\"x\"]"] {
        assert!(matches!(read(body), Err(Error::Decode { .. })), "{body}");
    }
}
