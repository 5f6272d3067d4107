//! The shop as its customers know it: name, people, addresses, colours. Out of `shop.toml`; the rules need none of it.

use std::collections::BTreeMap;

use retention::EmailAddress;
use retention::ids::OfferName;

use crate::content::{Content, Image};
use crate::contrast;
use crate::localised::Localised;
use crate::table::{At, Table};

/// What letters show of the shop.
#[derive(Debug, Clone)]
pub struct Brand {
    /// Its name.
    pub name: String,
    /// The language its letters are written in where the customer's is not there: the tag of a strings file.
    pub locale: String,
    /// The language and region by which dates, numbers and money are written for readers of that language whose own region
    /// is not known.
    pub formats: String,
    /// The sender of every letter.
    pub from: Address,
    /// Where answers go; a person reads it.
    pub reply_to: EmailAddress,
    /// The postal address.
    pub postal: Postal,
    /// How a person is reached.
    pub contact: Contact,
    /// Who signs.
    pub signature: Signature,
    /// The storefront, with https and without a slash at its end.
    pub url: String,
    /// The hosts that letters may link to and show images from: that of `url`, and those listed as `hosts`.
    pub hosts: Vec<String>,
    /// The logo, where there is one; else the name is set in type.
    pub logo: Option<Image>,
    /// The palette.
    pub colours: Colours,
    /// The faces of its type.
    pub fonts: Fonts,
    /// Where a product is reviewed and ordered again; `{product}`, `{quantity}` and `{stars}` stand for what they say.
    pub links: ShopLinks,
    /// What content.toml says of products beyond the orders.
    pub content: Content,
    /// How tiers are called, where that is not their name.
    pub tiers: BTreeMap<String, Localised>,
    /// What is given away, by the offer that gives it.
    pub gifts: BTreeMap<OfferName, Localised>,
}

/// A mailbox with the name it is shown under.
#[derive(Debug, Clone)]
pub struct Address {
    /// The name.
    pub name: String,
    /// The mailbox.
    pub address: EmailAddress,
}

/// A postal address in lines: required in every marketing letter.
#[derive(Debug, Clone)]
pub struct Postal {
    /// The lines, at least two.
    pub lines: Vec<String>,
}

/// How a person at the shop is reached.
#[derive(Debug, Clone)]
pub struct Contact {
    /// The mailbox.
    pub email: EmailAddress,
    /// The telephone number as it is printed.
    pub phone: Option<String>,
    /// When somebody answers.
    pub hours: Option<Localised>,
}

/// The person whose name stands under a letter.
#[derive(Debug, Clone)]
pub struct Signature {
    /// The name.
    pub name: String,
    /// What the person does at the shop.
    pub role: Option<Localised>,
}

/// The faces of a letter's type, as CSS lists them: what a mailbox has, the best first. None is fetched: whoever serves it
/// would learn who reads what.
#[derive(Debug, Clone)]
pub struct Fonts {
    /// Of text and headings, by language: what shows Latin letters well shows kana badly.
    pub text: Localised,
    /// Of codes.
    pub code: String,
}

/// Pages of the shop that are about one product; each missing where the shop has none.
#[derive(Debug, Clone, Default)]
pub struct ShopLinks {
    /// Where it is reviewed.
    pub review: Option<String>,
    /// Where it lies in the basket again with one click.
    pub reorder: Option<String>,
}

/// The colours of a letter, by day and by night.
#[derive(Debug, Clone)]
pub struct Colours {
    /// By day.
    pub day: Palette,
    /// In dark mode.
    pub dark: Palette,
    /// Grounds of product tiles, one after the other; at least two.
    pub tiles: Vec<String>,
    /// The ink on the tiles.
    pub tile_ink: String,
}

/// One palette, each colour as `#rrggbb`.
#[derive(Debug, Clone)]
pub struct Palette {
    /// Behind the letter.
    pub page: String,
    /// The sheet that the letter is written on.
    pub sheet: String,
    /// A quiet ground for what is set apart.
    pub panel: String,
    /// Text.
    pub ink: String,
    /// Small print.
    pub muted: String,
    /// Rules between lines.
    pub rule: String,
    /// Buttons and links.
    pub accent: String,
    /// Text on the accent.
    pub on_accent: String,
}

/// Reads everything of the shop but its products.
pub(crate) fn read(shop: &mut Table<'_>) -> Option<Brand> {
    let name = shop.needed_text("name").as_ref().and_then(one_line);
    let locale = shop.needed_text("locale").and_then(|text| text.then(|raw| tag(raw)));
    let shops = locale.as_ref().map(|at| at.value.clone());
    let formats = shop.text("formats").and_then(|text| text.then(|raw| formats(raw, shops.as_deref())));
    let from = shop.needed_table("from").and_then(address);
    let reply_to = shop.needed_text("reply_to").and_then(|text| mailbox(&text));
    let postal = shop.needed_table("postal").and_then(postal);
    let contact = shop.needed_table("contact").and_then(|table| contact(table, shops.as_deref()));
    let signature = shop.needed_table("signature").and_then(|table| signature(table, shops.as_deref()));
    let url = shop.needed_text("url").and_then(|text| text.then(|raw| site(raw)));
    let more_hosts: Vec<String> =
        shop.texts("hosts").iter().filter_map(|text| Some(text.then(|raw| host(raw))?.value)).collect();
    let logo = shop.table("logo").and_then(Image::read);
    let colours = shop.needed_table("colours").and_then(colours);
    let fonts = fonts(shop.table("fonts"), shops.as_deref());
    let links = shop.table("links");

    let url = url?.value;
    let own = crate::url::host_of(&url).unwrap_or_default().to_owned();
    let hosts: Vec<String> = std::iter::once(own).chain(more_hosts).collect();
    if let Some(logo) = &logo {
        logo.check_host(&hosts);
    }
    let links = links.map(|table| shop_links(table, &hosts)).unwrap_or_default();
    let locale = locale?.value;
    Some(Brand {
        name: name?,
        formats: formats.map_or_else(|| locale.clone(), |at| at.value),
        locale,
        from: from?,
        reply_to: reply_to?,
        postal: postal?,
        contact: contact?,
        signature: signature?,
        url,
        hosts,
        logo: logo.map(|logo| logo.value),
        colours: colours?,
        fonts,
        links,
        content: Content::default(),
        tiers: BTreeMap::new(),
        gifts: BTreeMap::new(),
    })
}

/// A text that may stand in a header or on one line.
pub(crate) fn one_line(text: &At<'_, &str>) -> Option<String> {
    let broken = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let read = text.then(|raw| {
        if raw.contains(broken) { Err("this stands on one line".to_owned()) } else { Ok(raw.trim().to_owned()) }
    });
    read.map(|at| at.value)
}

/// Reads a mailbox that a person reads.
fn mailbox(text: &At<'_, &str>) -> Option<EmailAddress> {
    let read = text.then(|raw| {
        let address = EmailAddress::parse(raw).map_err(|error| error.to_string())?;
        let local: String = raw.chars().take_while(|c| *c != '@').filter(char::is_ascii_alphanumeric).collect();
        if local.to_ascii_lowercase().contains("noreply") || local.to_ascii_lowercase().contains("donotreply") {
            return Err("letters that nobody may answer are not sent: name a mailbox that a person reads".to_owned());
        }
        Ok(address)
    });
    read.map(|at| at.value)
}

fn address(mut table: Table<'_>) -> Option<Address> {
    let name = table.needed_text("name").as_ref().and_then(one_line);
    let address = table.needed_text("address").and_then(|text| mailbox(&text));
    table.finish();
    Some(Address { name: name?, address: address? })
}

fn postal(mut table: Table<'_>) -> Option<Postal> {
    let lines: Vec<String> = table.texts("lines").iter().filter_map(one_line).filter(|line| !line.is_empty()).collect();
    if lines.len() < 2 {
        table.wrong("`lines` is the postal address that every letter carries: at least two lines");
    }
    table.finish();
    (lines.len() >= 2).then_some(Postal { lines })
}

fn contact(mut table: Table<'_>, shops: Option<&str>) -> Option<Contact> {
    let email = table.needed_text("email").and_then(|text| mailbox(&text));
    let phone = table.text("phone").and_then(|text| text.then(|raw| phone(raw))).map(|at| at.value);
    let hours = table.value("hours").and_then(|value| Localised::read(&value, shops));
    table.finish();
    Some(Contact { email: email?, phone, hours })
}

fn phone(raw: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_digit() || "+ -()./".contains(c);
    let number = raw.starts_with('+') && raw.chars().all(fits);
    number.then(|| raw.to_owned()).ok_or_else(|| "a telephone number is like `+353 20 915 0132`".to_owned())
}

fn signature(mut table: Table<'_>, shops: Option<&str>) -> Option<Signature> {
    let name = table.needed_text("name").as_ref().and_then(one_line);
    let role = table.value("role").and_then(|value| Localised::read(&value, shops));
    table.finish();
    Some(Signature { name: name?, role })
}

/// A region's way of writing, of the shop's own language.
fn formats(raw: &str, shops: Option<&str>) -> Result<String, String> {
    let formats = tag(raw)?;
    let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_owned();
    match shops {
        Some(shops) if language(shops) != language(&formats) => {
            Err(format!("this is a region of the shop's own language, such as `{shops}-IE`"))
        }
        _ => Ok(formats),
    }
}

const SERIF: &str = "'Iowan Old Style', 'Palatino Linotype', Palatino, 'Book Antiqua', Georgia, serif";
const MONOSPACE: &str = "Menlo, Consolas, 'Courier New', monospace";

fn fonts(table: Option<Table<'_>>, shops: Option<&str>) -> Fonts {
    let mut fonts = Fonts { text: Localised::new(SERIF), code: MONOSPACE.to_owned() };
    let Some(mut table) = table else { return fonts };
    let text = table.value("text").and_then(|value| {
        let read = Localised::read(&value, shops)?;
        let wrong = read.all().find_map(|list| faces(list).err());
        if let Some(message) = &wrong {
            value.wrong(message);
        }
        wrong.is_none().then_some(read)
    });
    let code = table.text("code").and_then(|text| text.then(|raw| faces(raw)));
    table.finish();
    fonts.text = text.unwrap_or(fonts.text);
    fonts.code = code.map_or(fonts.code, |at| at.value);
    fonts
}

/// A list of faces that ends in a generic one.
fn faces(raw: &str) -> Result<String, String> {
    let fits = |c: char| c.is_alphanumeric() || " ,'-".contains(c);
    let last = raw.rsplit(',').next().unwrap_or_default().trim();
    if !raw.chars().all(fits) {
        return Err("a list of faces holds names in single quotes and commas".to_owned());
    }
    if !["serif", "sans-serif", "monospace", "system-ui"].contains(&last) {
        return Err(
            "a list of faces ends in `serif`, `sans-serif` or `monospace`, for mailboxes that have none of them"
                .to_owned(),
        );
    }
    Ok(raw.to_owned())
}

fn shop_links(mut table: Table<'_>, hosts: &[String]) -> ShopLinks {
    let mut read = |key: &'static str, holds: &[&str]| {
        table.text(key).and_then(|text| text.then(|raw| pattern(raw, holds, hosts))).map(|at| at.value)
    };
    let links = ShopLinks {
        review: read("review", &["{product}", "{stars}"]),
        reorder: read("reorder", &["{product}", "{quantity}"]),
    };
    table.finish();
    links
}

/// An address in which `{product}` and the like stand for what they say.
fn pattern(raw: &str, holds: &[&str], hosts: &[String]) -> Result<String, String> {
    let bare = holds.iter().fold(raw.to_owned(), |bare, place| bare.replace(place, "0"));
    let url = crate::url::https(&bare).map_err(|message| format!("{message}; it may hold {}", holds.join(" and ")))?;
    let host = crate::url::host_of(&url).unwrap_or_default();
    if !hosts.iter().any(|known| known == host) {
        return Err(format!("`{host}` is not a host of this shop: add it to `hosts`"));
    }
    if raw.contains(holds[0]) { Ok(raw.to_owned()) } else { Err(format!("`{}` says which product it is", holds[0])) }
}

/// A language tag as it stands in the name of a strings file, such as `en` or `zh-CN`.
pub(crate) fn tag(raw: &str) -> Result<String, String> {
    let mut parts = raw.split('-');
    let language =
        parts.next().is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_lowercase()));
    let rest = parts.all(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
    (language && rest)
        .then(|| raw.to_owned())
        .ok_or_else(|| "a locale is a language tag, such as `en` or `zh-CN`".to_owned())
}

/// A site: https, a host, perhaps a path; without a slash at the end.
fn site(raw: &str) -> Result<String, String> {
    let url = crate::url::https(raw)?;
    Ok(url.trim_end_matches('/').to_owned())
}

fn host(raw: &str) -> Result<String, String> {
    let fits = !raw.is_empty()
        && raw.contains('.')
        && raw.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-');
    fits.then(|| raw.to_owned()).ok_or_else(|| "a host is like `cdn.example.com`, in lower case".to_owned())
}

fn colours(mut table: Table<'_>) -> Option<Colours> {
    let day = table.needed_table("day").and_then(palette);
    let dark = table.needed_table("dark").and_then(palette);
    let tiles: Vec<String> = table.texts("tiles").iter().filter_map(colour).collect();
    if tiles.len() < 2 {
        table.wrong("`tiles` is a list of at least two colours");
    }
    let tile_ink = table.needed_text("tile_ink").as_ref().and_then(colour);
    for (tile, ink) in tiles.iter().filter_map(|tile| Some((tile, tile_ink.as_ref()?))) {
        readable(&mut table, ("tile_ink", ink), (&format!("tile {tile}"), tile));
    }
    table.finish();
    let colours = Colours { day: day?, dark: dark?, tiles, tile_ink: tile_ink? };
    (colours.tiles.len() >= 2).then_some(colours)
}

fn palette(mut table: Table<'_>) -> Option<Palette> {
    let mut of = |key| table.needed_text(key).as_ref().and_then(colour);
    let read =
        (of("page"), of("sheet"), of("panel"), of("ink"), of("muted"), of("rule"), of("accent"), of("on_accent"));
    let palette = if let (
        Some(page),
        Some(sheet),
        Some(panel),
        Some(ink),
        Some(muted),
        Some(rule),
        Some(accent),
        Some(on_accent),
    ) = read
    {
        Palette { page, sheet, panel, ink, muted, rule, accent, on_accent }
    } else {
        table.finish();
        return None;
    };
    let pairs = [
        ("ink", &palette.ink, "page", &palette.page),
        ("ink", &palette.ink, "sheet", &palette.sheet),
        ("ink", &palette.ink, "panel", &palette.panel),
        ("muted", &palette.muted, "sheet", &palette.sheet),
        ("muted", &palette.muted, "page", &palette.page),
        ("muted", &palette.muted, "panel", &palette.panel),
        ("accent", &palette.accent, "sheet", &palette.sheet),
        ("accent", &palette.accent, "panel", &palette.panel),
        ("on_accent", &palette.on_accent, "accent", &palette.accent),
    ];
    for (name, text, ground_name, ground) in pairs {
        readable(&mut table, (name, text), (ground_name, ground));
    }
    table.finish();
    Some(palette)
}

/// Small text in one colour can be read on another.
fn readable(table: &mut Table<'_>, (name, text): (&str, &str), (ground_name, ground): (&str, &str)) {
    let contrast = contrast::ratio(text, ground);
    if contrast < contrast::SMALL_TEXT {
        table.wrong(format!(
            "`{name}` on `{ground_name}` has a contrast of {contrast:.1} to 1: it takes {} to be read",
            contrast::SMALL_TEXT
        ));
    }
}

fn colour(text: &At<'_, &str>) -> Option<String> {
    let read = text.then(|raw| {
        let digits = raw.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()));
        digits.map(|d| format!("#{}", d.to_ascii_lowercase())).ok_or_else(|| "a colour is like `#1f3d36`".to_owned())
    });
    read.map(|at| at.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_a_language_tag() {
        for good in ["en", "pl", "zh-CN", "sr-Latn-RS", "gsw"] {
            assert!(tag(good).is_ok(), "{good}");
        }
        for bad in ["", "EN", "e", "english", "en_GB", "en-", "../en"] {
            assert!(tag(bad).is_err(), "{bad}");
        }
    }
}
