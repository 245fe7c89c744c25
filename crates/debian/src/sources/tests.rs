use super::*;

const SUM: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn stanza(name: &str, version: &str) -> String {
    format!(
        "Package: {name}\nVersion: {version}\nFormat: 3.0 (quilt)\nDirectory: pool/main/h/hello\n\
         Checksums-Sha256:\n {SUM} 3 hello.dsc\n {SUM} 3 hello.orig.tar.xz\n"
    )
}

fn dsc() -> String {
    format!(
        "Format: 3.0 (quilt)\nSource: hello\nVersion: 2.10-3\nChecksums-Sha256:\n {SUM} 3 hello.orig.tar.xz\n"
    )
}

fn parse(text: &str) -> Result<Vec<SourcePackage>, Error> {
    SourcePackage::parse_all("Sources", text, 0)
}

#[test]
fn the_newest_version_is_found_by_name() {
    let text = [stanza("hello", "2.10-3"), stanza("hello", "2.10-10"), stanza("helio", "9")].join("\n");
    let all = parse(&text).unwrap();
    let found = SourcePackage::newest(all.clone(), "hello").unwrap();
    assert_eq!((found.version.as_str(), found.files.len()), ("2.10-10", 2));
    let error = SourcePackage::newest(all, "helo").unwrap_err();
    assert_eq!(error.to_string(), "no source package is called `helo`\nhelp: there are `helio`, `hello`");
}

#[test]
fn files_are_fetched_from_the_packages_folder() {
    let keyring = crate::Keyring::default();
    let repository = Repository::new("http://mirror.example/debian", "sid", ["main"], keyring).unwrap();
    let package = parse(&stanza("hello", "1")).unwrap().remove(0);
    let requests = package.requests(&[repository]);
    assert_eq!(requests[1].uris, ["http://mirror.example/debian/pool/main/h/hello/hello.orig.tar.xz"]);
    assert_eq!((requests[1].size, requests[1].sha256), (3, Digest::of(b"abc")));
}

#[test]
fn a_bad_stanza_names_its_field() {
    for (from, to, wanted_field, wanted_problem) in [
        ("Version: 1\n", "", "Version", "is missing"),
        ("pool/main", "../main", "Directory", "is not a plain path below the repository"),
        (
            " 3 hello.dsc",
            " 3 ../hello.dsc",
            "Checksums-Sha256",
            "has something that is not the name of a file",
        ),
        (
            " 3 hello.dsc",
            " hello.dsc",
            "Checksums-Sha256",
            "has a line that is not a digest, a size and a name",
        ),
        (" 3 hello.dsc", " x hello.dsc", "Checksums-Sha256", "has something that is not a size"),
        ("Checksums-Sha256", "Checksums", "Checksums-Sha256", "is missing"),
    ] {
        match parse(&stanza("hello", "1").replacen(from, to, 1)) {
            Err(Error::Stanza { field, problem, stanza: 1, .. }) => {
                assert_eq!((field, problem), (wanted_field, wanted_problem), "{to:?}");
            }
            other => panic!("{to:?}: {other:?}"),
        }
    }
}

#[test]
fn a_dsc_must_be_the_indexed_packages() {
    let package = parse(&stanza("hello", "2.10-3")).unwrap().remove(0);
    package.check_dsc("hello.dsc", dsc().as_bytes()).unwrap();
    let signed = format!(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{}\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n",
        dsc()
    );
    package.check_dsc("hello.dsc", signed.as_bytes()).unwrap();
    for (from, to, wanted) in [
        ("Source: hello", "Source: other", "is of a package of another name"),
        ("2.10-3", "2.10-4", "is of another version"),
        ("quilt", "native", "is of another format"),
        (" 3 hello.orig", " 4 hello.orig", "lists other files than the index does"),
        ("Source", "\nSource", "is not one paragraph"),
    ] {
        let error = package.check_dsc("hello.dsc", dsc().replacen(from, to, 1).as_bytes()).unwrap_err();
        assert!(matches!(error, Error::SourceFile { problem, .. } if problem == wanted), "{to}: {error}");
    }
}
