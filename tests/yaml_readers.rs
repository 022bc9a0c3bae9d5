//! What this tool writes as YAML, other readers take for the same strings: two of YAML 1.2 in this
//! process, and those of YAML 1.1 that Python has, where it is installed.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use perfteam::domain::document::Meta;
use perfteam::markdown::yaml::{parse_mapping, write_mapping};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::{Value, json};

/// Strings that some reader is known to take for something else.
#[rustfmt::skip]
const AWKWARD: &[&str] = &[
    "", " ", "  ", "\n", "\n\n", " x", "x ", " x ", "\tx", "x\t", "a\n", "\na", "a\n\nb", "a\r\nb", "\r",
    "y", "Y", "n", "N", "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF",
    "true", "True", "TRUE", "false", "False", "null", "Null", "NULL", "~", "nan", "NaN", ".nan", ".NaN",
    ".inf", "-.inf", "+.Inf", "inf", "1e3", "1E3", "1e-3", "1.5e+3", "12e03", "685.230_15e+03", "0o7", "07",
    "010", "0x1F", "0b101", "0777", "08", "1_000", "+1", "-1", "+12.5", "1.", ".5", "-0", "0", "00",
    "1,000", "12:30", "12:30:45", "190:20:30", "-1:30", "2025-01-05", "2025-1-5", "2025-01-05T10:00:00Z",
    "2001-12-14 21:59:43.10 -5", "10:00", "@x.y", "@", "`x", "%TAG", "%", "!x", "!!str x", "!", "&a", "*a",
    "*", "&", "<<", "=", "?", "? x", ":", ": x", "a: b", "a:", "a :b", ":a", "::", "-", "- x", "--", "---",
    "--- x", "...", "... x", "#", "# x", "a # b", "a#b", "|", "|-", ">", ">+", "[", "]", "{", "}", "[]",
    "{}", "[a]", "{a: b}", ",", "a, b", "'", "''", "\"", "\"\"", "it's", "say \"so\"", "\\", "\\n",
    "\\u0041", "C:\\x", "a\\", "'quoted'", "\"quoted\"", "\u{85}", "a\u{85}b", "\u{2028}", "a\u{2029}b",
    "\u{feff}", "\u{feff}x", "x\u{feff}", "\u{a0}", "\u{a0}x", "\u{200b}", "\u{200f}עברית", "\u{202e}abc",
    "é", "e\u{301}", "接続プール", "한국어", "ไทย", "🚀", "👩‍👩‍👧‍👦", "\u{1f1e6}", "\u{fffe}", "\u{ffff}", "\u{fffd}",
    "\u{1fffe}", "\u{10ffff}", "\u{e000}", "\u{0}", "\u{1}", "\u{7}", "\u{8}", "\u{b}", "\u{c}",
    "\u{1b}[31m", "\u{7f}", "\u{80}", "\u{9b}31m", "a\u{0}b", "NaN ", "yes ", "no: no", "key: [a", "<<: x",
    "!!binary", "0.1.2", "1.2.3", "1e", "e1", "0x", "0xg", "v1.0", "10.0.0.1", "00:1A", "1d", "7k2m9qxa3d",
    "1234567890", "12345e6789", "0e12345678", "<<<<<<< HEAD", "=======",
];

fn awkward() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        "[ \\t\\n\\r\u{85}\u{2028}\u{feff}\\-:?#&*!|>'\"%@`{}\\[\\],=<~.0-9a-zA-Z_+]{0,10}",
        "[-+]?[0-9_:.,eExobZTtz]{1,14}",
        "[yYnNtTfFoO][A-Za-z]{0,4}",
        proptest::collection::vec(any::<char>(), 0..8).prop_map(String::from_iter),
        proptest::sample::select(AWKWARD).prop_map(|text| format!(" {text}")),
    ]
}

/// The text as a value, as a key, in a list, and in a mapping in a list.
fn mapping(text: &str) -> Meta {
    match json!({ "value": text, "list": [text, [text], { "in": text }], "map": { (text): { (text): text } } })
    {
        Value::Object(map) => map,
        _ => Meta::new(),
    }
}

fn as_json(yaml: &Yaml<'_>) -> Value {
    if let Some(text) = yaml.as_str() {
        Value::String(text.to_owned())
    } else if let Some(items) = yaml.as_sequence() {
        items.iter().map(as_json).collect()
    } else if let Some(map) = yaml.as_mapping() {
        let keys = map.iter().map(|(key, value)| {
            (key.as_str().map_or_else(|| format!("no string: {key:?}"), str::to_owned), as_json(value))
        });
        keys.collect::<BTreeMap<_, _>>().into_iter().collect::<Meta>().into()
    } else {
        Value::String(format!("no string: {yaml:?}"))
    }
}

fn check_rust_readers(text: &str) -> Result<(), TestCaseError> {
    let map = mapping(text);
    let yaml = write_mapping(&map);
    prop_assert_eq!(parse_mapping(&yaml), Ok(map.clone()), "this tool, {}", yaml);
    let whole = Value::Object(map);
    let saphyr = Yaml::load_from_str(&yaml).map(|documents| as_json(&documents[0]));
    prop_assert_eq!(saphyr.as_ref(), Ok(&whole), "saphyr, {}", yaml);
    let serde: Value = serde_saphyr::from_str(&yaml)
        .map_err(|error| TestCaseError::fail(format!("serde-saphyr: {error} in {yaml}")))?;
    prop_assert_eq!(&serde, &whole, "serde-saphyr, {}", yaml);
    Ok(())
}

#[test]
fn readers_of_yaml_1_2_agree_on_the_known_traps() {
    for text in AWKWARD {
        if let Err(error) = check_rust_readers(text) {
            panic!("{text:?}: {error}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn readers_of_yaml_1_2_agree_on_any_text(text in awkward()) {
        check_rust_readers(&text)?;
    }
}

/// Reads documents as Python does and prints them as JSON, one library after the other.
const PYTHON: &str = r#"
import json, sys
readers = {}
try:
    import yaml
    readers["PyYAML"] = yaml.safe_load
except ImportError:
    pass
try:
    import ruamel.yaml
    def ruamel_1_1(text):
        reader = ruamel.yaml.YAML(typ="safe", pure=True)
        reader.version = (1, 1)
        return reader.load(text)
    readers["ruamel.yaml"] = ruamel_1_1
except ImportError:
    pass
def read(reader, text):
    try:
        return reader(text)
    except Exception as error:
        return {"error": str(error)}
texts = json.load(sys.stdin)
json.dump({name: [read(reader, text) for text in texts] for name, reader in readers.items()}, sys.stdout, default=repr)
"#;

fn ask_python(texts: &[String]) -> Option<BTreeMap<String, Vec<Value>>> {
    let mut python = Command::new("python3")
        .args(["-c", PYTHON])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let input = serde_json::to_vec(texts).expect("JSON");
    python.stdin.take()?.write_all(&input).ok()?;
    let output = python.wait_with_output().ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

#[test]
fn readers_of_yaml_1_1_agree() {
    let mut runner = TestRunner::deterministic();
    let drawn = (0..400).map(|_| awkward().new_tree(&mut runner).expect("a text").current());
    let maps: Vec<Meta> =
        AWKWARD.iter().map(|text| (*text).to_owned()).chain(drawn).map(|text| mapping(&text)).collect();
    let texts: Vec<String> = maps.iter().map(write_mapping).collect();
    let answers = ask_python(&texts).unwrap_or_default();
    if answers.is_empty() {
        println!("skipped: no python3 with PyYAML or ruamel.yaml here");
    }
    for (reader, read) in answers {
        for ((map, text), read) in maps.iter().zip(&texts).zip(read) {
            assert_eq!(read, Value::Object(map.clone()), "{reader} reads it otherwise:\n{text}");
        }
    }
}

#[test]
fn numbers_stay_numbers() {
    let Value::Object(map) =
        json!({ "a": 1e16, "b": 1.5e300, "c": -2e-9, "d": 0.1, "e": 42, "f": -7, "g": true, "h": null })
    else {
        unreachable!()
    };
    let yaml = write_mapping(&map);
    assert_eq!(parse_mapping(&yaml), Ok(map.clone()));
    for (reader, read) in ask_python(std::slice::from_ref(&yaml)).unwrap_or_default() {
        assert_eq!(read, [Value::Object(map.clone())], "{reader}:\n{yaml}");
    }
}
