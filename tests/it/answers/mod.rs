//! What commands answer to programs fits the published schema, every command answers, and every failure
//! has its exit code in every format.
//!
//! All answers that any test reads as JSON pass `fits`.

mod every;
mod failing;

use std::sync::LazyLock;

use serde_json::{Map, Value};

static SCHEMA: LazyLock<Value> = LazyLock::new(perfteam::cli::answers::schema);

/// Whether an answer is as the schema says; JSON that is no answer of ours fits, too.
pub fn fits(value: &Value) -> Result<(), String> {
    let Some(command) = value.get("command").filter(|_| value.get("version").is_some()) else {
        return Ok(());
    };
    let name = match (value.get("error"), command.as_str()) {
        (Some(_), _) => "error".to_owned(),
        (None, Some(command)) => command.replace(' ', "-"),
        (None, None) => return Err(format!("nobody answers: {command}")),
    };
    let schema = SCHEMA["$defs"].get(&name).ok_or_else(|| format!("no schema for {name}"))?;
    judge(schema, value, &name)
}

/// The part of JSON Schema that the generator uses. Stricter in one thing: a key that an object's schema
/// does not name is a fault, since nobody could know of it.
fn judge(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let Some(schema) = schema.as_object() else {
        return if schema == &Value::Bool(true) { Ok(()) } else { Err(format!("{at}: must not be there")) };
    };
    for (keyword, rule) in schema {
        match keyword.as_str() {
            "$ref" => judge(referred(rule), value, at)?,
            "const" => expect(value == rule, at, rule, value)?,
            "enum" => expect(list(rule).contains(value), at, rule, value)?,
            "type" => expect(names(rule).any(|name| is(name, value)), at, rule, value)?,
            "anyOf" | "oneOf" => any(list(rule), value, at)?,
            "minimum" => {
                expect(value.as_f64().is_none_or(|value| Some(value) >= rule.as_f64()), at, rule, value)?
            }
            "maximum" => {
                expect(value.as_f64().is_none_or(|value| Some(value) <= rule.as_f64()), at, rule, value)?
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    judge(rule, item, &format!("{at}[{index}]"))?;
                }
            }
            "required" => {
                for key in names(rule).filter(|_| value.is_object()) {
                    expect(value.get(key).is_some(), at, &format!("the key {key}").into(), value)?;
                }
            }
            "$schema" | "$defs" | "title" | "description" | "format" | "pattern" | "default"
            | "properties" => {}
            "additionalProperties" => {}
            other => return Err(format!("{at}: `{other}` is not known to this test")),
        }
    }
    keys(schema, value, at)
}

fn keys(schema: &Map<String, Value>, value: &Value, at: &str) -> Result<(), String> {
    let (properties, others) = (schema.get("properties"), schema.get("additionalProperties"));
    if properties.is_none() && others.is_none() {
        return Ok(());
    }
    for (key, inner) in value.as_object().into_iter().flatten() {
        let own = properties.and_then(|properties| properties.get(key));
        let rule = own.or(others).ok_or_else(|| format!("{at}: the key `{key}` is in no schema"))?;
        judge(rule, inner, &format!("{at}.{key}"))?;
    }
    Ok(())
}

fn any(forms: &[Value], value: &Value, at: &str) -> Result<(), String> {
    let faults: Vec<String> = forms.iter().filter_map(|form| judge(form, value, at).err()).collect();
    if faults.len() < forms.len() { Ok(()) } else { Err(faults.join("; or ")) }
}

fn referred(reference: &Value) -> &'static Value {
    let path = reference.as_str().and_then(|text| text.strip_prefix('#')).expect("a local reference");
    SCHEMA.pointer(path).unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

fn expect(holds: bool, at: &str, rule: &Value, value: &Value) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{at}: expected {rule}, found {value}")) }
}

fn list(rule: &Value) -> &[Value] {
    rule.as_array().expect("a list")
}

/// The words of a keyword that takes one or a list of them.
fn names(rule: &Value) -> impl Iterator<Item = &str> {
    let one = rule.as_str().into_iter();
    one.chain(rule.as_array().into_iter().flatten().filter_map(Value::as_str))
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type {other}"),
    }
}

#[test]
fn the_judge_can_refuse() {
    let faulty = |value: Value| fits(&value).expect_err("it is refused");
    let list = |flags: Value| serde_json::json!({"version": 1, "command": "flag list", "flags": flags});
    assert_eq!(fits(&list(serde_json::json!([]))), Ok(()));
    assert!(faulty(list(serde_json::json!("none"))).contains("flag-list.flags: expected \"array\""));
    assert!(faulty(list(serde_json::json!([{}]))).contains("the key id"));
    let mut more = list(serde_json::json!([]));
    more["surprise"] = 1.into();
    assert_eq!(faulty(more), "flag-list: the key `surprise` is in no schema");
    assert!(faulty(serde_json::json!({"version": 1, "command": "flag fly"})).contains("no schema for"));
    assert!(
        faulty(serde_json::json!({"version": 2, "command": "flag list", "flags": []})).contains("expected 1")
    );
}
