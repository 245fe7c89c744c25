//! CycloneDX 1.6 in JSON (ECMA-424; the schema `bom-1.6.schema.json`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::purl::purl;
use super::spdx::time;
use super::{Bill, Described, Licence};

/// The element that stands for the image.
const IMAGE: &str = "image";

/// The document, which ends with a line break and has the same bytes for the same bill.
pub fn cyclonedx(bill: &Bill<'_>) -> String {
    let purls: BTreeMap<&str, String> =
        bill.packages.iter().map(|package| (package.name.as_str(), own_purl(package))).collect();
    let mut dependencies = vec![json!({ "ref": IMAGE, "dependsOn": purls.values().collect::<Vec<_>>() })];
    dependencies.extend(bill.packages.iter().map(|package| {
        let depends: Vec<&String> =
            package.depends.iter().filter_map(|name| purls.get(name.as_str())).collect();
        json!({ "ref": own_purl(package), "dependsOn": depends })
    }));
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{}", bill.uuid),
        "version": 1,
        "metadata": {
            "timestamp": time(bill.epoch),
            "tools": {
                "components": [{ "type": "application", "name": "bringup", "version": bill.made_by }],
            },
            "component": { "type": "operating-system", "bom-ref": IMAGE, "name": bill.name },
        },
        "components": bill.packages.iter().map(component).collect::<Vec<_>>(),
        "dependencies": dependencies,
    });
    format!("{document:#}\n")
}

fn own_purl(package: &Described) -> String {
    purl(&package.name, &package.version, &package.architecture)
}

fn component(package: &Described) -> Value {
    let purl_of_source = purl(&package.source, &package.source_version, "source");
    let mut value = json!({
        "type": "library",
        "bom-ref": own_purl(package),
        "name": package.name,
        "version": package.version,
        "description": package.summary,
        "hashes": [{ "alg": "SHA-256", "content": package.sha256.to_string() }],
        "purl": own_purl(package),
        "pedigree": {
            "ancestors": [{
                "type": "library",
                "name": package.source,
                "version": package.source_version,
                "purl": purl_of_source,
            }],
        },
    });
    if let Some(licences) = licences(&package.licence) {
        value["licenses"] = licences;
    }
    if let Some(maintainer) = &package.maintainer {
        value["supplier"] = supplier(maintainer);
    }
    if let Some(homepage) = &package.homepage {
        value["externalReferences"] = json!([{ "type": "website", "url": homepage }]);
    }
    value
}

/// One licence with its text where SPDX has none, or an expression; the schema allows no mixture.
fn licences(licence: &Licence) -> Option<Value> {
    let expression = licence.expression.as_deref()?;
    Some(match (&licence.texts[..], &licence.ids[..]) {
        ([text], [_]) => json!([{
            "license": { "name": text.name, "text": { "contentType": "text/plain", "content": text.text } },
        }]),
        _ => json!([{ "expression": expression }]),
    })
}

fn supplier(maintainer: &str) -> Value {
    match maintainer.split_once('<') {
        Some((name, mail)) => {
            let contact = json!([{ "email": mail.trim_end_matches('>').trim() }]);
            json!({ "name": name.trim().trim_matches('"'), "contact": contact })
        }
        None => json!({ "name": maintainer }),
    }
}
