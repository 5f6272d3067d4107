//! The page: one card, no script, nothing loaded from anywhere.

use shop::{Brand, Palette};

/// What a page says.
pub(crate) enum Page {
    /// Asks for the one click.
    Ask,
    /// It is done.
    Done,
    /// The link is nobody's.
    Unknown,
    /// It could not be written.
    Again,
}

impl Page {
    /// The whole page.
    pub(crate) fn html(&self, brand: &Brand) -> String {
        let name = escape(&brand.name);
        let mail = escape(brand.contact.email.expose());
        let write = format!(r#"<a href="mailto:{mail}">{mail}</a>"#);
        let (title, body) = match self {
            Page::Ask => (
                "Fewer letters?",
                format!(
                    "<p>One click, and {name} sends you no more letters about products, offers or birthdays. \
                     Letters about your own orders still come.</p>\
                     <form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\">\
                     <button>Unsubscribe</button></form>\
                     <p class=\"small\">Changed your mind? Just close this page. Something wrong? Write to {write}.</p>"
                ),
            ),
            Page::Done => (
                "Done. You are unsubscribed.",
                format!(
                    "<p>{name} sends you no more marketing letters. Letters about your own orders still come.</p>\
                     <p class=\"small\">If this was a mistake, or you would like to tell us why: {write}.</p>"
                ),
            ),
            Page::Unknown => (
                "This link is not complete",
                format!(
                    "<p>It may have been cut on its way. Please open it from the letter again, or write to {write} and a \
                     person will take you off the list.</p>"
                ),
            ),
            Page::Again => (
                "That did not work",
                format!(
                    "<p>Please try again in a minute, or write to {write} and a person will take you off the list.</p>"
                ),
            ),
        };
        let (day, dark) = (variables(&brand.colours.day), variables(&brand.colours.dark));
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>{title} · {name}</title><style>\
             :root{{{day}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}{STYLE}</style></head>\
             <body><main><p class=\"shop\">{name}</p><h1>{title}</h1>{body}</main></body></html>"
        )
    }
}

const STYLE: &str = "*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;\
background:var(--page);color:var(--ink);font:17px/1.6 Georgia,'Times New Roman',serif}\
main{max-width:30rem;background:var(--sheet);border:1px solid var(--rule);border-radius:14px;padding:44px 40px}\
.shop{margin:0 0 28px;color:var(--muted);letter-spacing:.14em;text-transform:uppercase;font:600 12px/1 system-ui,sans-serif}\
h1{margin:0 0 16px;font-size:30px;line-height:1.2;font-weight:500}p{margin:0 0 20px}\
button{width:100%;padding:16px;border:0;border-radius:10px;background:var(--accent);color:var(--on-accent);\
font:600 17px/1 system-ui,sans-serif;cursor:pointer}button:focus-visible{outline:3px solid var(--ink);outline-offset:3px}\
form{margin:28px 0}.small{color:var(--muted);font-size:15px;margin:0}a{color:inherit}";

fn variables(palette: &Palette) -> String {
    let Palette { page, sheet, ink, muted, rule, accent, on_accent, .. } = palette;
    format!(
        "--page:{page};--sheet:{sheet};--ink:{ink};--muted:{muted};--rule:{rule};--accent:{accent};--on-accent:{on_accent}"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
