//! JSON against a schema, as far as `docs/report.schema.json` needs it.

use serde_json::Value;

/// The schema of reports.
pub fn of_reports() -> Value {
    serde_json::from_str(include_str!("../../docs/report.schema.json")).expect("JSON")
}

/// What is wrong with `value`, which is at `place`. Names that the schema does not know are wrong, too: it is
/// complete.
pub fn faults(value: &Value, schema: &Value, place: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: &str, wanted: &Value| {
        if !holds {
            faults.push(format!("{place} is {value}; {what}: {wanted}"));
        }
    };
    let mut within = Vec::new();
    for (keyword, wanted) in schema.as_object().expect("a schema") {
        match keyword.as_str() {
            "$schema" | "title" | "description" => {}
            "type" => must(is_a(value, wanted), keyword, wanted),
            "const" => must(value == wanted, keyword, wanted),
            "enum" => must(list(wanted).contains(value), keyword, wanted),
            "minimum" => must(number(value) >= number(wanted), keyword, wanted),
            "maximum" => must(number(value) <= number(wanted), keyword, wanted),
            "minItems" => {
                let least = wanted.as_u64().expect("a number") as usize;
                must(list(value).len() >= least, keyword, wanted);
            }
            "required" => {
                let missing = list(wanted).iter().filter(|n| value.get(name(n)).is_none());
                missing.for_each(|name| must(false, "it lacks", name));
            }
            "properties" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    match wanted.get(name) {
                        Some(schema) => within.push((value, schema, format!("{place}/{name}"))),
                        None => must(false, "unknown", &Value::from(name.as_str())),
                    }
                }
            }
            "additionalProperties" => {
                let all = value.as_object().into_iter().flatten();
                within.extend(all.map(|(name, value)| (value, wanted, format!("{place}/{name}"))));
            }
            "prefixItems" => {
                let pairs = list(value).iter().zip(list(wanted)).enumerate();
                within.extend(pairs.map(|(i, (v, schema))| (v, schema, format!("{place}/{i}"))));
            }
            "items" if wanted.is_boolean() => {
                let known = schema
                    .get("prefixItems")
                    .map_or(0, |items| list(items).len());
                must(list(value).len() <= known, keyword, wanted);
            }
            "items" => {
                let all = list(value).iter().enumerate();
                within.extend(all.map(|(i, value)| (value, wanted, format!("{place}/{i}"))));
            }
            other => panic!("{other} is not checked here"),
        }
    }
    for (value, schema, place) in within {
        faults.extend(self::faults(value, schema, &place));
    }
    faults
}

fn is_a(value: &Value, kind: &Value) -> bool {
    match name(kind) {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        // Beyond 64 bits, too.
        "integer" => value.is_number() && !value.to_string().contains(['.', 'e', 'E']),
        other => panic!("{other} is not checked here"),
    }
}

fn name(value: &Value) -> &str {
    value.as_str().expect("a name")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

#[test]
fn what_is_wrong_is_found() {
    let schema = of_reports();
    let of = |text: &str| {
        let value: Value = serde_json::from_str(text).expect("JSON");
        faults(&value, &schema["properties"]["efficiency"], "e")
    };
    let good = r#"{"parallel": 0.5, "load_balance": 1, "communication": 1, "startup_tail": 0.5}"#;
    assert!(of(good).is_empty(), "{:?}", of(good));
    for (old, new) in [("0.5,", "1.5,"), ("0.5,", "\"x\","), ("parallel", "other")] {
        assert!(!of(&good.replacen(old, new, 1)).is_empty(), "{new}");
    }
    assert!(!of("[]").is_empty());
    let rows = &schema["properties"]["events"]["properties"]["rows"];
    let of = |row: &str| faults(&serde_json::from_str(row).expect("JSON"), rows, "r");
    assert!(of(r#"[[0, -1, "checkpoint", 1.5, 2.5, ""]]"#).is_empty());
    assert!(!of(r#"[[0, -1, "checkpoint", 1.5, 2.5]]"#).is_empty());
    assert!(!of(r#"[[0.5, -1, "checkpoint", 1.5, 2.5, ""]]"#).is_empty());
    assert!(!of(r#"[[0, -1, "checkpoint", 1.5, 2.5, "", 1]]"#).is_empty());
}
