//! The commands themselves: what they say when something is in the way.

mod templates;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn regulars(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_regulars")).args(arguments).output().expect("the command runs")
}

fn one_line(output: &Output) -> String {
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(text.trim_end().lines().count(), 1, "{text}");
    text
}

#[test]
fn a_port_in_use_is_one_clear_line() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let said = one_line(&regulars(&["--port", &port, "--data", data.to_str().expect("UTF-8")]));
    assert!(said.contains(&port) && said.contains("--port"), "{said}");
}

#[test]
fn a_data_directory_that_cannot_be_written_is_one_clear_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a-file");
    std::fs::write(&file, "").expect("a file");
    let data = file.join("data");
    let said = one_line(&regulars(&["--port", "0", "--data", data.to_str().expect("UTF-8")]));
    assert!(said.contains("cannot be written") && said.contains("--data"), "{said}");
}

#[test]
fn a_plan_without_a_shop_or_with_a_strange_time_is_one_clear_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("UTF-8");
    assert!(one_line(&regulars(&["plan", "--at", "2026-12-05", "--data", data])).contains("no shop"));
    let missing = one_line(&regulars(&["import", "no-such-file.csv", "--data", data]));
    assert!(missing.contains("no-such-file.csv"), "{missing}");
}

#[test]
fn the_shipped_templates_are_without_mistakes() {
    let output = regulars(&["check"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A copy of the shipped templates with one text of one file replaced.
fn templates_with(file: &str, from: &str, to: &str) -> tempfile::TempDir {
    let folder = templates::copied();
    let path = folder.path().join(file);
    let text = std::fs::read_to_string(&path).expect("a file");
    assert!(text.contains(from), "{file} has no {from}");
    std::fs::write(&path, text.replacen(from, to, 1)).expect("a file");
    folder
}

#[test]
fn a_mistake_is_told_to_people_to_programs_and_to_code_hosts() {
    let folder = templates_with("flows/winback/strings.en.toml", "{{date coupon.until}}", "{{date coupon.untl}}");
    let path = folder.path().to_str().expect("UTF-8");
    let told = |form: &[&str]| {
        let output = regulars(&[&["check", "--templates", path], form].concat());
        assert!(!output.status.success(), "such a tree is not packaged");
        assert!(String::from_utf8_lossy(&output.stderr).contains("1 mistake:"), "and says so");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let text = told(&[]);
    assert!(text.contains("winback/strings.en.toml:12:") && text.contains("did you mean `until`?"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&told(&["--json"])).expect("JSON");
    let mistake = &json["mistakes"][0];
    assert_eq!((mistake["line"].as_u64(), mistake["severity"].as_str()), (Some(12), Some("error")));
    let sarif: serde_json::Value = serde_json::from_str(&told(&["--sarif"])).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 12);
    assert!(result["message"]["text"].as_str().is_some_and(|text| text.contains("coupon.untl")), "{result}");
}

#[test]
fn a_subject_that_is_too_long_and_a_file_in_utf_16_are_told() {
    let long = "x".repeat(90);
    let folder = templates_with("flows/winback/strings.pl.toml", "subject   = \"", &format!("subject   = \"{long}"));
    let path = folder.path().to_str().expect("UTF-8");
    let said = || String::from_utf8_lossy(&regulars(&["check", "--templates", path]).stdout).into_owned();
    let long = said();
    assert!(long.contains("winback/strings.pl.toml:2:") && long.contains("at most 78 are shown"), "{long}");
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain("[last]\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    std::fs::write(folder.path().join("flows/winback/strings.pl.toml"), utf16).expect("a file");
    let told = said();
    assert!(told.contains("strings.pl.toml:1:1: this file is UTF-16: save it as UTF-8"), "{told}");
}

#[test]
fn a_letter_is_exported_in_the_language_and_for_the_reader_that_were_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("letter.html");
    let file = file.to_str().expect("UTF-8");
    let done = regulars(&["preview", "winback/last", "--locale", "ja", "--sample", "nameless", "--export", file]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let html = std::fs::read_to_string(file).expect("a letter");
    assert!(html.contains("lang=\"ja\"") && !html.contains("Ada"), "a Japanese letter to nobody by name");
    let said = one_line(&regulars(&["preview", "winbak", "--export", file]));
    assert!(said.contains("did you mean winback?"), "{said}");
    let said = one_line(&regulars(&["preview", "winback/lst", "--export", file]));
    assert!(said.contains("it has best-sellers, ten-percent, last"), "{said}");
    let said = one_line(&regulars(&["preview", "winback", "--sample", "nobody", "--export", file]));
    assert!(said.contains("there is no sample customer nobody"), "{said}");
    let said = one_line(&regulars(&["preview", "winback", "--to", "ada@example.com"]));
    assert!(said.contains("--smtp") && said.contains("--ses"), "{said}");
}

/// Imports a file of this text into a new shop, as often as `times`, and returns what the last run said.
fn import(text: &[u8], options: &[&str], times: usize) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("export.csv");
    std::fs::write(&file, text).expect("a file");
    let data = folder.path().join("data");
    let mut words = vec!["import", file.to_str().expect("UTF-8"), "--data", data.to_str().expect("UTF-8")];
    words.extend(options);
    let mut outputs = (0..times).map(|_| regulars(&words)).collect::<Vec<_>>();
    outputs.pop().expect("a run")
}

const SHOPIFY: &str = "\u{feff}Name;Email;Financial Status;Created at;Currency;Total;Lineitem quantity;Lineitem name;Id\r\n\
    #1001;ada@example.com;paid;2026-01-10 11:00:00 -0500;EUR;12,90;1;\"Fog; \"\"dark\"\"\";5001\r\n\
    #1002;eva@example.com;paid;2026-01-11 11:00:00 -0500;EUR;8,00;2;Caf\u{e9};5002\r\n";

#[test]
fn an_export_is_recognised_whatever_a_spreadsheet_did_to_it_and_the_second_import_changes_nothing() {
    let said = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let first = import(SHOPIFY.as_bytes(), &[], 1);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    assert!(said(&first).contains("This is Shopify's orders export.\n2 rows: 2 orders written"), "{}", said(&first));
    let again = said(&import(SHOPIFY.as_bytes(), &[], 2));
    assert!(again.contains("0 orders written, 2 known already, 0 people changed"), "{again}");
    assert!(!said(&first).contains("example.com"));
}

#[test]
fn an_export_that_cannot_be_read_is_one_clear_line_that_says_what_to_do() {
    let said = |text: &str, options: &[&str]| one_line(&import(text.as_bytes(), options, 1));
    let analytics = said("Date,Order #,Status,Customer,Customer type,Product(s),Items sold\n", &[]);
    assert!(analytics.contains("export.csv: line 1:") && analytics.contains("billing_email"), "{analytics}");
    let other = said(SHOPIFY, &["--source", "outlet"]);
    assert!(other.contains("outlet") && other.contains("there is shopify"), "{other}");
    let missing = said("Mail,order_id,placed_at,quantity\n", &[]);
    assert!(missing.contains("nothing gives `email` (is it `Mail`?)"), "{missing}");
    let cut = said(SHOPIFY.split_once(";Caf").expect("a title").0, &[]);
    assert!(cut.contains("1 bad row:") && cut.contains("import it again"), "{cut}");
}

#[test]
fn a_deployed_shop_is_named_by_both_its_tables() {
    let said = one_line(&regulars(&["why", "nora@example.com", "--table", "regulars"]));
    assert!(said.contains("--kept-table"), "{said}");
}

/// Parameter store and table of an account, on this machine: AWS's endpoints are set to them.
#[tokio::test]
async fn the_commands_work_on_a_deployed_shop() {
    let engine = testkit::Engine::in_memory().await.expect("an engine");
    let parameters = testkit::Vendor::start().await;
    let key = serde_json::json!({ "Parameter": { "Value": "regulars: a key for this machine" } });
    parameters.answers("/", 200, Vec::new(), key);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("orders.csv");
    std::fs::write(
        &file,
        "email,order_id,placed_at,sku,title,quantity,unit_price\nnora@example.com,1,2026-03-02,TEA,Tea,1,5\n",
    )
    .expect("a file");
    let deployed = |words: &[&str]| {
        let tables = engine.tables();
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_regulars"));
        command.args(words).args(["--table", &tables.main, "--kept-table", &tables.kept]);
        command.env("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{}", engine.address()));
        command.env("AWS_ENDPOINT_URL_SSM", format!("http://127.0.0.1:{}", parameters.port()));
        command.env("AWS_REGION", "eu-west-1").env("AWS_ACCESS_KEY_ID", "here").env("AWS_SECRET_ACCESS_KEY", "here");
        command.output()
    };
    let output = deployed(&["import", file.to_str().expect("UTF-8")]).await.expect("the command runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = deployed(&["export", "nora@example.com"]).await.expect("the command runs");
    let kept: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(kept["customer"]["order_count"], 1);
    // A stop leaves the breaker as it is; to go on is to go on in spite of it.
    let breaker = retention::control::Control { breaker: true, ..retention::control::Control::default() };
    engine.store().set_control(&breaker).await.expect("a write");
    for (order, stopped) in [("stop", true), ("resume", false)] {
        let output = deployed(&["marketing", order]).await.expect("the command runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(said.contains("is stopped"), stopped, "{said}");
        let control = engine.store().control().await.expect("a read");
        assert_eq!((control.kill_switch, control.breaker), (stopped, stopped));
        assert_eq!(control.resets, u32::from(!stopped), "what was counted before counts no longer");
    }
    let output = deployed(&["erase", "nora@example.com"]).await.expect("the command runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = deployed(&["export", "nora@example.com"]).await.expect("the command runs");
    let kept: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(kept["customer"]["erased_at"].is_number() && kept["orders"] == serde_json::json!([]), "{kept}");
}

/// The shipped templates with one offer whose codes are given once, and an empty shop beside them.
fn shop_with_a_pool() -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let templates = folder.path().join("templates");
    templates::copy_to(&templates);
    let offers = templates.join("offers.toml");
    let text = std::fs::read_to_string(&offers).expect("a file").replace("code    = \"COMEBACK10\"", "pool    = true");
    std::fs::write(&offers, text).expect("a file");
    let path = |path: PathBuf| path.to_str().expect("UTF-8").to_owned();
    let (templates, data) = (path(templates), path(folder.path().join("data")));
    (folder, templates, data)
}

#[test]
fn codes_are_imported_once_and_what_is_none_is_named_by_its_line() {
    let (folder, templates, data) = shop_with_a_pool();
    let coupons = |words: &[&str]| {
        let place = ["--templates", &templates, "--data", &data];
        regulars(&[&["coupons"], words, &place].concat())
    };
    let import = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).expect("a file");
        coupons(&["import", "winback10", file.to_str().expect("UTF-8")])
    };
    let said = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = import("lines.txt", b"back-001\r\nBACK-002\r\n\r\nBACK-001\r\nBACK 3\r\nBACK-004\r\n");
    assert!(one_line(&lines).contains("some lines hold no code"));
    assert_eq!(
        said(&lines),
        "3 codes are new in the pool, 0 were known, 1 stood twice in the file, 1 is no code.\n\
         line 5: a code is 3 to 40 letters, digits, `-` and `_`\n"
    );
    let table: Vec<u8> =
        "\u{feff}Name;Code\nspring;BACK-002\nspring;BACK-005\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let again = import("table.csv", &table);
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    assert!(said(&again).starts_with("1 code is new in the pool, 1 was known, 0 stood twice"), "{}", said(&again));
    let list = coupons(&["list", "--json"]);
    let row = r#"[{"offer":"winback10","codes":"imported","free":4,"given":0,"used":0}]"#;
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    assert_eq!(read(&said(&list)), read(row));

    let none = import("none.csv", b"name,value\nspring,BACK-9\n");
    assert!(one_line(&none).contains("no column is called `code`"));
    let file = folder.path().join("lines.txt");
    let everybody = coupons(&["import", "birthday15", file.to_str().expect("UTF-8")]);
    assert!(one_line(&everybody).contains("`birthday15` has one code for everybody: write `pool = true`"));
    let nowhere = coupons(&["import", "winback11", file.to_str().expect("UTF-8")]);
    assert!(one_line(&nowhere).contains("no offer `winback11`"));
}

/// Whoever follows the documentation with the sample shop finds the customer whom it names.
#[test]
fn the_customers_of_the_examples_are_the_sample_shops() {
    let shop = studio::local::read_templates(&studio::local::default_templates()).expect("the shipped templates").shop;
    let begins = "2026-11-09T12:00:00Z".parse().expect("a time");
    let people = studio::sample::histories(&shop, begins).expect("the sample shop");
    let known: Vec<&str> = people
        .iter()
        .filter_map(|person| person.customer.email.as_ref())
        .map(retention::EmailAddress::expose)
        .collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for file in ["README.md", "docs/letters.md"] {
        let text = std::fs::read_to_string(root.join(file)).expect("the documentation");
        let named: Vec<&str> = text.split_whitespace().filter(|word| word.ends_with("@example.org")).collect();
        assert!(!named.is_empty(), "{file} names nobody");
        assert!(named.iter().all(|email| known.contains(email)), "{file}: {named:?}");
    }
}
