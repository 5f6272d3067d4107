//! The check finds what rendering would not, and names the marketer's own file and line.

use std::fs;
use std::path::{Path, PathBuf};

use letters::Letters;
use retention::flow::Class;

/// A copy of the shipped templates, to be changed.
pub(crate) struct Copy(tempfile::TempDir);

impl Copy {
    /// A copy in the shop's own language alone: most slips are the same in all.
    pub(crate) fn new() -> Self {
        let copy = Self(tempfile::tempdir().unwrap());
        copy_folder(&crate::templates(), copy.0.path());
        let mut waiting = vec![copy.path().to_owned()];
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                let name = entry.file_name().unwrap().to_string_lossy().into_owned();
                if entry.is_dir() {
                    waiting.push(entry);
                } else if [".pl.toml", ".ja.toml", ".zh-Hans.toml"].iter().any(|other| name.ends_with(other))
                    && !entry.parent().unwrap().ends_with("pages")
                {
                    fs::remove_file(entry).unwrap();
                }
            }
        }
        copy
    }

    /// A copy with only the win-back letters and the flow that it excludes.
    pub(crate) fn of_winback() -> Self {
        let copy = Self::new();
        let folders = fs::read_dir(copy.path().join("flows")).unwrap().map(Result::unwrap);
        for folder in folders.filter(|folder| folder.file_name() != "winback" && folder.file_name() != "replenish") {
            fs::remove_dir_all(folder.path()).unwrap();
        }
        let shop = fs::read_to_string(copy.path().join("shop.toml")).unwrap();
        // The topics are of flows that are gone.
        copy.file("shop.toml", shop.split("[[topic]]").next().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Replaces the first occurrence of a text in a file.
    pub(crate) fn with(self, file: &str, from: &str, to: &str) -> Self {
        let path = self.0.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        self.file(file, &text.replacen(from, to, 1))
    }

    pub(crate) fn file(self, file: &str, text: &str) -> Self {
        fs::write(self.0.path().join(file), text).unwrap();
        self
    }

    /// What the check says, without the folder of the copy.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let tree = shop::read(self.path()).unwrap();
        let folder = format!("{}/", self.path().display());
        Letters::new(&tree).check().iter().map(|mistake| mistake.to_string().replace(&folder, "")).collect()
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

const LAST: &str = "flows/winback/last.mjml";
const LAST_LINE_5: &str = "    <mj-text><p style=\"margin:0\">{{words.greeting}}</p></mj-text>\n";

/// The mistakes after line 5 of a letter was replaced.
fn line_5(line: &str) -> Vec<String> {
    Copy::of_winback().with(LAST, LAST_LINE_5, &format!("    {line}\n")).mistakes()
}

/// The one mistake after line 5 of a letter was replaced.
fn one(line: &str) -> String {
    let found = line_5(line);
    assert_eq!(found.len(), 1, "{line}: {found:#?}");
    found[0].replace("flows/winback/last.mjml:", "")
}

#[test]
fn the_shipped_letters_have_no_mistake() {
    let tree = shop::read(&crate::templates()).unwrap();
    let found = Letters::new(&tree).check();
    assert!(found.is_empty(), "{found:#?}");
    assert!(Copy::new().mistakes().is_empty());
}

#[test]
fn a_misspelt_name_is_found_where_it_stands() {
    assert_eq!(one("<mj-text>{{coupon.cod}}</mj-text>"), "5:16: no field `cod` in `coupon.cod`: did you mean `code`?");
    assert_eq!(
        one("<mj-text>{{shopp.name}}</mj-text>"),
        "5:16: no field `shopp` in `shopp.name`: did you mean `shop`?"
    );
    assert_eq!(one("<mj-text>{{t.headin}}</mj-text>"), "5:16: no text `headin` in `t.headin`: did you mean `heading`?");
    assert!(one("<mj-text>{{words.greting}}</mj-text>").starts_with("5:16: no word `greting`"));
}

#[test]
fn a_misspelt_name_is_found_in_a_condition_which_rendering_takes_for_no() {
    assert!(
        one("{{#if coupn}}<mj-text>x</mj-text>{{/if}}").starts_with("5:11: no field `coupn`: did you mean `coupon`?")
    );
    assert!(one("{{#unless coupon.percnt}}<mj-text>x</mj-text>{{/unless}}").starts_with("5:15: no field `percnt`"));
    assert!(
        one("{{#if coupon.percent}}<mj-text>x</mj-text>{{else if coupon.amont}}<mj-text>y</mj-text>{{/if}}")
            .starts_with("5:57: no field `amont`")
    );
}

#[test]
fn a_misspelt_name_is_found_in_a_branch_that_no_sample_takes() {
    assert!(
        one("{{#if coupon.code}}<mj-text>x</mj-text>{{else}}<mj-text>{{coupon.cde}}</mj-text>{{/if}}")
            .starts_with("5:63: no field `cde`")
    );
    assert!(
        one("{{#if last_order}}<mj-text>{{last_order.dat}}</mj-text>{{/if}}")
            .starts_with("5:34: no field `dat` in `last_order.dat`: did you mean `date`?")
    );
    assert!(
        one("{{#if best_sellers}}{{#each best_sellers.rows}}{{#each cards}}<mj-text>{{titel}}</mj-text>{{/each}}{{/each}}{{/if}}")
            .starts_with("5:78: no field `titel`: did you mean `title`?")
    );
}

#[test]
fn what_may_be_missing_is_asked_for_first() {
    assert_eq!(
        one("<mj-text>{{last_order.date}}</mj-text>"),
        "5:16: `last_order` may be missing: put this into {{#if last_order}}"
    );
    assert_eq!(
        one("<mj-text>{{customer.name}}</mj-text>"),
        "5:16: `customer.name` may be missing: put this into {{#if customer.name}}"
    );
    assert_eq!(
        one("{{#unless customer.name}}<mj-text>{{customer.name}}</mj-text>{{/unless}}"),
        "5:41: `customer.name` may be missing: put this into {{#if customer.name}}"
    );
    assert!(line_5("{{#if customer.name}}<mj-text>{{customer.name}}</mj-text>{{/if}}").is_empty());
    assert!(line_5("{{#unless customer.name}}{{else}}<mj-text>{{customer.name}}</mj-text>{{/unless}}").is_empty());
    assert!(
        one("{{#with last_order}}<mj-text>{{date this.date}}</mj-text>{{/with}}")
            .contains("put this into {{#if last_order}}")
    );
    let asked = "{{#if last_order}}{{#with last_order}}<mj-text>{{date this.date}}</mj-text>{{/with}}{{/if}}";
    assert_eq!(line_5(asked), [""; 0]);
    let sale = Copy::new().with(
        "flows/winback/flow.toml",
        "coupon = \"winback10\"\nstale_after = \"7d\"\n\n[[step]]",
        "stale_after = \"7d\"\n\n[[step]]",
    );
    let found = sale.mistakes();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].starts_with("flows/winback/strings.en.toml:") && found[0].contains("`coupon` may be missing"),
        "{found:?}"
    );
}

#[test]
fn a_value_is_used_as_what_it_is() {
    assert!(one("<mj-text>{{coupon.unused}}</mj-text>").contains("is yes or no"));
    assert!(one("<mj-text>{{shop.postal}}</mj-text>").contains("is a list"));
    assert!(one("<mj-text>{{coupon}}</mj-text>").contains("has fields of its own"));
    assert!(one("{{#each coupon.code}}<mj-text>x</mj-text>{{/each}}").contains("takes a list"));
    assert!(one("<mj-text>{{shop.postal.first}}</mj-text>").contains("is a list: go through it"));
    assert!(one("<mj-text>{{@index}}</mj-text>").contains("there is no `@index` here"));
    assert!(one("{{#each shop.postal}}<mj-text>{{../shop.name}}</mj-text>{{/each}}").contains("say `@root.`"));
    assert!(
        line_5("{{#each shop.postal}}<mj-text>{{@index}} {{this}} {{@root.shop.name}}</mj-text>{{/each}}").is_empty()
    );
}

#[test]
fn only_what_the_check_understands_is_used() {
    assert!(one("<mj-text>{{{shop.name}}}</mj-text>").contains("three braces"));
    assert!(one("<mj-text>{{&shop.name}}</mj-text>").contains("three braces"));
    assert!(one("<mj-text>{{lookup shop \"name\"}}</mj-text>").contains("is no helper"));
    assert!(one("{{#iff coupon}}<mj-text>x</mj-text>{{/iff}}").starts_with("5:8: no helper `iff`: did you mean `if`?"));
    assert!(line_5("{{#*inline \"x\"}}y{{/inline}}").iter().any(|found| found.contains("decorators are not used")));
    assert!(one("<mj-text>{{#if}}x{{/if}}</mj-text>").contains("takes one value"));
    assert!(line_5("<mj-text>{{#if coupon}}x</mj-text>").iter().any(|found| found.contains("this is not Handlebars")));
}

#[test]
fn a_missing_partial_is_found_also_where_it_is_not_reached() {
    assert!(
        one("{{#if best_sellers}}{{> layout/headin text=t.heading}}{{/if}}")
            .ends_with("there is no partial `layout/headin`: did you mean `layout/heading`?")
    );
    assert!(one("{{> layout/nothing_like_it}}").ends_with("there is no partial `layout/nothing_like_it`"));
}

#[test]
fn a_mistake_in_a_partial_is_told_once_at_the_partial() {
    let found = Copy::new().with("layout/contact.mjml", "{{shop.hours}}", "{{shop.ours}}").mistakes();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("layout/contact.mjml:7:") && found[0].ends_with("did you mean `hours`?"), "{found:?}");
    let found = Copy::new().with("layout/button.mjml", "{{label}}", "{{lable}}").mistakes();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("layout/button.mjml:2:") && found[0].ends_with("did you mean `label`?"), "{found:?}");
}

#[test]
fn partials_that_include_each_other_are_found_before_they_overflow_the_stack() {
    let copy = Copy::new().with("layout/button.mjml", "{{!--", "{{> layout/heading text=label}}{{!--").with(
        "layout/heading.mjml",
        "{{!--",
        "{{> layout/button url=shop.url label=text}}{{!--",
    );
    let found = copy.mistakes();
    assert!(
        found.contains(
            &"layout/button.mjml:1:1: this partial includes itself: layout/button > layout/heading > layout/button"
                .to_owned()
        ),
        "{found:#?}"
    );
    let itself = Copy::new().with("layout/button.mjml", "{{!--", "{{> layout/button}}{{!--").mistakes();
    assert_eq!(itself, ["layout/button.mjml:1:1: this partial includes itself: layout/button > layout/button"]);
}

#[test]
fn a_parameter_that_hides_a_field_is_found() {
    let copy =
        Copy::new().with("flows/winback/best-sellers.mjml", "grid=best_sellers", "grid=best_sellers title=t.heading");
    assert!(
        copy.mistakes()
            .iter()
            .any(|found| found.starts_with("layout/card.mjml:") && found.contains("hides the field `title`"))
    );
}

#[test]
fn tags_of_mjml_that_do_not_exist_or_do_not_belong_are_found() {
    assert_eq!(one("<mj-txt>x</mj-txt>"), "5:5: unknown tag `<mj-txt>`: did you mean `<mj-text>`?");
    assert_eq!(
        one("<mj-section><mj-column></mj-column></mj-section>"),
        "5:5: `<mj-section>` does not stand in `<mj-column>`, which holds `<mj-text>`, `<mj-button>`, `<mj-image>`, \
         `<mj-divider>`, `<mj-spacer>`, `<mj-table>`"
    );
    assert!(
        one("<mj-text colour=\"#fff\">x</mj-text>")
            .starts_with("5:14: `<mj-text>` has no attribute `colour`: did you mean `color`?")
    );
    assert!(one("<p>x</p>").contains("put it into `<mj-text>`"));
    assert!(one("Hello").contains("put it into `<mj-text>`"));
    assert!(
        one("<mj-text><mj-button href=\"{{shop.url}}\">x</mj-button></mj-text>")
            .contains("does not stand in `<mj-text>`")
    );
    assert!(one("<mj-text><script>x</script></mj-text>").contains("unknown tag `<script>`"));
    assert!(one("<mj-text><a href=\"{{shop.url}}\" onclick=\"x\">x</a></mj-text>").contains("no attribute `onclick`"));
    assert!(one("<mj-image src=\"https://twoherons.example/a.png\" />").contains("has an `alt`"));
    assert!(one("<mj-text><p>x</mj-text>").contains("`<p>` is not closed before `</mj-text>`"));
    assert!(line_5("<mj-text>x").iter().any(|found| found.contains(":5:5: `<mj-text>` is not closed")));
}

#[test]
fn a_partial_is_checked_in_the_place_where_it_is_included() {
    let found = Copy::new()
        .with(LAST, "{{> layout/coupon}}\n", "")
        .with(LAST, LAST_LINE_5, "    {{> layout/coupon}}\n")
        .mistakes();
    assert!(
        found.len() == 1
            && found[0].starts_with("layout/coupon_panel.mjml:2:1: `<mj-section>` does not stand in `<mj-column>`"),
        "{found:#?}"
    );
}

#[test]
fn only_urls_stand_where_a_url_stands() {
    assert!(
        one("<mj-text><a href=\"https://twoherons.example/?q={{coupon.code}}\">x</a></mj-text>")
            .contains("`coupon.code` is no URL")
    );
    assert!(line_5("<mj-text><a href=\"{{shop.url}}/teas\">x</a></mj-text>").is_empty());
    assert!(
        one("<mj-text><a href=\"http://twoherons.example/\">x</a></mj-text>").contains("it is https, mailto or tel")
    );
    assert!(
        one("<mj-text><a href=\"https://elsewhere.example/\">x</a></mj-text>")
            .contains("`elsewhere.example`, which is no host of this shop")
    );
    assert!(one("<mj-text><a href=\"javascript:alert(1)\">x</a></mj-text>").contains("the scheme `javascript`"));
}

#[test]
fn a_colour_that_shop_toml_does_not_know_is_found() {
    let found = one("<mj-text color=\"#cccccc\">x</mj-text>");
    assert!(found.starts_with("5:14: the colour `#cccccc` would be the same in dark mode: name one of shop.toml"));
    assert!(one("<mj-text><p style=\"margin:0;color:red\">x</p></mj-text>").contains("the colour `red`"));
    assert!(
        one("<mj-text><p style=\"border-top:1px solid rgb(1,2,3)\">x</p></mj-text>")
            .contains("the colour `rgb(1,2,3)`")
    );
    assert!(line_5("<mj-text><p style=\"color:{{shop.colours.day.muted}};border:0\">x</p></mj-text>").is_empty());
}

#[test]
fn what_is_not_said_of_products_in_a_language_is_a_warning() {
    let copy = Copy::new();
    for file in ["layout/strings.pl.toml", "content.pl.toml"] {
        let text = fs::read_to_string(crate::templates().join(file)).unwrap();
        fs::write(copy.path().join(file), text).unwrap();
    }
    let warned = |copy: &Copy| {
        let found = Letters::new(&shop::read(copy.path()).unwrap()).check().into_iter();
        found.filter(|found| found.severity == shop::Severity::Warning).map(|found| found.message).collect::<Vec<_>>()
    };
    assert_eq!(warned(&copy), [""; 0]);
    let copy = copy.with("content.pl.toml", "blurb ", "# blurb ");
    let found = warned(&copy);
    assert!(found.len() == 1 && found[0].starts_with("texts missing in this language: 1"), "{found:?}");
    fs::remove_file(copy.path().join("content.pl.toml")).unwrap();
    let found = warned(&copy);
    assert!(found.len() == 1 && found[0].starts_with("this file is missing: letters in `pl`"), "{found:?}");
}

#[test]
fn texts_are_checked_like_templates() {
    let file = "flows/winback/strings.en.toml";
    let found = Copy::new()
        .with(
            file,
            "{{#if last_order}} since your order of {{date last_order.date}}{{/if}}",
            "{{#if last_order}} since {{date last_order.dat}}{{/if}}",
        )
        .mistakes();
    assert_eq!(found, ["flows/winback/strings.en.toml:5:65: no field `dat` in `last_order.dat`: did you mean `date`?"]);
    let found = Copy::new()
        .with(
            "layout/strings.en.toml",
            "{{#if customer.name}}Hello {{customer.name}},{{else}}Hello,{{/if}}",
            "Hello {{customer.name}},",
        )
        .mistakes();
    assert_eq!(
        found,
        ["layout/strings.en.toml:4:26: `customer.name` may be missing: put this into {{#if customer.name}}"]
    );
    let found = Copy::new()
        .with("flows/first_order/strings.en.toml", "On {{date order.date}} you", "On {{date order.day}} you")
        .mistakes();
    assert!(
        found[0].starts_with("flows/first_order/strings.en.toml:6:11: no field `day`"),
        "a text over several lines: {found:?}"
    );
    let found = Copy::new().with(file, "opening   = \"It has", "opening   = \"{{It has").mistakes();
    assert!(found[0].contains("strings.en.toml:5:") && found[0].contains("this is not Handlebars"), "{found:?}");
}

#[test]
fn a_missing_text_is_named() {
    let file = "flows/winback/strings.en.toml";
    let found = Copy::new().with(file, "preheader = \"It ends", "preheadr = \"It ends").mistakes();
    assert_eq!(found, ["flows/winback/strings.en.toml:18:2: the text `preheader` is missing"]);
    let found = Copy::new().with(file, "[last]", "[lst]").mistakes();
    assert!(found.iter().any(|found| found.contains("there is no letter `lst`: did you mean `last`?")), "{found:#?}");
    assert!(
        found.iter().any(|found| found.contains("the texts of the letter `last` are missing: [last]")),
        "{found:#?}"
    );
    let copy = Copy::new();
    fs::remove_file(copy.path().join(file)).unwrap();
    assert!(copy.mistakes().iter().any(|found| found.contains("strings.en.toml:1:1: this file is missing")));
}

#[test]
fn every_language_has_the_same_texts() {
    let polish = fs::read_to_string(crate::templates().join("flows/birthday/strings.en.toml")).unwrap();
    let copy = Copy::new().file("flows/birthday/strings.pl.toml", &polish);
    assert_eq!(
        copy.mistakes(),
        [
            "flows/birthday/strings.pl.toml:1:1: there is no layout/strings.pl.toml with the words that all letters share"
        ]
    );
    let words = fs::read_to_string(crate::templates().join("layout/strings.en.toml")).unwrap();
    let copy = copy.file("layout/strings.pl.toml", &words);
    let found = copy.mistakes();
    let missing = |found: &&String| found.contains("/strings.pl.toml:1:1: this file is missing: `pl` is a language");
    assert_eq!(found.iter().filter(missing).count(), 27, "every other flow: {found:#?}");
    let copy = copy.with("flows/birthday/strings.pl.toml", "ideas  ", "ideals ");
    let found = copy.mistakes();
    assert!(found.iter().any(|found| found.contains("strings.pl.toml:1:2: the text `ideas` is missing")), "{found:#?}");
    assert!(found.iter().any(|found| found.contains("has no text `ideals`: did you mean `ideas`?")), "{found:#?}");
}

#[test]
fn a_subject_is_one_line() {
    let found = Copy::new()
        .with(
            "flows/winback/strings.en.toml",
            "\"One last word, and a code that is still good\"",
            "\"One last\\nword\"",
        )
        .mistakes();
    assert!(found.iter().any(|found| found.ends_with("the subject is one line")), "{found:#?}");
}

#[test]
fn a_flow_that_only_sells_is_found() {
    // Its other letter sells already.
    let copy = Copy::of_winback().with("flows/replenish/flow.toml", "kind   = \"useful\"", "kind = \"promotional\"");
    assert_eq!(
        copy.mistakes(),
        [
            "flows/replenish/flow.toml:1:1: every letter of this flow is promotional: at least one is useful without a purchase"
        ]
    );
}

#[test]
fn a_subject_has_a_word_whatever_the_customer() {
    let found = Copy::of_winback()
        .with(
            "flows/winback/strings.en.toml",
            "One last word, and a code that is still good",
            "{{#unless coupon.code}}x{{/unless}} ",
        )
        .mistakes();
    assert_eq!(found, ["flows/winback/last.mjml:1:1: winback/last: the subject is empty"]);
}

#[test]
fn a_transactional_letter_does_not_sell() {
    let found = Copy::new()
        .with("flows/order_status/confirmed.mjml", "{{> layout/order_table}}", "{{> layout/coupon}}")
        .mistakes();
    assert!(found.iter().any(|found| found.contains("no field `coupon`")), "{found:#?}");
    for shelf in ["best_sellers", "suggestions"] {
        let products = format!("{{{{#if {shelf}}}}}{{{{> layout/products grid={shelf}}}}}{{{{/if}}}}");
        let found =
            Copy::new().with("flows/order_status/confirmed.mjml", "{{> layout/order_table}}", &products).mistakes();
        assert!(found.iter().any(|found| found.contains(&format!("no field `{shelf}`"))), "{found:#?}");
    }
}

#[test]
fn a_marketing_letter_shows_the_way_out_and_the_postal_address() {
    let found = Copy::new()
        .with("layout/footer.mjml", "<a href=\"{{links.unsubscribe}}\"", "<a href=\"{{shop.url}}\"")
        .mistakes();
    let shipped = shop::read(&crate::templates()).unwrap();
    let flows = shipped.shop.flows.iter().filter(|flow| flow.class == Class::Marketing);
    let letters: usize = flows.map(|flow| shipped.letters.flows[&flow.name].letters.len()).sum();
    assert_eq!((found.len(), letters), (letters, 41), "each marketing letter: {found:#?}");
    assert!(found.iter().all(|found| found.contains("shows its unsubscribe link")), "{found:#?}");
    let found = Copy::new().with("layout/footer.mjml", "{{this}}", "").mistakes();
    assert!(
        found.len() == letters && found.iter().all(|found| found.contains("the whole postal address")),
        "{found:#?}"
    );
}

#[test]
fn paths_are_those_below_the_folder_that_was_read() {
    let copy = Copy::new().with(LAST, "{{words.greeting}}", "{{words.greting}}");
    let tree = shop::read(copy.path()).unwrap();
    let found = Letters::new(&tree).check();
    assert_eq!(found[0].file, PathBuf::from(copy.path()).join(LAST));
    assert_eq!(found[0].line, 5);
}

#[test]
fn every_shipped_letter_is_right_in_every_language_for_every_sample_customer() {
    let tree = shop::read(&crate::templates()).unwrap();
    let found = Letters::new(&tree).check_made();
    assert!(found.is_empty(), "{}", shop::Mistakes(found));
}
