//! The shop in a view.

use serde::Serialize;
use shop::{Brand, Colours, Localised, Palette};

#[derive(Debug, Serialize)]
pub(super) struct ShopView {
    name: String,
    url: String,
    email: String,
    phone: Option<PhoneView>,
    /// When somebody answers.
    hours: Option<String>,
    /// The postal address, line by line.
    postal: Vec<String>,
    /// Who signs.
    signature: SignatureView,
    logo: Option<ImageView>,
    colours: ColoursView,
    fonts: FontsView,
}

#[derive(Debug, Serialize)]
struct PhoneView {
    /// As it is printed.
    number: String,
    /// As it is dialled.
    url: String,
}

#[derive(Debug, Serialize)]
struct SignatureView {
    name: String,
    role: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct ImageView {
    pub(super) url: String,
    pub(super) alt: String,
}

#[derive(Debug, Serialize)]
struct FontsView {
    /// Of text and headings.
    text: String,
    /// Of codes.
    code: String,
    /// How what is set apart is slanted: `italic`, or `normal` in scripts that have none.
    slant: &'static str,
}

#[derive(Debug, Serialize)]
struct ColoursView {
    day: PaletteView,
    dark: PaletteView,
    tile_ink: String,
}

#[derive(Debug, Serialize)]
struct PaletteView {
    page: String,
    sheet: String,
    panel: String,
    ink: String,
    muted: String,
    rule: String,
    accent: String,
    on_accent: String,
}

impl ShopView {
    pub(super) fn of(brand: &Brand, locale: &str) -> Self {
        let said = |text: &Localised| text.in_locale(locale).to_owned();
        Self {
            name: brand.name.clone(),
            url: brand.url.clone(),
            email: brand.contact.email.expose().to_owned(),
            phone: brand.contact.phone.as_ref().map(|number| PhoneView {
                number: number.clone(),
                url: format!("tel:{}", number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect::<String>()),
            }),
            hours: brand.contact.hours.as_ref().map(said),
            postal: brand.postal.lines.clone(),
            signature: SignatureView {
                name: brand.signature.name.clone(),
                role: brand.signature.role.as_ref().map(said),
            },
            logo: brand.logo.as_ref().map(ImageView::of),
            colours: ColoursView::of(&brand.colours),
            fonts: FontsView {
                text: said(&brand.fonts.text),
                code: brand.fonts.code.clone(),
                slant: if has_italics(locale) { "italic" } else { "normal" },
            },
        }
    }
}

/// Whether a language is written in a script that has italics: a slanted kanji is only a crooked one.
fn has_italics(locale: &str) -> bool {
    !matches!(locale.split('-').next().unwrap_or_default(), "ja" | "zh" | "ko" | "ar" | "fa" | "he" | "ur" | "th")
}

impl ImageView {
    pub(super) fn of(image: &shop::Image) -> Self {
        Self { url: image.url.clone(), alt: image.alt.clone() }
    }
}

impl ColoursView {
    fn of(colours: &Colours) -> Self {
        Self {
            day: PaletteView::of(&colours.day),
            dark: PaletteView::of(&colours.dark),
            tile_ink: colours.tile_ink.clone(),
        }
    }
}

impl PaletteView {
    fn of(palette: &Palette) -> Self {
        Self {
            page: palette.page.clone(),
            sheet: palette.sheet.clone(),
            panel: palette.panel.clone(),
            ink: palette.ink.clone(),
            muted: palette.muted.clone(),
            rule: palette.rule.clone(),
            accent: palette.accent.clone(),
            on_accent: palette.on_accent.clone(),
        }
    }
}
