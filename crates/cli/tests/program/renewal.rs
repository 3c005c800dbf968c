//! A batch while its key and certificate are replaced on the disk; the mock's log tells what it was
//! shown.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStderr, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::examples::Workplace;
use crate::stdout;

/// The records of a run.
const RECORDS: usize = 60;

/// The records before the first connection ends: those after it need another.
const FIRST: usize = 20;

/// Makes a workplace with a second pair, and a list.
fn prepared() -> Workplace {
    let workplace = Workplace::new();
    let request = "napi-mtls request --country CA --state \"British Columbia\" \
         --locality Vancouver --organization \"Acme Identity Inc.\" \
         --common-name napi.acme.example --passphrase-file passphrase --name second";
    let made = workplace.shell(request).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    workplace.upload("second.csr", "second.pem");
    let mut list = "CountryCode,FirstGivenName,FirstSurName,ConsentForDataSources\n".to_owned();
    for number in 0..RECORDS {
        list += &format!("IT,Ada,Mancini {number},Credit Agency\n");
    }
    workplace.folder.file("many.csv", list.as_bytes());
    workplace
}

/// Ends the first connection after some records, in order, with gates on its way; gives those after
/// it scripts.
fn script(workplace: &Workplace, gates: Value, others: &[Value]) {
    let result = json!({"TransactionID": "22222222-2222-4222-8222-222222222222", "Record": {
        "TransactionRecordID": "33333333-3333-4333-8333-333333333333", "RecordStatus": "match",
    }});
    let reply = json!({
        "status": 200,
        "headers": [["content-type", "application/json"]],
        "body": {"text": result.to_string()},
    });
    let first = json!({
        "alpn": "either",
        "http2": {"go_away": {"after": FIRST, "error_code": 0}},
        // So that the next connection presents the certificate anew.
        "tickets": "none",
        "response": {"reply": reply},
        "gates": gates,
    });
    let scripts = json!([&[first], others].concat()).to_string();
    let (status, problem) = workplace.mock.call("POST", "/mock/v1/scripts", &scripts);
    assert_eq!(status, 204, "{problem}");
}

/// A run that goes on, and what it says beside its progress.
struct Run {
    program: Child,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Run {
    fn start(workplace: &Workplace, more: &str) -> Self {
        let line = format!(
            "exec napi-mtls batch run --input many.csv --journal journal --results results.ndjson \
             --certificate napi.pem --key napi.key --passphrase-file passphrase --no-field-check \
             --proxy none --concurrency 1 --progress-every 1 {more}"
        );
        let mut shell = workplace.shell(&line);
        let mut program = shell
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(program.stderr.take().unwrap()).lines();
        Self { program, lines }
    }

    /// Waits for an event of the files, or a line with these words.
    fn wait_for(&mut self, wanted: &str) {
        for line in self.lines.by_ref().map_while(Result::ok) {
            let event = serde_json::from_str::<Value>(&line);
            if line.contains(wanted) || event.is_ok_and(|it| it["event"] == wanted) {
                return;
            }
        }
        panic!("it ended without {wanted:?}");
    }

    /// Waits for its end; returns the exit code and what it printed.
    fn end(self) -> (Option<i32>, String) {
        // To the end, so that it does not wait for its reader.
        self.lines.for_each(drop);
        let output = self.program.wait_with_output().unwrap();
        (output.status.code(), stdout(&output))
    }
}

/// Puts the second pair in the place of the first.
fn replace(workplace: &Workplace) {
    for ending in ["key", "pem"] {
        let path = |name: &str| workplace.folder.path(&format!("{name}.{ending}"));
        fs::copy(path("second"), path("napi")).unwrap();
    }
}

fn events(workplace: &Workplace) -> Vec<Value> {
    let (_, events) = workplace.mock.call("GET", "/mock/v1/events", "");
    serde_json::from_str(&events).unwrap()
}

/// Returns the certificates that the portal has issued for the two pairs.
fn issued(workplace: &Workplace) -> [Value; 2] {
    let events = events(workplace).into_iter();
    let issued = events.filter(|event| event["event"] == "certificate_issued");
    let mut issued: Vec<_> = issued.collect();
    let second = issued.pop().unwrap();
    [issued.pop().unwrap(), second]
}

fn revoke_first(workplace: &Workplace) {
    let [first, _] = issued(workplace);
    revoke(workplace, &first);
}

fn revoke_second(workplace: &Workplace) {
    let [_, second] = issued(workplace);
    revoke(workplace, &second);
}

fn revoke(workplace: &Workplace, certificate: &Value) {
    let serial = certificate["serial"].as_str().unwrap();
    let path = format!("/portal/v1/certificates/{serial}");
    assert_eq!(workplace.mock.call("DELETE", &path, "").0, 204);
}

/// Returns the verifications that the service has processed since the first connection, each by the
/// digest of its certificate, after it has made sure that no record was sent twice. The first
/// connection has brought so many.
fn certificates(workplace: &Workplace, first: usize) -> Vec<Value> {
    let events = events(workplace);
    let is_verify = |event: &&Value| {
        let path = event["path"].as_str();
        path.is_some_and(|path| path.ends_with("/verify"))
    };
    let of = |kind: &str| {
        let events = events.iter().filter(is_verify);
        let events = events.filter(|event| event["event"] == kind);
        events.cloned().collect::<Vec<_>>()
    };
    let scripted = of("request_scripted").len();
    let processed = of("request");
    // One that prepared the workplace is the first.
    let processed = &processed[processed.len() - (RECORDS - scripted)..];
    assert_eq!(scripted, first);
    assert!(
        processed.iter().all(|it| it["status"] == 200),
        "{processed:?}"
    );
    let digests = processed.iter();
    digests
        .map(|it| it["client_certificate_sha256"].clone())
        .collect()
}

fn assert_all_done(ended: (Option<i32>, String)) {
    let (code, text) = ended;
    assert_eq!(code, Some(0), "{text}");
    for line in [
        format!("done       {RECORDS}"),
        format!("sent now   {RECORDS}"),
    ] {
        assert!(text.contains(&line), "{text}");
    }
}

#[test]
fn pair_replaced_during_a_run_is_used_without_a_failure() {
    let workplace = prepared();
    script(
        &workplace,
        json!({}),
        &[json!({"gates": {"after_handshake": "hold"}})],
    );
    let mut run = Run::start(&workplace, "--reload-every 1");
    // One record is under way on a connection of the first pair.
    assert_eq!(workplace.mock.call("GET", "/mock/v1/gates/hold", "").0, 200);
    replace(&workplace);
    run.wait_for("in_use");
    revoke_first(&workplace);
    workplace.mock.call("POST", "/mock/v1/gates/hold", "");
    assert_all_done(run.end());
    let [first, second] = issued(&workplace).map(|it| it["sha256"].clone());
    let certificates = certificates(&workplace, FIRST);
    assert_eq!(certificates[0], first);
    assert_eq!(certificates[1..], vec![second; RECORDS - FIRST - 1]);
}

#[test]
fn pair_replaced_before_the_first_is_revoked_goes_on() {
    let workplace = prepared();
    // The first record waits for its response, for which a request has time.
    script(&workplace, json!({"before_response": "hold"}), &[]);
    // It does not look by itself before the rejection.
    let mut run = Run::start(&workplace, "--reload-every 86400");
    assert_eq!(workplace.mock.call("GET", "/mock/v1/gates/hold", "").0, 200);
    replace(&workplace);
    revoke_first(&workplace);
    workplace.mock.call("POST", "/mock/v1/gates/hold", "");
    run.wait_for("going on with the certificate");
    assert_all_done(run.end());
    let [_, second] = issued(&workplace).map(|it| it["sha256"].clone());
    assert_eq!(
        certificates(&workplace, FIRST),
        vec![second; RECORDS - FIRST]
    );
}

#[test]
fn interrupt_ends_a_run_that_looks_for_another_pair() {
    let workplace = prepared();
    let trial = json!({"gates": {"after_handshake": "trial"}});
    // The connection in between is rejected.
    script(
        &workplace,
        json!({"before_response": "hold"}),
        &[json!({}), trial],
    );
    let run = Run::start(&workplace, "--reload-every 86400");
    assert_eq!(workplace.mock.call("GET", "/mock/v1/gates/hold", "").0, 200);
    replace(&workplace);
    revoke_first(&workplace);
    workplace.mock.call("POST", "/mock/v1/gates/hold", "");
    // The pair in its place is tried out, without an end.
    assert_eq!(
        workplace.mock.call("GET", "/mock/v1/gates/trial", "").0,
        200
    );
    kill_process(Pid::from_child(&run.program), Signal::INT).unwrap();
    let (code, text) = run.end();
    assert_eq!(code, Some(3), "{text}");
    for line in [
        format!("done       {FIRST} ("),
        // As many as were read of the list by then.
        "waiting    ".to_owned(),
        format!("{FIRST} results in results.ndjson"),
    ] {
        assert!(text.contains(&line), "{text}");
    }
}

#[test]
fn list_that_is_gone_later_leaves_the_results_in_order() {
    let workplace = prepared();
    script(&workplace, json!({"before_response": "hold"}), &[]);
    let run = Run::start(&workplace, "--reload-every 86400");
    assert_eq!(workplace.mock.call("GET", "/mock/v1/gates/hold", "").0, 200);
    // So that only an orderly end makes it anew.
    fs::remove_file(workplace.folder.path("results.ndjson")).unwrap();
    fs::remove_file(workplace.folder.path("many.csv")).unwrap();
    replace(&workplace);
    revoke_first(&workplace);
    workplace.mock.call("POST", "/mock/v1/gates/hold", "");
    let (code, text) = run.end();
    assert_eq!(code, Some(5), "{text}");
    let results = fs::read_to_string(workplace.folder.path("results.ndjson")).unwrap();
    assert_eq!(results.lines().count(), FIRST);
}

#[test]
fn pair_put_there_before_the_run_begins_is_tried_first() {
    for (is_revoked, event) in [(false, "in_use"), (true, "not_used")] {
        let workplace = prepared();
        let fifo = workplace.folder.path("fifo");
        assert!(workplace.shell("mkfifo fifo").status().unwrap().success());
        let more = "--reload-every 86400 --password-file fifo";
        let mut run = Run::start(&workplace, more);
        // It has loaded the first pair, and waits for the password.
        let mut password = fs::OpenOptions::new().write(true).open(fifo).unwrap();
        if is_revoked {
            revoke_second(&workplace);
        }
        replace(&workplace);
        let known = fs::read(workplace.folder.path("password")).unwrap();
        password.write_all(&known).unwrap();
        drop(password);
        run.wait_for(event);
        assert_all_done(run.end());
        let [first, second] = issued(&workplace).map(|it| it["sha256"].clone());
        let expected = if is_revoked { first } else { second };
        assert_eq!(certificates(&workplace, 0), vec![expected; RECORDS]);
    }
}

#[test]
fn revoked_pair_that_nothing_replaces_leaves_records_waiting() {
    let workplace = prepared();
    script(&workplace, json!({"before_response": "hold"}), &[]);
    let run = Run::start(&workplace, "--reload-every 86400");
    assert_eq!(workplace.mock.call("GET", "/mock/v1/gates/hold", "").0, 200);
    revoke_first(&workplace);
    workplace.mock.call("POST", "/mock/v1/gates/hold", "");
    let (code, text) = run.end();
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains(&format!("done       {FIRST}")), "{text}");
    assert!(!text.contains("unknown"), "{text}");
}

#[test]
fn pair_that_the_server_rejects_is_not_put_into_use() {
    let workplace = prepared();
    script(
        &workplace,
        json!({}),
        &[json!({"gates": {"after_handshake": "hold"}})],
    );
    let mut run = Run::start(&workplace, "--reload-every 1");
    assert_eq!(workplace.mock.call("GET", "/mock/v1/gates/hold", "").0, 200);
    // Before it is put there.
    revoke_second(&workplace);
    replace(&workplace);
    run.wait_for("not_used");
    workplace.mock.call("POST", "/mock/v1/gates/hold", "");
    assert_all_done(run.end());
    let [first, _] = issued(&workplace).map(|it| it["sha256"].clone());
    assert_eq!(
        certificates(&workplace, FIRST),
        vec![first; RECORDS - FIRST]
    );
}
