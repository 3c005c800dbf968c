//! A batch as a person runs it: progress on a terminal and in lines, and Ctrl-C.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use crate::terminal::{CTRL_C, Terminal};
use crate::{Folder, napi, run, stderr, stdout, vector};

const LIST: &[u8] = br#"{"CountryCode":"IT","DataFields":{"PersonInfo":{"FirstGivenName":"Ada"}}}
{"CountryCode":"IT","DataFields":{"PersonInfo":{"FirstGivenName":"Eva"}},"CustomerReferenceID":"order 7"}
"#;

/// Listens, takes each connection, and says nothing on it; tells of each.
pub(crate) fn silent_server() -> (String, Receiver<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let (taken, connections) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            if taken.send(stream).is_err() {
                break;
            }
        }
    });
    (url, connections)
}

/// Returns a run of a list of two, whose fields are not asked for.
fn batch(folder: &Folder, url: &str, more: &[&str]) -> Command {
    let list = folder.file("people.ndjson", LIST);
    let (journal, results) = (folder.path("journal"), folder.path("results.ndjson"));
    let (key, certificate) = (vector("key.pem"), vector("chain.pem"));
    let mut words = vec!["batch", "run", "--no-field-check", "--user", "acme"];
    words.extend(["--proxy", "none", "--base-url", url]);
    words.extend([
        "--input",
        &list,
        "--journal",
        &journal,
        "--results",
        &results,
    ]);
    words.extend(["--key", &key, "--certificate", &certificate]);
    let mut program = napi(&[&words[..], more].concat());
    program.env("NAPI_PASSWORD", "secret").env("TERM", "xterm");
    program
}

fn status(folder: &Folder) -> String {
    stdout(&run(&[
        "batch",
        "status",
        "--journal",
        &folder.path("journal"),
    ]))
}

#[test]
fn first_interrupt_finishes_and_second_ends_at_once() {
    let folder = Folder::new();
    let (url, connections) = silent_server();
    let mut terminal = Terminal::start(batch(&folder, &url, &["--concurrency", "1"]));
    // The bar, with what it counts.
    terminal.wait_for("0/2");
    terminal.wait_for("0 match, 0 nomatch, 0 failed, 0 unknown");
    let _under_way = connections.recv().unwrap();
    terminal.press(CTRL_C);
    terminal.wait_for("press Ctrl-C again to stop at once");
    terminal.press(CTRL_C);
    let (ended, shown) = terminal.end();
    assert_eq!(ended.code(), Some(130), "{shown}");
    // The one that was under way may have been sent; the other was not begun.
    let status = status(&folder);
    assert!(
        status.contains("unknown    1") && status.contains("waiting    1"),
        "{status}"
    );
    let unknown = run(&["batch", "unknown", "--journal", &folder.path("journal")]);
    assert!(stdout(&unknown).contains("\n1 "), "{unknown:?}");
}

#[test]
fn interrupt_while_nothing_can_be_sent_leaves_all_waiting() {
    let folder = Folder::new();
    let (url, connections) = silent_server();
    let mut terminal = Terminal::start(batch(&folder, &url, &[]));
    // Both records are in the journal by then. Each connection is closed before its handshake.
    drop(connections.recv().unwrap());
    thread::spawn(move || connections.into_iter().for_each(drop));
    terminal.press(CTRL_C);
    let (ended, shown) = terminal.end();
    assert_eq!(ended.code(), Some(130), "{shown}");
    assert!(
        shown.contains("stopped") && shown.contains("waiting    2"),
        "{shown}"
    );
    assert!(status(&folder).contains("waiting    2"));
}

#[test]
fn progress_without_a_terminal_is_lines_of_json() {
    let folder = Folder::new();
    let mut program = batch(&folder, "https://127.0.0.1:1", &["--progress-every", "1"]);
    let mut child = program.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let progress = lines.find_map(|line| {
        let line: serde_json::Value = serde_json::from_str(&line.unwrap()).ok()?;
        line.get("progress").cloned()
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let progress = progress.unwrap();
    assert_eq!(
        (&progress["records"], &progress["ended"]),
        (&2.into(), &0.into())
    );
    assert!(progress["seconds_left"].is_null(), "{progress}");
}

#[test]
fn sending_again_is_asked_about() {
    let folder = Folder::new();
    let (url, connections) = silent_server();
    let mut terminal = Terminal::start(batch(&folder, &url, &["--concurrency", "1"]));
    let _under_way = connections.recv().unwrap();
    terminal.press(CTRL_C);
    terminal.wait_for("press Ctrl-C again");
    terminal.press(CTRL_C);
    terminal.end();
    let journal = folder.path("journal");
    let retry = ["batch", "retry", "--unknown", "--journal", &journal];
    // There is no one to ask.
    let refused = run(&retry);
    assert!(
        !refused.status.success() && stderr(&refused).contains("--yes"),
        "{refused:?}"
    );
    for (key, is_yes) in [("n\r", false), ("y\r", true)] {
        let mut terminal = Terminal::start(napi(&retry));
        terminal.wait_for("1 unknown would be sent again");
        terminal.wait_for("billed a second time");
        terminal.press(key);
        let (ended, shown) = terminal.end();
        assert_eq!(ended.success(), is_yes, "{shown}");
        assert_eq!(status(&folder).contains("unknown"), !is_yes);
    }
    assert!(status(&folder).contains("waiting    2"));
}

#[test]
fn list_with_problems_is_not_sent() {
    let folder = Folder::new();
    let mut program = batch(&folder, "https://127.0.0.1:1", &[]);
    folder.file("people.ndjson", b"{}\n{");
    let output = program.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let problems = stderr(&output);
    assert!(
        problems.contains("line 1: ") && problems.contains("line 2: "),
        "{problems}"
    );
    assert!(
        stdout(&output).contains("2 of 2 records cannot be sent"),
        "{output:?}"
    );
    assert!(status(&folder).contains("no records yet"));
}

#[test]
fn pipe_is_refused_as_a_list() {
    let folder = Folder::new();
    let mut program = batch(&folder, "https://127.0.0.1:1", &["--input-form", "csv"]);
    let words: Vec<_> = program.get_args().map(|it| it.to_owned()).collect();
    let words = words.iter().map(|it| match it.to_str().unwrap() {
        text if text.ends_with("people.ndjson") => "/dev/stdin",
        text => text,
    });
    program = napi(&words.collect::<Vec<_>>());
    let output = program.output().unwrap();
    assert!(stderr(&output).contains("read twice"), "{output:?}");
}

#[test]
fn journal_that_is_not_there_is_not_made() {
    let folder = Folder::new();
    let path = folder.path("journal");
    for command in [
        &["status"][..],
        &["unknown"],
        &["retry", "--unknown", "--yes"],
    ] {
        let output = run(&[&["batch"], command, &["--journal", &path]].concat());
        assert_eq!(output.status.code(), Some(5), "{output:?}");
        let stderr = stderr(&output);
        assert!(
            stderr.contains("there is no journal of this path or name"),
            "{stderr}"
        );
    }
    assert!(!std::path::Path::new(&path).exists());
}
