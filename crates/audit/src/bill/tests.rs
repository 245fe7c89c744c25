use serde_json::Value;

use super::*;
use crate::Installed;
use crate::testing::{deb, link, tree};

/// A tool, and its library, whose copyright file is the tool's; something without any.
fn described() -> Vec<Described> {
    let text = "Format: x\n\nFiles: *\nLicense: GPL-2+\n\nFiles: b\nLicense: own\n Anything.\n";
    let mut linked = tree(&[]);
    link(&mut linked, "usr/share/doc/libtool++", "tool");
    let tool = [
        ("Source", "tools (1:2)"),
        ("Depends", "missing | c, libtool++ (>= 1)"),
        ("Maintainer", "A Team <team@example.org>"),
        ("Homepage", "https://example.org/"),
        ("Description", "first line\n more"),
    ];
    let debs = [
        deb("tool", &tool, tree(&[("usr/share/doc/tool/copyright", text)]), &[]),
        deb("libtool++", &[("Provides", "c"), ("Pre-Depends", "other")], linked, &[]),
        deb("other", &[], tree(&[]), &[]),
    ];
    let packages: Vec<Installed<'_>> = debs.iter().map(crate::testing::Deb::installed).collect();
    describe(&packages).unwrap()
}

fn bill(packages: &[Described]) -> Bill<'_> {
    let uuid = "01234567-89ab-8def-8123-456789abcdef";
    Bill { name: "tiny for x", made_by: "0.1.0", uuid, epoch: 1_789_199_741, packages }
}

#[test]
fn a_package_is_described_by_its_own_files() {
    let found = described();
    let [tool, library, other] = &found[..] else { panic!("three go in") };
    assert_eq!((tool.source.as_str(), tool.source_version.as_str()), ("tools", "1:2"));
    assert_eq!((library.source.as_str(), library.source_version.as_str()), ("libtool++", "1:2+b1"));
    assert_eq!(
        (&tool.depends[..], &library.depends[..]),
        (&["libtool++".to_owned()][..], &["other".to_owned()][..])
    );
    assert_eq!(tool.summary, "first line");
    // By a link into the other package.
    assert_eq!(tool.licence, library.licence);
    let own = &tool.licence.texts[0].id;
    assert_eq!(tool.licence.expression.as_deref(), Some(format!("GPL-2.0-or-later AND {own}").as_str()));
    assert_eq!(other.licence, Licence::default());
}

#[test]
fn licences_list_their_packages() {
    let found = described();
    let shown: Vec<String> = licences(&found)
        .iter()
        .map(|(name, packages)| {
            let names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
            format!("{name}: {}", names.join(" "))
        })
        .collect();
    assert_eq!(shown, ["GPL-2.0-or-later: tool libtool++", "NOASSERTION: other", "own: tool libtool++"]);
}

#[test]
fn spdx_has_packages_sources_texts_and_relations() {
    let found = described();
    let value: Value = serde_json::from_str(&spdx(&bill(&found))).unwrap();
    assert_eq!(value["spdxVersion"], "SPDX-2.3");
    assert_eq!(value["documentNamespace"], "urn:uuid:01234567-89ab-8def-8123-456789abcdef");
    assert_eq!(value["creationInfo"]["created"], "2026-09-12T07:55:41Z");
    let packages = value["packages"].as_array().unwrap();
    let ids: Vec<&str> = packages.iter().map(|package| package["SPDXID"].as_str().unwrap()).collect();
    assert_eq!(
        ids,
        [
            "SPDXRef-Image",
            "SPDXRef-Package-tool-arm64",
            "SPDXRef-Package-libtool-x2B--x2B--arm64",
            "SPDXRef-Package-other-arm64",
            "SPDXRef-Source-libtool-x2B--x2B--1-x3A-2-x2B-b1",
            "SPDXRef-Source-other-1-x3A-2-x2B-b1",
            "SPDXRef-Source-tools-1-x3A-2",
        ]
    );
    assert_eq!(packages[1]["supplier"], "Organization: A Team (team@example.org)");
    assert_eq!(
        packages[2]["externalRefs"][0]["referenceLocator"],
        "pkg:deb/debian/libtool%2B%2B@1%3A2%2Bb1?arch=arm64"
    );
    assert_eq!(packages[3]["licenseDeclared"], "NOASSERTION");
    let own = &found[0].licence.texts[0].id;
    let texts = value["hasExtractedLicensingInfos"].as_array().unwrap();
    assert_eq!(texts.len(), 1);
    assert_eq!(
        (texts[0]["licenseId"].as_str(), texts[0]["extractedText"].as_str()),
        (Some(own.as_str()), Some("Anything."))
    );
    let relations = value["relationships"].as_array().unwrap();
    // Every end of a relation is an element.
    for end in
        relations.iter().flat_map(|relation| [&relation["spdxElementId"], &relation["relatedSpdxElement"]])
    {
        let end = end.as_str().unwrap();
        assert!(end == "SPDXRef-DOCUMENT" || ids.contains(&end), "{end}");
    }
    let kinds = |kind: &str| relations.iter().filter(|relation| relation["relationshipType"] == kind).count();
    assert_eq!(
        [kinds("DESCRIBES"), kinds("CONTAINS"), kinds("GENERATED_FROM"), kinds("DEPENDS_ON")],
        [1, 3, 3, 2]
    );
}

#[test]
fn cyclonedx_has_components_and_dependencies() {
    let found = described();
    let value: Value = serde_json::from_str(&cyclonedx(&bill(&found))).unwrap();
    assert_eq!((&value["bomFormat"], &value["specVersion"]), (&"CycloneDX".into(), &"1.6".into()));
    assert_eq!(value["metadata"]["timestamp"], "2026-09-12T07:55:41Z");
    let components = value["components"].as_array().unwrap();
    let references: Vec<&Value> = components.iter().map(|component| &component["bom-ref"]).collect();
    assert_eq!(references[0], "pkg:deb/debian/tool@1%3A2%2Bb1?arch=arm64");
    let own = &found[0].licence.texts[0].id;
    assert_eq!(components[0]["licenses"][0]["expression"], format!("GPL-2.0-or-later AND {own}"));
    assert_eq!(components[2].get("licenses"), None);
    assert_eq!(components[0]["pedigree"]["ancestors"][0]["purl"], "pkg:deb/debian/tools@1%3A2?arch=source");
    let dependencies = value["dependencies"].as_array().unwrap();
    assert_eq!(dependencies.len(), 4);
    assert_eq!(dependencies[0]["dependsOn"].as_array().unwrap().len(), 3);
    assert_eq!(&dependencies[1]["dependsOn"][0], references[1]);
}

#[test]
fn the_same_bill_has_the_same_bytes() {
    let (one, other) = (described(), described());
    assert_eq!(spdx(&bill(&one)), spdx(&bill(&other)));
    assert_eq!(cyclonedx(&bill(&one)), cyclonedx(&bill(&other)));
}
