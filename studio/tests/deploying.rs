//! A change of copy goes into deployed functions with no compiler: AWS's command line is played by a script on this machine.

mod templates;

use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use templates::copied;

/// Answers as AWS's command line would for a stack of two functions, and keeps what is uploaded.
const AWS: &str = r#"#!/bin/sh
case "$1 $2" in
  "cloudformation list-stack-resources") echo '["shop-send","shop-intake"]' ;;
  "lambda get-function") echo "{\"Location\":\"$ZIP_URL\"}" ;;
  "lambda update-function-code") cp "${6#fileb://}" "$KEPT/$4.zip"; echo '"sha"' ;;
  "lambda wait") ;;
  *) echo "Unable to locate credentials" >&2; exit 253 ;;
esac
"#;

/// Serves one zip, as often as it is asked for.
fn serve(zip: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/code.zip", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a client");
            // What is asked for is always the same.
            let _ = stream.read(&mut [0; 4_096]);
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", zip.len());
            stream.write_all(&[head.as_bytes(), &zip].concat()).expect("a client");
        }
    });
    url
}

fn deploy(templates: &Path, place: &Path, url: &str) -> std::process::Output {
    let script = place.join("aws");
    fs::write(&script, AWS).expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("a script");
    let path = format!("{}:/usr/bin:/bin", place.display());
    Command::new(env!("CARGO_BIN_EXE_regulars"))
        .args(["deploy", "--stack", "shop", "--templates"])
        .arg(templates)
        .env("PATH", path)
        .env("ZIP_URL", url)
        .env("KEPT", place)
        .output()
        .expect("the command runs")
}

#[test]
fn a_slip_in_the_copy_and_an_account_without_credentials_deploy_nothing() {
    let (folder, place) = (copied(), tempfile::tempdir().expect("a folder"));
    let file = folder.path().join("flows/winback/strings.ja.toml");
    let right = fs::read_to_string(&file).expect("a file");
    fs::write(&file, right.replacen("{{date coupon.until}}", "{{date coupon.untl}}", 1)).expect("a file");
    let done = deploy(folder.path(), place.path(), "http://127.0.0.1:1/");
    assert!(!done.status.success() && String::from_utf8_lossy(&done.stderr).contains("no zip is made of such a tree"));
    fs::write(&file, right).expect("a file");
    let done = deploy(folder.path(), place.path(), "http://127.0.0.1:1/code.zip?signed");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(said.contains("the code of shop-send") && !said.contains("signed"), "a signed address is not told: {said}");
    assert!(!place.path().join("shop-send.zip").exists());
}

#[test]
fn a_change_of_copy_reaches_every_function_and_their_binaries_stay() {
    let (folder, place) = (copied(), tempfile::tempdir().expect("a folder"));
    let mut old = Cursor::new(Vec::new());
    studio::zips::write(&mut old, b"the binary that runs", &[]).expect("a zip");
    let url = serve(old.into_inner());
    let done = deploy(folder.path(), place.path(), &url);
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.contains("are in 2 functions of shop"), "{said}");
    for function in ["shop-send", "shop-intake"] {
        let zip = fs::read(place.path().join(format!("{function}.zip"))).expect("it was uploaded");
        let mut archive = zip::ZipArchive::new(Cursor::new(zip)).expect("a zip");
        let mut text = |name: &str| {
            let mut text = String::new();
            archive.by_name(name).expect("it is there").read_to_string(&mut text).expect("text");
            text
        };
        assert_eq!(text("bootstrap"), "the binary that runs");
        assert!(text("templates/flows/winback/strings.ja.toml").contains("[last]"));
    }
}
