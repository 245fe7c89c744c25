//! SPDX 2.3 in JSON (ISO/IEC 5962; spdx-spec v2.3, chapters 6 to 11).

use std::collections::{BTreeMap, BTreeSet};

use bringup_debian::UnixTime;
use serde_json::{Value, json};

use super::purl::purl;
use super::{Bill, Described};

/// The element that stands for the image.
const IMAGE: &str = "SPDXRef-Image";

/// The document, which ends with a line break and has the same bytes for the same bill.
pub fn spdx(bill: &Bill<'_>) -> String {
    let mut packages = vec![json!({
        "SPDXID": IMAGE,
        "name": bill.name,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "OPERATING-SYSTEM",
    })];
    packages.extend(bill.packages.iter().map(package));
    let sources: BTreeSet<(&str, &str)> = bill
        .packages
        .iter()
        .map(|package| (package.source.as_str(), package.source_version.as_str()))
        .collect();
    packages.extend(sources.iter().map(|(name, version)| source(name, version)));
    let texts: BTreeMap<&str, Value> = bill
        .packages
        .iter()
        .flat_map(|package| &package.licence.texts)
        .map(|text| {
            let value = json!({ "licenseId": text.id, "name": text.name, "extractedText": text.text });
            (text.id.as_str(), value)
        })
        .collect();
    let document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": bill.name,
        "documentNamespace": format!("urn:uuid:{}", bill.uuid),
        "creationInfo": {
            "created": time(bill.epoch),
            "creators": [format!("Tool: bringup-{}", bill.made_by)],
        },
        "packages": packages,
        "hasExtractedLicensingInfos": texts.into_values().collect::<Vec<_>>(),
        "relationships": relationships(bill.packages),
    });
    format!("{document:#}\n")
}

/// `YYYY-MM-DDThh:mm:ssZ`; chapter 6.9, and RFC 3339 for CycloneDX.
pub(super) fn time(epoch: u64) -> String {
    UnixTime(epoch).to_string().replace(" UTC", "Z").replace(' ', "T")
}

fn package(package: &Described) -> Value {
    let mut value = json!({
        "SPDXID": id(package),
        "name": package.name,
        "versionInfo": package.version,
        "supplier": package.maintainer.as_deref().map_or_else(|| "NOASSERTION".to_owned(), supplier),
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "checksums": [{ "algorithm": "SHA256", "checksumValue": package.sha256.to_string() }],
        "sourceInfo": format!("built from source package {} {}", package.source, package.source_version),
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": package.licence.expression.as_deref().unwrap_or("NOASSERTION"),
        "copyrightText": "NOASSERTION",
        "summary": package.summary,
        "externalRefs": [reference(&purl(&package.name, &package.version, &package.architecture))],
    });
    if let Some(homepage) = &package.homepage {
        value["homepage"] = homepage.as_str().into();
    }
    value
}

fn source(name: &str, version: &str) -> Value {
    json!({
        "SPDXID": source_id(name, version),
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "SOURCE",
        "externalRefs": [reference(&purl(name, version, "source"))],
    })
}

fn reference(purl: &str) -> Value {
    json!({ "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl })
}

/// `Name <mail>` as chapter 7.5 has it: `Organization: Name (mail)`. Debian does not say which are people.
fn supplier(maintainer: &str) -> String {
    match maintainer.split_once('<') {
        Some((name, mail)) => {
            format!("Organization: {} ({})", name.trim().trim_matches('"'), mail.trim_end_matches('>').trim())
        }
        None => format!("Organization: {maintainer}"),
    }
}

fn relationships(packages: &[Described]) -> Vec<Value> {
    let relation = |from: &str, kind: &str, to: &str| json!({ "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to });
    let ids: BTreeMap<&str, String> =
        packages.iter().map(|package| (package.name.as_str(), id(package))).collect();
    let mut all = vec![relation("SPDXRef-DOCUMENT", "DESCRIBES", IMAGE)];
    for package in packages {
        let own = id(package);
        all.push(relation(IMAGE, "CONTAINS", &own));
        let from = source_id(&package.source, &package.source_version);
        all.push(relation(&own, "GENERATED_FROM", &from));
        for other in package.depends.iter().filter_map(|name| ids.get(name.as_str())) {
            all.push(relation(&own, "DEPENDS_ON", other));
        }
    }
    all
}

fn id(package: &Described) -> String {
    format!("SPDXRef-Package-{}-{}", plain(&package.name), plain(&package.architecture))
}

fn source_id(name: &str, version: &str) -> String {
    format!("SPDXRef-Source-{}-{}", plain(name), plain(version))
}

/// Letters, digits, `.` and `-`; chapter 7.2. Everything else by its number, so that no two are the same.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => out.push(byte.into()),
            _ => out.push_str(&format!("-x{byte:02X}-")),
        }
    }
    out
}
