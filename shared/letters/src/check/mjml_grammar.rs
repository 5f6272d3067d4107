//! MJML as letters use it: which tag stands in which, and with which attributes. After the reference of MJML 4; tags
//! that letters have no use for (navigation, carousels, includes) are left out on purpose. Lists are words in a text.

/// What a column holds.
const CONTENT: &str = "mj-text mj-button mj-image mj-divider mj-spacer mj-table mj-raw mj-social";

/// The tags that a tag of MJML may hold; `None` for one that does not exist, or that letters do not use.
pub(super) fn children(tag: &str) -> Option<Vec<&'static str>> {
    let words = match tag {
        "mjml" => "mj-head mj-body",
        "mj-head" => "mj-title mj-preview mj-attributes mj-style mj-raw mj-breakpoint",
        "mj-attributes" => {
            "mj-all mj-class mj-body mj-section mj-wrapper mj-column mj-group mj-text mj-button mj-image mj-divider \
             mj-spacer mj-table"
        }
        "mj-body" => "mj-section mj-wrapper mj-hero mj-raw",
        "mj-wrapper" => "mj-section mj-raw",
        "mj-section" => "mj-column mj-group mj-raw",
        "mj-group" => "mj-column mj-raw",
        "mj-hero" | "mj-column" => CONTENT,
        "mj-social" => "mj-social-element",
        "mj-image" | "mj-divider" | "mj-spacer" | "mj-breakpoint" | "mj-all" | "mj-class" => "",
        _ if holds_html(tag) => "",
        _ => return None,
    };
    Some(words.split_whitespace().collect())
}

/// Tags of MJML whose content is HTML or text, which MJML passes on.
pub(super) fn holds_html(tag: &str) -> bool {
    let all = "mj-text mj-button mj-table mj-raw mj-style mj-title mj-preview mj-social-element";
    all.split(' ').any(|name| name == tag)
}

/// All tags of MJML that letters use, for the nearest right word.
pub(super) fn tags() -> impl Iterator<Item = &'static str> + Clone {
    "mjml mj-head mj-body mj-title mj-preview mj-attributes mj-style mj-raw mj-breakpoint mj-all mj-class mj-section \
     mj-wrapper mj-column mj-group mj-hero mj-text mj-button mj-image mj-divider mj-spacer mj-table mj-social \
     mj-social-element"
        .split_whitespace()
}

const PADDING: &str = "padding padding-top padding-right padding-bottom padding-left";
const BORDER: &str = "border border-top border-right border-bottom border-left border-radius";
const FONT: &str = "color font-family font-size font-style font-weight letter-spacing line-height text-decoration \
                    text-transform";
const BACKGROUND: &str = "background-color background-url background-repeat background-size background-position \
                          background-position-x background-position-y";
/// What every tag of the body takes.
const ANYWHERE: &str = "css-class mj-class";

/// The attributes that a tag of MJML takes.
pub(super) fn attributes(tag: &str) -> Vec<&'static str> {
    let sets: &[&'static str] = match tag {
        "mjml" => &["lang dir owa"],
        "mj-style" => &["inline"],
        "mj-raw" => &["position"],
        "mj-breakpoint" => &["width"],
        "mj-body" => &[ANYWHERE, "width background-color"],
        "mj-section" => &[ANYWHERE, PADDING, BORDER, BACKGROUND, "direction full-width text-align"],
        "mj-wrapper" => &[ANYWHERE, PADDING, BORDER, BACKGROUND, "full-width text-align gap"],
        "mj-group" => &[ANYWHERE, "width vertical-align background-color direction"],
        "mj-column" => &[
            ANYWHERE,
            PADDING,
            BORDER,
            "background-color width vertical-align direction inner-background-color inner-border inner-border-top",
            "inner-border-right inner-border-bottom inner-border-left inner-border-radius",
        ],
        "mj-hero" => &[
            ANYWHERE,
            PADDING,
            BACKGROUND,
            "background-height background-width height width mode vertical-align border-radius",
        ],
        "mj-text" => &[ANYWHERE, PADDING, FONT, "align container-background-color height"],
        "mj-button" => &[
            ANYWHERE,
            PADDING,
            BORDER,
            FONT,
            "align background-color container-background-color height href inner-padding name rel target title",
            "text-align vertical-align width",
        ],
        "mj-image" => &[
            ANYWHERE,
            PADDING,
            BORDER,
            "align alt container-background-color fluid-on-mobile height href max-height name rel sizes src srcset",
            "target title usemap width",
        ],
        "mj-divider" => {
            &[ANYWHERE, PADDING, "align border-color border-style border-width container-background-color width"]
        }
        "mj-spacer" => &[ANYWHERE, PADDING, "container-background-color height"],
        "mj-table" => &[
            ANYWHERE,
            PADDING,
            "align border cellpadding cellspacing color container-background-color font-family font-size font-style",
            "font-weight line-height role table-layout vertical-align width",
        ],
        "mj-social" => &[
            ANYWHERE,
            PADDING,
            FONT,
            "align border-radius icon-height icon-padding icon-size inner-padding mode text-padding",
        ],
        "mj-social-element" => &[
            ANYWHERE,
            PADDING,
            FONT,
            "align alt background-color border-radius href icon-size name rel src target title",
        ],
        _ => &[],
    };
    sets.iter().flat_map(|set| set.split_whitespace()).collect()
}

/// HTML that may stand in the text of a letter. What runs, loads or asks is not here.
pub(super) fn html() -> impl Iterator<Item = &'static str> + Clone {
    "a b blockquote br div em h1 h2 h3 h4 hr i img li meta ol p s small span strong sub sup table tbody td tfoot th \
     thead tr u ul"
        .split_whitespace()
}

/// Whether an HTML tag takes an attribute.
pub(super) fn html_attribute(tag: &str, name: &str) -> bool {
    let all = "class style id lang dir title role align width height";
    let own = match tag {
        "a" => "href target rel name ses:no-track",
        "img" => "src alt border",
        "meta" => "name content http-equiv charset",
        "table" => "border cellpadding cellspacing bgcolor background",
        "td" | "th" => "colspan rowspan valign bgcolor background scope headers",
        "tr" | "tbody" | "thead" | "tfoot" => "valign bgcolor",
        "ol" => "start type",
        _ => "",
    };
    name.starts_with("aria-") || all.split(' ').chain(own.split(' ')).any(|attribute| attribute == name)
}
