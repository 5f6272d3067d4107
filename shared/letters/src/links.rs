//! The links of a letter: only where letters of this shop may point, counted for the shop, and never tracked where a
//! person leaves.

use std::collections::BTreeSet;

use crate::letter::Links;
use crate::markup::{Token, escape, tokens, unescape};

/// Attributes that hold a URL. Forms, frames and scripts are no part of a letter, so theirs are not here.
pub(crate) const URL_ATTRIBUTES: [&str; 4] = ["href", "src", "background-url", "background"];

/// Where letters may point, and what is put on the links to the shop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LinkRules<'a> {
    pub(crate) hosts: &'a [String],
    pub(crate) links: &'a Links,
    /// Addresses that a storefront gave for this one letter: a carrier's page, a cart.
    pub(crate) given: &'a [String],
    /// The flow.
    pub(crate) campaign: &'a str,
    /// The step.
    pub(crate) content: &'a str,
}

/// Checks every URL of rendered MJML, and puts UTM parameters on the links to the shop.
pub(crate) fn apply(mjml: &str, rules: LinkRules<'_>) -> Result<String, String> {
    let mut written = String::with_capacity(mjml.len() + 1_024);
    let mut copied = 0;
    for token in tokens(mjml) {
        let Token::Open(tag) = token else { continue };
        for attribute in tag.attributes.iter().filter(|attribute| URL_ATTRIBUTES.contains(&attribute.name)) {
            let url = unescape(attribute.value.unwrap_or_default());
            let target = rules.target(&url)?;
            if attribute.name == "href" && target == Target::Shop {
                written.push_str(&mjml[copied..attribute.value_at.start]);
                written.push_str(&escape(&counted(&url, rules.campaign, rules.content)));
                copied = attribute.value_at.end;
            }
        }
    }
    written.push_str(&mjml[copied..]);
    Ok(written)
}

/// Keeps SES from wrapping the links by which a person leaves, chooses or answers: `ses:no-track` stands in their tags.
pub(crate) fn untracked(html: &str, links: &Links) -> String {
    let own: BTreeSet<String> = links.own().map(|url| escape(&url)).collect();
    let mut written = String::with_capacity(html.len() + 1_024);
    let mut pieces = html.split(HREF);
    written.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let url = piece.split('"').next().unwrap_or_default();
        written.push_str(if own.contains(url) { UNTRACKED } else { HREF });
        written.push_str(piece);
    }
    written
}

/// Where the address of a link begins, and the same where SES is to leave it as it is.
const HREF: &str = "href=\"";
const UNTRACKED: &str = "ses:no-track href=\"";

/// Whether the rendered letter shows this link.
pub(crate) fn shows(html: &str, url: &str) -> bool {
    html.contains(&format!("href=\"{}\"", escape(url)))
}

/// Whether a text is an address that may stand in a letter: https, the name of a host as it is written in the domain name
/// system, and no sign that ends a link or turns what is read of it.
pub(crate) fn is_plain(url: &str) -> bool {
    let rest = url.strip_prefix("https://").unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let port = authority.split_once(':').map_or(Ok(443), |(_, port)| port.parse::<u16>());
    // What is not printed as itself would make one address look like another.
    let hidden = |c: char| c.escape_debug().len() > 1;
    !url.contains(unfit) && !url.contains(hidden) && port.is_ok() && shop::host_of(url).is_some_and(is_host_name)
}

/// Letters that only look like others (IDN) are in punycode here or nowhere; an address in numbers is nobody's name.
fn is_host_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let ends_well = !label.starts_with('-') && !label.ends_with('-') && !label.is_empty();
        ends_well && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let top = host.rsplit('.').next().unwrap_or_default();
    host.contains('.') && host.split('.').all(is_label) && top.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Whether a text is a link of ours that may stand in a header.
pub(crate) fn fits_header(url: &str, max_chars: usize) -> bool {
    (url.starts_with("https://") || is_this_machine(url)) && url.chars().count() <= max_chars && !url.contains(unfit)
}

#[derive(Debug, PartialEq, Eq)]
enum Target {
    /// A page of the shop.
    Shop,
    /// A link of ours, a mailbox, a telephone.
    Other,
}

impl LinkRules<'_> {
    fn target(&self, url: &str) -> Result<Target, String> {
        let own = self.links.own().any(|own| own == url);
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
        match scheme {
            _ if url.contains(unfit) => Err("a link holds a space or a sign that ends a link".to_owned()),
            "https" if own => Ok(Target::Other),
            "http" if own && is_this_machine(url) => Ok(Target::Other),
            "https" => match shop::host_of(url) {
                Some(host) if self.hosts.iter().any(|known| known == host) => Ok(Target::Shop),
                Some(_) if self.given.iter().any(|given| given == url) => Ok(Target::Other),
                host => {
                    Err(format!("a link leads to `{}`, which is no host of this shop", shown(host.unwrap_or_default())))
                }
            },
            "mailto" | "tel" => Ok(Target::Other),
            "" => Err("a link is empty, or has no scheme: it is https, mailto or tel".to_owned()),
            other => Err(format!("a link has the scheme `{}`: it is https, mailto or tel", shown(other))),
        }
    }
}

/// The URL with its campaign, for the shop's own statistics; one that has a campaign of its own keeps it.
pub(crate) fn counted(url: &str, campaign: &str, content: &str) -> String {
    if url.contains("utm_") {
        return url.to_owned();
    }
    let (page, fragment) = url.split_once('#').map_or((url, None), |(page, fragment)| (page, Some(fragment)));
    let bare = shop::host_of(page).is_some_and(|host| page.ends_with(host));
    let joint = match (page.contains('?'), bare) {
        (true, _) => "&",
        (false, true) => "/?",
        (false, false) => "?",
    };
    let counted =
        format!("{page}{joint}utm_source=regulars&utm_medium=email&utm_campaign={campaign}&utm_content={content}");
    fragment.map_or_else(|| counted.clone(), |fragment| format!("{counted}#{fragment}"))
}

/// Whether a link leads to the local run, the one place without https: nobody else can open it.
fn is_this_machine(url: &str) -> bool {
    let rest = url.strip_prefix("http://127.0.0.1:").unwrap_or_default();
    rest.split_once('/').is_some_and(|(port, _)| port.parse::<u16>().is_ok())
}

/// Signs that have no place in a URL.
fn unfit(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "\"'<>`{}\\".contains(c)
}

/// What of a refused link may stand in a message: little, since it may hold a value.
fn shown(raw: &str) -> String {
    raw.chars().filter(|c| c.is_ascii_alphanumeric() || ".-+".contains(*c)).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(mjml: &str) -> Result<String, String> {
        let links = Links { unsubscribe: Some("https://api.example/u/x?a=1&b=2".into()), ..Links::default() };
        let hosts = ["shop.example".to_owned()];
        apply(
            mjml,
            LinkRules {
                hosts: &hosts,
                links: &links,
                given: &["https://carrier.example/t/1".to_owned()],
                campaign: "winback",
                content: "last",
            },
        )
    }

    #[test]
    fn an_address_that_the_storefront_gave_is_left_as_it_is_and_its_neighbours_are_refused() {
        let same = "<a href=\"https://carrier.example/t/1\">x</a>";
        assert_eq!(applied(same).unwrap(), same);
        assert!(applied("<a href=\"https://carrier.example/t/2\">x</a>").is_err());
        assert!(is_plain("https://carrier.example/t/1"));
        for bad in ["http://carrier.example/", "https:///t", "https://a.example/ x", "javascript:x", "/t"] {
            assert!(!is_plain(bad), "{bad}");
        }
    }

    #[test]
    fn a_host_that_looks_like_another_is_in_numbers_or_is_none_makes_no_link() {
        for good in ["https://xn--bcher-kva.example/a", "https://Carrier.example:8443/t?n=1#x", "https://a-b.example/é"]
        {
            assert!(is_plain(good), "{good}");
        }
        for bad in [
            "https://twoherons.ex\u{430}mple/",
            "https://twoherons\u{3002}example/",
            "https://twoherons.example\u{200b}/",
            "https://twoherons%2eexample/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://a..example/",
            "https://carrier.example./",
            "https://carrier.example:99999/",
            "https://carrier.example:x/",
            "https://localhost/",
            "https://carrier.example/\u{202e}gnp.exe",
            "https://a@carrier.example/",
        ] {
            assert!(!is_plain(bad), "{bad}");
        }
    }

    #[test]
    fn links_to_the_shop_carry_their_campaign_and_keep_query_and_fragment() {
        let html = applied("<a href=\"https://shop.example/p?id=1&amp;x=2#top\">x</a>").unwrap();
        assert_eq!(
            html,
            "<a href=\"https://shop.example/p?id=1&amp;x=2&amp;utm_source=regulars&amp;utm_medium=email&amp;\
             utm_campaign=winback&amp;utm_content=last#top\">x</a>"
        );
    }

    #[test]
    fn without_https_a_link_leads_to_this_machine_or_nowhere() {
        assert!(fits_header("http://127.0.0.1:4280/u/x", 100));
        for bad in ["http://api.example/u/x", "http://127.0.0.1:4280@evil.example/", "http://127.0.0.1.evil.example/u"]
        {
            assert!(!fits_header(bad, 100), "{bad}");
        }
    }

    #[test]
    fn a_bare_host_gets_its_slash_before_the_campaign() {
        let html = applied("<a href=\"https://shop.example\">x</a>").unwrap();
        assert!(html.starts_with("<a href=\"https://shop.example/?utm_source="), "{html}");
    }

    #[test]
    fn our_own_links_mailboxes_and_pictures_are_left_as_they_are() {
        let same = "<a href=\"https://api.example/u/x?a=1&amp;b=2\">x</a><a href=\"mailto:a@shop.example\"/>\
                    <a href='tel:+353209150132'/><img src=\"https://shop.example/a.png\"/>";
        assert_eq!(applied(same).unwrap(), same);
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for bad in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "http://shop.example/",
            "https://evil.example/",
            "https://shop.example@evil.example/",
            "https://shop.example.evil.example/",
            "https://shop.example/ onclick=x",
            "https://shop.example\\@evil.example/",
            "//evil.example",
            "/relative",
            "#top",
            "",
            " javascript:x",
        ] {
            assert!(applied(&format!("<a href=\"{}\">x</a>", escape(bad))).is_err(), "{bad}");
            assert!(applied(&format!("<img src=\"{}\"/>", escape(bad))).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_way_out_is_never_tracked() {
        let links = Links { unsubscribe: Some("https://api.example/u/x?a=1&b=2".into()), ..Links::default() };
        let html = "<a style=\"x\" href=\"https://api.example/u/x?a=1&amp;b=2\">leave</a>";
        assert!(shows(html, "https://api.example/u/x?a=1&b=2"));
        assert_eq!(
            untracked(html, &links),
            "<a style=\"x\" ses:no-track href=\"https://api.example/u/x?a=1&amp;b=2\">leave</a>"
        );
    }
}
