//! Partials without a copy of all that they may see.
//!
//! The library gives each partial a deep copy of the context, with what is handed over merged into it: most of the CPU of a letter
//! (`cargo xtask bench letters`). What is handed over is also a parameter of the partial's block, and is found as such first; so a
//! partial can be rendered over the context itself, and reads the same.

use handlebars::template::{DecoratorTemplate, HelperTemplate, Parameter, TemplateElement};
use handlebars::{
    BlockContext, BlockParamHolder, Context, Handlebars, Helper, HelperDef, HelperResult, Output, PathAndJson,
    RenderContext, RenderErrorReason, Renderable as _, StringOutput, Template,
};
use serde_json::Value;

use crate::compiled::{BLOCK, partial_name};

/// The helper that stands for `{{> name}}`, under a name that no template can say.
const INCLUDE: &str = "> include";
/// The helper that stands for `{{> @partial-block}}`.
const GIVEN: &str = "> given";
/// The parameter in which a partial has the block that it was given. No field is called so.
const CONTENT: &str = "given-block";
/// The local variable in which a partial has how deep it is included.
const DEPTH: &str = "> depth";
/// No letter includes so deep, other than one that includes itself.
const MAX_DEPTH: u64 = 32;

/// Lets a registry render what [`rewrite`] wrote.
pub(crate) fn register(registry: &mut Handlebars<'_>) {
    registry.register_helper(INCLUDE, Box::new(Include));
    registry.register_helper(GIVEN, Box::new(Given));
}

/// Puts the helpers in the place of all partials of a template that are named and see what is around them.
pub(crate) fn rewrite(template: &mut Template) {
    for element in &mut template.elements {
        match element {
            TemplateElement::HelperBlock(block) => {
                block.template.iter_mut().chain(block.inverse.iter_mut()).for_each(rewrite);
            }
            TemplateElement::PartialExpression(partial) | TemplateElement::PartialBlock(partial) => {
                partial.template.iter_mut().for_each(rewrite);
                if let Some(helper) = helper(partial) {
                    *element = helper;
                }
            }
            _ => {}
        }
    }
}

fn helper(partial: &DecoratorTemplate) -> Option<TemplateElement> {
    let name = partial_name(partial).filter(|_| partial.params.is_empty())?;
    let mut helper = a_helper(partial.template.is_some())?;
    if name == BLOCK {
        // Its parameter is the one that it is made with.
        helper.name = Parameter::Name(GIVEN.to_owned());
    } else {
        helper.name = Parameter::Name(INCLUDE.to_owned());
        helper.params = vec![Parameter::Literal(Value::String(name.to_owned()))];
    }
    helper.hash.clone_from(&partial.hash);
    helper.template.clone_from(&partial.template);
    let is_block = helper.template.is_some();
    Some(if is_block { TemplateElement::HelperBlock(helper) } else { TemplateElement::Expression(helper) })
}

/// One as the library makes it: it has fields of its own.
fn a_helper(is_block: bool) -> Option<Box<HelperTemplate>> {
    let source = if is_block {
        format!("{{{{#helper {CONTENT}}}}}{{{{/helper}}}}")
    } else {
        format!("{{{{helper {CONTENT}}}}}")
    };
    match Template::compile(&source).ok()?.elements.pop()? {
        TemplateElement::HelperBlock(helper) | TemplateElement::Expression(helper) => Some(helper),
        _ => None,
    }
}

/// Renders a partial.
struct Include;

impl HelperDef for Include {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let name = helper.param(0).and_then(|name| name.value().as_str()).unwrap_or_default();
        let partial = registry.get_template(name).ok_or_else(|| RenderErrorReason::PartialNotFound(name.to_owned()))?;
        let mut block = BlockContext::new();
        if let Some(around) = rc.block() {
            block.base_path_mut().clone_from(around.base_path());
            if let Some(value) = around.base_value() {
                block.set_base_value(value.clone());
            }
            block.local_variables_mut().clone_from(around.local_variables());
        }
        let depth = block.get_local_var(DEPTH).and_then(Value::as_u64).unwrap_or_default();
        if depth >= MAX_DEPTH {
            return Err(RenderErrorReason::CannotIncludeSelf.into());
        }
        block.set_local_var(DEPTH, Value::from(depth + 1));
        for (name, value) in helper.hash() {
            // A path counts from where the block stands.
            let path = value.context_path().filter(|_| block.base_path().is_empty());
            let param = path.map_or_else(
                || BlockParamHolder::value(value.value().clone()),
                |path| BlockParamHolder::path(path.clone()),
            );
            block.set_block_param(name, param);
        }
        let outside = rc.get_current_template_name();
        rc.push_block(block);
        let done = given(helper, registry, context, rc).and_then(|()| partial.render(registry, context, rc, out));
        rc.pop_block();
        rc.set_current_template_name(outside);
        done
    }
}

/// Renders the block that a partial is given, for [`Given`].
fn given<'reg: 'rc, 'rc>(
    helper: &Helper<'rc>,
    registry: &'reg Handlebars<'reg>,
    context: &'rc Context,
    rc: &mut RenderContext<'reg, 'rc>,
) -> HelperResult {
    let Some(block) = helper.template() else { return Ok(()) };
    let mut written = StringOutput::new();
    block.render(registry, context, rc, &mut written)?;
    let written = Value::String(written.into_string()?);
    if let Some(block) = rc.block_mut() {
        block.set_block_param(CONTENT, BlockParamHolder::value(written));
    }
    Ok(())
}

/// Writes the block that the partial was given.
struct Given;

impl HelperDef for Given {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        match helper.param(0).map(PathAndJson::value) {
            Some(Value::String(written)) => out.write(written).map_err(Into::into),
            _ => Err(RenderErrorReason::PartialBlockNotFound.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What the library makes of a template, and what the rewritten one becomes.
    fn both(sources: &[(&str, &str)], data: &Value) -> [Result<String, String>; 2] {
        [false, true].map(|is_rewritten| {
            let mut registry = Handlebars::new();
            registry.set_strict_mode(true);
            registry.set_prevent_indent(true);
            register(&mut registry);
            for (name, source) in sources {
                registry.register_template_string(name, source).unwrap();
                let mut template = registry.get_template(name).unwrap().clone();
                if is_rewritten {
                    rewrite(&mut template);
                    assert!(!format!("{template:?}").contains("Partial"), "{template:?}");
                }
                registry.register_template(name, template);
            }
            registry.render("letter", data).map_err(|error| error.to_string())
        })
    }

    #[test]
    fn a_partial_reads_what_it_is_handed_and_what_is_around_it() {
        let sources = [
            (
                "letter",
                "{{#> base}}\n  {{> heading text=t.heading}}\n{{#each rows}}{{> card size=@index}}{{/each}}{{/base}}",
            ),
            ("base", "<{{shop.name}}>{{#with shop}}{{> @partial-block}}{{/with}}{{> foot}}"),
            ("heading", "# {{text}} of {{shop.name}} {{text.none}}\n"),
            ("card", "{{size}} {{@index}} {{title}} {{this.title}} {{@root.shop.name}} {{> badge text=title}};"),
            ("badge", "[{{text}} {{title}}]"),
            ("foot", "{{#if shop}}{{shop.name}}{{/if}} {{#with shop}}{{> shop_name}}{{/with}}"),
            ("shop_name", "{{name}}"),
        ];
        let data = json!({ "shop": { "name": "A & B" }, "t": { "heading": { "none": 1 } },
            "rows": [{ "title": "<x>" }, { "title": "y" }] });
        let [library, rewritten] = both(&sources, &data);
        assert_eq!(rewritten, library);
        assert!(library.is_ok_and(|text| text.contains("1 1 y y A &amp; B [y y];")));
    }

    #[test]
    fn what_is_missing_is_told_with_the_template_and_its_place() {
        let sources = [("letter", "\n{{> one text=shop}}"), ("one", "a\n{{texd}}")];
        let [library, rewritten] = both(&sources, &json!({ "shop": 1 }));
        assert_eq!(rewritten, library);
        assert!(library.is_err_and(|error| error.contains("\"one\" line 2, col 1")));
    }

    #[test]
    fn a_letter_that_includes_itself_ends() {
        let sources = [("letter", "{{> one}}"), ("one", "{{> two}}"), ("two", "{{> one}}")];
        let mut registry = Handlebars::new();
        register(&mut registry);
        for (name, source) in sources {
            let mut template = Template::compile(source).unwrap();
            rewrite(&mut template);
            registry.register_template(name, template);
        }
        let told = registry.render("letter", &json!({})).unwrap_err().to_string();
        assert!(told.to_lowercase().contains("include"), "{told}");
    }
}
