//! The preview over HTTP: a saved file is on the screen again at once, a mistake is shown at its line; and a test letter by SMTP.

mod templates;

use std::time::Duration;

use serde_json::Value;
use studio::preview::{self, Asked, Preview};
use studio::test_send::{self, By};
use templates::{copied, shipped};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

/// Longer than anything here takes, and shorter than the page would wait before it asks again by itself.
const AT_ONCE: Duration = Duration::from_secs(20);

async fn get(url: String) -> (u16, Value) {
    let answer = reqwest::get(url).await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

/// Waits for changes until the answer at `path` is as wanted.
async fn until(url: &str, path: &str, wanted: impl Fn(u16, &Value) -> bool) -> Value {
    let mut version = Value::from(0);
    let found = async {
        loop {
            let (status, answer) = get(format!("{url}{path}")).await;
            if wanted(status, &answer) {
                return answer;
            }
            version = get(format!("{url}/api/change?since={version}")).await.1["version"].clone();
        }
    };
    tokio::time::timeout(AT_ONCE, found).await.expect("it is seen at once")
}

#[tokio::test]
async fn a_saved_file_is_seen_at_once_and_a_mistake_at_its_line() {
    let folder = copied();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let served = tokio::spawn(preview::serve(Preview::new(folder.path(), None), listener));
    let letter = "/api/letter?flow=winback&step=last&locale=pl&sample=ordinary";

    let (_, tree) = get(format!("{url}/api/tree")).await;
    assert_eq!(tree["locales"][0], "en", "the shop's own language first");
    assert!(tree["samples"].as_array().is_some_and(|samples| samples.iter().any(|name| name == "right-to-left")));
    let (status, before) = get(format!("{url}{letter}")).await;
    assert_eq!(
        (status, before["subject"].as_str().is_some_and(|subject| subject.starts_with("Ostatnie"))),
        (200, true)
    );

    let strings = folder.path().join("flows/winback/strings.pl.toml");
    let text = std::fs::read_to_string(&strings).expect("a file");
    std::fs::write(&strings, text.replacen("\"Ostatnie s", "\"Ju\u{17c} ostatnie s", 1)).expect("a file");
    until(&url, letter, |_, letter| letter["subject"].as_str().is_some_and(|subject| subject.starts_with("Ju"))).await;

    std::fs::write(&strings, text.replacen("Wygasa {{date coupon.until}}", "Wygasa {{date coupon.untl}}", 1))
        .expect("a file");
    until(&url, letter, |status, _| status == 422).await;
    let (_, told) = get(format!("{url}/api/check")).await;
    let mistake = &told[0];
    assert!(mistake["message"].as_str().is_some_and(|text| text.contains("did you mean `until`?")), "{told}");
    let around = mistake["around"].as_array().expect("lines");
    let shown = |pair: &Value| pair[0] == mistake["line"] && pair[1].as_str().is_some_and(|line| line.contains("untl"));
    assert!(around.iter().any(shown), "{told}");

    std::fs::write(&strings, "[last\n").expect("a file");
    let tree = until(&url, "/api/tree", |_, tree| tree["mistakes"].is_array()).await;
    assert!(tree["mistakes"][0]["message"].as_str().is_some_and(|text| text.contains("this is not TOML")), "{tree}");
    served.abort();
}

/// A mail server that takes one letter and gives back what it was told.
async fn mail_server(listener: TcpListener) -> String {
    let (stream, _) = listener.accept().await.expect("a client");
    let (read, mut write) = stream.into_split();
    let (mut lines, mut told, mut in_data) = (BufReader::new(read).lines(), String::new(), false);
    write.write_all(b"220 mail.example.com\r\n").await.expect("a client");
    while let Some(line) = lines.next_line().await.expect("a line") {
        told.push_str(&line);
        told.push('\n');
        let answer = match line.as_str() {
            "." => "250 taken\r\n",
            _ if in_data => continue,
            "DATA" => {
                in_data = true;
                "354 go on\r\n"
            }
            _ => "250 ok\r\n",
        };
        write.write_all(answer.as_bytes()).await.expect("a client");
        if line == "." {
            break;
        }
    }
    told
}

#[tokio::test]
async fn a_test_letter_leaves_by_smtp_and_says_that_it_is_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let by = By::Smtp(format!("smtp://{}", listener.local_addr().expect("an address")));
    let server = tokio::spawn(mail_server(listener));
    let words = ["winback", "last", "en", "ordinary"].map(str::to_owned);
    let [flow, step, locale, sample] = words;
    let asked = Asked { flow, step, locale, sample };
    let letter = Preview::new(&shipped(), None).letter(&asked).expect("a letter");
    let said = test_send::send(&letter, &asked, "maren@example.com", &by).await.expect("it is taken");
    assert_eq!(said, "winback/last in en is on its way.");
    let told = server.await.expect("a letter");
    let parts = [
        "RCPT TO:<maren@example.com>",
        "Subject: [Test] One last word",
        "List-Unsubscribe: <https://",
        "multipart/alternative",
    ];
    for part in parts {
        assert!(told.contains(part), "{part} in {told}");
    }
    let refused = test_send::send(&letter, &asked, "nobody", &by).await.expect_err("no address");
    assert!(refused.to_string().starts_with("--to: "), "{refused}");
    let nobody = By::Smtp("smtp://127.0.0.1:1".to_owned());
    let unreachable = test_send::send(&letter, &asked, "maren@example.com", &nobody).await;
    assert!(unreachable.expect_err("nobody listens").to_string().starts_with("the mail server: "));
}
